import type { DerivedName } from '../../catalogue/catalogue.ts'
import type { SeriesId } from '../../frame/frame.ts'
import type { BackfillCounts, BackfillTicks } from '../backfill.ts'
import type { RollupKey, RollupTier, SampleColumns, TimeRange } from '../store.ts'
import type { Reading } from './reading.ts'

/** What the record has at the times of ticks that are to be put in. Read once for all series of a call. */
export class Known {
  readonly #times: ReadonlyMap<number, number>
  readonly #isRolledUp: Readonly<Record<RollupTier, boolean>>

  constructor(
    private readonly reading: Reading,
    private readonly range: TimeRange,
  ) {
    const { unixMs } = reading.samples([], range)
    this.#times = new Map(Array.from(unixMs, (time, index) => [time, index]))
    const has = (tier: RollupTier): boolean => reading.buckets(tier, [], hoursOf(range)).startMs.length > 0
    this.#isRolledUp = { '1m': has('1m'), '1h': has('1h') }
  }

  /** The roll-ups of these minutes are still to come with the ticks of the head. */
  get isInHead(): boolean {
    return this.#times.size > 0 && this.reading.buckets('1m', [], this.range).startMs.length === 0
  }

  /** Blanks in the ticks what the record has, and counts. */
  *strike(ticks: BackfillTicks): Generator<void, BackfillCounts> {
    const counts = { added: 0, known: 0, different: 0, settled: 0 }
    const isNew = this.#times.size === 0 && !this.#isRolledUp['1m'] && !this.#isRolledUp['1h']
    for (const [place, [id, column]] of [...ticks.columns].entries()) {
      if (isNew) counts.added += present(column)
      else this.#strikeColumn(id, column, ticks.unixMs, counts)
      if (place % columnsPerSlice === columnsPerSlice - 1) yield
    }
    return counts
  }

  #strikeColumn(id: SeriesId, column: Float64Array, unixMs: Float64Array, counts: Mutable<BackfillCounts>): void {
    const own = this.#samples(id)
    const settled = this.#settled(id, own)
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
  #settled(id: SeriesId, own: SampleColumns): (unixMs: number) => boolean {
    const minutes = this.#counts('1m', id)
    const hours = this.#counts('1h', id)
    if (minutes.size === 0 && hours.size === 0) return () => false
    const raw = new Map<number, number>()
    for (const [index, time] of own.unixMs.entries()) {
      if (!Number.isNaN(own.values[0]?.[index] ?? Number.NaN)) addTo(raw, Math.floor(time / minuteMs), 1)
    }
    const inMinutes = new Map<number, number>()
    for (const [minute, count] of minutes) addTo(inMinutes, Math.floor((minute * minuteMs) / hourMs), count)
    const isMore = (counts: ReadonlyMap<number, number>, than: ReadonlyMap<number, number>, at: number): boolean =>
      (counts.get(at) ?? 0) > (than.get(at) ?? 0)
    return (unixMs) =>
      isMore(minutes, raw, Math.floor(unixMs / minuteMs)) || isMore(hours, inMinutes, Math.floor(unixMs / hourMs))
  }

  /** Ticks in each bucket of the hours concerned, by its number. */
  #counts(tier: RollupTier, id: SeriesId): ReadonlyMap<number, number> {
    if (!this.#isRolledUp[tier]) return new Map()
    const { startMs, buckets } = this.reading.buckets(tier, [{ series: id }], hoursOf(this.range))
    return new Map(Array.from(startMs, (start, i) => [start / bucketMs[tier], buckets[0]?.count[i] ?? 0]))
  }

  hasDerived(derived: DerivedName, labels: Readonly<Record<string, string>>): boolean {
    if (!this.#isRolledUp['1m']) return false
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
const bucketMs: Readonly<Record<RollupTier, number>> = { '1m': minuteMs, '1h': hourMs }

const hoursOf = ({ startMs, endMs }: TimeRange): TimeRange => ({
  startMs: Math.floor(startMs / hourMs) * hourMs,
  endMs: Math.floor(endMs / hourMs) * hourMs + hourMs - 1,
})

const addTo = (counts: Map<number, number>, key: number, by: number): void =>
  void counts.set(key, (counts.get(key) ?? 0) + by)
const nothing: SampleColumns = { unixMs: new Float64Array(0), elapsedMs: new Float64Array(0), values: [] }

function present(column: Float64Array): number {
  let count = 0
  for (const value of column) if (!Number.isNaN(value)) count++
  return count
}
