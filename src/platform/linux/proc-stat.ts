import type { CpuReading, CpuTimes } from '../platform.ts'
import { ascii, Cursor } from './bytes.ts'

/**
 * /proc/stat (proc_stat(5)):
 * `cpu0 105 2 301 95421 12 0 7 3 40 1` user nice system idle iowait irq softirq steal guest guest_nice, in USER_HZ ticks
 * `intr 9382741 …`, `ctxt 1234`, `processes 5678`, `procs_running 2`, `procs_blocked 0`, `softirq 4711 …`
 *
 * Guest time is in user too and guest_nice in nice: taken out, never below 0, since the kernel rounds them apart (C1,
 * C2). CPUs are named by the kernel's numbers, which have holes when some are offline (C7). The first number of `intr`
 * and `softirq` is the total; the rest of those long lines is skipped (C20).
 */
const ticksPerSecond = 100

const keys = {
  cpu: ascii('cpu'),
  interrupts: ascii('intr '),
  switches: ascii('ctxt '),
  processes: ascii('processes '),
  running: ascii('procs_running '),
  blocked: ascii('procs_blocked '),
  softirqs: ascii('softirq '),
}
const cursor = new Cursor()

export function parseProcStat(bytes: Uint8Array): CpuReading {
  const cpus: CpuTimes[] = []
  const whole: { -readonly [K in keyof Omit<CpuReading, 'cpus'>]: CpuReading[K] } = {
    contextSwitches: undefined,
    interrupts: undefined,
    softirqs: undefined,
    processesCreated: undefined,
    runQueue: undefined,
    blocked: undefined,
  }
  cursor.of(bytes)
  while (!cursor.done) {
    if (cursor.take(keys.cpu)) {
      const number = cursor.bytes[cursor.at] === 0x20 ? Number.NaN : cursor.number()
      if (!Number.isNaN(number)) cpus.push({ cpu: String(number), seconds: parseTimes() })
    } else if (cursor.take(keys.interrupts)) whole.interrupts = count()
    else if (cursor.take(keys.switches)) whole.contextSwitches = count()
    else if (cursor.take(keys.processes)) whole.processesCreated = count()
    else if (cursor.take(keys.running)) whole.runQueue = count()
    else if (cursor.take(keys.blocked)) whole.blocked = count()
    else if (cursor.take(keys.softirqs)) whole.softirqs = count()
    cursor.nextLine()
  }
  return { cpus, ...whole }
}

function count(): number | undefined {
  const value = cursor.number()
  return Number.isNaN(value) ? undefined : value
}

/** Fields that an old kernel does not have stay absent. */
function field(): number | undefined {
  const ticks = cursor.number()
  return Number.isNaN(ticks) ? undefined : ticks / ticksPerSecond
}

/** What is left of a mode when the guest's share is taken out, to the tick. */
const without = (whole: number | undefined, part: number | undefined): number | undefined =>
  whole === undefined ? undefined : Math.max(0, Math.round((whole - (part ?? 0)) * ticksPerSecond)) / ticksPerSecond

function parseTimes(): CpuTimes['seconds'] {
  const [user, nice, system, idle, iowait] = [field(), field(), field(), field(), field()]
  const [interrupt, softirq, steal, guest, guestNice] = [field(), field(), field(), field(), field()]
  const seconds = { user: without(user, guest), nice: without(nice, guestNice), system, idle, iowait }
  return { ...seconds, interrupt, softirq, steal, guest, guest_nice: guestNice } as CpuTimes['seconds']
}
