import type { Clock } from '../src/base/clock.ts'

/** A clock that stands still until told otherwise; due timers run in order of their time, inside `advance`. */
export interface ManualClock extends Clock {
  advance(ms: number): void
  /** Moves the wall clock only, as somebody who sets it does. */
  stepWall(ms: number): void
  readonly pendingTimers: number
}

export function manualClock(startWallMs = 1_700_000_000_000): ManualClock {
  let monotonic = 0
  let wallOffset = startWallMs
  let timers: { readonly dueMs: number; readonly run: () => void }[] = []

  function advance(ms: number): void {
    const end = monotonic + ms
    for (;;) {
      const next = timers.filter((timer) => timer.dueMs <= end).sort((a, b) => a.dueMs - b.dueMs)[0]
      if (next === undefined) break
      monotonic = Math.max(monotonic, next.dueMs)
      timers = timers.filter((timer) => timer !== next)
      next.run()
    }
    monotonic = end
  }

  return {
    wallMs: () => wallOffset + monotonic,
    monotonicMs: () => monotonic,
    after(delayMs, run) {
      const timer = { dueMs: monotonic + Math.max(0, delayMs), run }
      timers.push(timer)
      return {
        cancel: () => {
          timers = timers.filter((other) => other !== timer)
        },
      }
    },
    advance,
    stepWall: (ms) => {
      wallOffset += ms
    },
    get pendingTimers() {
      return timers.length
    },
  }
}
