/**
 * Kinds of events: what can have happened. Append-only, as they stand in records; what a newer sysmon has written is
 * read all the same.
 */
export const eventKinds = [
  'start',
  'stop',
  'gap',
  'suspend',
  'clock_step',
  'oom_kill',
  'memory_short',
  'memory_calm',
  'collector_failed',
  'collector_recovered',
  'store_degraded',
  'store_recovered',
  'store_moved_aside',
  'alert_raised',
  'alert_cleared',
  'stall',
  'unclean_shutdown',
  'anomaly',
] as const

export type EventKind = (typeof eventKinds)[number]
