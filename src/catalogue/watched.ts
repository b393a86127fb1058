import type { DerivedName, MetricName } from './catalogue.ts'

/** A metric that is worth watching for what is unlike this machine, and what of it never matters. */
export interface Watched {
  readonly metric: MetricName | DerivedName
  /** Differences below it are of no interest to anybody, in the metric's unit (a counter's: a second). */
  readonly floor: number
  /** Only series with these labels. */
  readonly labels?: Readonly<Record<string, string>>
}

const percent = 0.01
const kilobyte = 1000
const physical = { role: 'physical' }

/**
 * What the anomaly detector looks at: what tells of use, waiting and errors, as ratios and rates; most telling first.
 * Not every raw counter: each series watched is a chance of a false alarm.
 */
export const watchedMetrics: readonly Watched[] = [
  { metric: 'system.cpu.utilization', floor: 10 * percent },
  { metric: 'system.memory.utilization', floor: 3 * percent },
  { metric: 'system.pressure.some', floor: 5 * percent },
  { metric: 'system.pressure.full', floor: 3 * percent },
  { metric: 'system.paging.utilization', floor: 3 * percent },
  { metric: 'system.paging.operations', floor: 100 },
  { metric: 'system.disk.throughput', floor: 1000 * kilobyte },
  { metric: 'system.network.throughput', floor: 100 * kilobyte },
  { metric: 'system.network.tcp.retransmits', floor: 5 },
  { metric: 'system.network.tcp.failures', floor: 5 },
  { metric: 'system.process.created', floor: 20 },
  { metric: 'system.file_descriptor.count', floor: 200 },
  { metric: 'system.disk.utilization', floor: 10 * percent, labels: physical },
  { metric: 'system.disk.latency', floor: 0.01, labels: physical },
]
