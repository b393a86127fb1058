import { textOfBytes } from '../../../base/text.ts'
import type { ProcessTable } from '../../../frame/process-table.ts'
import { type Host, HostError, type KeptFile } from '../../host.ts'
import type { ScanResult } from '../../platform.ts'
import { asciiText, Cursor } from '../bytes.ts'
import { fullName, parseCommandLine } from './command-line.ts'
import { parseIo } from './io.ts'
import { parseMembership } from './membership.ts'
import { parseSchedstat } from './schedstat.ts'
import { emptyStat, kernelThreadFlag, nameBytes, parseStat } from './stat.ts'
import type { Users } from './users.ts'

/**
 * The whole process table, every tick, for as little as the kernel lets it cost. Three savings: files stay open (half
 * the system calls, and a kept file is bound to its process, so a pid given again is never mistaken, R2); a
 * single-threaded process whose schedstat has not moved has not run and is not read further; /proc is listed only when
 * the kernel has given out a new pid. What can change without running (memory reclaimed, parent gone, text) is read
 * again on a slow round, spread over the ticks.
 */

/** USER_HZ: what the kernel tells user space in, on every architecture that Bun has. */
export const ticksPerSecond = 100
const pageBytes = 4096
/** Every process is read whole at least once in so many ticks. */
export const roundTicks = 30
/** Texts of a process that has not run are read again once in so many rounds: it may have been moved to another group. */
const idleTextRounds = 10
/** /proc is listed at least once in so many ticks, whatever the kernel says. */
const listTicks = 10
/** A scan that takes longer than this share of a second doubles the round, up to the factor (R16). */
const dearMs = 200
const longestRoundFactor = 8

interface Entry {
  readonly pid: number
  readonly slot: number
  stat: KeptFile | undefined
  sched: KeptFile | undefined
  io: KeptFile | undefined
  ioDenied: boolean
  threads: number
  runNs: number
  switches: number
  comm: string
  /** Its texts may have changed since they were read: it has run. */
  textsOld: boolean
  /** Seen within execve(2), which gives the new name first and the arguments a moment later. */
  isBetweenPrograms: boolean
  seen: number
}

export class ProcessScan {
  readonly #entries = new Map<number, Entry>()
  readonly #cursor = new Cursor()
  readonly #stat = emptyStat()
  readonly #sched = { runNs: 0, waitSeconds: 0, switches: 0 }
  readonly #io = { readBytes: 0, writtenBytes: 0 }
  #lastPidFile: KeptFile | undefined
  #lastPid = -1
  #tick = 0
  #listDue = true
  #keptFiles = 0
  #roundFactor = 1
  #hasSchedstat = true

  constructor(
    private readonly host: Host,
    private readonly users: Users,
    /** How many files may be kept open. */
    private readonly keptFileLimit: number,
    private readonly limitedView: string | undefined,
    /** Whether the kernel counts the waits for I/O: without, the field is always 0. */
    private readonly accountsDelays = true,
  ) {}

  scan(table: ProcessTable): ScanResult {
    const startMs = this.host.clock.monotonicMs()
    table.beginTick()
    this.#tick++
    let vanished = 0
    if (this.#mustList()) {
      // Due until it has been done: a list that could not be read must not hide for ten ticks who is new.
      this.#listDue = true
      vanished += this.#list(table)
      this.#listDue = false
    }
    let ioDenied = 0
    for (const entry of this.#entries.values()) {
      if (!this.#update(entry, table)) {
        this.#end(entry, table)
        vanished++
      } else if (entry.ioDenied) ioDenied++
    }
    if (vanished > 0) this.#listDue = true
    this.#adjustRound(this.host.clock.monotonicMs() - startMs)
    const denied: Record<string, number> = ioDenied > 0 ? { io: ioDenied } : {}
    return { denied, vanished, limitedView: this.limitedView }
  }

  close(): void {
    for (const entry of this.#entries.values()) this.#closeFiles(entry)
    this.#entries.clear()
    this.#lastPidFile?.close()
    this.#lastPidFile = undefined
  }

  /** The last number of /proc/loadavg is the pid most recently given out (proc_loadavg(5)): unmoved, nothing is new. */
  #mustList(): boolean {
    const due = this.#listDue || this.#tick % listTicks === 0
    const { host } = this
    this.#lastPidFile ??= host.open(`${host.procfs}/loadavg`)
    const bytes = this.#lastPidFile.read()
    const lastPid = this.#cursor.of(bytes, bytes.lastIndexOf(0x20)).number()
    const moved = lastPid !== this.#lastPid || Number.isNaN(lastPid)
    this.#lastPid = lastPid
    return due || moved
  }

  #list(table: ProcessTable): number {
    let vanished = 0
    for (const name of this.host.list(this.host.procfs)) {
      const first = name.charCodeAt(0)
      if (first < 0x30 || first > 0x39) continue
      const pid = Number(name)
      const known = this.#entries.get(pid)
      if (known !== undefined) known.seen = this.#tick
      // Under hidepid=1 others' processes are in the list and cannot be read: they have not vanished (R8).
      else if (!this.#admit(pid, table) && this.limitedView === undefined) vanished++
    }
    for (const entry of this.#entries.values()) {
      if (entry.seen === this.#tick) continue
      this.#end(entry, table)
      vanished++
    }
    return vanished
  }

  #admit(pid: number, table: ProcessTable): boolean {
    const entry: Entry = {
      pid,
      slot: -1,
      stat: undefined,
      sched: undefined,
      io: undefined,
      ioDenied: false,
      threads: 0,
      runNs: Number.NaN,
      switches: Number.NaN,
      comm: '',
      textsOld: true,
      isBetweenPrograms: false,
      seen: this.#tick,
    }
    entry.stat = this.#keep(pid, 'stat')
    if (entry.stat === undefined && this.#readStat(entry) === undefined) return false
    const admitted = Object.assign(entry, { slot: table.add() })
    table.numbers.pid[admitted.slot] = pid
    if (this.#hasSchedstat) admitted.sched = this.#keep(pid, 'schedstat')
    this.#entries.set(pid, admitted)
    return true
  }

  /** False when the process has gone. */
  #update(entry: Entry, table: ProcessTable): boolean {
    const due = (entry.pid + this.#tick) % (roundTicks * this.#roundFactor) === 0
    if (!due && entry.threads === 1 && this.#unmoved(entry, table)) return true
    const bytes = this.#readStat(entry)
    if (bytes === undefined) return false
    const first = Number.isNaN(table.numbers.startTicks[entry.slot] as number)
    if (!parseStat(this.#cursor.of(bytes), this.#stat)) return false
    if (!first && table.numbers.startTicks[entry.slot] !== this.#stat.startTicks) return false
    const name = nameBytes(bytes)
    const renamed = !sameAscii(name, entry.comm)
    const isTextRound = entry.textsOld || (entry.pid + this.#tick) % (roundTicks * idleTextRounds) === 0
    const areTextsDue = entry.isBetweenPrograms || (due && isTextRound)
    const kernelName = renamed || areTextsDue ? textOfBytes(name) : undefined
    const kernelBytes = name.length
    if (renamed) entry.comm = asciiText(name, 0, name.length)
    const ran = this.#writeStat(entry, table)
    if (entry.threads !== 1 || due || first) this.#writeSched(entry, table)
    if (kernelName !== undefined) this.#writeTexts(entry, table, kernelName, kernelBytes)
    if (ran) entry.textsOld = true
    this.#writeIo(entry, table, ran || entry.threads !== 1)
    table.readAtMs[entry.slot] = this.host.clock.monotonicMs()
    return true
  }

  /** True when the main thread has not been given a CPU since the last look. What it waited meanwhile is taken over. */
  #unmoved(entry: Entry, table: ProcessTable): boolean {
    const { sched } = entry
    if (sched === undefined) return false
    try {
      if (!parseSchedstat(this.#cursor.of(sched.read(64)), this.#sched)) return false
    } catch (error) {
      if (error instanceof HostError) return false
      throw error
    }
    if (this.#sched.runNs === entry.runNs && this.#sched.switches === entry.switches) return true
    this.#takeSched(entry, table)
    return false
  }

  #writeSched(entry: Entry, table: ProcessTable): void {
    const { sched } = entry
    if (sched === undefined) return
    try {
      if (parseSchedstat(this.#cursor.of(sched.read(64)), this.#sched)) this.#takeSched(entry, table)
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      if (error.code === 'ENOENT') this.#hasSchedstat = false
    }
  }

  #takeSched(entry: Entry, table: ProcessTable): void {
    entry.runNs = this.#sched.runNs
    entry.switches = this.#sched.switches
    const { runQueueWaitSeconds, contextSwitches } = table.numbers
    if (put(runQueueWaitSeconds, entry.slot, this.#sched.waitSeconds)) table.touch(entry.slot)
    if (put(contextSwitches, entry.slot, this.#sched.switches)) table.touch(entry.slot)
  }

  /** True when it used CPU time since it was last read. */
  #writeStat(entry: Entry, table: ProcessTable): boolean {
    const { slot } = entry
    const { numbers, texts } = table
    const stat = this.#stat
    entry.threads = stat.threads
    const ran =
      put(numbers.cpuUserSeconds, slot, stat.userTicks / ticksPerSecond) |
      put(numbers.cpuSystemSeconds, slot, stat.systemTicks / ticksPerSecond) |
      put(numbers.minorFaults, slot, stat.minorFaults) |
      put(numbers.majorFaults, slot, stat.majorFaults) |
      (this.accountsDelays ? put(numbers.ioDelaySeconds, slot, stat.ioDelayTicks / ticksPerSecond) : 0)
    const changed =
      ran |
      put(numbers.startTicks, slot, stat.startTicks) |
      put(numbers.parentPid, slot, stat.parentPid) |
      put(numbers.childrenCpuSeconds, slot, stat.childrenTicks / ticksPerSecond) |
      put(numbers.nice, slot, stat.nice) |
      put(numbers.threads, slot, stat.threads) |
      put(numbers.virtualBytes, slot, stat.virtualBytes) |
      put(numbers.residentBytes, slot, stat.residentPages * pageBytes) |
      put(numbers.processor, slot, stat.processor)
    const state = String.fromCharCode(stat.stateByte)
    if (texts.state[slot] !== state) {
      texts.state[slot] = state
      table.touch(slot)
    } else if (changed === 1) table.touch(slot)
    return ran === 1
  }

  /**
   * Bytes to and from storage; kept open for who runs, since who runs once runs again: an open file costs the kernel a
   * page. Denied is normal, and not asked twice (R7).
   */
  #writeIo(entry: Entry, table: ProcessTable, isActive: boolean): void {
    if (entry.ioDenied || (this.#stat.flags & kernelThreadFlag) !== 0) return
    try {
      if (isActive) entry.io ??= this.#keep(entry.pid, 'io')
      const bytes = entry.io?.read(512) ?? this.host.read(`${this.host.procfs}/${entry.pid}/io`)
      if (!parseIo(this.#cursor.of(bytes), this.#io)) return
      const { readBytes, writtenBytes } = table.numbers
      const changed =
        put(readBytes, entry.slot, this.#io.readBytes) | put(writtenBytes, entry.slot, this.#io.writtenBytes)
      if (changed === 1) table.touch(entry.slot)
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      if (error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'ENOENT') entry.ioDenied = true
    }
  }

  #writeTexts(entry: Entry, table: ProcessTable, kernelName: string, kernelBytes: number): void {
    const { slot, pid } = entry
    const { host } = this
    const folder = `${host.procfs}/${pid}`
    entry.textsOld = false
    const isKernelThread = (this.#stat.flags & kernelThreadFlag) !== 0
    const command = isKernelThread ? undefined : quietly(() => parseCommandLine(host.read(`${folder}/cmdline`)))
    const name = isKernelThread ? `[${kernelName}]` : fullName(kernelName, command?.program ?? '', kernelBytes)
    putText(table, 'name', slot, name)
    // A worker of the kernel takes another name with each task it is given, and changes nothing else.
    if (isKernelThread && table.texts.user[slot] !== '') return
    const commandLine = command?.commandLine ?? ''
    entry.isBetweenPrograms = commandLine === '' && (entry.isBetweenPrograms || table.texts.commandLine[slot] !== '')
    putText(table, 'commandLine', slot, commandLine)
    const owner = quietly(() => host.ownerOf(folder))
    if (owner !== undefined) putText(table, 'user', slot, this.users.nameOf(owner))
    const membership = quietly(() => parseMembership(host.readText(`${folder}/cgroup`)))
    if (membership !== undefined) putText(table, 'cgroup', slot, membership)
  }

  /** `undefined` when the process has gone. */
  #readStat(entry: Entry): Uint8Array | undefined {
    try {
      return entry.stat?.read(2048) ?? this.host.read(`${this.host.procfs}/${entry.pid}/stat`)
    } catch (error) {
      if (error instanceof HostError) return undefined
      throw error
    }
  }

  #keep(pid: number, file: string): KeptFile | undefined {
    if (this.#keptFiles >= this.keptFileLimit) return undefined
    try {
      const kept = this.host.open(`${this.host.procfs}/${pid}/${file}`)
      this.#keptFiles++
      return kept
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      if (file === 'io' && error.code !== 'EMFILE') throw error
      return undefined
    }
  }

  #end(entry: Entry, table: ProcessTable): void {
    this.#closeFiles(entry)
    this.#entries.delete(entry.pid)
    table.end(entry.slot)
  }

  #closeFiles(entry: Entry): void {
    for (const file of [entry.stat, entry.sched, entry.io]) {
      if (file === undefined) continue
      file.close()
      this.#keptFiles--
    }
  }

  #adjustRound(tookMs: number): void {
    if (tookMs > dearMs) this.#roundFactor = Math.min(longestRoundFactor, this.#roundFactor * 2)
    else if (tookMs < dearMs / 4 && this.#roundFactor > 1) this.#roundFactor /= 2
  }
}

/** 1 when the value is another than before. */
function put(column: Float64Array, slot: number, value: number): 0 | 1 {
  if (column[slot] === value) return 0
  column[slot] = value
  return 1
}

function putText(table: ProcessTable, column: keyof ProcessTable['texts'], slot: number, value: string): void {
  if (table.texts[column][slot] === value) return
  table.texts[column][slot] = value
  table.touch(slot)
}

function sameAscii(bytes: Uint8Array, text: string): boolean {
  if (bytes.length !== text.length) return false
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== text.charCodeAt(i)) return false
  return true
}

/** What a process may take away while it is being read, or not let us read. */
function quietly<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof HostError) return undefined
    throw error
  }
}
