import type { RecordedTable } from '../../recorder/recorded-table.ts'

/** What one process used and waited for within a stretch: seconds, bytes, counts of ticks. */
export interface ProcessUse {
  readonly pid: number
  readonly startTicks: number
  parentPid: number
  name: string
  command: string
  cgroup: string
  cpuSeconds: number
  systemSeconds: number
  /** Ready to run and waited for a CPU (main thread). */
  waitSeconds: number
  ioDelaySeconds: number
  readBytes: number
  writtenBytes: number
  /** Since it began, as last seen. */
  totalReadBytes: number
  totalWrittenBytes: number
  majorFaults: number
  /** Of children that nobody saw: ended within a tick and waited for (C18). */
  reapedSeconds: number
  /** Children that were seen but briefly, and what they used: they stand with their parent. */
  childrenSeen: number
  childrenCpuSeconds: number
  childrenWrittenBytes: number
  firstResidentBytes: number
  peakResidentBytes: number
  lastResidentBytes: number
  threads: number
  blockedTicks: number
  /** Longest stretch uninterruptible, seconds. */
  longestBlockedSeconds: number
  blockedSinceMs: number
  /** Counters as last seen. */
  readonly counters: Partial<Record<Counter, number>>
  /** Tick in which anything of it changed last. */
  movedMs: number
  /** First and last tick seen in, Unix milliseconds. */
  firstMs: number
  lastMs: number
  hasStarted: boolean
  hasEnded: boolean
  /** Its I/O may not be read. */
  isIoHidden: boolean
}

type Counter =
  | 'cpuUserSeconds'
  | 'cpuSystemSeconds'
  | 'runQueueWaitSeconds'
  | 'ioDelaySeconds'
  | 'readBytes'
  | 'writtenBytes'
  | 'majorFaults'

/** Ticks further apart than their length by so much did not follow on each other, milliseconds. */
const slackMs = 2500
/** A process that lived no longer than this and did no more stands with its parent. */
const brieflyMs = 3000
const littleSeconds = 0.5
/** A parent that has not waited for its child by then does not: what it reads and writes later is its own. */
const reapedWithinMs = 15_000
/** Ended processes kept apart in one stretch: when they are more, the half that did least goes to the parents. About 1 MB. */
const mostEnded = 2000

/**
 * Adds up what processes did within a stretch of the record, tick by tick. Holds one row a process and never a table: a
 * fork storm of thousands a second is folded into the parents as it goes.
 */
export class Usage {
  readonly #live = new Map<string, ProcessUse>()
  #ended: ProcessUse[] = []
  readonly #byPid = new Map<number, ProcessUse>()
  /** Uninterruptible now: they do not change, and still count. */
  readonly #blocked = new Set<ProcessUse>()
  #bySlot: (ProcessUse | undefined)[] = []
  /** Bytes that ended children had read and written, by the pid of their parent, until its own counters have grown by them. */
  readonly #reapedIo = new Map<number, { read: number; written: number; untilMs: number }>()
  #table: RecordedTable | undefined
  /** CPU seconds that all processes used, those folded included. */
  cpuSeconds = 0
  reapedSeconds = 0
  seconds = 0
  ticks = 0
  #isFirst = true
  #lastMs = Number.NaN
  /** Growth of this tick counts. */
  #counts = false

  constructor(
    /** Ticks after this count. */
    readonly startMs: number,
    readonly endMs: number,
    /** Those so much before tell who was there already. */
    readonly aheadMs = 2000,
  ) {}

  covers(unixMs: number): boolean {
    return unixMs > this.startMs - this.aheadMs && unixMs <= this.endMs
  }

  /** The table after a tick. Ticks come in order. */
  add(table: RecordedTable): void {
    const isOther = this.#table !== table
    if (isOther) {
      this.#table = table
      this.#bySlot = []
    }
    const isAhead = table.unixMs <= this.startMs
    if (!isAhead) this.ticks++
    const seconds = isAhead ? 0 : Math.max(0, table.elapsedMs) / 1000
    this.seconds += seconds
    this.#endGone(table)
    // Growth of a time that was not read is that of no stretch; what was there at the first tick has grown before.
    this.#counts = !this.#isFirst && seconds > 0 && table.unixMs - table.elapsedMs - this.#lastMs <= slackMs
    const slots = isOther ? table.slots : table.moved.length
    for (let i = 0; i < slots; i++) {
      const slot = isOther ? i : (table.moved[i] as number)
      if (table.alive[slot] === 1) this.#addTick(this.#rowOf(table, slot), table, slot, seconds)
    }
    if (isOther) this.#sweep(table.unixMs)
    for (const use of this.#blocked) if (use.movedMs !== table.unixMs) stayBlocked(use, table.unixMs)
    this.#lastMs = table.unixMs
    this.#isFirst = false
  }

  /** All that stand for themselves. */
  processes(): ProcessUse[] {
    for (const use of this.#live.values()) use.lastMs = this.#lastMs
    return [...this.#ended, ...this.#live.values()]
  }

  #rowOf(table: RecordedTable, slot: number): ProcessUse {
    const known = this.#bySlot[slot]
    if (known !== undefined) return known
    const key = `${table.number('pid', slot)} ${table.number('startTicks', slot)}`
    let use = this.#live.get(key)
    if (use === undefined) {
      use = newUse(table, slot, this.#isFirst)
      this.#live.set(key, use)
      this.#byPid.set(use.pid, use)
    }
    this.#bySlot[slot] = use
    return use
  }

  #addTick(use: ProcessUse, table: RecordedTable, slot: number, seconds: number): void {
    const grown = (column: Counter): number => this.#grown(use, column, table, slot)
    const system = grown('cpuSystemSeconds')
    const cpu = grown('cpuUserSeconds') + system
    const reaped = (table.reapedCpu(slot) || 0) * seconds
    use.cpuSeconds += cpu
    use.systemSeconds += system
    use.reapedSeconds += reaped
    this.cpuSeconds += cpu
    this.reapedSeconds += reaped
    use.waitSeconds += grown('runQueueWaitSeconds')
    use.ioDelaySeconds += grown('ioDelaySeconds')
    this.#addIo(use, table, slot, grown('readBytes'), grown('writtenBytes'))
    use.majorFaults += grown('majorFaults')
    const resident = table.number('residentBytes', slot)
    if (!Number.isNaN(resident)) {
      use.peakResidentBytes = Math.max(use.peakResidentBytes, resident)
      use.lastResidentBytes = resident
    }
    use.threads = table.number('threads', slot) || 1
    use.movedMs = table.unixMs
    this.#addState(use, table.text('state', slot), table.unixMs, seconds)
    use.name = table.text('name', slot)
    use.command = table.text('commandLine', slot)
    use.parentPid = table.number('parentPid', slot)
  }

  /**
   * By the counters themselves: rates are over the time between two readings of the process, which on a busy machine is
   * not the tick. One that falls, as counters of a process do while it exits, has no growth (R15).
   */
  #grown(use: ProcessUse, column: Counter, table: RecordedTable, slot: number): number {
    const now = table.number(column, slot)
    // Without a value before, a rate says that it began in this tick, at 0 (C15).
    const before = use.counters[column] ?? (Number.isNaN(table.rate(column, slot)) ? Number.NaN : 0)
    if (Number.isNaN(now)) return 0
    use.counters[column] = now
    return this.#counts && now > before ? now - before : 0
  }

  /**
   * The kernel adds what a child has read and written to its parent when it is waited for (wait_task_zombie in
   * kernel/exit.c), and /proc/PID/io shows it: what was seen of the child already is not the parent's again.
   */
  #addIo(use: ProcessUse, table: RecordedTable, slot: number, read: number, written: number): void {
    const owed = this.#reapedIo.get(use.pid)
    const credit = owed !== undefined && table.unixMs <= owed.untilMs ? owed : undefined
    const take = (what: 'read' | 'written', grown: number): number => {
      if (credit === undefined) return grown
      const known = Math.min(grown, credit[what])
      credit[what] -= known
      return grown - known
    }
    use.readBytes += take('read', read)
    use.writtenBytes += take('written', written)
    const total = table.number('readBytes', slot)
    if (!Number.isNaN(total)) use.isIoHidden = false
    use.totalReadBytes = total || 0
    use.totalWrittenBytes = table.number('writtenBytes', slot) || 0
  }

  #addState(use: ProcessUse, state: string, unixMs: number, seconds: number): void {
    if (state !== 'D') {
      this.#blocked.delete(use)
      return
    }
    if (!this.#blocked.has(use)) {
      this.#blocked.add(use)
      use.blockedSinceMs = unixMs - seconds * 1000
    }
    stayBlocked(use, unixMs)
  }

  /** Rows whose process was not in the tick: the slots are those of another block. */
  #sweep(unixMs: number): void {
    for (const [key, use] of this.#live) {
      if (use.movedMs >= unixMs) continue
      this.#live.delete(key)
      this.#settle(use)
    }
  }

  /** Before those that live are added: a parent's counters grow in the tick in which it waits for its child. */
  #endGone(table: RecordedTable): void {
    for (let slot = 0; slot < this.#bySlot.length; slot++) {
      const use = this.#bySlot[slot]
      if (use !== undefined && table.alive[slot] !== 1) this.#end(slot, use)
    }
    // A slot may have gone to another process within the tick.
    for (const slot of table.moved) {
      const use = this.#bySlot[slot]
      if (use === undefined) continue
      if (table.number('pid', slot) !== use.pid || table.number('startTicks', slot) !== use.startTicks)
        this.#end(slot, use)
    }
  }

  #end(slot: number, use: ProcessUse): void {
    this.#bySlot[slot] = undefined
    this.#live.delete(`${use.pid} ${use.startTicks}`)
    this.#settle(use)
  }

  #settle(use: ProcessUse): void {
    use.hasEnded = true
    use.lastMs = this.#lastMs
    this.#blocked.delete(use)
    if (this.#byPid.get(use.pid) === use) this.#byPid.delete(use.pid)
    const credit = this.#reapedIo.get(use.parentPid) ?? { read: 0, written: 0, untilMs: 0 }
    credit.untilMs = use.lastMs + reapedWithinMs
    credit.read += use.totalReadBytes
    credit.written += use.totalWrittenBytes
    this.#reapedIo.set(use.parentPid, credit)
    const isBrief = use.hasStarted && use.lastMs - use.firstMs <= brieflyMs && use.cpuSeconds < littleSeconds
    if (isBrief && this.#giveToParent(use)) return
    this.#ended.push(use)
    if (this.#ended.length > mostEnded) this.#thin()
  }

  /** Who did most stays. */
  #thin(): void {
    this.#ended.sort((a, b) => weightOf(b) - weightOf(a))
    for (const use of this.#ended.splice(mostEnded / 2)) this.#giveToParent(use)
  }

  /** False: the parent has ended, too. */
  #giveToParent(use: ProcessUse): boolean {
    const parent = this.#byPid.get(use.parentPid)
    if (parent === undefined || parent === use) return false
    parent.childrenSeen += 1 + use.childrenSeen
    parent.childrenCpuSeconds += use.cpuSeconds + use.childrenCpuSeconds + use.reapedSeconds
    parent.childrenWrittenBytes += use.writtenBytes + use.childrenWrittenBytes
    parent.readBytes += use.readBytes
    parent.waitSeconds += use.waitSeconds
    return true
  }
}

function stayBlocked(use: ProcessUse, unixMs: number): void {
  use.blockedTicks++
  use.longestBlockedSeconds = Math.max(use.longestBlockedSeconds, (unixMs - use.blockedSinceMs) / 1000)
}

/** How much there would be to tell of it: seconds, and bytes as if they were. */
const weightOf = (use: ProcessUse): number =>
  use.cpuSeconds +
  use.reapedSeconds +
  use.childrenCpuSeconds +
  use.waitSeconds +
  use.blockedTicks +
  (use.readBytes + use.writtenBytes) / (20 * 1024 ** 2) +
  Math.max(0, use.peakResidentBytes - use.firstResidentBytes) / (50 * 1024 ** 2)

function newUse(table: RecordedTable, slot: number, isFirst: boolean): ProcessUse {
  const resident = table.number('residentBytes', slot) || 0
  return {
    pid: table.number('pid', slot),
    startTicks: table.number('startTicks', slot),
    parentPid: table.number('parentPid', slot),
    name: table.text('name', slot),
    command: table.text('commandLine', slot),
    cgroup: table.text('cgroup', slot),
    cpuSeconds: 0,
    systemSeconds: 0,
    waitSeconds: 0,
    ioDelaySeconds: 0,
    readBytes: 0,
    writtenBytes: 0,
    totalReadBytes: 0,
    totalWrittenBytes: 0,
    majorFaults: 0,
    reapedSeconds: 0,
    childrenSeen: 0,
    childrenCpuSeconds: 0,
    childrenWrittenBytes: 0,
    // What began within the stretch has all of its memory from it.
    firstResidentBytes: isFirst ? resident : 0,
    peakResidentBytes: resident,
    lastResidentBytes: resident,
    threads: 1,
    blockedTicks: 0,
    longestBlockedSeconds: 0,
    blockedSinceMs: Number.NaN,
    counters: {},
    movedMs: table.unixMs,
    firstMs: table.unixMs,
    lastMs: table.unixMs,
    hasStarted: !isFirst,
    hasEnded: false,
    // Threads of the kernel have none.
    isIoHidden: !table.text('name', slot).startsWith('['),
  }
}
