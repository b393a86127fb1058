import type { CurrentResponse, HealthResponse, ProcessesResponse, ProcessRow } from '../../api/contract.ts'
import { cpuModes } from '../../catalogue/cpu.ts'
import { Values } from '../values.ts'
import type {
  CpuStatus,
  DiskStatus,
  FilesystemStatus,
  MemoryStatus,
  NetworkStatus,
  OwnStatus,
  PressureStatus,
  Status,
  SwapStatus,
  TemperatureStatus,
} from './status.ts'

export interface StatusSources {
  readonly current: CurrentResponse
  readonly byCpu: ProcessesResponse
  readonly byMemory: ProcessesResponse
  readonly health: HealthResponse
}

const topProcesses = 5

export function statusOf({ current, byCpu, byMemory, health }: StatusSources): Status {
  const values = new Values(current)
  const swap = swapOf(values)
  const pressure = pressureOf(values)
  const temperatures = temperaturesOf(values)
  return {
    unixMs: current.unixMs,
    elapsedSeconds: current.elapsedSeconds,
    ...present('gap', current.gap),
    host: current.host,
    ...present('uptimeSeconds', values.get('system.uptime')),
    cpu: cpuOf(values),
    memory: memoryOf(values),
    ...present('swap', swap),
    pressure,
    disks: disksOf(values),
    filesystems: filesystemsOf(values),
    networks: networksOf(values),
    temperatures,
    ...present('oomKillsPerSecond', values.get('system.linux.memory.oom_kills')),
    processes: {
      total: byCpu.total,
      ...present('limitedView', byCpu.limitedView),
      accounting: byCpu.accounting,
      byCpu: topBy(byCpu.processes, (row) => row.cpu),
      byMemory: topBy(byMemory.processes, (row) => row.residentBytes),
    },
    sysmon: ownOf(values, health),
    absent: absentParts({ swap, pressure, temperatures }, health),
  }
}

/** `{ name: value }`, or nothing when the value is absent. */
export const present = <K extends string, V>(name: K, value: V | undefined): Partial<Record<K, V>> =>
  value === undefined ? {} : ({ [name]: value } as Partial<Record<K, V>>)

const topBy = (rows: readonly ProcessRow[], by: (row: ProcessRow) => number | undefined): readonly ProcessRow[] =>
  rows
    .filter((row) => (by(row) ?? 0) > 0)
    .sort((left, right) => (by(right) ?? 0) - (by(left) ?? 0))
    .slice(0, topProcesses)

export function cpuOf(values: Values): CpuStatus {
  const modes: Record<string, number> = {}
  for (const mode of cpuModes) {
    const share = values.get('system.cpu.mode.utilization', { mode })
    if (share !== undefined) modes[mode] = share
  }
  const load = (['1m', '5m', '15m'] as const).map((span) => values.get(`system.cpu.load_average.${span}`))
  const [one, five, fifteen] = load
  return {
    ...present('busy', values.get('system.cpu.utilization')),
    modes,
    ...(one === undefined || five === undefined || fifteen === undefined
      ? {}
      : { load: [one, five, fifteen] as const }),
    ...present('runQueue', values.get('system.cpu.run_queue')),
    ...present('blocked', values.get('system.cpu.blocked')),
  }
}

export const memoryOf = (values: Values): MemoryStatus => ({
  ...present('totalBytes', values.get('system.memory.limit')),
  ...present('usedBytes', values.get('system.memory.usage', { state: 'used' })),
  ...present('reclaimableBytes', values.get('system.memory.usage', { state: 'reclaimable' })),
  ...present('freeBytes', values.get('system.memory.usage', { state: 'free' })),
  ...present('utilization', values.get('system.memory.utilization')),
})

export function swapOf(values: Values): SwapStatus | undefined {
  const usedBytes = values.get('system.paging.usage', { state: 'used' })
  const freeBytes = values.get('system.paging.usage', { state: 'free' })
  if (usedBytes === undefined || freeBytes === undefined) return undefined
  return {
    usedBytes,
    totalBytes: usedBytes + freeBytes,
    ...present('utilization', values.get('system.paging.utilization')),
    ...present('inPagesPerSecond', values.get('system.paging.operations', { direction: 'in' })),
    ...present('outPagesPerSecond', values.get('system.paging.operations', { direction: 'out' })),
  }
}

export function pressureOf(values: Values): readonly PressureStatus[] {
  return values.labelValues('system.pressure.some', 'resource').map((resource) => ({
    resource,
    ...present('some', values.get('system.pressure.some', { resource })),
    ...present('full', values.get('system.pressure.full', { resource })),
  }))
}

export function disksOf(values: Values): readonly DiskStatus[] {
  const role = 'physical'
  return values.labelValues('system.disk.io', 'device', { role }).map((device) => ({
    device,
    ...present('readBytesPerSecond', values.get('system.disk.io', { device, direction: 'read' })),
    ...present('writtenBytesPerSecond', values.get('system.disk.io', { device, direction: 'write' })),
    ...present('utilization', values.get('system.disk.utilization', { device })),
    ...present('readLatencySeconds', values.get('system.disk.latency', { device, direction: 'read' })),
    ...present('writeLatencySeconds', values.get('system.disk.latency', { device, direction: 'write' })),
    ...present('queue', values.get('system.disk.queue', { device })),
  }))
}

export function filesystemsOf(values: Values): readonly FilesystemStatus[] {
  const mounts = new Set([
    ...values.labelValues('system.filesystem.limit', 'mountpoint'),
    ...values.labelValues('system.filesystem.stale', 'mountpoint'),
  ])
  return [...mounts].map((mountpoint) => {
    const all = [
      ...values.all('system.filesystem.limit', { mountpoint }),
      ...values.all('system.filesystem.stale', { mountpoint }),
    ]
    return {
      mountpoint,
      type: all[0]?.labels.type ?? '',
      ...present('sizeBytes', values.get('system.filesystem.limit', { mountpoint })),
      ...present('usedBytes', values.get('system.filesystem.usage', { mountpoint, state: 'used' })),
      ...present('freeBytes', values.get('system.filesystem.usage', { mountpoint, state: 'free' })),
      ...present('utilization', values.get('system.filesystem.utilization', { mountpoint })),
      ...present('inodesUtilization', values.get('system.filesystem.inodes.utilization', { mountpoint })),
      readOnly: values.get('system.filesystem.read_only', { mountpoint }) === 1,
      stale: values.get('system.filesystem.stale', { mountpoint }) === 1,
    }
  })
}

export function networksOf(values: Values): readonly NetworkStatus[] {
  const seen = new Map<string, string>()
  for (const metric of ['system.network.io', 'system.network.up']) {
    for (const { labels } of values.all(metric))
      if (labels.device !== undefined) seen.set(labels.device, labels.role ?? '')
  }
  return [...seen].map(([device, role]) => {
    const up = values.get('system.network.up', { device })
    return {
      device,
      role,
      ...present('receivedBytesPerSecond', values.get('system.network.io', { device, direction: 'receive' })),
      ...present('transmittedBytesPerSecond', values.get('system.network.io', { device, direction: 'transmit' })),
      ...present('limitBytesPerSecond', values.get('system.network.limit', { device })),
      ...(up === undefined ? {} : { up: up === 1 }),
      ...present('errorsPerSecond', sum(values, 'system.network.errors', device)),
      ...present('droppedPerSecond', sum(values, 'system.network.packet.dropped', device)),
    }
  })
}

function sum(values: Values, metric: string, device: string): number | undefined {
  const found = values.all(metric, { device })
  return found.length === 0 ? undefined : found.reduce((total, each) => total + each.value, 0)
}

export const temperaturesOf = (values: Values): readonly TemperatureStatus[] =>
  values.all('hw.temperature').map(({ labels, value }) => ({
    sensor: labels.sensor ?? '',
    celsius: value,
    ...present('highCelsius', values.get('hw.temperature.limit', { sensor: labels.sensor ?? '', limit: 'high' })),
  }))

function ownOf(values: Values, health: HealthResponse): OwnStatus {
  const collectors = Object.entries(health.collector_status)
  const sizes = values.all('sysmon.store.size')
  return {
    health: health.status,
    problems: health.problems,
    version: health.version,
    uptimeSeconds: health.uptime_seconds,
    ...present('cpu', values.get('sysmon.cpu.utilization')),
    ...present('residentBytes', values.get('sysmon.process.memory.usage')),
    ...present('storeBytes', sizes.length === 0 ? undefined : sizes.reduce((total, each) => total + each.value, 0)),
    ...present('oldestUnixMs', health.oldest_unix_ms),
    ...present('newestUnixMs', health.newest_unix_ms),
    collectors: collectors.length,
    collectorsNotOk: Object.fromEntries(
      collectors.filter(([, each]) => each.status !== 'ok').map(([name, each]) => [name, each.why ?? each.status]),
    ),
  }
}

/** The collector’s own words where it gave some. */
function absentParts(
  parts: { swap: unknown; pressure: readonly unknown[]; temperatures: readonly unknown[] },
  health: HealthResponse,
): Readonly<Record<string, string>> {
  const said = (collector: string, otherwise: string): string => health.collector_status[collector]?.why ?? otherwise
  return {
    ...(parts.swap === undefined ? { swap: 'none configured' } : {}),
    ...(parts.pressure.length === 0 ? { pressure: said('pressure', 'the kernel does not offer it') } : {}),
    ...(parts.temperatures.length === 0 ? { temperatures: said('sensor', 'no sensor to be read') } : {}),
  }
}
