import type { RecordedTable } from './recorded-table.ts'

/** Where the host's CPU time of a tick went, in CPUs (1 = one core); `undefined`: not known for this tick. */
export interface ProcessAccounting {
  readonly hostBusy: number | undefined
  /** Of the processes in the table. */
  readonly processes: number | undefined
  /** Of processes that nobody saw, from what their parents reaped; never more than is left of hostBusy. */
  readonly reaped: number | undefined
  /** What is left: short-lived and not waited for, interrupts, clocks that differ. Never negative. */
  readonly unattributed: number | undefined
}

/** Shares out what the host was busy with (C18). */
export function accountProcesses(table: RecordedTable, hostBusy: number | undefined): ProcessAccounting {
  if (table.elapsedMs <= 0) return { hostBusy, processes: undefined, reaped: undefined, unattributed: undefined }
  let processes = 0
  let reaped = 0
  for (let slot = 0; slot < table.slots; slot++) {
    if (table.alive[slot] !== 1) continue
    processes += (table.rate('cpuUserSeconds', slot) || 0) + (table.rate('cpuSystemSeconds', slot) || 0)
    reaped += table.reapedCpu(slot)
  }
  if (hostBusy === undefined) return { hostBusy, processes, reaped, unattributed: undefined }
  const left = Math.max(0, hostBusy - processes)
  const kept = Math.min(reaped, left)
  return { hostBusy, processes, reaped: kept, unattributed: left - kept }
}
