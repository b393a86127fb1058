import type { TimeRange } from '../../store/store.ts'

/**
 * Which time is looked at, how finely, and how far before it. Seconds while that is bounded work, minutes beyond: the
 * roll-ups keep the worst second of each, so a peak is not lost, only less exactly timed.
 */
export interface Span {
  readonly window: TimeRange
  /** Lookback included: where beginnings are looked for. */
  readonly range: TimeRange
  readonly stepMs: number
}

/** Ticks read as they are at most; 1200 ticks of 400 series decode in a fraction of a second. */
const mostTicks = 1200
const minuteMs = 60_000
const hourMs = 3_600_000
/** Steps of a long window at most. */
const mostSteps = 1500

export function spanOf(window: TimeRange, intervalMs: number): Span {
  const lengthMs = window.endMs - window.startMs
  const fineMs = mostTicks * intervalMs
  if (lengthMs <= fineMs / 2) {
    const lookbackMs = fineMs - lengthMs
    return { window, range: { startMs: window.startMs - lookbackMs, endMs: window.endMs }, stepMs: intervalMs }
  }
  const lookbackMs = Math.min(6 * hourMs, Math.max(lengthMs, hourMs))
  const range = { startMs: window.startMs - lookbackMs, endMs: window.endMs }
  const wantedMs = (range.endMs - range.startMs) / mostSteps
  const stepMs = [1, 2, 5, 10, 30, 60, 120, 360, 720, 1440].map((n) => n * minuteMs).find((step) => step >= wantedMs)
  return { window, range, stepMs: Math.max(stepMs ?? 1440 * minuteMs, intervalMs) }
}
