import { derivedDef, isDerivedName, type MetricName, metricDef, metricNames } from '../catalogue/catalogue.ts'
import { planDerived } from '../derive/plan.ts'
import type { Series } from '../frame/series-table.ts'
import { history } from '../query/history.ts'
import { selectMetric, shownUnit } from '../query/selection.ts'
import type { Sources } from '../query/sources.ts'
import { backfillSpanMs } from '../store/backfill.ts'
import type { TimeRange } from '../store/store.ts'
import { formatSeriesName, type Labels } from './series-name.ts'
import { elapsedColumn, type Table, type TableBlock, type TableColumn, timeColumn } from './table.ts'
import { nextTurn } from './turns.ts'

/**
 * Samples as a table: one row a tick, one column a series. At full resolution stored metrics are as they are stored
 * (counters are counts, not rates) with the true time since the tick before: that is what can be read in again without
 * loss. At a coarser one each series has its mean, least and most.
 */
export interface SampleQuery {
  /** None: every metric that is stored. */
  readonly metrics: readonly string[]
  readonly range: TimeRange
  /** `undefined`: every tick as it is. */
  readonly stepMs: number | undefined
}

/** Throws QueryError for a metric that is none. */
export function sampleTable(sources: Sources, query: SampleQuery): Table {
  const names = query.metrics.length === 0 ? metricNames : query.metrics
  for (const name of names) selectMetric(name, {})
  return query.stepMs === undefined
    ? everyTick(sources, names, query.range)
    : stepped(sources, names, query, query.stepMs)
}

const times: readonly TableColumn[] = [
  { name: timeColumn, kind: 'time' },
  { name: elapsedColumn, kind: 'number' },
]

/** Series read at once: a millisecond or two of work. */
const seriesPerTurn = 32

function everyTick(sources: Sources, names: readonly string[], range: TimeRange): Table {
  const known = sources.series.all()
  const stored = known.filter((one) => one !== undefined && names.includes(one.metric))
  const computed = names.flatMap((name) => computedLines(name, known))
  const columns = [
    ...times,
    ...stored.map(({ metric, labels }) => column(metric, labels, metricDef(metric).unit)),
    ...computed.map(({ metric, labels }) => column(metric, labels, derivedDef(metric).unit)),
  ]
  return {
    columns,
    facts: { content: 'samples', resolution: 'every tick' },
    async *blocks() {
      let lastMs = Number.NEGATIVE_INFINITY
      for (const span of spans(sources, range, backfillSpanMs)) {
        const own = await storedBlock(sources, stored, span, lastMs)
        lastMs = (own.values[0]?.at(-1) as number | undefined) ?? lastMs
        const more = await computedColumns(sources, computed, span, own.values[0] as Float64Array)
        if (own.length > 0) yield { length: own.length, values: [...own.values, ...more] }
        await nextTurn()
      }
    },
  }
}

const column = (metric: string, labels: Labels, unit: string): TableColumn => ({
  name: formatSeriesName(metric, labels),
  kind: 'number',
  unit,
})

/** Whole multiples of a length, cut to the range and to what is recorded. */
function* spans({ store }: Sources, range: TimeRange, lengthMs: number): Generator<TimeRange> {
  const { oldestMs, newestMs } = store.stats()
  const reach = [oldestMs, store.oldestMs('1m'), store.oldestMs('1h')].filter((ms) => ms !== undefined)
  const startMs = Math.max(range.startMs, Math.min(...reach, newestMs ?? Number.POSITIVE_INFINITY))
  const endMs = Math.min(range.endMs, newestMs ?? Number.NEGATIVE_INFINITY)
  for (let at = Math.floor(startMs / lengthMs) * lengthMs; at <= endMs; at += lengthMs) {
    yield { startMs: Math.max(at, startMs), endMs: Math.min(at + lengthMs - 1, endMs) }
  }
}

/** How far back the tick before the first of a span may lie and still be the one it is compared with. */
const leadMs = 120_000

async function storedBlock(
  { store }: Sources,
  series: readonly Series[],
  span: TimeRange,
  lastMs: number,
): Promise<TableBlock & { readonly values: readonly Float64Array[] }> {
  const { unixMs, elapsedMs } = await store.readSamples([], { startMs: span.startMs - leadMs, endMs: span.endMs })
  const from = unixMs.findIndex((time) => time >= span.startMs && time > lastMs)
  const at = from < 0 ? unixMs.length : from
  const length = unixMs.length - at
  const columns: Float64Array[] = []
  for (let first = 0; first < series.length && length > 0; first += seriesPerTurn) {
    const some = series.slice(first, first + seriesPerTurn)
    const read = await store.readSamples(
      some.map(({ id }) => id),
      { startMs: unixMs[at] as number, endMs: unixMs.at(-1) as number },
    )
    // A tick that came meanwhile is one of the next span, or of none.
    columns.push(...read.values.map((values) => values.subarray(0, length)))
    await nextTurn()
  }
  return { length, values: [unixMs.subarray(at), elapsedMs.subarray(at), ...columns] }
}

interface Computed {
  readonly metric: Parameters<typeof derivedDef>[0]
  readonly labels: Labels
}

const computedLines = (name: string, known: readonly Series[]): readonly Computed[] =>
  isDerivedName(name) ? planDerived(known, [name]).map(({ derived, labels }) => ({ metric: derived, labels })) : []

/** Computed metrics at the times of the ticks, by the same query that charts are drawn from. */
async function computedColumns(
  sources: Sources,
  lines: readonly Computed[],
  span: TimeRange,
  unixMs: Float64Array,
): Promise<Float64Array[]> {
  const found = new Map<string, Float64Array>()
  for (const metric of new Set(lines.map((line) => line.metric))) {
    if (unixMs.length === 0) break
    const range = { startMs: span.startMs, endMs: Math.max(span.endMs, span.startMs + 1) }
    const answer = await history(sources, { metric, range, resolution: '1s' })
    const at = new Map(answer.unixMs.map((time, index) => [time, index]))
    for (const { labels, avg } of answer.series) {
      const values = unixMs.map((time) => avg[at.get(time) ?? -1] ?? Number.NaN)
      found.set(formatSeriesName(metric, labels), values)
    }
    await nextTurn()
  }
  return lines.map(({ metric, labels }) => found.get(formatSeriesName(metric, labels)) ?? absent(unixMs.length))
}

const absent = (length: number): Float64Array => new Float64Array(length).fill(Number.NaN)

/** Steps in a block: a few milliseconds of work a metric. */
const stepsPerBlock = 300
const sides = ['avg', 'min', 'max'] as const

function stepped(sources: Sources, names: readonly string[], { range }: SampleQuery, stepMs: number): Table {
  const known = sources.series.all()
  const lines = names.flatMap((metric) => linesOf(metric, known))
  return {
    columns: [
      times[0] as TableColumn,
      ...lines.flatMap(({ metric, labels, unit }) =>
        sides.map(
          (side): TableColumn => ({ name: `${formatSeriesName(metric, labels)}.${side}`, kind: 'number', unit }),
        ),
      ),
    ],
    facts: { content: 'steps', resolution: `${stepMs} ms` },
    async *blocks() {
      for (const span of spans(sources, range, stepMs * stepsPerBlock)) {
        const block = await steppedBlock(sources, names, lines, span, stepMs)
        if (block.length > 0) yield block
      }
    },
  }
}

interface Line {
  readonly metric: string
  readonly labels: Labels
  readonly unit: string
}

function linesOf(metric: string, known: readonly Series[]): readonly Line[] {
  const unit = shownUnit(selectMetric(metric, {}))
  const labels = isDerivedName(metric)
    ? computedLines(metric, known).map((line) => line.labels)
    : known.filter((one) => one?.metric === (metric as MetricName)).map((one) => one.labels)
  return labels.map((each) => ({ metric, labels: each, unit }))
}

async function steppedBlock(
  sources: Sources,
  names: readonly string[],
  lines: readonly Line[],
  { startMs, endMs }: TimeRange,
  stepMs: number,
): Promise<TableBlock> {
  const range = { startMs, endMs: Math.max(endMs, startMs + 1) }
  const found = new Map<string, readonly Float64Array[]>()
  let unixMs: readonly number[] = []
  for (const metric of names) {
    if (!lines.some((line) => line.metric === metric)) continue
    const answer = await history(sources, { metric, range, resolution: `${stepMs}ms` })
    if (answer.unixMs.length > unixMs.length) unixMs = answer.unixMs
    for (const { labels, ...values } of answer.series) {
      const columns = sides.map((side) => Float64Array.from(values[side], (value) => value ?? Number.NaN))
      found.set(formatSeriesName(metric, labels), columns)
    }
    await nextTurn()
  }
  const columns = lines.flatMap(
    ({ metric, labels }) => found.get(formatSeriesName(metric, labels)) ?? sides.map(() => absent(unixMs.length)),
  )
  const rows = [...unixMs.keys()].filter((row) => columns.some((values) => !Number.isNaN(values[row] as number)))
  const pick = (values: ArrayLike<number>): Float64Array => Float64Array.from(rows, (row) => values[row] as number)
  return { length: rows.length, values: [pick(unixMs), ...columns.map(pick)] }
}
