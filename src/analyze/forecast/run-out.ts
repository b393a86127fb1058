import { type Points, type Trend, trendOf } from './trend.ts'

/**
 * When a level reaches its limit, from several stretches of its past. The longest stretch that is a straight line up to
 * now is believed; what comes and goes (a day's work, rotated logs) is not a trend while it stays within what it has
 * been. Pure; usable by alert rules: `within(runOut, 4 * 3_600_000)`.
 */
export interface Stretch {
  /** How far back it reaches, milliseconds. */
  readonly lengthMs: number
  readonly points: Points
}

export type RunOut =
  | { readonly status: 'unknown' }
  /** `reason`: why none is told. */
  | { readonly status: 'no_trend'; readonly reason: 'flat' | 'bent' | 'comes_and_goes' | 'far' }
  | {
      readonly status: 'runs_out'
      readonly trend: Trend
      readonly basisMs: number
      readonly atMs: number
      readonly earliestMs: number
      /** Left out: perhaps never. */
      readonly latestMs: number | undefined
    }

/** A line explains at least so much of the spread. */
const leastExplained = 0.5
/** The end of the line may be so many typical distances off. */
const mostBend = 4
/** A trend is not believed further than so many times the stretch it was seen over. */
const mostReach = 30
const mostAheadMs = 10 * 365 * 86_400_000
/** Of a stretch, so much must be there. */
const leastCoverage = 0.7
/** It has come down by so much of its present rise before: it comes and goes. */
const drawdownShare = 0.5
/** Growth below this share of the limit over the stretch is none. */
const leastGrowthShare = 0.001

/** Stretches in any order; `limit` in the unit of the points. */
export function runOutOf(stretches: readonly Stretch[], limit: number): RunOut {
  const known = stretches.filter(isCovered).sort((a, b) => b.lengthMs - a.lengthMs)
  if (known.length === 0) return { status: 'unknown' }
  let reason: Extract<RunOut, { status: 'no_trend' }>['reason'] = 'flat'
  for (const { points, lengthMs } of known) {
    const trend = trendOf(points)
    if (trend === undefined) continue
    const isGrowing = trend.slopeLow > 0 && trend.slope * (lengthMs / 1000) >= leastGrowthShare * limit
    if (!isGrowing) continue
    const found = judged(trend, points, lengthMs, known, limit)
    if (found.status === 'runs_out') return found
    reason = found.reason
  }
  return { status: 'no_trend', reason }
}

function judged(
  trend: Trend,
  points: Points,
  lengthMs: number,
  known: readonly Stretch[],
  limit: number,
): Exclude<RunOut, { status: 'unknown' }> {
  if (trend.explained < leastExplained || trend.bend > mostBend) return { status: 'no_trend', reason: 'bent' }
  if (comesAndGoes(points, known)) return { status: 'no_trend', reason: 'comes_and_goes' }
  const nowMs = points.unixMs.at(-1) as number
  const left = Math.max(0, limit - trend.level)
  const inMs = (slope: number): number => (left / slope) * 1000
  if (inMs(trend.slope) > Math.min(mostAheadMs, mostReach * lengthMs)) return { status: 'no_trend', reason: 'far' }
  return {
    status: 'runs_out',
    trend,
    basisMs: lengthMs,
    atMs: nowMs + inMs(trend.slope),
    earliestMs: nowMs + inMs(trend.slopeHigh),
    latestMs: inMs(trend.slopeLow) > mostAheadMs ? undefined : nowMs + inMs(trend.slopeLow),
  }
}

/** Whether it lies before the end of some time from now, by its middle estimate. */
export const runsOutWithin = (runOut: RunOut, nowMs: number, spanMs: number): boolean =>
  runOut.status === 'runs_out' && runOut.atMs - nowMs <= spanMs

function isCovered({ lengthMs, points: { unixMs } }: Stretch): boolean {
  const [first, last] = [unixMs[0], unixMs.at(-1)]
  return first !== undefined && last !== undefined && last - first >= leastCoverage * lengthMs
}

/** It has fallen before by a good part of what it has now risen, and is no higher than it was then. */
function comesAndGoes({ values }: Points, known: readonly Stretch[]): boolean {
  const now = values.at(-1) as number
  const rise = now - Math.min(...values)
  return known.some(({ points }) => {
    let peak = Number.NEGATIVE_INFINITY
    let highest = Number.NEGATIVE_INFINITY
    for (const value of points.values) {
      peak = Math.max(peak, value)
      if (peak - value >= drawdownShare * rise) highest = Math.max(highest, peak)
    }
    return now <= highest
  })
}
