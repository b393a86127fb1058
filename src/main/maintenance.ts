import type { Clock, Timer } from '../base/clock.ts'
import type { Store } from '../store/store.ts'

/** A slice of the store's housekeeping takes about so long, milliseconds: less than a tick can be late by unnoticed. */
const sliceMs = 4
/** Between two slices everything else gets its turn, milliseconds. */
const pauseMs = 12
/** After the last tick before which nothing is begun, milliseconds: the next tick is not to wait for a slice. */
const quietMs = 900

/** The store's housekeeping, in slices between the ticks. */
export class Maintenance {
  #timer: Timer | undefined
  #tickMs = 0
  #stopped = false

  constructor(
    private readonly clock: Clock,
    private readonly store: Pick<Store, 'maintain'>,
    private readonly onError: (error: unknown) => void,
  ) {}

  afterTick(): void {
    this.#tickMs = this.clock.monotonicMs()
    if (this.#timer === undefined) this.#plan()
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #plan(): void {
    if (this.#stopped) return
    this.#timer = this.clock.after(pauseMs, () => {
      this.#timer = undefined
      if (this.#slice() && this.clock.monotonicMs() - this.#tickMs < quietMs) this.#plan()
    })
  }

  /** True when there is more. */
  #slice(): boolean {
    try {
      return this.store.maintain(this.clock.wallMs(), sliceMs)
    } catch (error) {
      this.onError(error)
      return false
    }
  }
}
