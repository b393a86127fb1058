import type { Cursor } from '../bytes.ts'

/**
 * /proc/PID/schedstat of the main thread (Documentation/scheduler/sched-stats.rst): nanoseconds run, nanoseconds waited
 * for a CPU, times it was given one: `33684021 1184067 215`. The cheapest file there is to tell whether it ran at all.
 * Nanoseconds pass 2^53 after 104 days of run time; they become seconds here.
 */
export interface SchedFields {
  runNs: number
  waitSeconds: number
  switches: number
}

export function parseSchedstat(cursor: Cursor, into: SchedFields): boolean {
  into.runNs = cursor.number()
  into.waitSeconds = Math.round(cursor.number() / 1000) / 1_000_000
  into.switches = cursor.number()
  return !Number.isNaN(into.switches)
}
