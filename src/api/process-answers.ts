import { nearest } from '../base/nearest.ts'
import { othersTurn } from '../base/turns.ts'
import type { NumberColumn } from '../catalogue/process-columns.ts'
import { FormatError } from '../frame/bytes.ts'
import { isAbsent, type Platform, type ProcessDetails, type Reading } from '../platform/platform.ts'
import { currentTick, tickAt } from '../query/current.ts'
import { Grid } from '../query/grid.ts'
import { chooseResolution } from '../query/resolution.ts'
import { QueryError, type Sources } from '../query/sources.ts'
import { accountProcesses } from '../recorder/accounting.ts'
import type { RecordedTable } from '../recorder/recorded-table.ts'
import { processesAt, replayTicks } from '../recorder/replay.ts'
import type { ProcessBlock, TimeRange } from '../store/store.ts'
import type {
  CpuAccounting,
  ProcessDetailsDto,
  ProcessesResponse,
  ProcessHistoryResponse,
  ProcessResponse,
} from './contract.ts'
import { ApiError } from './problems.ts'
import { processRow, type StartClock } from './process-row.ts'
import type { ProcessesQuery, ProcessQuery } from './service.ts'

/** Answers about processes, now and at any recorded second. */
export interface ProcessAnswers {
  list(query: ProcessesQuery, atMs: number | undefined): Promise<ProcessesResponse>
  one(pid: number, query: ProcessQuery, atMs: number | undefined): Promise<ProcessResponse>
  history(pid: number, range: TimeRange, resolution: string | undefined): Promise<ProcessHistoryResponse>
}

export interface ProcessAnswersParts {
  readonly sources: Sources
  readonly platform: Platform
  /** State after the last tick. */
  readonly live: () => RecordedTable
  readonly limitedView: () => string | undefined
  /** Boot time of the machine at a moment of the record, Unix milliseconds. */
  readonly bootUnixMs: (unixMs: number) => number | undefined
}

/** How far before the moment asked for a tick may lie and still be the answer. */
const toleranceMs = 10_000
/** Points of a process's chart when the caller does not say how fine. */
const defaultPoints = 600

export function createProcessAnswers(parts: ProcessAnswersParts): ProcessAnswers {
  const { sources, platform } = parts
  const startClock = (unixMs: number): StartClock => ({
    secondsPerTick: platform.processes.secondsPerTick,
    bootUnixMs: parts.bootUnixMs(unixMs),
  })
  const tableAt = async (atMs: number | undefined): Promise<RecordedTable> => {
    if (atMs !== undefined) return recordedTable(sources, atMs)
    const live = parts.live()
    if (Number.isNaN(live.unixMs)) throw new QueryError('not_recorded', 'no tick has been taken yet')
    return live
  }

  return {
    async list({ sort, limit }, atMs) {
      const order = orderOf(sort)
      const table = await tableAt(atMs)
      const accounting = await account(sources, table, atMs)
      const limitedView = atMs === undefined ? parts.limitedView() : undefined
      const slots = topSlots(table, order, limit)
      const clock = startClock(table.unixMs)
      return {
        unixMs: table.unixMs,
        total: table.count,
        ...(limitedView === undefined ? {} : { limitedView }),
        accounting,
        processes: slots.map((slot) => processRow(table, slot, clock, accounting.reaped ?? undefined)),
      }
    },

    async one(pid, { details = false }, atMs) {
      const table = await tableAt(atMs)
      const slot = slotOf(table, pid)
      if (slot === undefined)
        throw new ApiError('no_such_process', `there is no process ${pid}${whenText(table, atMs)}`)
      const { reaped } = await account(sources, table, atMs)
      const process = processRow(table, slot, startClock(table.unixMs), reaped ?? undefined)
      const parents = ancestors(table, slot)
      if (!details || atMs !== undefined) return { unixMs: table.unixMs, process, parents }
      const reading = await platform.processes.details({ pid, startTicks: process.startTicks })
      if (isAbsent(reading)) throw new ApiError('no_such_process', reading.absent)
      return { unixMs: table.unixMs, process, parents, details: detailsDto(reading) }
    },

    async history(pid, range, resolution) {
      return processHistory(sources, pid, range, resolution ?? 'auto')
    },
  }
}

const whenText = ({ unixMs }: RecordedTable, atMs: number | undefined): string =>
  atMs === undefined ? '' : ` at ${new Date(unixMs).toISOString()}`

async function recordedTable({ store }: Sources, atMs: number): Promise<RecordedTable> {
  const blocks = await store.readProcesses({ startMs: atMs - toleranceMs, endMs: atMs })
  for (const block of blocks.toReversed()) {
    const table = readable(block, () => processesAt(block.content, atMs))
    if (table === undefined) continue
    if (table.unixMs < atMs - toleranceMs) break
    return table
  }
  throw new QueryError('not_recorded', `there is no record of processes at ${new Date(atMs).toISOString()}`)
}

/** Throws QueryError for a block that is damaged. */
function readable<T>({ startMs, endMs }: ProcessBlock, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    const [from, to] = [startMs, endMs].map((ms) => new Date(ms).toISOString())
    throw new QueryError('not_recorded', `the record of processes from ${from} to ${to} is damaged`)
  }
}

async function account(sources: Sources, table: RecordedTable, atMs: number | undefined): Promise<CpuAccounting> {
  const names = ['system.cpu.utilization', 'system.cpu.logical.count']
  const { values } = atMs === undefined ? currentTick(sources, names) : await tickAt(sources, table.unixMs, names)
  const of = (name: string): number | undefined => values.find(({ metric }) => metric === name)?.value
  const utilization = of('system.cpu.utilization')
  const cpus = of('system.cpu.logical.count')
  const hostBusy = utilization === undefined || cpus === undefined ? undefined : utilization * cpus
  const shares = accountProcesses(table, hostBusy)
  return {
    hostBusy: shares.hostBusy ?? null,
    processes: shares.processes ?? null,
    reaped: shares.reaped ?? null,
    unattributed: shares.unattributed ?? null,
  }
}

type Order = (table: RecordedTable, slot: number) => number

const numberOf =
  (column: NumberColumn): Order =>
  (table, slot) =>
    table.number(column, slot)
const rateOf =
  (column: NumberColumn): Order =>
  (table, slot) =>
    table.rate(column, slot)

/** By the names of the row's fields. Largest first; a leading `-` turns it round. Absent comes last. */
const orders: Readonly<Record<string, Order>> = {
  cpu: (table, slot) => table.rate('cpuUserSeconds', slot) + table.rate('cpuSystemSeconds', slot),
  cpuUser: rateOf('cpuUserSeconds'),
  cpuSystem: rateOf('cpuSystemSeconds'),
  runQueueWait: rateOf('runQueueWaitSeconds'),
  ioDelay: rateOf('ioDelaySeconds'),
  reapedCpu: (table, slot) => table.reapedCpu(slot),
  residentBytes: numberOf('residentBytes'),
  virtualBytes: numberOf('virtualBytes'),
  readBytesPerSecond: rateOf('readBytes'),
  writtenBytesPerSecond: rateOf('writtenBytes'),
  minorFaultsPerSecond: rateOf('minorFaults'),
  majorFaultsPerSecond: rateOf('majorFaults'),
  contextSwitchesPerSecond: rateOf('contextSwitches'),
  cpuSeconds: (table, slot) => table.number('cpuUserSeconds', slot) + table.number('cpuSystemSeconds', slot),
  threads: numberOf('threads'),
  nice: numberOf('nice'),
  startTicks: numberOf('startTicks'),
  pid: (table, slot) => -table.number('pid', slot),
}

/** Throws ApiError: there is no such order. */
export function orderOf(sort: string | undefined): Order {
  const asked = sort ?? 'pid'
  const name = asked.replace(/^-/, '')
  const order = Object.hasOwn(orders, name) ? orders[name] : undefined
  if (order === undefined) {
    const near = nearest(name, Object.keys(orders))
    const hint = near === undefined ? `one of ${Object.keys(orders).join(', ')}` : `did you mean "${near}"?`
    throw new ApiError('invalid_request', `sort: no order "${name}"; ${hint}`)
  }
  return asked.startsWith('-') ? (table, slot) => -order(table, slot) : order
}

function topSlots(table: RecordedTable, order: Order, limit: number | undefined): number[] {
  const slots: number[] = []
  for (let slot = 0; slot < table.slots; slot++) if (table.alive[slot] === 1) slots.push(slot)
  const key = new Map(slots.map((slot) => [slot, order(table, slot)]))
  const rank = (slot: number): number => {
    const value = key.get(slot) as number
    return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value
  }
  slots.sort((a, b) => rank(b) - rank(a) || table.number('pid', a) - table.number('pid', b))
  return limit === undefined ? slots : slots.slice(0, limit)
}

function slotOf(table: RecordedTable, pid: number): number | undefined {
  for (let slot = 0; slot < table.slots; slot++) {
    if (table.alive[slot] === 1 && table.number('pid', slot) === pid) return slot
  }
  return undefined
}

function ancestors(table: RecordedTable, slot: number): { pid: number; name: string }[] {
  // Seen a moment apart, parents can go round in a circle.
  const seen = new Set([slot])
  const found: { pid: number; name: string }[] = []
  let parent = slotOf(table, table.number('parentPid', slot))
  while (parent !== undefined && !seen.has(parent)) {
    seen.add(parent)
    found.push({ pid: table.number('pid', parent), name: table.text('name', parent) })
    parent = slotOf(table, table.number('parentPid', parent))
  }
  return found
}

function detailsDto(details: ProcessDetails): ProcessDetailsDto {
  const list = <T>(reading: Reading<readonly T[]>): readonly T[] | { readonly absent: string } => reading
  const { pid: _, startTicks: __, ...rest } = details
  const dto = {
    ...rest,
    openFiles: list(details.openFiles),
    sockets: list(details.sockets),
    threads: list(details.threads),
    limits: list(details.limits),
  }
  return Object.fromEntries(
    Object.entries(dto).filter(([, value]) => value !== undefined),
  ) as unknown as ProcessDetailsDto
}

/** Values of one process, step by step. */
interface Track {
  readonly cpu: Grid
  readonly resident: Grid
  readonly read: Grid
  readonly written: Grid
  readonly wait: Grid
}

/** The process that had the pid last in the range. */
async function processHistory(
  sources: Sources,
  pid: number,
  range: TimeRange,
  resolution: string,
): Promise<ProcessHistoryResponse> {
  const { stepMs } = chooseResolution(resolution, {
    range,
    intervalMs: sources.intervalMs,
    points: defaultPoints,
    oldestMs: (tier) => (tier === '1s' ? Number.NEGATIVE_INFINITY : undefined),
  })
  const grid = (): Grid => new Grid(range.startMs, range.endMs, stepMs)
  const fresh = (): Track => ({ cpu: grid(), resident: grid(), read: grid(), written: grid(), wait: grid() })
  let track = fresh()
  let startTicks = Number.NaN
  let name = ''
  const see = (table: RecordedTable): void => {
    if (table.unixMs < range.startMs || table.unixMs > range.endMs) return
    const slot = slotOf(table, pid)
    if (slot === undefined) return
    if (table.number('startTicks', slot) !== startTicks) {
      track = fresh()
      startTicks = table.number('startTicks', slot)
    }
    name = table.text('name', slot)
    addTick(track, table, slot)
  }
  for (const block of await sources.store.readProcesses(range)) {
    readQuietly(() => {
      for (const table of replayTicks(block.content)) see(table)
    })
    // A day is 288 blocks of ten milliseconds each: the next tick is not to wait for all of them.
    await othersTurn()
  }
  if (Number.isNaN(startTicks)) throw new ApiError('no_such_process', `no process ${pid} is recorded in that time`)
  const steps = Array.from({ length: track.cpu.length }, (_, i) => i)
  const column = (of: Grid): (number | null)[] =>
    steps.map((i) => of.mean(i, false)).map((value) => (Number.isFinite(value) ? value : null))
  return {
    pid,
    startTicks,
    name,
    unixMs: steps.map((i) => track.cpu.startMs(i)),
    cpu: column(track.cpu),
    residentBytes: column(track.resident),
    readBytesPerSecond: column(track.read),
    writtenBytesPerSecond: column(track.written),
    runQueueWait: column(track.wait),
  }
}

/** What of a damaged block cannot be read is a gap. */
function readQuietly(read: () => void): void {
  try {
    read()
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
  }
}

function addTick(track: Track, table: RecordedTable, slot: number): void {
  const seconds = table.elapsedMs / 1000
  const add = (grid: Grid, value: number): void => grid.addSample(table.unixMs, value, value, seconds)
  add(track.cpu, table.rate('cpuUserSeconds', slot) + table.rate('cpuSystemSeconds', slot))
  add(track.resident, table.number('residentBytes', slot))
  add(track.read, table.rate('readBytes', slot))
  add(track.written, table.rate('writtenBytes', slot))
  add(track.wait, table.rate('runQueueWaitSeconds', slot))
}
