import type { HistoryResponse } from '../../api/contract.ts'
import type { Labels } from './live.ts'
import type { Span } from './view.ts'

/** What a chart draws: one time axis in Unix seconds (as uPlot wants it) and columns by series; null where nothing is known. */
export interface ChartColumns {
  readonly stepMs: number
  readonly seconds: readonly number[]
  readonly lines: readonly ChartLine[]
  /** The steps are roll-ups, so min and max say more than the average. */
  readonly isRolledUp: boolean
}
export interface ChartLine {
  readonly metric: string
  readonly labels: Labels
  readonly avg: readonly (number | null)[]
  readonly min: readonly (number | null)[]
  readonly max: readonly (number | null)[]
}
type Column = readonly (number | null)[]

/** A step longer than this many nominal steps is a hole that no line may cross: one late tick is not yet a hole. */
const holeSteps = 1.9

/** Several answers over the same span on one axis, with a null in every hole. */
export function toColumns(answers: readonly HistoryResponse[]): ChartColumns {
  const stepMs = Math.max(1, ...answers.map((answer) => answer.resolutionMs))
  const times = withHoles(mergeTimes(answers.map((answer) => answer.unixMs)), stepMs)
  const lines = answers.flatMap((answer) => {
    const places = placesOf(answer.unixMs, times)
    return answer.series.map(({ labels, avg, min, max }) => ({
      metric: answer.metric,
      labels,
      avg: spread(avg, places, times.length),
      min: spread(min, places, times.length),
      max: spread(max, places, times.length),
    }))
  })
  const isRolledUp = answers.some(({ tier, resolutionMs }) => tier !== '1s' || resolutionMs > 1000)
  return { stepMs, seconds: times.map((ms) => ms / 1000), lines, isRolledUp }
}

function mergeTimes(axes: readonly (readonly number[])[]): readonly number[] {
  const [first, ...others] = axes
  if (first === undefined) return []
  if (others.every((axis) => axis.length === first.length && axis.every((ms, place) => ms === first[place])))
    return first
  return [...new Set(axes.flat())].sort((a, b) => a - b)
}

function withHoles(times: readonly number[], stepMs: number): readonly number[] {
  const filled: number[] = []
  for (const ms of times) {
    const before = filled.at(-1)
    if (before !== undefined && ms - before > holeSteps * stepMs) filled.push(before + stepMs)
    filled.push(ms)
  }
  return filled
}

/** Where on `times` each entry of `axis` is; both ascend. */
function placesOf(axis: readonly number[], times: readonly number[]): readonly number[] {
  let place = 0
  return axis.map((ms) => {
    while (place < times.length - 1 && (times[place] ?? ms) < ms) place++
    return place
  })
}

function spread(column: Column, places: readonly number[], length: number): (number | null)[] {
  const out = new Array<number | null>(length).fill(null)
  for (const [from, place] of places.entries()) out[place] = column[from] ?? null
  return out
}

/** One more tick at the right end, and what has left the span dropped at the left. */
export function appendTick(
  columns: ChartColumns,
  unixMs: number,
  read: (metric: string, labels: Labels) => number | undefined,
  span: Span,
): ChartColumns {
  const last = columns.seconds.at(-1)
  if (last !== undefined && unixMs / 1000 <= last) return columns
  const isHole = last !== undefined && unixMs / 1000 - last > (holeSteps * columns.stepMs) / 1000
  const added = isHole ? [last + columns.stepMs / 1000, unixMs / 1000] : [unixMs / 1000]
  const from = firstInside(columns.seconds, span.startMs / 1000)
  const grow = (column: Column, value: number | null): Column =>
    isHole ? [...column.slice(from), null, value] : [...column.slice(from), value]
  return {
    ...columns,
    seconds: [...columns.seconds.slice(from), ...added],
    lines: columns.lines.map((line) => {
      const value = read(line.metric, line.labels) ?? null
      return { ...line, avg: grow(line.avg, value), min: grow(line.min, value), max: grow(line.max, value) }
    }),
  }
}

/** The last entry before the start stays, so that the line enters from the edge. */
function firstInside(seconds: readonly number[], start: number): number {
  const place = seconds.findIndex((second) => second >= start)
  return place === -1 ? Math.max(0, seconds.length - 1) : Math.max(0, place - 1)
}

/** Columns one on top of the other. What is absent in one adds nothing; where all are absent, so is the sum. */
export function stack(columns: readonly Column[]): (number | null)[][] {
  const sums: (number | null)[][] = []
  for (const column of columns) {
    const below = sums.at(-1)
    sums.push(column.map((value, place) => plus(below?.[place] ?? null, value)))
  }
  return sums
}
const plus = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : a + b)

export interface Extent {
  readonly min: number
  readonly max: number
}
/** Lowest and highest over all that is drawn; undefined when nothing is. */
export function extentOf(columns: readonly Column[]): Extent | undefined {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (const column of columns)
    for (const value of column) {
      if (value === null) continue
      if (value < min) min = value
      if (value > max) max = value
    }
  return min <= max ? { min, max } : undefined
}

/** Place of the entry nearest to a time; -1 on an empty axis. */
export function nearestPlace(seconds: readonly number[], second: number): number {
  let low = 0
  let high = seconds.length - 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((seconds[middle] ?? 0) <= second) low = middle
    else high = middle
  }
  if (high < 0) return -1
  return second - (seconds[low] ?? 0) <= (seconds[high] ?? 0) - second ? low : high
}
