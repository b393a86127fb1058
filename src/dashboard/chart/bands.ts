import type { AnomalyBand } from '../../api/anomaly-contract.ts'

/** What is watched as one number is drawn by its parts. */
const drawnAs: Readonly<Record<string, string>> = {
  'system.cpu.utilization': 'system.cpu.mode.utilization',
  'system.memory.utilization': 'system.memory.usage',
  'system.paging.utilization': 'system.paging.usage',
}

/** Those that a chart of these metrics shows: what was unlike itself is marked where it can be seen. */
export const bandsOn = (bands: readonly AnomalyBand[], metrics: readonly string[]): readonly AnomalyBand[] =>
  bands.filter(({ metric }) => metrics.includes(metric) || metrics.includes(drawnAs[metric] ?? ''))
