import type { DerivedName } from '../../catalogue/catalogue.ts'
import type { SeriesId } from '../../frame/frame.ts'
import type { BackfillCounts, BackfillTicks } from '../backfill.ts'
import type { RollupKey, RollupTier, SampleColumns, TimeRange } from '../store.ts'
import type { Reading } from './reading.ts'

/** What the record has at the times of ticks that are to be put in. Read once for all series of a call. */
export class Known {
  readonly #times: ReadonlyMap<number, number>
  /** The record has something of these hours, rolled up. */
  readonly #isRolledUp: boolean
  /** Some of what was rolled up has been dropped since. */
  readonly #hasSettled: boolean

  constructor(
    private readonly reading: Reading,
    private readonly range: TimeRange,
  ) {
    const hours = hoursOf(range)
    const { unixMs } = reading.samples([], hours)
    const minuteTicks = reading.coverage('1m', hours)
    const hourTicks = reading.coverage('1h', hours)
    this.#isRolledUp = minuteTicks.size > 0 || hourTicks.size > 0
    this.#hasSettled = isMore(minuteTicks, ticksIn(unixMs, minuteMs)) || isMore(hourTicks, summed(minuteTicks, hourMs))
    const own = reading.samples([], range).unixMs
    this.#times = new Map(Array.from(own, (time, index) => [time, index]))
  }

  /** The roll-ups of these minutes are still to come with the ticks of the head. */
  get isInHead(): boolean {
    return this.#times.size > 0 && this.reading.buckets('1m', [], this.range).startMs.length === 0
  }

  /** Blanks in the ticks what the record has, and counts. */
  *strike(ticks: BackfillTicks): Generator<void, BackfillCounts> {
    const counts = { added: 0, known: 0, different: 0, settled: 0 }
    const isNew = this.#times.size === 0 && !this.#isRolledUp
    const columns = [...ticks.columns]
    for (let at = 0; at < columns.length; at += columnsPerSlice) {
      const some = columns.slice(at, at + columnsPerSlice)
      const own = isNew || this.#times.size === 0 ? nothing : this.reading.samples(idsOf(some), this.range)
      for (const [place, [id, column]] of some.entries()) {
        if (isNew) counts.added += present(column)
        else
          this.#strikeColumn(id, column, ticks.unixMs, { ...own, values: own.values.slice(place, place + 1) }, counts)
      }
      yield
    }
    return counts
  }

  #strikeColumn(
    id: SeriesId,
    column: Float64Array,
    unixMs: Float64Array,
    own: SampleColumns,
    counts: Mutable<BackfillCounts>,
  ): void {
    const settled = this.#hasSettled ? this.#settled(id) : () => false
    for (let i = 0; i < column.length; i++) {
      const value = column[i] as number
      if (Number.isNaN(value)) continue
      const time = unixMs[i] as number
      const recorded = own.values[0]?.[this.#times.get(time) ?? -1] ?? Number.NaN
      if (!Number.isNaN(recorded)) counts[Object.is(recorded, value) ? 'known' : 'different']++
      else if (settled(time)) counts.settled++
      else {
        counts.added++
        continue
      }
      column[i] = Number.NaN
    }
  }

  #samples(id: SeriesId): SampleColumns {
    return this.#times.size === 0 ? nothing : this.reading.samples([id], this.range)
  }

  /** Whether a roll-up of a series knows more than what it was rolled up from still has: that has been dropped. */
  #settled(id: SeriesId): (unixMs: number) => boolean {
    const minutes = this.#counts('1m', id)
    const hours = this.#counts('1h', id)
    if (minutes.size === 0 && hours.size === 0) return () => false
    const { unixMs, values } = this.reading.samples([id], hoursOf(this.range))
    const raw = ticksIn(
      unixMs.filter((_, index) => !Number.isNaN(values[0]?.[index] ?? Number.NaN)),
      minuteMs,
    )
    const inMinutes = summed(minutes, hourMs)
    const knowsMore = (counts: ReadonlyMap<number, number>, than: ReadonlyMap<number, number>, at: number): boolean =>
      (counts.get(at) ?? 0) > (than.get(at) ?? 0)
    return (time) =>
      knowsMore(minutes, raw, floorTo(time, minuteMs)) || knowsMore(hours, inMinutes, floorTo(time, hourMs))
  }

  /** Ticks of the series in each bucket of the hours concerned, by its start. */
  #counts(tier: RollupTier, id: SeriesId): ReadonlyMap<number, number> {
    const { startMs, buckets } = this.reading.buckets(tier, [{ series: id }], hoursOf(this.range))
    return new Map(Array.from(startMs, (start, i) => [start, buckets[0]?.count[i] ?? 0]))
  }

  hasDerived(derived: DerivedName, labels: Readonly<Record<string, string>>): boolean {
    if (!this.#isRolledUp) return false
    const key: RollupKey = { derived, labels }
    return this.reading.buckets('1m', [key], this.range).buckets[0]?.count.some((count) => count > 0) ?? false
  }

  /** A series at the given ticks: as put in, or as recorded. */
  merged(
    unixMs: Float64Array,
    columns: ReadonlyMap<SeriesId, Float64Array>,
  ): (id: SeriesId) => Float64Array | undefined {
    if (this.#times.size === 0) return (id) => columns.get(id)
    return (id) => {
      const own = this.#samples(id).values[0]
      const given = columns.get(id)
      if (own === undefined || present(own) === 0) return given
      return unixMs.map((time, i) => {
        const value = given?.[i] ?? Number.NaN
        return Number.isNaN(value) ? (own[this.#times.get(time) ?? -1] ?? Number.NaN) : value
      })
    }
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
const columnsPerSlice = 8
const minuteMs = 60_000
const hourMs = 3_600_000
const floorTo = (unixMs: number, stepMs: number): number => Math.floor(unixMs / stepMs) * stepMs
const idsOf = (columns: readonly (readonly [SeriesId, Float64Array])[]): SeriesId[] => columns.map(([id]) => id)

const hoursOf = ({ startMs, endMs }: TimeRange): TimeRange => ({
  startMs: floorTo(startMs, hourMs),
  endMs: floorTo(endMs, hourMs) + hourMs - 1,
})

function ticksIn(unixMs: Float64Array, stepMs: number): Map<number, number> {
  const ticks = new Map<number, number>()
  for (const time of unixMs) ticks.set(floorTo(time, stepMs), (ticks.get(floorTo(time, stepMs)) ?? 0) + 1)
  return ticks
}

function summed(counts: ReadonlyMap<number, number>, stepMs: number): Map<number, number> {
  const sums = new Map<number, number>()
  for (const [start, count] of counts) sums.set(floorTo(start, stepMs), (sums.get(floorTo(start, stepMs)) ?? 0) + count)
  return sums
}

const isMore = (counts: ReadonlyMap<number, number>, than: ReadonlyMap<number, number>): boolean =>
  [...counts].some(([start, count]) => count > (than.get(start) ?? 0))

const nothing: SampleColumns = { unixMs: new Float64Array(0), elapsedMs: new Float64Array(0), values: [] }

function present(column: Float64Array): number {
  let count = 0
  for (const value of column) if (!Number.isNaN(value)) count++
  return count
}
