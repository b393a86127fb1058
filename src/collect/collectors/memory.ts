import type { SeriesTable } from '../../frame/series-table.ts'
import type {
  MemoryReading,
  PagingReading,
  PressureReading,
  PressureResource,
  SystemMetrics,
} from '../../platform/platform.ts'
import type { TickCollector } from '../collector.ts'
import { Emission, emit } from '../emit.ts'
import { tickCollector } from './reading.ts'

type M = MemoryReading
const memoryEmits = [
  emit('system.memory.limit', {}, (r: M) => r.totalBytes),
  emit('system.memory.usage', { state: 'used' }, (r: M) => r.usedBytes),
  emit('system.memory.usage', { state: 'reclaimable' }, (r: M) => r.reclaimableBytes),
  emit('system.memory.usage', { state: 'free' }, (r: M) => r.freeBytes),
  emit('system.linux.memory.available', {}, (r: M) => r.availableBytes),
  emit('system.linux.memory.buffers', {}, (r: M) => r.buffersBytes),
  emit('system.linux.memory.cached', {}, (r: M) => r.cachedBytes),
  emit('system.linux.memory.shared', {}, (r: M) => r.sharedBytes),
  emit('system.linux.memory.slab.usage', { state: 'reclaimable' }, (r: M) => r.slabReclaimableBytes),
  emit('system.linux.memory.slab.usage', { state: 'unreclaimable' }, (r: M) => r.slabUnreclaimableBytes),
  emit('system.linux.memory.anonymous', {}, (r: M) => r.anonymousBytes),
  emit('system.linux.memory.mapped', {}, (r: M) => r.mappedBytes),
  emit('system.linux.memory.kernel', { use: 'stack' }, (r: M) => r.kernelStackBytes),
  emit('system.linux.memory.kernel', { use: 'page_tables' }, (r: M) => r.pageTablesBytes),
  emit('system.linux.memory.kernel', { use: 'per_cpu' }, (r: M) => r.perCpuBytes),
  emit('system.linux.memory.kernel', { use: 'vmalloc' }, (r: M) => r.vmallocBytes),
  emit('system.linux.memory.dirty', {}, (r: M) => r.dirtyBytes),
  emit('system.linux.memory.writeback', {}, (r: M) => r.writebackBytes),
  emit('system.linux.memory.committed', {}, (r: M) => r.committedBytes),
  emit('system.linux.memory.commit_limit', {}, (r: M) => r.commitLimitBytes),
  emit('system.linux.memory.hugepages', { state: 'used' }, (r: M) => r.hugepagesUsedBytes),
  emit('system.linux.memory.hugepages', { state: 'free' }, (r: M) => r.hugepagesFreeBytes),
  emit('system.linux.memory.zswap', { size: 'stored' }, (r: M) => r.zswapStoredBytes),
  emit('system.linux.memory.zswap', { size: 'original' }, (r: M) => r.zswapOriginalBytes),
  emit('system.linux.memory.zfs_arc', {}, (r: M) => r.zfsArcBytes),
  emit('system.paging.usage', { state: 'used' }, (r: M) => r.swapUsedBytes),
  emit('system.paging.usage', { state: 'free' }, (r: M) => r.swapFreeBytes),
  emit('system.windows.memory.committed', {}, (r: M) => r.windows?.committedBytes),
  emit('system.windows.memory.commit_limit', {}, (r: M) => r.windows?.commitLimitBytes),
  emit('system.windows.memory.standby', {}, (r: M) => r.windows?.standbyBytes),
  emit('system.windows.memory.modified', {}, (r: M) => r.windows?.modifiedBytes),
  emit('system.windows.memory.pool', { pool: 'paged' }, (r: M) => r.windows?.pagedPoolBytes),
  emit('system.windows.memory.pool', { pool: 'nonpaged' }, (r: M) => r.windows?.nonPagedPoolBytes),
]

type P = PagingReading
const pagingEmits = [
  emit('system.paging.faults', { type: 'major' }, (r: P) => r.majorFaults),
  emit('system.paging.faults', { type: 'minor' }, (r: P) => r.minorFaults),
  emit('system.paging.operations', { direction: 'in' }, (r: P) => r.swappedInPages),
  emit('system.paging.operations', { direction: 'out' }, (r: P) => r.swappedOutPages),
  emit('system.paging.io', { direction: 'in' }, (r: P) => r.pagedInBytes),
  emit('system.paging.io', { direction: 'out' }, (r: P) => r.pagedOutBytes),
  emit('system.linux.memory.oom_kills', {}, (r: P) => r.oomKills),
  emit('system.linux.memory.scanned', { by: 'kswapd' }, (r: P) => r.scannedKswapdPages),
  emit('system.linux.memory.scanned', { by: 'direct' }, (r: P) => r.scannedDirectPages),
  emit('system.linux.memory.refaults', { type: 'anonymous' }, (r: P) => r.refaultsAnonymous),
  emit('system.linux.memory.refaults', { type: 'file' }, (r: P) => r.refaultsFile),
]

const some = (resource: PressureResource) =>
  emit('system.pressure.some.time', { resource }, (r: PressureReading) => r[resource]?.someSeconds)
const full = (resource: Exclude<PressureResource, 'cpu'>) =>
  emit('system.pressure.full.time', { resource }, (r: PressureReading) => r[resource]?.fullSeconds)
const pressureEmits = [some('cpu'), some('memory'), some('io'), some('irq'), full('memory'), full('io'), full('irq')]

export function memoryCollector(system: SystemMetrics, series: SeriesTable): TickCollector {
  const emission = new Emission(series, memoryEmits)
  return tickCollector(
    'memory',
    () => system.memory(),
    (r, sink) => emission.write(r, sink),
  )
}

export function pagingCollector(system: SystemMetrics, series: SeriesTable): TickCollector {
  const emission = new Emission(series, pagingEmits)
  return tickCollector(
    'paging',
    () => system.paging(),
    (r, sink) => emission.write(r, sink),
  )
}

export function pressureCollector(system: SystemMetrics, series: SeriesTable): TickCollector {
  const emission = new Emission(series, pressureEmits)
  return tickCollector(
    'pressure',
    () => system.pressure(),
    (r, sink) => emission.write(r, sink),
  )
}
