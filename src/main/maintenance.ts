import type { Clock, Timer } from '../base/clock.ts'
import type { Store } from '../store/store.ts'

/** A slice of the store's housekeeping takes about so long, milliseconds: less than a tick can be late by unnoticed. */
const sliceMs = 4
/** Between two slices everything else gets its turn, milliseconds. */
const pauseMs = 12
/** After the last tick before which nothing is begun, milliseconds: the next tick is not to wait for a slice. */
const quietMs = 900

/** Looking whether there is anything to do costs ten queries. */
const lookTicks = 10

/** The store's housekeeping, in slices between the ticks. */
export class Maintenance {
  #timer: Timer | undefined
  #tickMs = 0
  #ticks = 0
  #stopped = false
  #hasWorked = false

  constructor(
    private readonly clock: Clock,
    private readonly store: Pick<Store, 'maintain'>,
    /** All that was to be done is done: the memory it took is free. */
    private readonly onDone: () => void,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Looks for work once in a while, and goes on with what is begun after each tick. */
  afterTick(): void {
    this.#tickMs = this.clock.monotonicMs()
    const isDue = this.#hasWorked || this.#ticks++ % lookTicks === 0
    if (isDue && this.#timer === undefined) this.#plan()
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
      const hasMore = this.#slice()
      if (hasMore && this.clock.monotonicMs() - this.#tickMs < quietMs) this.#plan()
      if (!hasMore && this.#hasWorked) this.onDone()
      this.#hasWorked = hasMore
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
