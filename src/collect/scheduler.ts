import type { Clock, Timer } from '../base/clock.ts'

/** Longest time to sleep at once: a wall clock that is set during the sleep is noticed within it. Milliseconds. */
const longestSleepMs = 60_000

/**
 * Calls `onTick` once an interval, aligned to the wall clock's full intervals. A late tick is not made up for by a
 * burst: what was missed is missed, and the next one comes at the next full interval (T4).
 */
export class Scheduler {
  #timer: Timer | undefined
  #running = false

  constructor(
    private readonly clock: Clock,
    private readonly intervalMs: number,
    /** `latenessMs`: how long after the planned instant the tick began. */
    private readonly onTick: (latenessMs: number) => void,
  ) {}

  /** Takes the first tick at once, then one at each full interval. */
  start(): void {
    this.#running = true
    this.onTick(0)
    this.#plan()
  }

  stop(): void {
    this.#running = false
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #plan(): void {
    if (!this.#running) return
    const delayMs = this.intervalMs - (this.clock.wallMs() % this.intervalMs)
    const plannedMs = this.clock.monotonicMs() + delayMs
    this.#timer = this.clock.after(Math.min(Math.ceil(delayMs), longestSleepMs), () => {
      const latenessMs = this.clock.monotonicMs() - plannedMs
      if (latenessMs > -1) this.onTick(Math.max(0, latenessMs))
      this.#plan()
    })
  }
}
