import { type LabelsFor, type MetricName, metricDef } from '../catalogue/catalogue.ts'
import type { SeriesId } from './frame.ts'

/** One series: a metric and its label values, in the order in which the catalogue declares the labels. */
export interface Series {
  readonly id: SeriesId
  readonly metric: MetricName
  readonly labels: Readonly<Record<string, string>>
}

/**
 * The dictionary between series ids and what they mean. Append-only; ids are dense from 0. New entries are reported
 * once, so that the store can keep them before the first frame that uses them. Bounded: past `limit` a series is
 * refused (and counted), never a crash.
 */
export class SeriesTable {
  readonly #byKey = new Map<string, SeriesId>()
  readonly #series: Series[] = []
  #fresh: Series[] = []
  #refused = 0

  constructor(
    readonly limit = 20_000,
    /** By id; a place that is undefined stays taken. */
    known: readonly (Series | undefined)[] = [],
  ) {
    for (const series of known) {
      this.#series.push(series as Series)
      if (series !== undefined) this.#byKey.set(keyOf(series.metric, series.labels), series.id)
    }
  }

  get size(): number {
    return this.#series.length
  }

  /** Series refused because the limit was reached. */
  get refused(): number {
    return this.#refused
  }

  /** The id of the series, made if it is new; `undefined` past the limit. */
  intern<N extends MetricName>(metric: N, labels: LabelsFor<N>): SeriesId | undefined {
    const key = keyOf(metric, labels as Record<string, string>)
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    if (this.#series.length >= this.limit) {
      this.#refused++
      return undefined
    }
    const series: Series = { id: this.#series.length, metric, labels: { ...(labels as Record<string, string>) } }
    this.#series.push(series)
    this.#byKey.set(key, series.id)
    this.#fresh.push(series)
    return series.id
  }

  /** The id of the series; `undefined` when there is none yet. */
  find<N extends MetricName>(metric: N, labels: LabelsFor<N>): SeriesId | undefined {
    return this.#byKey.get(keyOf(metric, labels as Record<string, string>))
  }

  get(id: SeriesId): Series | undefined {
    return this.#series[id]
  }

  all(): readonly Series[] {
    return this.#series
  }

  /** Series made since the last call. */
  takeFresh(): Series[] {
    const fresh = this.#fresh
    this.#fresh = []
    return fresh
  }

  /** Puts back what `takeFresh` gave when keeping it failed. */
  returnFresh(series: readonly Series[]): void {
    this.#fresh = [...series, ...this.#fresh]
  }
}

function keyOf(metric: MetricName, labels: Readonly<Record<string, string>>): string {
  let key: string = metric
  for (const label in metricDef(metric).labels) key += `\u0000${labels[label] ?? ''}`
  return key
}
