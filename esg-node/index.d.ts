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

/** Calculates inventories. Options are named, each with a documented default. */
export declare class Engine {
  /** An engine over a registry as it is now: the built-in sets where none is given. */
  constructor(registry?: Registry | null, options?: EngineOptions | null)
  /**
   * Returns the inventory of events, which is calculated beside the event loop.
   *
   * `events` is an object or a list of objects, a path to JSON, JSON Lines or CSV or a list of such paths, a buffer of JSON
   * Lines or of Arrow IPC, or an iterable or stream of objects or of buffers.
   */
  calculate(events: Events, options?: CallOptions): Promise<Inventory>
  /** Returns the inventory of events at once: nothing else runs meanwhile. */
  calculateSync(events: SyncEvents): Inventory
  /** The options of the calculation, those that were not given too. */
  get options(): Json
}

/** What became of the rows that a ledger was given. */
export declare class Ingested {
  /** How many rows there were. */
  get length(): number
  /** Rows that are in the ledger now and were not before. */
  get accepted(): number
  /** Rows that were there already, with the same content. */
  get duplicates(): number
  /** Accepted rows of closed days: no report that was issued changes by them. */
  get late(): number
  /** True when every row is in the ledger: accepted now, or before. */
  get ok(): boolean
  /** A receipt for each row as Arrow IPC: source, line, outcome, seq, late, fingerprint. */
  items(): Buffer
  /** A receipt for each row as an object. */
  itemRows(): Receipt[]
  /** Rows whose id was there with other content: source, line, the line of the log that stays, the fields that differ. */
  get conflicts(): Json[]
  /** Rows that are no events: source, line, field, code, message and the nearest known names. */
  get rejected(): Json[]
}

/** A greenhouse-gas inventory with everything that it rests on. */
export declare class Inventory {
  /**
   * Returns a total in kg CO2e, or the mass of one gas; null where a part of that is published without its gases.
   *
   * `method` is `"location"` or `"market"`, and needed where scope 2 is in the total. `partial` gives what there is where
   * a part is missing.
   */
  total(question?: TotalQuestion): Amount | null
  /**
   * Returns sums by dimensions as Arrow IPC, for `tableFromIPC`.
   *
   * Dimensions are `scope`, `category`, `gas`, `activity`, `factor`, `vertical`, `source`, `site`, `region`, `day`, `month`,
   * `year`, `tag:NAME`. `method` is needed unless `scope` is among them.
   */
  by(dimensions: string[], options?: ByOptions): Buffer
  /** Returns sums by dimensions as objects; amounts are exact text. */
  byRows(dimensions: string[], options?: ByOptions): Group[]
  /** Returns the lines as Arrow IPC: a row for each product of quantity, conversion and factor, with its event. */
  lines(): Promise<Buffer>
  /** Returns the lines as objects; amounts are exact text. */
  lineRows(): Promise<Line[]>
  /** Returns the bytes of a report. */
  report(format: ReportFormat, options?: ReportOptions): Promise<Buffer>
  /** Returns this inventory with another one of the same options added; exact, in any order. */
  merge(other: Inventory): Promise<Inventory>
  /** Returns the range of the inventory by Monte Carlo, with error propagation beside it. */
  simulate(options?: SimulationOptions & CallOptions): Promise<Simulation>
  /** Present, partial, missing or not applicable, by scope and category, with the reasons. */
  get coverage(): Json[]
  /** What a reader must know before using a number. */
  get caveats(): Json[]
  /** Rows that are in no total: source, line, field, code, message and the nearest known names. */
  get refused(): RefusedRow[]
  /** Values that were filled in because `defaults` said so. */
  get assumptions(): Json[]
  /** Key figures of the verticals. */
  get kpis(): Json[]
  /** The factors that it rests on, by full name. */
  get factors(): Record<string, Json>
  /** SHA-256 of what it can be replayed from: events, factor lock, options. */
  get digests(): Record<string, string | null>
  /** Files or tables, with how many rows were accepted, rejected, and copies. */
  get sources(): Json[]
  /** The options of the calculation. */
  get options(): Json
  /** The sustainability score of the period. */
  get score(): Score | null
  /** Energy that rows state in units of energy: an amount of kWh. */
  get energyKwh(): Amount
  /** Water withdrawn: an amount of litres. */
  get waterLitres(): Amount
  /** CO2 from biomass, outside of the scopes. */
  get biogenicCo2(): Amount
}

/**
 * A ledger in a folder: every event once, every issued report, and a log that proves both.
 *
 * One process writes to a ledger at a time. All that reads or writes it is done beside the event loop.
 */
export declare class Ledger {
  /**
   * Takes events, each once, and gives what became of every row when they survive a crash.
   *
   * `events` is what `Engine.calculate` takes; a table must be one of events. `atomic` takes all rows or none. What is
   * `detached` can be redacted later. A file or a stream may be of any length: it is taken part by part, and one that was
   * broken off is given again from its beginning.
   */
  ingest(events: Events, options?: IngestOptions): Promise<Ingested>
  /**
   * Returns the inventory of the events that count, of all days or of those from `start` to `end`.
   *
   * `asOf` reads the log up to that line; without it a closed period is read as of its closing. `engine` calculates; or
   * else its options are given here.
   */
  inventory(start?: string | null, end?: string | null, options?: AskOptions): Promise<Inventory>
  /**
   * Returns the bytes of a report. With `issue` it is recorded in the log with its digest and can be made again: see
   * `reports` and `reissue`.
   */
  report(format: ReportFormat, start?: string | null, end?: string | null, options?: AskOptions & { issue?: boolean, organisation?: string }): Promise<Buffer>
  /**
   * Makes the issued report of a line again, and refuses with `ledger.report` unless its JSON is the same byte for byte.
   * `registry` is needed where it rests on sets of your own.
   */
  reissue(seq: number, format?: ReportFormat | null, options?: { registry?: Registry }): Promise<Buffer>
  /**
   * Checks every line, the chain, the tree, the signatures, and that the database follows from the log.
   *
   * Give the `key` and the `checkpoints` that you kept elsewhere: the folder's own show mistakes and no deceit. A checkpoint
   * is a path or the text of one.
   */
  verify(key?: string | null, checkpoints?: string[] | null): Promise<Verified>
  /** Returns how a figure such as `2-location,site=Hull,month=2024-03` came about, as text. */
  lineage(cell: string, start?: string | null, end?: string | null, options?: AskOptions & LineageOptions): Promise<string>
  /**
   * Signs the log and returns the text of a bundle: the figure's products, the lines of the log that hold their events, and
   * what leads from each to the signed checkpoint. `tools/verify.py bundle` recomputes the figure from it.
   */
  prove(cell: string, start?: string | null, end?: string | null, options?: AskOptions): Promise<string>
  /** Signs the log and returns the text of a C2SP tlog-proof of a line. */
  proveLine(seq: number): Promise<string>
  /** Returns the numbers that sources left out of their running ids. */
  gaps(options?: { asOf?: number }): Promise<Gap[]>
  /** Closes a period and returns the line that says so: its reports stay as they are, whatever is sent later. */
  closePeriod(start: string, end: string): Promise<number>
  /**
   * Redacts a detached event by its line, and returns the line that says so, with the reason, for good. The event is gone
   * afterwards; reports of its day name it as missing.
   */
  redact(seq: number, reason: string): Promise<number>
  /** Signs the log as it is and returns the checkpoint: keep it elsewhere. */
  sign(): Promise<string>
  /** Copies the ledger to an empty or absent folder, without its secret key unless `withKey`. */
  backup(to: string, options?: { withKey?: boolean }): Promise<void>
  /** Signs and closes; whatever is asked afterwards is refused. A ledger that is dropped without it has lost nothing. */
  close(): Promise<void>
  /** Lines of the log. */
  size(): Promise<number>
  /** Public keys of the log, the first one first, as an auditor needs them. */
  keys(): Promise<string[]>
  /** Reports that were issued: seq, time, tenant, as_of, digest, start, end. */
  reports(): Promise<IssuedReport[]>
  /** Folder of the ledger. */
  get path(): string
  /** Name of the log. */
  get log(): string
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

/** The score with everything it was made of; numbers are exact fractions. */
export declare class Score {
  /** The score as an exact fraction such as `"16403/4800"`; null where a term that applies is missing. */
  get value(): string | null
  /** The share of the weight whose terms are there, as an exact fraction. */
  get coverage(): string
  /** The four terms: name, state, value, weight and effective weight. */
  get terms(): Json[]
  /** What a reader must know. */
  get flags(): Json[]
  /** The nearest binary number; NaN where the score has no value. */
  toNumber(): number
  /** Everything as an object, each number as decimal text and as an exact fraction: what `JSON.stringify` writes. */
  toJSON(): Json
}

/**
 * The ranges of an inventory, as seen from one of its totals: that over all scopes by the location-based method, or the one
 * that `total` names.
 */
export declare class Simulation {
  /** The name of the total. */
  get name(): string
  /** The exact point estimate. */
  get point(): Amount
  /** Mean in kg CO2e. */
  get mean(): number
  /** Standard deviation in kg CO2e. */
  get sd(): number
  /** Standard error of the mean in kg CO2e. */
  get meanError(): number
  /** The value in kg CO2e that a share `p` of the draws stays below. */
  quantile(p: number): number
  /** The share of the draws above a target in kg CO2e. */
  exceedance(targetKg: number): number
  /** Counts and edges of equal bars. */
  histogram(bars?: number): Histogram
  /**
   * Every draw in kg CO2e, in order, as an array of your own; null where none was kept.
   *
   * JavaScript has no arrays that can only be read, so that each call copies the draws once: what is written there changes no
   * quantile.
   */
  samples(): Float64Array | null
  /** What makes the range: inputs by their share of the variance, and how far each swings the total. */
  sensitivity(): Promise<Json>
  /** The names of the totals that have a range. */
  get totals(): Array<string>
  /** Returns the same as seen from the total of a name: `scope 1`, `all market`, ... */
  total(name: string): Simulation
  /** How many draws there are. */
  get draws(): number
  /** The seed. */
  get seed(): bigint
  /** The name of the generator. */
  get generator(): string
  /** What a reader must know. */
  get caveats(): Array<string>
  /** SHA-256 of every bit of the result: of the location-based run, and of the market-based one where there is such. */
  get digests(): [string, string | null]
  /** Everything as an object; a target asks for the share of the draws above it. */
  toObject(targetKg?: number): Json
}

/**
 * Converts a value exactly from one unit to another.
 *
 * Text, a number or a bigint gives exact text; an array of numbers gives a new `Float64Array`, each within one unit of the
 * last place.
 */
export declare function convert<T extends Exact | readonly number[] | Float64Array>(value: T, from: string, to: string): T extends Exact ? string : Float64Array

/** Equal bars: how many draws each holds, and one edge more than there are bars. */
export interface Histogram {
  /** Draws in each bar. */
  counts: Float64Array
  /** Edges in kg CO2e. */
  edges: Float64Array
}

/** Returns the sustainability score of figures that are given by name. */
export declare function score(inputs: ScoreInputs): Score

/** Version of the package. */
export declare const VERSION: string


export declare namespace Ledger {
  /** Opens the ledger of a folder, or makes one. `await using` closes it at the end. */
  function open(path: string, options?: LedgerOptions): Promise<Ledger>
}
export interface Ledger extends AsyncDisposable {}
