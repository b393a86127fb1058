import type { GapReason } from '../frame/frame.ts'

/** The clocks at one instant. */
export interface ClockReading {
  /** Unix milliseconds; may step. */
  readonly wallMs: number
  /** Monotonic milliseconds; stands still during suspend. */
  readonly monotonicMs: number
  /** Milliseconds since boot, suspend included (10 ms steps on Linux); undefined where the system does not tell. */
  readonly sinceBootMs: number | undefined
}

export interface TickTiming {
  /** True time since the last tick, suspend included. 0 at the first. */
  readonly elapsedMs: number
  readonly gap: GapReason
  /** Whole intervals for which there was no tick. */
  readonly missed: number
  readonly suspendedMs: number
  /** How far the wall clock was set, forward positive; 0 when it was not. */
  readonly clockStepMs: number
}

/** Below this, a difference between two clocks is their resolution and scheduling, not a suspend or a step. */
const clockToleranceMs = 500

/**
 * What happened between two ticks: rates use the true elapsed time, labels the wall clock (T1, T2, T4). A wall clock
 * that moved otherwise than the time that passed was set; a boot clock that ran on while the monotonic one stood was a
 * suspend.
 */
export function timeTick(previous: ClockReading | undefined, now: ClockReading, intervalMs: number): TickTiming {
  if (previous === undefined) return { elapsedMs: 0, gap: 'start', missed: 0, suspendedMs: 0, clockStepMs: 0 }
  const monotonic = now.monotonicMs - previous.monotonicMs
  const sinceBoot =
    now.sinceBootMs === undefined || previous.sinceBootMs === undefined
      ? monotonic
      : now.sinceBootMs - previous.sinceBootMs
  const ahead = sinceBoot - monotonic
  const suspendedMs = ahead > clockToleranceMs ? ahead : 0
  const elapsedMs = monotonic + suspendedMs
  const step = now.wallMs - previous.wallMs - elapsedMs
  const clockStepMs = Math.abs(step) > Math.max(intervalMs, clockToleranceMs) ? step : 0
  const missed = Math.max(0, Math.round(elapsedMs / intervalMs) - 1)
  return { elapsedMs, gap: gapOf(suspendedMs, clockStepMs, missed), missed, suspendedMs, clockStepMs }
}

function gapOf(suspendedMs: number, clockStepMs: number, missed: number): GapReason {
  if (suspendedMs > 0) return 'suspend'
  if (clockStepMs !== 0) return 'clock_step'
  return missed > 0 ? 'missed' : 'none'
}
