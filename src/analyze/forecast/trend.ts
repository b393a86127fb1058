/**
 * A straight line through points, that a few wild ones do not bend: slope by Theil and Sen (P. K. Sen, "Estimates of the
 * regression coefficient based on Kendall's tau", JASA 1968), its interval from the spread of the pairs' slopes with
 * Kendall's variance, widened where neighbouring points are alike and so say less than their number. Pure.
 */
export interface Points {
  /** Ascending, Unix milliseconds. */
  readonly unixMs: readonly number[]
  readonly values: readonly number[]
}

export interface Trend {
  /** A second. */
  readonly slope: number
  /** It lies between them in 9 of 10 cases. */
  readonly slopeLow: number
  readonly slopeHigh: number
  /** Of the line at the last point. */
  readonly level: number
  /** Share of the spread that the line explains: 1, all points lie on it. */
  readonly explained: number
  /** Mean distance of the last tenth of the points from the line, in typical distances: large where the line has bent. */
  readonly bend: number
}

const leastPoints = 8
/** More points than this say nothing more and cost the square. */
const mostPoints = 160
/** Of the normal distribution, for 9 of 10. */
const quantile90 = 1.645

/** `undefined`: too few points. */
export function trendOf(all: Points): Trend | undefined {
  const { unixMs, values } = thinned(all)
  const count = values.length
  if (count < leastPoints) return undefined
  const slopes: number[] = []
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      const seconds = ((unixMs[j] as number) - (unixMs[i] as number)) / 1000
      if (seconds > 0) slopes.push(((values[j] as number) - (values[i] as number)) / seconds)
    }
  }
  slopes.sort((a, b) => a - b)
  const slope = quantile(slopes, 0.5)
  const lastMs = unixMs[count - 1] as number
  const level = median(values.map((value, at) => value + (slope * (lastMs - (unixMs[at] as number))) / 1000))
  const residuals = values.map((value, at) => value - level + (slope * (lastMs - (unixMs[at] as number))) / 1000)
  const half = halfWidth(count, alikeness(residuals))
  const spread = median(values.map((value) => Math.abs(value - median(values))))
  const typical = median(residuals.map(Math.abs))
  const tail = residuals.slice(-Math.max(2, Math.round(count / 10)))
  const scale = Math.max(typical, spread * 0.02, Number.MIN_VALUE)
  return {
    slope,
    slopeLow: quantile(slopes, 0.5 - half),
    slopeHigh: quantile(slopes, 0.5 + half),
    level,
    explained: spread > 0 ? Math.max(0, 1 - typical / spread) : 0,
    bend: Math.abs(tail.reduce((sum, one) => sum + one, 0) / tail.length) / scale,
  }
}

/** Half the share of the pairs' slopes that lie within the interval. */
function halfWidth(count: number, alike: number): number {
  const independent = Math.max(4, (count * (1 - alike)) / (1 + alike))
  const deviation = Math.sqrt((independent * (independent - 1) * (2 * independent + 5)) / 18)
  const pairs = (independent * (independent - 1)) / 2
  return Math.min(0.5, (quantile90 * deviation) / pairs / 2)
}

/** How much each point is like the one before, 0 to 0.95: lag-one autocorrelation. */
function alikeness(residuals: readonly number[]): number {
  let product = 0
  let square = 0
  residuals.forEach((one, at) => {
    square += one * one
    if (at > 0) product += one * (residuals[at - 1] as number)
  })
  return square > 0 ? Math.min(0.95, Math.max(0, product / square)) : 0
}

/** Medians of equal stretches. */
function thinned({ unixMs, values }: Points): Points {
  if (values.length <= mostPoints) return { unixMs, values }
  const every = values.length / mostPoints
  const stretches = Array.from(
    { length: mostPoints },
    (_, at) => [Math.floor(at * every), Math.floor((at + 1) * every)] as const,
  )
  return {
    unixMs: stretches.map(([from, to]) => median(unixMs.slice(from, to))),
    values: stretches.map(([from, to]) => median(values.slice(from, to))),
  }
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(share * (sorted.length - 1))))] as number
const median = (values: readonly number[]): number =>
  quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  )
