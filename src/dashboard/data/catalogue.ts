import type { MetricInfo } from '../../api/contract.ts'
import { api } from './api.ts'
import { createCell } from './cell.ts'

/** What is measured here, what it means and where it comes from; why something is absent. */
export const catalogue = createCell<ReadonlyMap<string, MetricInfo> | undefined>(undefined)

export async function loadCatalogue(): Promise<void> {
  const { metrics } = await api.metrics()
  catalogue.set(new Map(metrics.map((metric) => [metric.name, metric])))
}
