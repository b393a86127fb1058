import type { SeriesId } from '../frame/frame.ts'
import type { FrameRing } from '../frame/ring.ts'
import type { SeriesTable } from '../frame/series-table.ts'
import type { SampleColumns, Store, TimeRange } from '../store/store.ts'

/**
 * query/ answers questions of the record: which tier, which series, which formula. It reads the ring and the store and
 * knows nothing of HTTP.
 */
export interface Sources {
  readonly ring: FrameRing
  readonly store: Store
  readonly series: SeriesTable
  readonly intervalMs: number
  now(): number
}

/** A question that cannot be answered as it was put. */
export class QueryError extends Error {
  constructor(
    readonly code:
      | 'unknown_metric'
      | 'unknown_label'
      | 'invalid_time'
      | 'too_much'
      | 'invalid_request'
      | 'not_recorded',
    message: string,
    readonly cure?: string,
  ) {
    super(message)
    this.name = 'QueryError'
  }
}

/** Raw ticks: from memory when it reaches back far enough, else from the store, which has the latest ticks too. */
export async function readRaw(sources: Sources, ids: readonly SeriesId[], range: TimeRange): Promise<SampleColumns> {
  return fromRing(sources.ring, ids, range) ?? (await sources.store.readSamples(ids, range))
}

/** `undefined` when the ring does not reach back, or holds a step of the clock. */
function fromRing(ring: FrameRing, ids: readonly SeriesId[], { startMs, endMs }: TimeRange): SampleColumns | undefined {
  if (ring.length === 0 || ring.unixMsAt(0) > startMs) return undefined
  let from = ring.length
  let to = 0
  for (let i = 0; i < ring.length; i++) {
    const at = ring.unixMsAt(i)
    if (i > 0 && at <= ring.unixMsAt(i - 1)) return undefined
    if (at < startMs || at > endMs) continue
    from = Math.min(from, i)
    to = i + 1
  }
  const length = Math.max(0, to - from)
  const column = (value: (index: number) => number): Float64Array =>
    Float64Array.from({ length }, (_, i) => value(from + i))
  return {
    unixMs: column((i) => ring.unixMsAt(i)),
    elapsedMs: column((i) => ring.elapsedMsAt(i)),
    values: ids.map((id) => column((i) => ring.valueAt(id, i))),
  }
}
