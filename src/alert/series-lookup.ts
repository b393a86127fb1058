import { derivedDef, isDerivedName } from '../catalogue/catalogue.ts'
import { type DerivedKey, planDerived } from '../derive/plan.ts'
import type { Series } from '../frame/series-table.ts'

export type Labels = Readonly<Record<string, string>>

/** A value of a metric that exists: a stored series by its id, or a derived one by how it is made. */
export interface Existing {
  readonly labels: Labels
  /** Of the series; -1 for a derived one. */
  readonly id: number
  readonly evaluate: DerivedKey['evaluate'] | undefined
}

/** The series there are, found by metric and one label: ten thousand rules look up in each a handful, not all. */
export class SeriesLookup {
  readonly #byMetric: ReadonlyMap<string, readonly Series[]>
  readonly #found = new Map<string, readonly Existing[]>()
  readonly #indexes = new Map<string, ReadonlyMap<string, readonly Existing[]>>()

  constructor(series: readonly (Series | undefined)[]) {
    const known = series.filter((one) => one !== undefined)
    this.#byMetric = Map.groupBy(known, ({ metric }) => metric)
  }

  /** Where the label is this value; without a label all. */
  of(metric: string, label: string | undefined, value: string | undefined): readonly Existing[] {
    if (label === undefined || value === undefined) return this.#all(metric)
    const name = `${metric} ${label}`
    let index = this.#indexes.get(name)
    if (index === undefined) {
      index = Map.groupBy(this.#all(metric), ({ labels }) => labels[label] ?? '')
      this.#indexes.set(name, index)
    }
    return index.get(value) ?? []
  }

  #all(metric: string): readonly Existing[] {
    let found = this.#found.get(metric)
    if (found === undefined) {
      found = isDerivedName(metric)
        ? planDerived(
            derivedDef(metric).from.flatMap((name) => this.#byMetric.get(name) ?? []),
            [metric],
          ).map(({ labels, evaluate }) => ({ labels, id: -1, evaluate }))
        : (this.#byMetric.get(metric) ?? []).map(({ labels, id }) => ({ labels, id, evaluate: undefined }))
      this.#found.set(metric, found)
    }
    return found
  }
}
