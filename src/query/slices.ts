import { othersTurn } from '../base/turns.ts'
import type { SeriesId } from '../frame/frame.ts'
import type { SampleColumns, TimeRange } from '../store/store.ts'
import { readRaw, type Sources } from './sources.ts'

/**
 * Ticks that are read and worked out at once. A day of seconds of a formula over many series holds up the loop for a
 * quarter of a second as a whole, over the 128 of sixteen cores for four seconds; a slice takes some milliseconds. The
 * shorter one is a block of the store: to read less at once would read it several times.
 */
export const ticksPerSlice = 1800
const ticksOfMany = 300
const many = 32

/** Raw columns of a part of a range. The ticks before `from` are those that the first of the part is compared with. */
export interface Slice {
  readonly samples: SampleColumns
  readonly from: number
  column(id: SeriesId): Float64Array | undefined
}

/** The range part by part, ascending, as if it had been read whole; between two parts others have their turn. */
export async function* slicesOf(sources: Sources, ids: readonly SeriesId[], range: TimeRange): AsyncGenerator<Slice> {
  const lengthMs = (ids.length > many ? ticksOfMany : ticksPerSlice) * sources.intervalMs
  const index = new Map(ids.map((id, i) => [id, i]))
  let lastMs = Number.POSITIVE_INFINITY
  // Whoever asks from the year 1970 on does not make us look at half an hour after the other.
  for (let startMs = Math.max(range.startMs, oldestMs(sources)); startMs <= range.endMs; ) {
    await othersTurn()
    const nextMs = (Math.floor(startMs / lengthMs) + 1) * lengthMs
    // The last tick before, however long ago, is one of the pair that the first tick here makes.
    const early = Math.min(startMs - 3 * sources.intervalMs, lastMs)
    const samples = await readRaw(sources, ids, { startMs: early, endMs: Math.min(range.endMs, nextMs - 1) })
    const from = firstAtOrAfter(samples.unixMs, startMs)
    if (from < samples.unixMs.length) {
      yield {
        samples,
        from,
        column: (id) => {
          const at = index.get(id)
          return at === undefined ? undefined : samples.values[at]
        },
      }
    }
    lastMs = samples.unixMs.at(-1) ?? lastMs
    startMs = nextMs
  }
}

const oldestMs = ({ store, ring }: Sources): number =>
  Math.min(
    store.oldestMs('1s') ?? Number.POSITIVE_INFINITY,
    ring.length > 0 ? ring.unixMsAt(0) : Number.POSITIVE_INFINITY,
  )

function firstAtOrAfter(times: Float64Array, startMs: number): number {
  const found = times.findIndex((time) => time >= startMs)
  return found < 0 ? times.length : found
}
