import { seriesKey } from './live.ts'

/** Units, containers and pods of one second, from the values of the `cgroup.` metrics. What is absent was not measured. */
export interface ServiceRow {
  readonly cgroup: string
  readonly name: string
  /** 1 is one core. */
  readonly cpu?: number
  readonly throttled?: number
  readonly memoryBytes?: number
  /** Of its limit, 0 to 1. */
  readonly memoryShare?: number
  readonly readBytesPerSecond?: number
  readonly writtenBytesPerSecond?: number
  /** Shares of the time in which something in it waited. */
  readonly waitsCpu?: number
  readonly waitsMemory?: number
  readonly waitsDisk?: number
  readonly processes?: number
}
export type ServiceField = Exclude<keyof ServiceRow, 'cgroup' | 'name'>

/** Where each number comes from: a metric and the labels it has besides those of the group. */
export const serviceSources: Readonly<
  Record<ServiceField, { readonly metric: string; readonly labels?: Readonly<Record<string, string>> }>
> = {
  cpu: { metric: 'cgroup.cpu.utilization' },
  waitsCpu: { metric: 'cgroup.pressure.some.time', labels: { resource: 'cpu' } },
  throttled: { metric: 'cgroup.cpu.throttled.time' },
  memoryBytes: { metric: 'cgroup.memory.working_set' },
  memoryShare: { metric: 'cgroup.memory.utilization' },
  waitsMemory: { metric: 'cgroup.pressure.some.time', labels: { resource: 'memory' } },
  readBytesPerSecond: { metric: 'cgroup.io', labels: { direction: 'read' } },
  writtenBytesPerSecond: { metric: 'cgroup.io', labels: { direction: 'write' } },
  waitsDisk: { metric: 'cgroup.pressure.some.time', labels: { resource: 'io' } },
  processes: { metric: 'cgroup.process.count' },
}
export const serviceFields = Object.keys(serviceSources) as readonly ServiceField[]
export const serviceMetrics: readonly string[] = [
  ...new Set(serviceFields.map((field) => serviceSources[field].metric)),
]

const groupPattern = /^cgroup\.(?:cpu\.utilization|memory\.working_set)\{cgroup=(.*),name=(.*)\}$/

/** `values` by `seriesKey`. The root group is the machine, which has pages of its own. The group sysmon runs in is there under its path and as `self`: once is enough. */
export function servicesOf(values: ReadonlyMap<string, number>): readonly ServiceRow[] {
  const groups = new Map<string, string>()
  for (const key of values.keys()) {
    const [, cgroup, name] = groupPattern.exec(key) ?? []
    if (cgroup !== undefined && name !== undefined && name !== '/') groups.set(cgroup, name)
  }
  const named = new Set([...groups].filter(([cgroup]) => cgroup !== 'self').map(([, name]) => name))
  return [...groups]
    .filter(([cgroup, name]) => cgroup !== 'self' || !named.has(name))
    .map(([cgroup, name]) => {
      const numbers = serviceFields.map((field) => {
        const { metric, labels } = serviceSources[field]
        return [field, values.get(seriesKey(metric, { cgroup, name, ...labels }))] as const
      })
      return { cgroup, name, ...Object.fromEntries(numbers.filter(([, value]) => value !== undefined)) }
    })
}

export type ServiceOrder = { readonly field: ServiceField | 'name'; readonly isAscending: boolean }

/** Absent comes last in either direction; equal ones by name, so that rows do not dance. */
export function sortServices(rows: readonly ServiceRow[], { field, isAscending }: ServiceOrder): readonly ServiceRow[] {
  const sign = isAscending ? 1 : -1
  return [...rows].sort((a, b) => {
    const byName = a.name < b.name ? -1 : a.name > b.name ? 1 : 0
    if (field === 'name') return byName * sign
    const [one, other] = [a[field], b[field]]
    if (one === other) return byName
    if (one === undefined) return 1
    if (other === undefined) return -1
    return (one - other) * sign
  })
}
