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

export interface CollectorChoice {
  /** Names of collectors to leave out. */
  readonly disabled?: readonly string[]
  /** Time between two readings of what changes slowly; some need it twice as often, inventories six times as seldom. */
  readonly slowIntervalMs?: number
}

/** What the collectors' own intervals are stated for. */
const usualSlowIntervalMs = 10_000

/** Every collector of system metrics; the process collector stands apart because it fills the process table. */
export function systemCollectors(
  { system }: Platform,
  series: SeriesTable,
  { disabled = [], slowIntervalMs = usualSlowIntervalMs }: CollectorChoice = {},
): Collector[] {
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
  return make
    .map((collector): Collector => collector(system, series))
    .filter(({ name }) => !disabled.includes(name))
    .map((collector) =>
      collector.lane === 'tick'
        ? collector
        : { ...collector, everyMs: Math.round((collector.everyMs * slowIntervalMs) / usualSlowIntervalMs) },
    )
}
