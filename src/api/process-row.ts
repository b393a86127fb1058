import { serviceOfCgroup } from '../base/service-name.ts'
import type { RecordedTable } from '../recorder/recorded-table.ts'
import type { ProcessRow } from './contract.ts'

/** What a start in ticks means as a time. */
export interface StartClock {
  readonly secondsPerTick: number
  /** Of the boot that the record was made in; undefined where it is not known. */
  readonly bootUnixMs: number | undefined
}

/**
 * One process of the table as it is told: what is absent is left out. `mostReaped`: what the host has left for children
 * that nobody saw; no parent is told more (C18).
 */
export function processRow(
  table: RecordedTable,
  slot: number,
  start: StartClock,
  mostReaped = Number.POSITIVE_INFINITY,
): ProcessRow {
  const number = (column: Parameters<RecordedTable['number']>[0]): number | undefined =>
    present(table.number(column, slot))
  const rate = (column: Parameters<RecordedTable['rate']>[0]): number | undefined => present(table.rate(column, slot))
  const startTicks = table.number('startTicks', slot)
  const cgroup = table.text('cgroup', slot)
  const reapedCpu = Math.min(table.reapedCpu(slot), mostReaped)
  const cpuUser = rate('cpuUserSeconds')
  const cpuSystem = rate('cpuSystemSeconds')
  return leaveOutAbsent({
    pid: table.number('pid', slot),
    startTicks,
    startUnixMs:
      start.bootUnixMs === undefined
        ? undefined
        : Math.round(start.bootUnixMs + startTicks * start.secondsPerTick * 1000),
    parentPid: number('parentPid'),
    name: table.text('name', slot),
    commandLine: table.text('commandLine', slot),
    user: table.text('user', slot),
    state: table.text('state', slot),
    threads: number('threads'),
    nice: number('nice'),
    cpu: sum(cpuUser, cpuSystem),
    cpuUser,
    cpuSystem,
    runQueueWait: rate('runQueueWaitSeconds'),
    ioDelay: rate('ioDelaySeconds'),
    reapedCpu: reapedCpu > 0 ? reapedCpu : undefined,
    residentBytes: number('residentBytes'),
    virtualBytes: number('virtualBytes'),
    readBytesPerSecond: rate('readBytes'),
    writtenBytesPerSecond: rate('writtenBytes'),
    minorFaultsPerSecond: rate('minorFaults'),
    majorFaultsPerSecond: rate('majorFaults'),
    contextSwitchesPerSecond: rate('contextSwitches'),
    cpuSeconds: sum(number('cpuUserSeconds'), number('cpuSystemSeconds')),
    cgroup: cgroup === '' ? undefined : cgroup,
    service: serviceOfCgroup(cgroup),
    processor: number('processor'),
  })
}

const present = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value)
const sum = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b

type Sparse<T> = { [K in keyof T]-?: T[K] | undefined }
function leaveOutAbsent(row: Sparse<ProcessRow>): ProcessRow {
  const kept: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(row)) if (value !== undefined) kept[name] = value
  return kept as unknown as ProcessRow
}
