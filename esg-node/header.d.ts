/** What a value may be that is read exactly. */
export type Exact = string | number | bigint
/** A document: an event, a factor, a report, as files and HTTP have it. */
// biome-ignore lint: the documents of the engine are described in docs/.
export type Json = any

/** A refused call: a `code` that never changes, a message for people, and what a program can use of the refusal. */
export declare class EsgError extends Error {
  readonly code: string
  readonly details: { kind: 'invalid' | 'missing' | 'conflict' | 'corrupt'; field?: string; nearest?: string[]; [name: string]: Json }
}

/** Fallbacks that a caller may allow. */
export type Fallback = 'parent_region' | 'older_edition' | 'newer_edition' | 'life_cycle' | 'other_gwp'

export interface SearchOptions {
  /** Published for exactly this place; anywhere unless given. */
  region?: string
  /** At most so many: 20 unless given. */
  limit?: number
}

export interface FactorQuestion {
  /** Day of the activity. */
  day: string
  region?: string
  unit?: string
  boundary?: string
  set?: string
  tags?: Record<string, string | number>
  allow?: Fallback[]
}

export interface FoundFactor {
  set: string
  factor: Json
}

export interface FactorSet {
  digest: string
  name: string
  passport: Json
}
