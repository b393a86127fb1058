import type { LabelsFor } from '../../catalogue/catalogue.ts'
import type { SeriesTable } from '../../frame/series-table.ts'
import type {
  DiskFlow,
  DiskReading,
  DiskSizeReading,
  FilesystemReading,
  SystemMetrics,
} from '../../platform/platform.ts'
import type { SlowCollector, TickCollector } from '../collector.ts'
import { type Emit, emit, KeyedEmission } from '../emit.ts'
import { slowCollector, tickCollector } from './reading.ts'

type Direction = LabelsFor<'system.disk.io'>['direction']

function flowEmits({ device, role }: DiskReading, direction: Direction): Emit<DiskReading>[] {
  const labels = { device, role, direction }
  const flow = (r: DiskReading): DiskFlow | undefined => r[direction]
  return [
    emit('system.disk.io', labels, (r: DiskReading) => flow(r)?.bytes),
    emit('system.disk.operations', labels, (r: DiskReading) => flow(r)?.operations),
    emit('system.disk.operation_time', labels, (r: DiskReading) => flow(r)?.seconds),
    emit('system.disk.merged', labels, (r: DiskReading) => flow(r)?.merged),
  ]
}

function diskEmits(disk: DiskReading): Emit<DiskReading>[] {
  const labels = { device: disk.device, role: disk.role }
  return [
    ...flowEmits(disk, 'read'),
    ...flowEmits(disk, 'write'),
    ...flowEmits(disk, 'discard'),
    emit('system.disk.io_time', labels, (r: DiskReading) => r.ioSeconds),
    emit('system.linux.disk.weighted_io_time', labels, (r: DiskReading) => r.weightedIoSeconds),
    emit('system.disk.pending_operations', labels, (r: DiskReading) => r.inFlight),
  ]
}

export function diskCollector(system: SystemMetrics, series: SeriesTable): TickCollector {
  const each = new KeyedEmission<DiskReading>(series, (r) => `${r.device} ${r.role}`, diskEmits)
  return tickCollector(
    'disk',
    () => system.disks(),
    (r, sink) => each.write(r, sink),
  )
}

export function diskSizeCollector(system: SystemMetrics, series: SeriesTable): SlowCollector {
  const each = new KeyedEmission<DiskSizeReading>(
    series,
    (r) => `${r.device} ${r.role}`,
    ({ device, role }) => [emit('system.disk.limit', { device, role }, (r: DiskSizeReading) => r.bytes)],
  )
  return slowCollector(
    'disk_size',
    { everyMs: 60_000, timeoutMs: 10_000 },
    () => system.diskSizes(),
    (r, sink) => each.write(r, sink),
  ) as SlowCollector
}

function filesystemEmits({ mountpoint, device, type }: FilesystemReading): Emit<FilesystemReading>[] {
  const mount = { mountpoint, device, type }
  return [
    emit('system.filesystem.limit', mount, (r: FilesystemReading) => r.sizeBytes),
    emit('system.filesystem.usage', { ...mount, state: 'used' }, (r: FilesystemReading) => r.usedBytes),
    emit('system.filesystem.usage', { ...mount, state: 'free' }, (r: FilesystemReading) => r.freeBytes),
    emit('system.filesystem.usage', { ...mount, state: 'reserved' }, (r: FilesystemReading) => r.reservedBytes),
    emit('system.filesystem.inodes', { ...mount, state: 'used' }, (r: FilesystemReading) => r.inodesUsed),
    emit('system.filesystem.inodes', { ...mount, state: 'free' }, (r: FilesystemReading) => r.inodesFree),
    emit('system.filesystem.read_only', mount, (r: FilesystemReading) => Number(r.readOnly)),
    emit('system.filesystem.stale', mount, (r: FilesystemReading) => Number(r.stale)),
  ]
}

export function filesystemCollector(system: SystemMetrics, series: SeriesTable): SlowCollector {
  const each = new KeyedEmission<FilesystemReading>(
    series,
    (r) => `${r.mountpoint}\u0000${r.device}\u0000${r.type}`,
    filesystemEmits,
  )
  return slowCollector(
    'filesystem',
    { everyMs: 10_000, timeoutMs: 30_000 },
    () => system.filesystems(),
    (r, sink) => each.write(r, sink),
  ) as SlowCollector
}
