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

/** An event: source_id, external_event_id, vertical, timestamp, metrics, tags. A number may be a bigint, an hour a Date. */
export type Event = Record<string, Json>
/** JSON Lines or Arrow IPC in memory. */
export type Bytes = Uint8Array | ArrayBuffer | DataView
/** Events that are there at once. In a list, text is a path. */
export type SyncEvents = Event | string | URL | Bytes | Iterable<Event | string | URL | Bytes>
/** Events that may come later. In a stream, text is a part of JSON Lines. */
export type Events = SyncEvents | AsyncIterable<Event | string | Bytes> | NodeJS.ReadableStream

export interface CallOptions {
  /** Ends the call, which is rejected with the reason of the signal. */
  signal?: AbortSignal
  /** Is told how much is done, of how much; `false` ends the call, which is refused with `call.stopped`. */
  onProgress?: (done: number, total: number) => unknown
}

/** How to calculate. Everything may be left out; what stands then is the core's choice and the same in every language. */
export interface EngineOptions {
  /** GWP set: `AR6` unless given. */
  gwp?: 'AR6' | 'AR5' | 'AR4' | 'TAR' | 'SAR'
  /** Years of the GWP: 100 unless given. */
  horizon?: 20 | 100 | 500
  /** Fallbacks to accept. None unless given. */
  allow?: Fallback[]
  /** First day of the inventory; given together with `end`. Every day counts unless given. */
  start?: string
  /** Last day of the inventory. */
  end?: string
  /** What stands where a sender leaves it out, such as `{ fuel: 'diesel', pue: '1.2' }`. Nothing unless given. */
  defaults?: Record<string, Exact>
  /** Certificates and contracts of the market-based method. None unless given. */
  instruments?: Json[]
  /** What the organisation does not have: scope 3 categories 1 to 15, and terms of the score. None unless given. */
  notApplicable?: (number | string)[]
  /** Let the grid average stand in where no residual mix is published. Off unless given. */
  marketGridAverage?: boolean
  /** Derive category 3.3 (fuel chains and grid losses). On unless given. */
  upstream?: boolean
  /** Tags that are kept apart. `tenant` unless given. */
  tags?: string[]
  /** How finely time is kept: `month` unless given. */
  granularity?: 'none' | 'year' | 'month' | 'day'
  /** Keep the lines. Unless given, they are kept up to a million rows. */
  keepLines?: boolean
  /** Weights of the score: data centre, fleet, manufacturing, software. Equal unless given. */
  weights?: Exact[]
  /** Count a PUE below 1 + this as that. Unless given, a PUE of 1 or less is refused. */
  pueFloor?: Exact
}

export type Method = 'location' | 'market'

export interface TotalQuestion {
  /** All scopes unless given. */
  scope?: 1 | 2 | 3
  /** Scope 3 category, 1 to 15. */
  category?: number
  /** Needed where scope 2 is in the total. */
  method?: Method
  /** Mass of this gas instead of CO2e. */
  gas?: string
  /** Give what there is, whatever is missing. Off unless given. */
  partial?: boolean
}

export interface ByOptions {
  /** Needed unless `scope` is among the dimensions. */
  method?: Method
}

/** A sum: a name for each dimension, and the amounts as exact text. */
export interface Group {
  [dimension: string]: string | number | null | undefined
  co2e_kg: string
  mass?: string | null
  rows: number
}

/** A product of quantity, conversion and factor. */
export interface Line {
  row: number | null
  source_id: string | null
  external_event_id: string | null
  day: string | null
  scope: string
  activity: string | null
  factor: string | null
  conversion: string
  gas: string
  quantity: string
  mass: string | null
  co2e_kg: string | null
}

/** A row that is in no total. */
export interface RefusedRow {
  source: string
  stage: string
  line: number
  field: string
  code: string
  message: string
  nearest: string[]
  raw: string
}

export type ReportFormat = 'json' | 'csv' | 'html' | 'xlsx'

export interface ReportOptions {
  /** Whose report it is. */
  organisation?: string
}

/** How a range is drawn. Everything may be left out. */
export interface SimulationOptions {
  /** Draws: 100,000 unless given, or 131,072 of a Sobol' sequence. */
  draws?: number
  /** Seed, below 2^64: 7 unless given. */
  seed?: number | bigint | string
  /** Take a scrambled Sobol' sequence in 16 replicates. Off unless given. */
  sobol?: boolean
  /** Ranges of quantities and GWPs, and correlations. None unless given. */
  ranges?: Json
  /** Take the ranges of GWPs of AR6. Off unless given. */
  ipccGwp?: boolean
  /** Keep every draw of the totals over all scopes. On unless given. */
  samples?: boolean
}

export type Term = 'data_centre' | 'fleet' | 'manufacturing' | 'software'

/** What the score is made from. A part that is not given is missing, and then the score has no value. */
export interface ScoreInputs {
  dataCentre?: Json
  fleet?: Json
  manufacturing?: Json
  software?: Json
  pue?: Exact
  itKwh?: Exact
  facilityKwh?: Exact
  emissionsG?: Exact
  distanceMi?: Exact
  units?: Exact
  gridKg?: Exact
  energyKwh?: Exact
  gridFactor?: Exact
  requests?: Exact
  emissionsKg?: Exact
  /** Terms that the organisation does not have. None unless given. */
  notApplicable?: Term[]
  /** Data centre, fleet, manufacturing, software. Equal unless given. */
  weights?: Exact[]
  /** Count a PUE below 1 + this as that. Unless given, a PUE of 1 or less is refused. */
  pueFloor?: Exact
}

export interface IngestOptions extends CallOptions {
  /** Take all rows or none. Off unless given. */
  atomic?: boolean
  /** Take them so that they can be redacted. Off unless given. */
  detached?: boolean
}

/** What became of a row: `seq` is the line of the log that holds the event. */
export interface Receipt {
  source: string
  line: number
  outcome: 'accepted' | 'duplicate' | 'conflict' | 'rejected'
  seq: number | null
  late: boolean
  fingerprint: string | null
}

/** How the events of a ledger are calculated: by an engine, or by the options of one. */
export interface AskOptions extends Omit<EngineOptions, 'start' | 'end'> {
  /** Read the log up to this line; without it a closed period is read as of its closing. */
  asOf?: number
  engine?: Engine
}

export interface LineageOptions {
  /** `tree` unless given. */
  format?: 'tree' | 'mermaid' | 'dot' | 'prov' | 'json'
  /** Inputs of one node that a tree shows, 5 unless given. */
  limit?: number
}

/** What a check of a ledger came to. */
export interface Verified {
  ok: boolean
  /** What is wrong with the log: place, line, code, message. */
  findings: Json[]
  /** In what the database does not follow from the log. */
  books: string[]
  /** Lines of the log. */
  size: number
  /** Lines that a signed checkpoint vouches for; those behind it rest on their chain alone. */
  vouched: number
  /** Root of the log's Merkle tree. */
  root: string
  [name: string]: Json
}

/** Numbers that a source left out of its running ids. */
export interface Gap {
  source_id: string
  prefix: string
  first: number | string
  last: number | string
}

export interface IssuedReport {
  seq: number
  time: string
  tenant: string
  as_of: number
  digest: string
  start: string | null
  end: string | null
}

/** What a ledger is opened with. */
export interface LedgerOptions {
  /** Name of the log of a new one, such as `example.com/footprint`. */
  log?: string
  /** Whose events are meant. */
  tenant?: string
  /** Who writes, for the log. */
  actor?: string
}
