/**
 * Time and timers, injected: the one place that touches the real ones, so that a test decides what time it is.
 * Labels come from the wall clock, differences from the monotonic one.
 */
export interface Clock {
  /** Wall clock, Unix milliseconds; may jump either way. */
  wallMs(): number
  /** Monotonic milliseconds with fractions, from an arbitrary start. */
  monotonicMs(): number
  /** Runs once after the delay, unless cancelled before. A waiting timer keeps the process alive. */
  after(delayMs: number, run: () => void): Timer
}

export interface Timer {
  cancel(): void
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const handle = setTimeout(run, delayMs)
    return { cancel: () => clearTimeout(handle) }
  },
}

/** Resolves after the delay, or at once when the signal is aborted. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve()
    const wake = (): void => {
      timer.cancel()
      signal?.removeEventListener('abort', wake)
      resolve()
    }
    const timer = clock.after(delayMs, wake)
    signal?.addEventListener('abort', wake)
  })
}
