import type { SeriesTable } from '../../frame/series-table.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Collector } from '../collector.ts'
import { cgroupCollector } from './cgroup.ts'
import { cpuCollector, frequencyCollector, loadCollector } from './cpu.ts'
import { diskCollector, diskSizeCollector, filesystemCollector } from './disk.ts'
import { sensorCollector } from './hardware.ts'
import { entropyCollector, kernelCollector } from './kernel.ts'
import { memoryCollector, pagingCollector, pressureCollector } from './memory.ts'
import { connectionCollector, linkCollector, networkCollector, protocolCollector } from './network.ts'

/** Every collector of system metrics; the process collector stands apart because it fills the process table. */
export function systemCollectors({ system }: Platform, series: SeriesTable): Collector[] {
  const make = [
    cpuCollector,
    loadCollector,
    memoryCollector,
    pagingCollector,
    pressureCollector,
    diskCollector,
    networkCollector,
    protocolCollector,
    kernelCollector,
    cgroupCollector,
    frequencyCollector,
    filesystemCollector,
    diskSizeCollector,
    linkCollector,
    connectionCollector,
    sensorCollector,
    entropyCollector,
  ]
  return make.map((collector) => collector(system, series))
}
