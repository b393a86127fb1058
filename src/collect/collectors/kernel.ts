import type { SeriesTable } from '../../frame/series-table.ts'
import type { KernelReading, SystemMetrics } from '../../platform/platform.ts'
import type { SlowCollector, TickCollector } from '../collector.ts'
import { Emission, emit } from '../emit.ts'
import { slowCollector, tickCollector } from './reading.ts'

const kernelEmits = [
  emit('system.uptime', {}, (r: KernelReading) => r.uptimeSeconds),
  emit('system.file_descriptor.count', {}, (r: KernelReading) => r.fileDescriptors),
  emit('system.file_descriptor.limit', {}, (r: KernelReading) => r.fileDescriptorLimit),
  emit('system.windows.handle.count', {}, (r: KernelReading) => r.handles),
  emit('system.thread.count', {}, (r: KernelReading) => r.threads),
]

export function kernelCollector(system: SystemMetrics, series: SeriesTable): TickCollector {
  const emission = new Emission(series, kernelEmits)
  return tickCollector(
    'kernel',
    () => system.kernel(),
    (r, sink) => emission.write(r, sink),
  )
}

export function entropyCollector(system: SystemMetrics, series: SeriesTable): SlowCollector {
  const emission = new Emission(series, [
    emit('system.linux.entropy.available', {}, (r: { readonly availableBits: number }) => r.availableBits),
  ])
  return slowCollector(
    'entropy',
    { everyMs: 60_000, timeoutMs: 5_000 },
    () => system.entropy(),
    (r, sink) => emission.write(r, sink),
  ) as SlowCollector
}
