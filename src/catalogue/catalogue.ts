import { anomalyMetrics } from './anomaly.ts'
import { cgroupMetrics } from './cgroup.ts'
import { cpuMetrics } from './cpu.ts'
import type { DerivedDef, LabelsOf, MetricDef } from './define.ts'
import { derivedMetrics } from './derived.ts'
import { diskMetrics } from './disk.ts'
import { hardwareMetrics } from './hardware.ts'
import { kernelMetrics } from './kernel.ts'
import { memoryMetrics } from './memory.ts'
import { networkMetrics } from './network.ts'
import { selfMetrics } from './self.ts'
import { windowsMetrics } from './windows.ts'

/** Every stored metric by name, in the order people want to read them. */
export const metrics = {
  ...cpuMetrics,
  ...memoryMetrics,
  ...diskMetrics,
  ...networkMetrics,
  ...hardwareMetrics,
  ...kernelMetrics,
  ...cgroupMetrics,
  ...selfMetrics,
  ...anomalyMetrics,
  ...windowsMetrics,
}

/** Every derived metric by name. */
export const derived = derivedMetrics

export type MetricName = keyof typeof metrics
export type DerivedName = keyof typeof derived
export type LabelsFor<N extends MetricName> = LabelsOf<(typeof metrics)[N]>
export type DerivedLabelsFor<N extends DerivedName> = LabelsOf<(typeof derived)[N]>

export const metricDef = (name: MetricName): MetricDef => metrics[name]
export const derivedDef = (name: DerivedName): DerivedDef => derived[name]

export const isMetricName = (name: string): name is MetricName => Object.hasOwn(metrics, name)
export const isDerivedName = (name: string): name is DerivedName => Object.hasOwn(derived, name)

export const metricNames = Object.keys(metrics) as MetricName[]
export const derivedNames = Object.keys(derived) as DerivedName[]

const nameById = new Map<number, MetricName>(metricNames.map((name) => [metrics[name].id, name]))
const derivedById = new Map<number, DerivedName>(derivedNames.map((name) => [derived[name].id, name]))

/** The name behind a stored metric id; `undefined` for an id of a newer version. */
export const metricNameById = (id: number): MetricName | undefined => nameById.get(id)
export const derivedNameById = (id: number): DerivedName | undefined => derivedById.get(id)
