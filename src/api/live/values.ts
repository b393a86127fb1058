import type { CurrentTick } from '../../query/current.ts'
import type { CurrentValue } from '../contract.ts'
import type { LiveSeries, Tick } from '../live-contract.ts'

/**
 * The last tick by series id, and which of its values are other than in the tick before: worked out once a tick for all
 * who listen. Ids are dense and only grow in number; what has become absent keeps its id.
 */
export class LiveValues {
  readonly series: LiveSeries[] = []
  readonly #values: number[] = []
  readonly #changedAt: number[] = []
  readonly #seenAt: number[] = []
  /** Labels are the same object from tick to tick, mostly; the text is only made where they are not. */
  readonly #byLabels = new Map<string, WeakMap<object, number>>()
  readonly #byKey = new Map<string, number>()
  #generation = 0
  #tick: Tick | undefined
  #previousSeq: number | undefined

  /** `undefined` before the first. */
  get tick(): Tick | undefined {
    return this.#tick
  }

  /** Of the tick that the changes are counted from. */
  get previousSeq(): number | undefined {
    return this.#previousSeq
  }

  update({ values, seq, unixMs, elapsedSeconds, gap }: CurrentTick): void {
    const generation = ++this.#generation
    for (const one of values) {
      const id = this.#idOf(one)
      this.#seenAt[id] = generation
      this.#set(id, one.value)
    }
    for (let id = 0; id < this.series.length; id++) if (this.#seenAt[id] !== generation) this.#set(id, Number.NaN)
    this.#previousSeq = this.#tick?.seq
    this.#tick = { seq, unixMs, elapsedSeconds, ...(gap === undefined ? {} : { gap }) }
  }

  #set(id: number, value: number): void {
    if (Object.is(this.#values[id], value)) return
    this.#values[id] = value
    this.#changedAt[id] = this.#generation
  }

  /** NaN where absent. */
  valueOf(id: number): number {
    return this.#values[id] ?? Number.NaN
  }

  hasChanged(id: number): boolean {
    return this.#changedAt[id] === this.#generation
  }

  #idOf({ metric, labels, unit }: CurrentValue): number {
    let known = this.#byLabels.get(metric)
    if (known === undefined) {
      known = new WeakMap()
      this.#byLabels.set(metric, known)
    }
    let id = known.get(labels)
    if (id !== undefined) return id
    const key = JSON.stringify([metric, labels])
    id = this.#byKey.get(key)
    if (id === undefined) {
      id = this.series.length
      this.series.push({ id, metric, labels, unit })
      this.#byKey.set(key, id)
    }
    known.set(labels, id)
    return id
  }
}
