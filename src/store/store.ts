import type { DerivedName } from '../catalogue/catalogue.ts'
import type { GapReason, SeriesId } from '../frame/frame.ts'
import type { Series } from '../frame/series-table.ts'
import type { Backfill } from './backfill.ts'

/**
 * What a store must do; `sqlite/` is the embedded engine, others follow, one conformance suite holds for all.
 * A store keeps raw samples and rolled-up buckets; it derives nothing. Times are Unix milliseconds.
 */
export interface Store {
  /** Everything known of series by id, for the series table at start; undefined: of a metric that this version does not know. */
  series(): Promise<readonly (Series | undefined)[]>
  /** Sequence number of the newest stored frame; -1 when empty. */
  lastSeq(): number
  /**
   * Keeps one tick: durable against kill when it returns, against power loss within a second.
   * Ticks come in the order of their seq; one that is not later than the last is kept already. Throws StoreError; nothing is kept then.
   */
  append(tick: StoredTick): void
  /** One slice of the work that need not happen now (compaction, roll-up, expiry, checkpoint), `budgetMs` at most if it can. True: there is more. */
  maintain(nowMs: number, budgetMs: number): boolean

  /** Resolves when nothing runs beside the calls: what `maintain` may have set going. */
  settled(): Promise<void>

  /** Raw samples of some series, both ends included. */
  readSamples(ids: readonly SeriesId[], range: TimeRange): Promise<SampleColumns>
  /** Buckets of a rolled-up tier that overlap the range. */
  readBuckets(tier: RollupTier, keys: readonly RollupKey[], range: TimeRange): Promise<BucketColumns>
  /** Ticks from this time on may be missing from the tier's buckets: they are in the tiers below. Infinity: none is. */
  rolledUpToMs(tier: RollupTier): number
  /** Label sets under which a derived metric has been rolled up. */
  derivedLabels(derivedId: number): Promise<readonly Readonly<Record<string, string>>[]>
  /** Start of the oldest thing kept of a tier; undefined when it is empty. */
  oldestMs(tier: '1s' | RollupTier): number | undefined
  /** The process block that holds the tick at or before `unixMs` (and the ticks since), and the one for each in a range. */
  readProcesses(range: TimeRange): Promise<readonly ProcessBlock[]>

  /** Begins to put ticks of the past into the record; `isTrial`: only counts. One at a time. */
  backfill(isTrial: boolean): Backfill

  appendEvent(event: StoredEvent): void
  readEvents(range: TimeRange, limit: number): Promise<readonly StoredEvent[]>

  /** Small named values: boot id, counters persisted over restarts, schema facts. */
  getMeta(key: string): string | undefined
  setMeta(key: string, value: string): void

  stats(): StoreStats
  /** Throws StoreError naming what is wrong. Reads the whole store. */
  checkIntegrity(): void
  close(): void
}

export interface TimeRange {
  readonly startMs: number
  readonly endMs: number
}

/** One tick as it is stored: the encoded frame and the encoded change of the process table. */
export interface StoredTick {
  readonly seq: number
  readonly unixMs: number
  readonly elapsedMs: number
  readonly gap: GapReason
  /** First frame of a block: decodes without its predecessors. */
  readonly isKey: boolean
  readonly frame: Uint8Array
  readonly processes: Uint8Array
  /** Series that this frame uses for the first time. */
  readonly newSeries: readonly Series[]
}

/** One time column for all series asked for; `values[i][k]` belongs to `ids[i]` at `unixMs[k]`, NaN where absent. */
export interface SampleColumns {
  readonly unixMs: Float64Array
  /** True time since the tick before; 0 where there is none to compare with (start, gap): no rate there. */
  readonly elapsedMs: Float64Array
  readonly values: readonly Float64Array[]
}

export type RollupTier = '1m' | '1h'
/** What is rolled up: a stored series, or a derived metric with its labels (host-wide ones cannot be had from the parts' extremes). */
export type RollupKey =
  | { readonly series: SeriesId }
  | { readonly derived: DerivedName; readonly labels: Readonly<Record<string, string>> }

/**
 * Buckets, columnar. For a gauge or derived value min/max/sum/count/last are of the samples. For a counter they are of
 * its per-second rate, except: `sum` is the increase over the bucket and `seconds` the time it covers, so the true mean
 * rate is sum / seconds. Absent buckets are NaN (count 0). `seconds` is the coverage of a partial bucket.
 */
export interface BucketColumns {
  readonly startMs: Float64Array
  readonly buckets: readonly BucketSeries[]
}
export interface BucketSeries {
  readonly min: Float64Array
  readonly max: Float64Array
  readonly sum: Float64Array
  readonly count: Float64Array
  readonly seconds: Float64Array
  readonly last: Float64Array
}

/**
 * A run of ticks of the process table as the recorder encoded them, the first one a whole table: packed by the recorder
 * when the block was closed, or the ticks themselves while it is open.
 */
export interface ProcessBlock {
  readonly startMs: number
  readonly endMs: number
  readonly content: { readonly packed: Uint8Array } | { readonly ticks: readonly Uint8Array[] }
}

export interface StoredEvent {
  readonly unixMs: number
  /** One of catalogue/events.ts, or of a newer sysmon. */
  readonly kind: string
  readonly severity: 'info' | 'warning' | 'error'
  readonly message: string
  readonly data: Readonly<Record<string, string | number>>
}

export interface StoreStats {
  readonly databaseBytes: number
  readonly walBytes: number
  /** Ticks in the record of seconds. */
  readonly frames: number
  readonly oldestMs: number | undefined
  readonly newestMs: number | undefined
  readonly bytesAppended: number
}

export type StoreErrorCode = 'full' | 'locked' | 'corrupt' | 'read_only' | 'newer_format' | 'io' | 'closed'
export class StoreError extends Error {
  constructor(
    readonly code: StoreErrorCode,
    message: string,
  ) {
    super(message)
    this.name = 'StoreError'
  }
}
