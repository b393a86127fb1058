import { sanitizeText } from '../../../base/text.ts'
import type { ProcessTable } from '../../../frame/process-table.ts'
import type { HostClock } from '../../host.ts'
import type { ScanResult } from '../../platform.ts'
import { type FileTime, ticksBetween } from '../identity.ts'
import { type Block, isFailure, type Native, whyNot } from '../native.ts'
import { systemClass } from '../structures/system.ts'
import { Accounts, parseUser } from './accounts.ts'
import { parseCommandLine } from './command-line.ts'
import { emptyRecord, firstProcess, nextProcess, type ProcessRecord, parseProcess, processName } from './information.ts'

/**
 * The whole process table in one call (W5, W6): the kernel tells everyone everything here but command line and owner,
 * which each new process is asked for once. A process is told by pid and creation time together (R2).
 */

const idlePid = 0
/** A process that has just been created has no command line yet: asked again in so many ticks. */
const commandLineTries = 3

interface Entry {
  readonly slot: number
  readonly createLow: number
  readonly createHigh: number
  seen: number
  /** Of threads that have ended too, as far as they were seen. */
  switches: number
  switchesSeen: number
  triesLeft: number
  hasUser: boolean
  isDenied: boolean
}

/** What one look at all processes tells of the whole system. */
export interface ScanTotals {
  readonly threads: number
  readonly handles: number
  /** Threads that run or want to, the idle ones not counted. */
  readonly runnable: number
}

export class ProcessScan {
  readonly #entries = new Map<number, Entry>()
  readonly #record = emptyRecord()
  readonly #accounts: Accounts
  #tick = 0
  totals: ScanTotals | undefined

  constructor(
    private readonly native: Native,
    private readonly clock: HostClock,
    private readonly bootTime: FileTime,
  ) {
    this.#accounts = new Accounts(native, clock)
  }

  scan(table: ProcessTable): ScanResult {
    table.beginTick()
    this.#accounts.beginTick()
    this.#tick++
    const answer = this.native.system(systemClass.process)
    if (isFailure(answer)) {
      this.totals = undefined
      return { denied: {}, vanished: 0, limitedView: whyNot(answer) }
    }
    const atMs = this.clock.monotonicMs()
    const totals = { threads: 0, handles: 0, runnable: 0 }
    let denied = 0
    for (let offset = firstProcess(answer); offset >= 0; offset = nextProcess(answer, offset)) {
      const record = this.#record
      parseProcess(answer, offset, record)
      const entry = this.#entryOf(answer, offset, table)
      this.#write(entry, record, table)
      this.#describe(entry, record.pid, table)
      table.readAtMs[entry.slot] = atMs
      if (entry.isDenied) denied++
      totals.handles += record.handles
      if (record.pid === idlePid) continue
      totals.threads += record.threads
      totals.runnable += record.runnableThreads
    }
    this.totals = totals
    const vanished = this.#endUnseen(table)
    return { denied: denied > 0 ? { 'command line and user': denied } : {}, vanished, limitedView: undefined }
  }

  #entryOf(block: Block, offset: number, table: ProcessTable): Entry {
    const { pid, createLow, createHigh } = this.#record
    const known = this.#entries.get(pid)
    if (known !== undefined && known.createLow === createLow && known.createHigh === createHigh) {
      known.seen = this.#tick
      return known
    }
    if (known !== undefined) table.end(known.slot)
    const slot = table.add()
    const isKernel = pid === idlePid || (this.#record.parentPid === idlePid && pid <= 4)
    const entry: Entry = {
      slot,
      createLow,
      createHigh,
      seen: this.#tick,
      switches: this.#record.contextSwitches,
      switchesSeen: this.#record.contextSwitches,
      triesLeft: isKernel ? 0 : commandLineTries,
      hasUser: isKernel,
      isDenied: false,
    }
    this.#entries.set(pid, entry)
    table.numbers.pid[slot] = pid
    // The kernel's own were there before the clock was set at boot.
    table.numbers.startTicks[slot] = Math.max(0, ticksBetween(this.bootTime, createLow, createHigh))
    table.texts.name[slot] = sanitizeText(processName(block, offset))
    if (isKernel) table.texts.user[slot] = 'SYSTEM'
    return entry
  }

  #write(entry: Entry, record: ProcessRecord, table: ProcessTable): void {
    const { slot } = entry
    const { numbers, texts } = table
    // Threads that end take their switches with them.
    entry.switches += Math.max(0, record.contextSwitches - entry.switchesSeen)
    entry.switchesSeen = record.contextSwitches
    const isIdle = record.pid === idlePid
    const changed =
      // The time of the idle process is what the CPUs did not do.
      (isIdle ? 0 : put(numbers.cpuUserSeconds, slot, record.userSeconds)) |
      (isIdle ? 0 : put(numbers.cpuSystemSeconds, slot, record.kernelSeconds)) |
      put(numbers.majorFaults, slot, record.hardFaults) |
      put(numbers.minorFaults, slot, Math.max(0, record.faults - record.hardFaults)) |
      (isIdle ? 0 : put(numbers.contextSwitches, slot, entry.switches)) |
      put(numbers.threads, slot, record.threads) |
      put(numbers.handles, slot, record.handles) |
      put(numbers.residentBytes, slot, record.workingSetBytes) |
      put(numbers.privateBytes, slot, record.privateBytes) |
      put(numbers.virtualBytes, slot, record.virtualBytes) |
      put(numbers.readBytes, slot, record.readBytes) |
      put(numbers.writtenBytes, slot, record.writtenBytes) |
      putParent(numbers.parentPid, slot, this.#parentOf(record))
    const state = isIdle ? 'I' : record.state
    if (texts.state[slot] !== state) texts.state[slot] = state
    else if (changed === 0) return
    table.touch(slot)
  }

  /** Windows keeps the number of a parent that has ended, and gives it to others: a parent is older than its child. */
  #parentOf({ pid, parentPid, createLow, createHigh }: ProcessRecord): number {
    const parent = parentPid === pid ? undefined : this.#entries.get(parentPid)
    if (parent === undefined) return Number.NaN
    const isOlder =
      parent.createHigh < createHigh || (parent.createHigh === createHigh && parent.createLow <= createLow)
    return isOlder ? parentPid : Number.NaN
  }

  /** Asks a new process who it is; what it refuses once it is not asked again (W6). */
  #describe(entry: Entry, pid: number, table: ProcessTable): void {
    if (entry.isDenied || (entry.triesLeft === 0 && entry.hasUser)) return
    const { process } = this.native
    const handle = process.open(pid, 'look')
    if (isFailure(handle)) {
      entry.isDenied = true
      return
    }
    try {
      if (entry.triesLeft > 0) {
        entry.triesLeft--
        const answer = process.commandLine(handle)
        const commandLine = isFailure(answer) ? '' : parseCommandLine(answer)
        if (isFailure(answer) || commandLine !== '') entry.triesLeft = 0
        table.texts.commandLine[entry.slot] = commandLine
      }
      if (!entry.hasUser) {
        const answer = process.user(handle)
        const sid = isFailure(answer) ? undefined : parseUser(answer)
        const account = sid === undefined ? { name: '', isFinal: true } : this.#accounts.nameOf(sid)
        table.texts.user[entry.slot] = account.name
        entry.hasUser = account.isFinal
        entry.isDenied = sid === undefined
      }
      table.touch(entry.slot)
    } finally {
      process.close(handle)
    }
  }

  #endUnseen(table: ProcessTable): number {
    let vanished = 0
    for (const [pid, entry] of this.#entries) {
      if (entry.seen === this.#tick) continue
      table.end(entry.slot)
      this.#entries.delete(pid)
      vanished++
    }
    return vanished
  }
}

/** 1 when the value is another than before. */
function put(column: Float64Array, slot: number, value: number): 0 | 1 {
  if (column[slot] === value) return 0
  column[slot] = value
  return 1
}

/** The same where absent is a value too. */
const putParent = (column: Float64Array, slot: number, value: number): 0 | 1 =>
  Number.isNaN(value) && Number.isNaN(column[slot] as number) ? 0 : put(column, slot, value)
