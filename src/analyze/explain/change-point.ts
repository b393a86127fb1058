/**
 * Where a series changed its level: the cumulated sum of deviations from its median (CUSUM; E. S. Page, "Continuous
 * inspection schemes", Biometrika 41, 1954) is furthest from zero at the split of two levels. Deviations are clipped at
 * three spreads, so that one wild second does not draw the split to itself.
 */
export interface ChangePoint {
  /** First index of the new level. */
  readonly index: number
  /** Difference of the medians, in spreads of the two parts. */
  readonly strength: number
}

/** Fewest values on each side of a split. */
const fewest = 3
const clipSpreads = 3

/** `undefined`: too few values, or one level throughout. NaN counts as absent. */
export function changePoint(values: Float64Array): ChangePoint | undefined {
  const known: number[] = []
  const places: number[] = []
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue
    known.push(values[i] as number)
    places.push(i)
  }
  if (known.length < 2 * fewest) return undefined
  const low = quantile(known, 0.05)
  const high = quantile(known, 0.95)
  if (!(high > low)) return undefined
  // The middle between the levels, not the median: when one level lasts longer, that is the median.
  const middle = (low + high) / 2
  const clip = ((high - low) / 2) * clipSpreads
  let sum = 0
  const sums = known.map((value) => {
    sum += Math.max(-clip, Math.min(clip, value - middle))
    return sum
  })
  let best = -1
  let lowest = Number.POSITIVE_INFINITY
  for (let i = fewest - 1; i < known.length - fewest; i++) {
    if ((sums[i] as number) < lowest) {
      lowest = sums[i] as number
      best = i
    }
  }
  if (best < 0) return undefined
  const before = known.slice(0, best + 1)
  const after = known.slice(best + 1)
  const step = median(after) - median(before)
  const spread = Math.max(spreadOf(before), spreadOf(after), (high - low) / 20)
  return step > 0 ? { index: places[best + 1] as number, strength: step / spread } : undefined
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number
}

/** Median absolute deviation. */
const spreadOf = (values: readonly number[]): number => {
  const centre = median(values)
  return median(values.map((value) => Math.abs(value - centre)))
}
