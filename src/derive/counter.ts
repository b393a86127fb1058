/**
 * derive/ makes rates and ratios of raw values: pure functions, used alike for the live tick, for history and for
 * roll-ups, so that a formula put right is right for the past too. It knows no store and no clock.
 */

/**
 * Growth of a counter between two readings. NaN when there is none to tell: first sight (C15), absent, or a reset
 * (N2, C6), which the next reading recovers from by itself. A step back within the jitter, by rounding or kernel
 * accounting, is no growth (C2, C3). Counters are kept modulo 2^53 (Q8): at that wrap, once in 9 petabytes, one tick has
 * no rate.
 */
export function counterDelta(previous: number, current: number, jitter: number): number {
  const growth = current - previous
  if (growth >= 0) return growth
  return growth >= -jitter ? 0 : Number.NaN
}
