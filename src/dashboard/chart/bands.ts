import type { AnomalyBand } from '../../api/anomaly-contract.ts'

/** What is watched as one number is drawn by its parts. */
const drawnAs: Readonly<Record<string, string>> = {
  'system.cpu.utilization': 'system.cpu.mode.utilization',
  'system.memory.utilization': 'system.memory.usage',
  'system.paging.utilization': 'system.paging.usage',
}

/** What a chart shows of a metric; labels left out: all of it. */
interface Shown {
  readonly metric: string
  readonly labels?: Readonly<Record<string, string>>
}

/** Those that a chart of these shows: what was unlike itself is marked where it can be seen. */
export const bandsOn = (bands: readonly AnomalyBand[], shown: readonly Shown[]): readonly AnomalyBand[] =>
  bands.filter((band) => shown.some((one) => one.metric === drawnAs[band.metric] || isOf(band, one)))

const isOf = (band: AnomalyBand, { metric, labels = {} }: Shown): boolean =>
  metric === band.metric && Object.entries(labels).every(([name, value]) => band.labels[name] === value)
