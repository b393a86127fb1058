import { parseDuration } from '../base/duration.ts'
import type { RollupTier, TimeRange } from '../store/store.ts'
import { QueryError } from './sources.ts'

export type Tier = '1s' | RollupTier
export const tierMs: Readonly<Record<Tier, number>> = { '1s': 1000, '1m': 60_000, '1h': 3_600_000 }

/** Steps that divide a minute, an hour or a day evenly, milliseconds. */
const niceStepsMs = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400].map(
  (seconds) => seconds * 1000,
)
/** More points than this are refused: nobody looks at them, and the answer would be tens of megabytes. */
export const mostPoints = 200_000

export interface Resolution {
  readonly stepMs: number
  readonly tier: Tier
}

export interface ResolutionContext {
  readonly range: TimeRange
  readonly intervalMs: number
  /** Points wanted at most when the resolution is left to us. */
  readonly points: number
  /** Since when each tier has something. */
  readonly oldestMs: (tier: Tier) => number | undefined
}

/** The step asked for and the finest tier that reaches back to the start and is not needlessly heavy. Throws QueryError. */
export function chooseResolution(text: string, context: ResolutionContext): Resolution {
  const { range, intervalMs } = context
  const spanMs = range.endMs - range.startMs
  const asked = text === 'auto' ? autoStep(spanMs, context) : parseStep(text)
  const stepMs = Math.max(asked, intervalMs)
  const tier = tierFor(stepMs, context)
  const step = Math.max(stepMs, tier === '1s' ? intervalMs : tierMs[tier])
  const whole = tier === '1s' ? step : Math.ceil(step / tierMs[tier]) * tierMs[tier]
  if (spanMs / whole > mostPoints) {
    throw new QueryError('too_much', `${Math.round(spanMs / whole).toLocaleString('en')} points of ${whole / 1000} s`)
  }
  return { stepMs: whole, tier }
}

function parseStep(text: string): number {
  const stepMs = parseDuration(text)
  if (stepMs === undefined || stepMs < 1000) {
    throw new QueryError('invalid_request', `resolution: "${text}" is not auto or a duration of at least 1s`)
  }
  return stepMs
}

function autoStep(spanMs: number, { points, intervalMs }: ResolutionContext): number {
  const least = Math.max(intervalMs, spanMs / points)
  return niceStepsMs.find((step) => step >= least) ?? Math.ceil(least / 86_400_000) * 86_400_000
}

function tierFor(stepMs: number, { range, oldestMs }: ResolutionContext): Tier {
  const oldest = (tier: Tier): number => oldestMs(tier) ?? Number.POSITIVE_INFINITY
  // A bucket begins before the first tick in it: a coarser tier reaches further back only by more than one bucket.
  const recordBeginsMs = Math.min(...tiersFineFirst.map((tier) => oldest(tier) + tierMs[tier]))
  const fromMs = Math.max(range.startMs, recordBeginsMs)
  const fits: Tier[] =
    stepMs >= tierMs['1h'] ? ['1h', '1m', '1s'] : stepMs >= tierMs['1m'] ? ['1m', '1s', '1h'] : ['1s', '1m', '1h']
  return fits.find((tier) => oldest(tier) <= fromMs + tierMs[tier]) ?? (fits[0] as Tier)
}

const tiersFineFirst: readonly Tier[] = ['1s', '1m', '1h']
