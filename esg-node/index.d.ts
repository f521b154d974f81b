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

/** An exact amount, kept in whole picograms (1e-15 kg; of energy and water in the same fraction of kWh and litres). */
export declare class Amount {
  /** An amount of a number of kilograms. */
  constructor(kg: Exact)
  /** Kilograms, exactly. */
  get kg(): string
  /** Tonnes, exactly. */
  get t(): string
  /** Picograms, a whole number. */
  get picograms(): bigint
  /** The sum of both. */
  plus(other: Amount): Amount
  /** The difference of both. */
  minus(other: Amount): Amount
  /** The nearest binary number of kilograms. */
  toNumber(): number
  /** Kilograms, exactly. */
  toString(): string
  /** Kilograms, exactly: what `JSON.stringify` writes. */
  toJSON(): string
}

/** Factor sets that answer lookups: the built-in ones, and those that are added. */
export declare class Registry {
  /** The built-in sets. */
  constructor()
  /** Adds a set of your own: a path to JSON or JSON Lines, or the document itself. */
  add(set: string | Json): void
  /** The versions and digests of all sets, as `factors.lock.json` has them. */
  lock(): Json
  /** A registry with exactly the sets of a lock, each checked byte by byte; a path, or the document itself. */
  locked(lock: string | Json): Registry
  /** A registry with only the sets that were published by a day. */
  asOf(day: string): Registry
  /** The factors whose activity, name, id or place hold every word. */
  search(query: string, options?: SearchOptions): FoundFactor[]
  /** Which factor applies, how it was found, and what was passed over. */
  resolve(activity: string, question: FactorQuestion): Resolution
  /** The sets: name, digest and passport of each. */
  get sets(): FactorSet[]
  /** The ids of all activities, sorted. */
  get activities(): Array<string>
}

/** The factor that answers a lookup, with the steps that led to it and the candidates that were rejected. */
export declare class Resolution {
  /** The factor as its publisher printed it. */
  get factor(): Json
  /** Set, version and id of the factor. */
  get factorId(): string
  /** Name, digest and authority of its set. */
  get set(): Json
  /** How the question led to it. */
  get steps(): Array<string>
  /** What was looked at and not taken, each with the reason. */
  get rejected(): Json[]
  /** Fallbacks that were needed. */
  get fallbacks(): Array<string>
  /** The unit that the factor is counted in. */
  get per(): string
  /** Everything as an object: what `JSON.stringify` writes. */
  toJSON(): Json
}

/**
 * Converts a value exactly from one unit to another.
 *
 * Text, a number or a bigint gives exact text; an array of numbers gives a new `Float64Array`, each within one unit of the
 * last place.
 */
export declare function convert<T extends Exact | readonly number[] | Float64Array>(value: T, from: string, to: string): T extends Exact ? string : Float64Array

/** Version of the package. */
export declare const VERSION: string

undefined
