import { nearest } from '../base/nearest.ts'
import {
  isDerivedName,
  isMetricName,
  type LabelsFor,
  type MetricName,
  metricDef,
  metricNames,
} from '../catalogue/catalogue.ts'
import type { SeriesId } from '../frame/frame.ts'
import type { Series, SeriesTable } from '../frame/series-table.ts'
import { type Backfill, backfillSpanMs } from '../store/backfill.ts'
import type { Store } from '../store/store.ts'
import { Problems, Refused } from './refusal.ts'
import { checkLabels, formatSeriesName, type Labels, parseSeriesName } from './series-name.ts'
import { inTurns } from './turns.ts'

/**
 * Between a reader of some format and the record: columns are checked against the catalogue, times against the clock and
 * each other, and whole spans are handed to the record, where nothing counts before the end.
 */
export interface StagingParts {
  readonly store: Store
  readonly series: SeriesTable
  readonly nowMs: number
  /** Only counts. */
  readonly isTrial: boolean
  /** How long seconds and hours are kept, milliseconds. */
  readonly retention: { readonly secondsMs: number; readonly hoursMs: number }
}

export interface Staged {
  readonly ticks: number
  readonly values: {
    readonly added: number
    readonly known: number
    readonly different: number
    readonly settled: number
  }
  /** Ticks so old that nothing of them would be kept; left out. */
  readonly expiredTicks: number
  /** Ticks of which only minutes will be kept. */
  readonly soonRolledUpTicks: number
  readonly series: number
  readonly newSeries: readonly string[]
  readonly startUnixMs: number | undefined
  readonly endUnixMs: number | undefined
}

/** A clock that is a little ahead must not make a tick one of the future. */
const futureSlackMs = 60_000
/** Milliseconds since 1970 are beyond this since 2001; seconds are far below. */
const earliestMs = 1_000_000_000_000
/** A tick further from the one before than this has none to be compared with, where the file does not say. */
const mostGapMs = 60_000
/** Values held in memory at most: 32 MB. */
const mostHeld = 4_000_000

interface Row {
  readonly unixMs: number
  readonly elapsedMs: number
  readonly columns: readonly number[]
  readonly values: ArrayLike<number>
}

export class Staging {
  readonly problems = new Problems()
  readonly #backfill: Backfill
  readonly #columns: { readonly metric: MetricName; readonly labels: Labels; readonly name: string }[] = []
  readonly #byName = new Map<string, number>()
  readonly #ids: (SeriesId | undefined)[] = []
  readonly #fresh: Series[] = []
  #rows: Row[] = []
  readonly #ready: Row[][] = []
  #held = 0
  #lastMs = Number.NEGATIVE_INFINITY
  #firstMs: number | undefined
  #ticks = 0
  #expired = 0
  #soonRolledUp = 0
  readonly #total = { added: 0, known: 0, different: 0, settled: 0 }

  constructor(private readonly parts: StagingParts) {
    this.#backfill = parts.store.backfill(parts.isTrial)
  }

  /** Number of the column of a series, by its name as a column is headed. What is wrong with it becomes a problem. */
  column(place: string, text: string): number | undefined {
    const known = this.#byName.get(text)
    if (known !== undefined) return known
    const parsed = parseSeriesName(text)
    const what = parsed === undefined ? 'it is no name of a series' : this.#wrongWith(parsed.metric, parsed.rest)
    if (parsed === undefined || what !== undefined) {
      this.problems.add(place, `${JSON.stringify(text.slice(0, 200))}: ${what}`)
      return undefined
    }
    return this.#columnOf(place, text, parsed.metric as MetricName, parsed.labels)
  }

  /** The same of a metric that is known to be one. */
  columnOf(place: string, metric: MetricName, labels: Labels): number | undefined {
    const name = formatSeriesName(metric, labels)
    return this.#byName.get(name) ?? this.#columnOf(place, name, metric, labels)
  }

  #columnOf(place: string, text: string, metric: MetricName, given: Labels): number | undefined {
    const labels = checkLabels(metric, given)
    if (typeof labels === 'string') {
      this.problems.add(place, labels)
      return undefined
    }
    const name = formatSeriesName(metric, labels)
    const index = this.#columns.findIndex((column) => column.name === name)
    const at = index >= 0 ? index : this.#columns.push({ metric, labels, name }) - 1
    this.#byName.set(text, at)
    return at
  }

  #wrongWith(metric: string, rest: string): string | undefined {
    if (isDerivedName(metric)) return 'it is computed from others, not kept; leave the column out'
    if (!isMetricName(metric)) {
      const near = nearest(metric, metricNames)
      return `there is no such metric${near === undefined ? '' : `; did you mean ${near}?`}`
    }
    if (/^\.(?:avg|min|max)$/.test(rest.replace(/ \[.*\]$/, ''))) {
      return 'it is of longer steps; only an export of every tick (without --resolution) can be read in'
    }
    const unit = /^ ?\[(.*)\]$/.exec(rest)?.[1]
    if (rest !== '' && unit === undefined) return `"${rest.trim()}" stands behind the name`
    const own = metricDef(metric).unit
    return unit === undefined || unit === own ? undefined : `it is in ${unit}; ${metric} is kept in ${own}`
  }

  /** One tick. NaN is absent. `elapsedMs` as the file says it, `undefined` where it does not. */
  row(
    place: string,
    unixMs: number,
    elapsedMs: number | undefined,
    columns: readonly number[],
    values: ArrayLike<number>,
  ): void {
    const what = this.#wrongTime(unixMs) ?? wrongLength(elapsedMs)
    if (what !== undefined) {
      this.problems.add(place, what)
      return
    }
    const sinceLast = unixMs - this.#lastMs
    const elapsed = elapsedMs ?? (sinceLast <= mostGapMs ? sinceLast : 0)
    if (this.#spanOf(unixMs) !== this.#spanOf(this.#lastMs)) this.#closeSpan()
    this.#lastMs = unixMs
    this.#ticks++
    this.#firstMs ??= unixMs
    const age = this.parts.nowMs - unixMs
    if (age > this.parts.retention.hoursMs) {
      this.#expired++
      return
    }
    if (age > this.parts.retention.secondsMs) this.#soonRolledUp++
    this.#rows.push({ unixMs, elapsedMs: elapsed, columns, values })
    this.#held += values.length
    if (this.#held > mostHeld) throw new Refused([`${place}: too many values in five minutes: over ${mostHeld}`])
  }

  #wrongTime(unixMs: number): string | undefined {
    if (!Number.isSafeInteger(unixMs)) return `${unixMs} is no time in whole milliseconds`
    if (unixMs < earliestMs) return `${unixMs} is no time since 2001 in milliseconds: is it in seconds?`
    if (unixMs > this.parts.nowMs + futureSlackMs) return `${new Date(unixMs).toISOString()} is in the future`
    if (unixMs <= this.#lastMs) {
      const [own, before] = [unixMs, this.#lastMs].map((ms) => new Date(ms).toISOString())
      return `${own} does not come after ${before} of the row before: sort the rows by time`
    }
    return undefined
  }

  #spanOf(unixMs: number): number {
    return Math.floor(unixMs / backfillSpanMs)
  }

  #closeSpan(): void {
    if (this.#rows.length > 0) this.#ready.push(this.#rows)
    this.#rows = []
  }

  /** Hands whole spans on, in turns. Throws StoreError, Refused. */
  async flush(isEnd = false): Promise<void> {
    if (isEnd) this.#closeSpan()
    for (let rows = this.#ready.shift(); rows !== undefined; rows = this.#ready.shift()) {
      this.#held -= rows.reduce((sum, row) => sum + row.values.length, 0)
      // Where something is wrong nothing will be kept: the rest is only looked through.
      if (!this.problems.any) await this.#add(rows)
    }
  }

  async #add(rows: readonly Row[]): Promise<void> {
    const columns = new Map<SeriesId, Float64Array>()
    for (const [at, row] of rows.entries()) {
      for (let i = 0; i < row.columns.length; i++) {
        const value = row.values[i] as number
        if (Number.isNaN(value)) continue
        const id = this.#idOf(row.columns[i] as number)
        const column = columns.get(id) ?? new Float64Array(rows.length).fill(Number.NaN)
        column[at] = value
        columns.set(id, column)
      }
    }
    const counts = await inTurns(
      this.#backfill.add({
        unixMs: Float64Array.from(rows, (row) => row.unixMs),
        elapsedMs: Float64Array.from(rows, (row) => row.elapsedMs),
        columns,
        series: (id) => this.parts.series.get(id),
      }),
    )
    for (const key of Object.keys(this.#total) as (keyof Staged['values'])[]) this.#total[key] += counts[key]
    await this.#backfill.breathe()
  }

  /** Of a series that the record does not know a place is taken; on trial a number beyond all that there are. */
  #idOf(column: number): SeriesId {
    const known = this.#ids[column]
    if (known !== undefined) return known
    const { metric, labels } = this.#columns[column] as { metric: MetricName; labels: Labels }
    const { series, isTrial } = this.parts
    const size = series.size
    const found = series.find(metric, labels as LabelsFor<MetricName>)
    const id = found ?? (isTrial ? size + column : series.intern(metric, labels as LabelsFor<MetricName>))
    if (id === undefined) throw new Refused([`more than ${series.limit} series: raise limits.series`])
    if (found === undefined) this.#fresh.push({ id, metric, labels })
    this.#ids[column] = id
    return id
  }

  /** All of it counts from now on. Throws Refused when anything was wrong: nothing counts then. */
  commit(): Staged {
    this.problems.check()
    if (this.#ticks === 0) throw new Refused(['there are no rows in it'])
    this.#backfill.commit(this.#fresh)
    return {
      ticks: this.#ticks,
      values: this.#total,
      expiredTicks: this.#expired,
      soonRolledUpTicks: this.#soonRolledUp,
      series: this.#ids.filter((id) => id !== undefined).length,
      newSeries: this.#fresh.map(({ metric, labels }) => formatSeriesName(metric, labels)),
      startUnixMs: this.#firstMs,
      endUnixMs: this.#firstMs === undefined ? undefined : this.#lastMs,
    }
  }

  abandon(): void {
    this.#backfill.abandon()
  }
}

const wrongLength = (elapsedMs: number | undefined): string | undefined =>
  elapsedMs === undefined || (Number.isFinite(elapsedMs) && elapsedMs >= 0)
    ? undefined
    : `${elapsedMs} is no time since the row before`
