import type { CurrentResponse, HostFacts } from '../../api/contract.ts'
import {
  cpuOf,
  disksOf,
  filesystemsOf,
  memoryOf,
  networksOf,
  present,
  pressureOf,
  swapOf,
  temperaturesOf,
} from '../status/model.ts'
import type {
  CpuStatus,
  DiskStatus,
  FilesystemStatus,
  MemoryStatus,
  NetworkStatus,
  PressureStatus,
  SwapStatus,
  TemperatureStatus,
} from '../status/status.ts'
import { Values } from '../values.ts'
import type { BoxName } from './state.ts'

/** The machine at one moment as the boxes show it, made once a tick of the values that were asked for. */
export interface Machine {
  readonly unixMs: number
  readonly host: HostFacts
  readonly gap?: string
  readonly uptimeSeconds?: number
  readonly cpu: CpuStatus
  readonly cores: readonly { readonly name: string; readonly busy: number }[]
  readonly temperatures: readonly TemperatureStatus[]
  readonly memory: MemoryStatus
  readonly swap?: SwapStatus
  readonly pressure: readonly PressureStatus[]
  readonly disks: readonly DiskStatus[]
  readonly filesystems: readonly FilesystemStatus[]
  readonly networks: readonly NetworkStatus[]
}

/** What each box needs; only what is shown is asked for. */
const metricsOf: Readonly<Record<Exclude<BoxName, 'processes'>, readonly string[]>> = {
  cpu: [
    'system.cpu.logical.utilization',
    'system.cpu.mode.utilization',
    'system.cpu.load_average.1m',
    'system.cpu.load_average.5m',
    'system.cpu.load_average.15m',
    'system.cpu.run_queue',
    'system.cpu.blocked',
    'hw.temperature',
  ],
  memory: ['system.memory.limit', 'system.memory.usage', 'system.paging.usage', 'system.paging.operations'],
  pressure: ['system.pressure.full'],
  storage: [
    'system.disk.utilization',
    'system.disk.latency',
    'system.filesystem.limit',
    'system.filesystem.usage',
    'system.filesystem.utilization',
    'system.filesystem.read_only',
    'system.filesystem.stale',
  ],
  network: ['system.network.up', 'system.network.errors', 'system.network.packet.dropped'],
}

/** What graphs are of is asked for always, so that they have no holes when a box comes back. */
const always = [
  'system.uptime',
  'system.cpu.utilization',
  'system.memory.utilization',
  'system.paging.utilization',
  'system.pressure.some',
  'system.disk.io',
  'system.network.io',
]

export const metricsFor = (boxes: readonly BoxName[]): readonly string[] => [
  ...always,
  ...boxes.flatMap((name) => (name === 'processes' ? [] : metricsOf[name])),
]

export function machineOf(current: CurrentResponse): Machine {
  const values = new Values(current)
  return {
    unixMs: current.unixMs,
    host: current.host,
    ...present('gap', current.gap),
    ...present('uptimeSeconds', values.get('system.uptime')),
    cpu: cpuOf(values),
    cores: coresOf(values),
    temperatures: temperaturesOf(values),
    memory: memoryOf(values),
    ...present('swap', swapOf(values)),
    pressure: pressureOf(values),
    disks: disksOf(values),
    filesystems: filesystemsOf(values),
    networks: networksOf(values),
  }
}

/** In the order of their numbers: 2 before 10 (C13). */
const coresOf = (values: Values): Machine['cores'] =>
  values
    .all('system.cpu.logical.utilization')
    .map(({ labels, value }) => ({ name: labels.cpu ?? '', busy: value }))
    .sort((left, right) => Number(left.name) - Number(right.name))
