import { isDerivedName, metricDef } from '../../catalogue/catalogue.ts'
import { watchedMetrics } from '../../catalogue/watched.ts'
import { counterDelta } from '../../derive/counter.ts'
import { planDerived, type TickPair } from '../../derive/plan.ts'
import type { Series } from '../../frame/series-table.ts'

/** One series that is watched: how it is had from two ticks, and what of it never matters. */
export interface WatchedSeries {
  /** Name over restarts. */
  readonly key: string
  readonly metric: string
  readonly labels: Readonly<Record<string, string>>
  readonly floor: number
  readonly evaluate: (tick: TickPair) => number
}

/** Of the series that exist, those that the catalogue has watched; `most` of them, the most telling metrics first. */
export function watchedSeries(all: readonly (Series | undefined)[], most: number): WatchedSeries[] {
  const found: WatchedSeries[] = []
  for (const { metric, floor, labels: wanted = {} } of watchedMetrics) {
    const made = isDerivedName(metric)
      ? planDerived(all, [metric])
      : all.filter((series) => series?.metric === metric).map((series) => storedSeries(series as Series))
    for (const { labels, evaluate } of made) {
      if (Object.entries(wanted).some(([name, value]) => labels[name] !== value)) continue
      found.push({ key: `${metric} ${JSON.stringify(labels)}`, metric, labels, floor, evaluate })
    }
  }
  return found.slice(0, most)
}

function storedSeries({ id, metric, labels }: Series): Pick<WatchedSeries, 'labels' | 'evaluate'> {
  const { kind, jitter = 0 } = metricDef(metric)
  if (kind !== 'counter') return { labels, evaluate: (tick) => tick.now(id) }
  const rate = (tick: TickPair): number =>
    tick.seconds > 0 ? counterDelta(tick.before(id), tick.now(id), jitter) / tick.seconds : Number.NaN
  return { labels, evaluate: rate }
}
