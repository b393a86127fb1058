import type { HistoryQuery, HistoryResponse, HistorySeries } from '../api/contract.ts'
import { derivedDef, metricDef } from '../catalogue/catalogue.ts'
import { counterDelta } from '../derive/counter.ts'
import { planDerived } from '../derive/plan.ts'
import { ColumnCursor } from '../derive/rollup-rules.ts'
import type { SeriesId } from '../frame/frame.ts'
import { mostBucketsATick } from '../store/rollup.ts'
import type { RollupKey, RollupTier, TimeRange } from '../store/store.ts'
import { Grid } from './grid.ts'
import { chooseResolution, type Resolution, tierMs } from './resolution.ts'
import { type Labels, labelsFit, type Selected, selectMetric, shownUnit } from './selection.ts'
import { type Slice, slicesOf } from './slices.ts'
import { QueryError, type Sources } from './sources.ts'

/** Points of a chart when the caller does not say how fine. */
const defaultPoints = 600

export interface HistoryRequest extends Omit<HistoryQuery, 'start' | 'end'> {
  readonly range: TimeRange
}

/** One line of the answer while it is made. */
interface Line {
  readonly labels: Labels
  /** Value at each tick of raw columns; for a counter its rate. */
  readonly raw: (columns: Slice) => Float64Array
  readonly key: RollupKey
}
/** Throws QueryError. */
export async function history(sources: Sources, request: HistoryRequest): Promise<HistoryResponse> {
  const { range, labels = {}, resolution: text = 'auto' } = request
  if (!(range.startMs < range.endMs)) throw new QueryError('invalid_time', 'the start is not before the end')
  const selected = selectMetric(request.metric, labels)
  const resolution = chooseResolution(text, {
    range,
    intervalMs: sources.intervalMs,
    points: defaultPoints,
    oldestMs: (tier) => (tier === '1s' ? oldestRaw(sources) : sources.store.oldestMs(tier)),
  })
  const { lines, inputs } = await linesOf(sources, selected, labels)
  const answer =
    resolution.tier === '1s' && resolution.stepMs <= sources.intervalMs
      ? await everyTick(sources, lines, inputs, range)
      : await stepped(sources, selected, lines, inputs, range, resolution)
  const help = selected.kind === 'derived' ? derivedDef(selected.metric).help : metricDef(selected.metric).help
  return {
    metric: selected.metric,
    unit: shownUnit(selected),
    help,
    resolutionMs: resolution.stepMs,
    tier: resolution.tier,
    ...answer,
  }
}

const oldestRaw = ({ store, ring }: Sources): number | undefined =>
  store.oldestMs('1s') ?? (ring.length > 0 ? ring.unixMsAt(0) : undefined)

interface Lines {
  readonly lines: readonly Line[]
  /** Stored series that must be read for them. */
  readonly inputs: readonly SeriesId[]
}

async function linesOf(sources: Sources, selected: Selected, wanted: Labels): Promise<Lines> {
  const all = sources.series.all()
  if (selected.kind === 'stored') {
    const series = all.filter((one) => one?.metric === selected.metric && labelsFit(one.labels, wanted))
    const jitter = metricDef(selected.metric).jitter ?? 0
    const lines = series.map(
      ({ id, labels }): Line => ({
        labels,
        key: { series: id },
        raw: ({ samples, column }) => {
          const values = column(id) ?? new Float64Array(samples.unixMs.length).fill(Number.NaN)
          return selected.isCounter ? ratesOf(values, samples.elapsedMs, jitter) : values
        },
      }),
    )
    return { lines, inputs: series.map((one) => one.id) }
  }
  const from = new Set<string>(derivedDef(selected.metric).from)
  const inputs = all.filter((one) => one !== undefined && from.has(one.metric))
  const lines = planDerived(inputs, [selected.metric])
    .filter((key) => labelsFit(key.labels, wanted))
    .map(
      ({ derived, labels, evaluate }): Line => ({
        labels,
        key: { derived, labels },
        raw: ({ samples, column }) => {
          const cursor = new ColumnCursor((id) => {
            const values = column(id)
            return values === undefined ? undefined : { before: Number.NaN, values }
          }, samples.elapsedMs)
          return samples.unixMs.map((_, i) => evaluate(cursor.at(i)))
        },
      }),
    )
  return { lines, inputs: inputs.map((one) => one.id) }
}

function ratesOf(values: Float64Array, elapsedMs: Float64Array, jitter: number): Float64Array {
  const rates = new Float64Array(values.length).fill(Number.NaN)
  for (let i = 1; i < values.length; i++) {
    const seconds = (elapsedMs[i] as number) / 1000
    if (seconds > 0) rates[i] = counterDelta(values[i - 1] as number, values[i] as number, jitter) / seconds
  }
  return rates
}

type Answer = Pick<HistoryResponse, 'unixMs' | 'series'>

async function everyTick(
  sources: Sources,
  lines: readonly Line[],
  inputs: readonly SeriesId[],
  range: TimeRange,
): Promise<Answer> {
  const unixMs: number[] = []
  const columns = lines.map((): (number | null)[] => [])
  for await (const slice of slicesOf(sources, inputs, range)) {
    const { samples, from } = slice
    for (let i = from; i < samples.unixMs.length; i++) unixMs.push(samples.unixMs[i] as number)
    for (const [at, line] of lines.entries()) {
      const values = line.raw(slice)
      const column = columns[at] as (number | null)[]
      for (let i = from; i < values.length; i++) column.push(nullable(values[i] as number))
    }
  }
  const series = lines.map(({ labels }, at): HistorySeries => {
    const values = columns[at] as (number | null)[]
    return { labels, avg: values, min: values, max: values }
  })
  return { unixMs, series: withValues(series) }
}

async function stepped(
  sources: Sources,
  selected: Selected,
  lines: readonly Line[],
  inputs: readonly SeriesId[],
  range: TimeRange,
  { stepMs, tier }: Resolution,
): Promise<Answer> {
  const grids = lines.map(() => new Grid(range.startMs, range.endMs, stepMs))
  const rawFrom = tier === '1s' ? range.startMs : await addBuckets(sources, lines, grids, range, tier)
  for await (const slice of slicesOf(sources, inputs, { startMs: rawFrom, endMs: range.endMs })) {
    for (const [i, line] of lines.entries()) addRaw(grids[i] as Grid, line.raw(slice), slice, selected.isCounter)
  }
  const length = grids[0]?.length ?? 0
  const indexes = Array.from({ length }, (_, i) => i)
  const series = lines.map(({ labels }, i): HistorySeries => {
    const grid = grids[i] as Grid
    return {
      labels,
      avg: indexes.map((at) => nullable(grid.mean(at, selected.isCounter))),
      min: indexes.map((at) => nullable(grid.min(at))),
      max: indexes.map((at) => nullable(grid.max(at))),
    }
  })
  return { unixMs: indexes.map((at) => (grids[0] as Grid).startMs(at)), series: withValues(series) }
}

/** Adds the rolled-up buckets; the time from which on only ticks know. */
async function addBuckets(
  sources: Sources,
  lines: readonly Line[],
  grids: readonly Grid[],
  range: TimeRange,
  tier: RollupTier,
): Promise<number> {
  // Whole buckets only: the one in which the tier ends is made of the finer tier, so that nothing counts twice.
  const untilMs = Math.floor(sources.store.rolledUpToMs(tier) / tierMs[tier]) * tierMs[tier]
  const buckets = await sources.store.readBuckets(
    tier,
    lines.map((line) => line.key),
    range,
  )
  const { startMs } = buckets
  for (const [i, from] of buckets.buckets.entries()) {
    for (let index = 0; index < startMs.length; index++) {
      const start = startMs[index] as number
      if (start < untilMs) grids[i]?.addBucket(start, from, index)
    }
  }
  const after = Math.max(range.startMs, untilMs)
  if (tier === '1m' || after > range.endMs) return after
  return addBuckets(sources, lines, grids, { startMs: after, endMs: range.endMs }, '1m')
}

function addRaw(grid: Grid, values: Float64Array, { samples, from }: Slice, isCounter: boolean): void {
  const { unixMs, elapsedMs } = samples
  // As in the roll-ups: growth over a gap is that of no step.
  const mostMs = mostBucketsATick * Math.max(grid.stepMs, tierMs['1m'])
  for (let i = from; i < values.length; i++) {
    const at = unixMs[i] as number
    const isGap = (elapsedMs[i] as number) > mostMs
    if (isGap && isCounter) continue
    const seconds = isGap ? 0 : (elapsedMs[i] as number) / 1000
    const value = values[i] as number
    grid.addSample(at, value, isCounter ? value * seconds : value, seconds)
  }
}

const nullable = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** Series that have nothing at all in the range are left out. */
const withValues = (series: readonly HistorySeries[]): HistorySeries[] =>
  series.filter(({ avg }) => avg.some((value) => value !== null))
