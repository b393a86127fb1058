import { type DerivedName, derivedNames } from '../catalogue/catalogue.ts'
import type { SeriesId } from '../frame/frame.ts'
import type { Series } from '../frame/series-table.ts'
import { formulas } from './formulas.ts'

/** Two ticks to derive from. */
export interface TickPair {
  /** True time between them, seconds; 0 when they cannot be compared. */
  readonly seconds: number
  /** Value at the later tick; NaN absent. */
  now(id: SeriesId): number
  /** Value at the earlier tick; NaN absent. */
  before(id: SeriesId): number
}

export interface DerivedKey {
  readonly derived: DerivedName
  readonly labels: Readonly<Record<string, string>>
  readonly evaluate: (tick: TickPair) => number
}

/** The stored series of one metric, and a way to find them by label. */
export class MetricSeries {
  constructor(readonly all: readonly Series[]) {}

  matching(labels: Readonly<Record<string, string>>): Series[] {
    return this.all.filter((series) => fits(series, labels))
  }

  /** Ids with these label values. */
  where(labels: Readonly<Record<string, string>>): SeriesId[] {
    return this.matching(labels).map((series) => series.id)
  }

  one(labels: Readonly<Record<string, string>>): SeriesId | undefined {
    return this.all.find((series) => fits(series, labels))?.id
  }

  /** Each combination of the named labels that occurs, once. */
  combinations(...names: readonly string[]): Readonly<Record<string, string>>[] {
    const seen = new Map<string, Record<string, string>>()
    for (const { labels } of this.all) {
      const part = Object.fromEntries(names.map((name) => [name, labels[name] ?? '']))
      seen.set(JSON.stringify(part), part)
    }
    return [...seen.values()]
  }
}

const fits = (series: Series, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(labels).every(([name, value]) => series.labels[name] === value)

/** Every derived value that the series that exist allow, with the series each is made of looked up once. */
export function planDerived(
  series: readonly (Series | undefined)[],
  names: readonly DerivedName[] = derivedNames,
): DerivedKey[] {
  const byMetric = new Map<string, Series[]>()
  for (const one of series) {
    if (one === undefined) continue
    const list = byMetric.get(one.metric)
    if (list === undefined) byMetric.set(one.metric, [one])
    else list.push(one)
  }
  const of = (metric: string): MetricSeries => new MetricSeries(byMetric.get(metric) ?? [])
  return names.flatMap((derived) => formulas[derived](of).map((key) => ({ derived, ...key })))
}
