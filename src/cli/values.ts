import type { CurrentResponse, CurrentValue } from '../api/contract.ts'

export type Labels = Readonly<Record<string, string>>

/** The values of one moment, found by metric and labels. What is absent is `undefined`, never 0. */
export class Values {
  readonly #byMetric = new Map<string, CurrentValue[]>()

  constructor(response: Pick<CurrentResponse, 'values'>) {
    for (const value of response.values) {
      const same = this.#byMetric.get(value.metric)
      if (same === undefined) this.#byMetric.set(value.metric, [value])
      else same.push(value)
    }
  }

  all(metric: string, labels: Labels = {}): readonly CurrentValue[] {
    return (this.#byMetric.get(metric) ?? []).filter((value) => hasLabels(value.labels, labels))
  }

  /** The value of the one series that has these labels. */
  get(metric: string, labels: Labels = {}): number | undefined {
    return this.all(metric, labels)[0]?.value
  }

  /** Values of a label that occur, in the order in which they came. */
  labelValues(metric: string, label: string, labels: Labels = {}): readonly string[] {
    const found = new Set<string>()
    for (const value of this.all(metric, labels)) {
      const name = value.labels[label]
      if (name !== undefined) found.add(name)
    }
    return [...found]
  }
}

export const hasLabels = (labels: Labels, wanted: Labels): boolean =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value)
