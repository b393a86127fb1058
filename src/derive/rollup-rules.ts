import { type DerivedName, metricDef } from '../catalogue/catalogue.ts'
import type { SeriesId } from '../frame/frame.ts'
import type { Series } from '../frame/series-table.ts'
import { counterDelta } from './counter.ts'
import { planDerived, type TickPair } from './plan.ts'

/** A column with the value before its first tick. */
export interface PrecededColumn {
  readonly before: number
  readonly values: Float64Array
}

export interface DerivedValues {
  readonly derived: DerivedName
  readonly labels: Readonly<Record<string, string>>
  readonly values: Float64Array
}

/** Derived metrics over a run of ticks, one column each, made one at a time; those that are absent throughout are left out. */
export function* deriveColumns(
  series: readonly (Series | undefined)[],
  elapsedMs: Float64Array,
  column: (id: SeriesId) => PrecededColumn | undefined,
): Generator<DerivedValues> {
  const present = series.filter((one) => one !== undefined && column(one.id) !== undefined)
  const cursor = new ColumnCursor(column, elapsedMs)
  for (const { derived, labels, evaluate } of planDerived(present)) {
    const values = new Float64Array(elapsedMs.length)
    let any = false
    for (let i = 0; i < values.length; i++) {
      const value = evaluate(cursor.at(i))
      values[i] = value
      any ||= !Number.isNaN(value)
    }
    if (any) yield { derived, labels, values }
  }
}

/** Walks columns tick by tick as pairs. */
export class ColumnCursor implements TickPair {
  #index = 0
  readonly #known = new Map<SeriesId, PrecededColumn | undefined>()

  constructor(
    private readonly column: (id: SeriesId) => PrecededColumn | undefined,
    private readonly elapsedMs: Float64Array,
  ) {}

  at(index: number): this {
    this.#index = index
    return this
  }

  get seconds(): number {
    return (this.elapsedMs[this.#index] ?? 0) / 1000
  }

  now(id: SeriesId): number {
    return this.#find(id)?.values[this.#index] ?? Number.NaN
  }

  before(id: SeriesId): number {
    const found = this.#find(id)
    if (found === undefined) return Number.NaN
    return this.#index === 0 ? found.before : (found.values[this.#index - 1] as number)
  }

  #find(id: SeriesId): PrecededColumn | undefined {
    let found = this.#known.get(id)
    if (found === undefined && !this.#known.has(id)) {
      found = this.column(id)
      this.#known.set(id, found)
    }
    return found
  }
}

export const isCounter = (series: Series): boolean => metricDef(series.metric).kind === 'counter'

export const seriesDelta = (series: Series, previous: number, current: number): number =>
  counterDelta(previous, current, metricDef(series.metric).jitter ?? 0)
