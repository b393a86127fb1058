import type { CurrentResponse, HistoryResponse } from '../../api/contract.ts'

/**
 * Histories of the series that graphs show, on one time axis. Live, each tick adds a column, so that nobody asks for
 * history again and again; in replay, a block around the time shown is held and graphs take what lies before that time.
 * Absent is NaN. Values are never changed in place: a new tick makes a new timeline.
 */
export interface Timeline {
  readonly stepMs: number
  /** Number of the step (time / stepMs) of the first column. */
  readonly firstStep: number
  readonly length: number
  readonly series: ReadonlyMap<string, Float32Array>
}

/** Columns kept live: a graph over the whole of a wide terminal at two a cell. */
export const timelineLength = 512

export const emptyTimeline: Timeline = { stepMs: 1000, firstStep: 0, length: 0, series: new Map() }

export const seriesKey = (metric: string, labels: Readonly<Record<string, string>>): string =>
  `${metric} ${labels.device ?? labels.resource ?? ''} ${labels.direction ?? ''}`

/** Metrics whose histories are shown. */
export const graphMetrics = [
  'system.cpu.utilization',
  'system.memory.utilization',
  'system.paging.utilization',
  'system.pressure.some',
  'system.disk.io',
  'system.network.io',
] as const
const isGraphed = new Set<string>(graphMetrics)

export function timelineOf(histories: readonly HistoryResponse[], startMs: number, endMs: number): Timeline {
  const stepMs = Math.max(1000, ...histories.map((history) => history.resolutionMs))
  const firstStep = Math.round(startMs / stepMs)
  const length = Math.max(0, Math.floor(endMs / stepMs) - firstStep + 1)
  const series = new Map<string, Float32Array>()
  for (const history of histories) {
    const places = history.unixMs.map((unixMs) => Math.round(unixMs / stepMs) - firstStep)
    for (const { labels, avg } of history.series) {
      const values = new Float32Array(length).fill(Number.NaN)
      for (const [index, place] of places.entries())
        if (place >= 0 && place < length) values[place] = avg[index] ?? Number.NaN
      series.set(seriesKey(history.metric, labels), values)
    }
  }
  return { stepMs, firstStep, length, series }
}

/** A tick may be this much behind what the history already has. */
const latestSteps = 3

/** With one more tick at its end; what lies between stays absent. */
export function withTick(timeline: Timeline, current: CurrentResponse): Timeline {
  const { stepMs } = timeline
  const step = Math.round(current.unixMs / stepMs)
  const last = timeline.firstStep + timeline.length - 1
  // The clock was set, or we slept for long: what was before does not join up.
  if (timeline.length > 0 && (step < last - latestSteps || step < timeline.firstStep || step - last > timelineLength))
    return withTick({ ...emptyTimeline, stepMs }, current)
  const firstStep = timeline.length === 0 ? step : Math.max(timeline.firstStep, step - timelineLength + 1)
  const length = Math.max(step, last) - firstStep + 1
  const dropped = timeline.length === 0 ? 0 : firstStep - timeline.firstStep
  const series = new Map<string, Float32Array>()
  for (const [key, before] of timeline.series) {
    const values = new Float32Array(length).fill(Number.NaN)
    values.set(before.subarray(dropped, Math.min(before.length, dropped + length)))
    series.set(key, values)
  }
  for (const { metric, labels, value } of current.values) {
    if (!isGraphed.has(metric)) continue
    const key = seriesKey(metric, labels)
    let values = series.get(key)
    if (values === undefined) {
      values = new Float32Array(length).fill(Number.NaN)
      series.set(key, values)
    }
    values[step - firstStep] = value
  }
  return { stepMs, firstStep, length, series: withoutDead(series) }
}

/** Series of devices that have gone are forgotten once all of them is absent. */
function withoutDead(series: Map<string, Float32Array>): ReadonlyMap<string, Float32Array> {
  for (const [key, values] of series) if (values.every(Number.isNaN)) series.delete(key)
  return series
}

/** The values up to and including a time; `undefined` when the series is not there. */
export function valuesUpTo(timeline: Timeline, key: string, unixMs: number): Float32Array | undefined {
  const values = timeline.series.get(key)
  if (values === undefined) return undefined
  const end = Math.round(unixMs / timeline.stepMs) - timeline.firstStep + 1
  return end >= values.length ? padded(values, end) : values.subarray(0, Math.max(0, end))
}

/** When the time lies after the last column the curve ends before the edge. */
function padded(values: Float32Array, length: number): Float32Array {
  if (length === values.length || length > values.length + timelineLength) return values
  const longer = new Float32Array(length).fill(Number.NaN)
  longer.set(values)
  return longer
}

/** Whether graphs of `samples` values up to the time find what they need. */
export const covers = (timeline: Timeline, unixMs: number, samples: number): boolean => {
  const step = Math.round(unixMs / timeline.stepMs)
  return (
    timeline.length > 0 && step <= timeline.firstStep + timeline.length - 1 && step - samples >= timeline.firstStep - 1
  )
}
