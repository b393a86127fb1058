import { defineMetrics } from './define.ts'

const watcher = (what: string) => ({ linux: what, windows: what, darwin: what })

/** What the anomaly detector makes of the machine: kept, so that it can be drawn beside what it speaks of. */
export const anomalyMetrics = defineMetrics({
  'sysmon.anomaly.score': {
    id: 160,
    kind: 'gauge',
    unit: '1',
    value: 'float',
    labels: {},
    help: 'How unlike itself the machine is, all watched series together: 1 less the probability of such a state. Absent while learning.',
    source: watcher('half-space trees over the watched series, each 10 seconds (docs/anomalies.md)'),
    rollup: 'max',
  },
  'sysmon.anomaly.open': {
    id: 161,
    kind: 'gauge',
    unit: '{series}',
    value: 'int',
    labels: {},
    help: 'Watched series that are unlike themselves now.',
    source: watcher('anomaly detector, each 10 seconds'),
    rollup: 'max',
  },
})
