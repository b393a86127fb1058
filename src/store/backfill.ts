import type { SeriesId } from '../frame/frame.ts'
import type { Series } from '../frame/series-table.ts'

/**
 * Ticks of the past put beside what the record has. What it has already stays as it is, so that the same put in twice is
 * as if put in once; nothing of it counts before `commit`, and then all of it does. Roll-ups follow; nobody is alerted.
 */
export interface Backfill {
  /**
   * Takes ticks later than those of the call before, all within one span of `backfillSpanMs`. Each step of the
   * generator is a few milliseconds of work. Throws StoreError.
   */
  add(ticks: BackfillTicks): Generator<void, BackfillCounts>
  /** Waits when the log has grown more than it should; to be awaited between two calls of `add`. */
  breathe(): Promise<void>
  /** Makes all that was added count, with the series that it uses. Throws StoreError; nothing counts then. */
  commit(newSeries: readonly Series[]): void
  /** Takes back what was added. */
  abandon(): void
}

/** Spans lie on whole multiples since the epoch, as the blocks of the record do. */
export const backfillSpanMs = 300_000

export interface BackfillTicks {
  /** Ascending. */
  readonly unixMs: Float64Array
  /** Since the tick before, milliseconds; 0 where there is none to be compared with. */
  readonly elapsedMs: Float64Array
  /** NaN is absent. Written into: what the record has already becomes absent. */
  readonly columns: ReadonlyMap<SeriesId, Float64Array>
  /** Series of `columns` that the record does not know yet are found here. */
  readonly series: (id: SeriesId) => Series | undefined
}

/** What became of values that were there. */
export interface BackfillCounts {
  /** New to the record. */
  readonly added: number
  /** The record has the same. */
  readonly known: number
  /** The record has another value, and keeps it. */
  readonly different: number
  /** The record has rolled that time up and dropped its seconds: it cannot be told whether it had them. */
  readonly settled: number
}
