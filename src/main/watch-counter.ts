import type { MetricName } from '../catalogue/catalogue.ts'
import type { Frame } from '../frame/frame.ts'
import type { SeriesTable } from '../frame/series-table.ts'
import { type Store, StoreError } from '../store/store.ts'

/**
 * Watches a counter of which every step is an event, over restarts of the daemon too: the last value told is kept by
 * boot, so that what happened while nobody watched is told once and nothing twice (K-traps: OOM kills).
 */
export class CounterWatch {
  #last: number | undefined
  #id: number | undefined
  /** The store could not take the last value yet. */
  #isOwed = false

  constructor(
    private readonly metric: MetricName,
    private readonly bootId: string,
    private readonly store: Pick<Store, 'getMeta' | 'setMeta'>,
    private readonly onGrowth: (by: number, wasMissed: boolean) => void,
  ) {
    const [boot, value] = (store.getMeta(this.#key) ?? '').split(' ')
    if (boot === bootId && value !== undefined) this.#last = Number(value)
  }

  get #key(): string {
    return `counter ${this.metric}`
  }

  look(frame: Frame, series: SeriesTable): void {
    this.#id ??= series.all().find((one) => one?.metric === this.metric)?.id
    if (this.#id === undefined) return
    const at = frame.ids.indexOf(this.#id)
    const value = at < 0 ? Number.NaN : (frame.values[at] as number)
    const before = this.#last
    const isNews = !Number.isNaN(value) && value !== before
    if (isNews) this.#last = value
    if (isNews || this.#isOwed) this.#keep()
    if (isNews && before !== undefined && value > before) this.onGrowth(value - before, frame.gap === 'start')
  }

  /** A store that cannot write now is asked again with the next tick: what happened is told nevertheless. */
  #keep(): void {
    try {
      this.store.setMeta(this.#key, `${this.bootId} ${this.#last}`)
      this.#isOwed = false
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      this.#isOwed = true
    }
  }
}
