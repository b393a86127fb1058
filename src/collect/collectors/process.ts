import type { LabelsFor } from '../../catalogue/catalogue.ts'
import type { ProcessTable } from '../../frame/process-table.ts'
import type { SeriesTable } from '../../frame/series-table.ts'
import type { ProcessMonitor, ScanResult } from '../../platform/platform.ts'
import { partial, samples, type TickCollector } from '../collector.ts'
import { Emission, emit } from '../emit.ts'

type Status = LabelsFor<'system.process.count'>['status']

/** State letters of proc_pid_stat(5) as the catalogue's statuses. */
const statusOfLetter: Readonly<Record<string, Status>> = {
  R: 'running',
  S: 'sleeping',
  D: 'disk_sleep',
  T: 'stopped',
  t: 'tracing',
  Z: 'zombie',
  X: 'dead',
  x: 'dead',
  I: 'idle',
}
const statuses: readonly Status[] = [
  'running',
  'sleeping',
  'disk_sleep',
  'stopped',
  'tracing',
  'zombie',
  'dead',
  'idle',
  'unknown',
]

type Counts = Record<Status, number>

export interface ProcessCollector extends TickCollector {
  /** What the last scan said of itself. */
  lastScan(): ScanResult | undefined
}

/** Scans every process into the table and counts them by state. */
export function processCollector(monitor: ProcessMonitor, table: ProcessTable, series: SeriesTable): ProcessCollector {
  const emission = new Emission<Counts>(
    series,
    statuses.map((status) => emit('system.process.count', { status }, (r: Counts) => r[status])),
  )
  const counts = Object.fromEntries(statuses.map((status) => [status, 0])) as Counts
  let last: ScanResult | undefined
  return {
    name: 'process',
    lane: 'tick',
    lastScan: () => last,
    collect: (sink) => {
      last = monitor.scan(table)
      countStates(table, counts)
      emission.write(counts, sink)
      return last.limitedView === undefined ? samples : partial(last.limitedView)
    },
  }
}

function countStates(table: ProcessTable, counts: Counts): void {
  for (const status of statuses) counts[status] = 0
  const states = table.texts.state
  for (let slot = 0; slot < table.slots; slot++) {
    if (table.alive[slot] === 1) counts[statusOfLetter[states[slot] ?? ''] ?? 'unknown']++
  }
}
