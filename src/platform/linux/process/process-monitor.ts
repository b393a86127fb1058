import { type Host, HostError } from '../../host.ts'
import type { Limitation, ProcessIdentity, ProcessMonitor, SignalResult } from '../../platform.ts'
import { Cursor } from '../bytes.ts'
import { libcName } from '../libc.ts'
import { parseMountinfo } from '../mountinfo.ts'
import { readDetails } from './details.ts'
import { ProcessScan, ticksPerSecond } from './scan.ts'
import { sendSignal, signalNumbers } from './signals.ts'
import { emptyStat, parseStat } from './stat.ts'
import { Users } from './users.ts'

export interface LinuxProcessesOptions {
  readonly ownPid: number
  readonly ownUid: number
  /** passwd(5) file; none for a foreign root. */
  readonly passwd: string | undefined
}

/** Descriptors left for everything else: database, sockets, clients. */
const reservedDescriptors = 256

export function createLinuxProcesses(
  host: Host,
  options: LinuxProcessesOptions,
): ProcessMonitor & { close(): void; limitations(): Limitation[] } {
  const hidden = hiddenProcesses(host, options.ownUid)
  const limit = Math.max(0, descriptorLimit(host) - reservedDescriptors)
  const scan = new ProcessScan(host, new Users(host, options.passwd), limit, hidden, accountsDelays(host))
  return {
    secondsPerTick: 1 / ticksPerSecond,
    signals: Object.keys(signalNumbers),
    scan: (table) => scan.scan(table),
    details: (identity) => readDetails(host, identity),
    openDescriptors: (pid) => countDescriptors(host, pid),
    signal: (identity, signal) => signalProcess(host, options.ownPid, identity, signal),
    close: () => scan.close(),
    limitations: () => limitationsOf(options.ownUid, hidden),
  }
}

/** Soft limit of `Max open files` in /proc/self/limits. */
function descriptorLimit(host: Host): number {
  try {
    const soft = /^Max open files\s+(\S+)/m.exec(host.readText(`${host.procfs}/self/limits`))?.[1]
    return soft === 'unlimited' ? 1_000_000 : Number(soft ?? 1024)
  } catch (error) {
    if (error instanceof HostError) return 1024
    throw error
  }
}

/** Delay accounting is a switch, off by default, since Linux 5.14; before, it was on unless booted with nodelayacct. */
function accountsDelays(host: Host): boolean {
  try {
    return host.readText(`${host.procfs}/sys/kernel/task_delayacct`).trim() !== '0'
  } catch (error) {
    if (error instanceof HostError) return true
    throw error
  }
}

/** hidepid= of the proc mount (proc(5)): other users' processes are then not in the list (R8). */
function hiddenProcesses(host: Host, ownUid: number): string | undefined {
  if (ownUid === 0) return undefined
  try {
    const mounts = parseMountinfo(host.readText(`${host.procfs}/self/mountinfo`))
    const proc = mounts.findLast((mount) => mount.type === 'proc' && mount.path === host.procfs)
    const option = proc?.superOptions.find((name) => name.startsWith('hidepid='))
    const mode = option?.slice('hidepid='.length)
    if (mode === undefined || mode === '0' || mode === 'off') return undefined
    return `only your own processes are visible (${option} on ${host.procfs})`
  } catch (error) {
    if (error instanceof HostError) return undefined
    throw error
  }
}

function limitationsOf(ownUid: number, hidden: string | undefined): Limitation[] {
  if (ownUid === 0) return []
  const limitations: Limitation[] = [
    {
      what: "/proc/PID/io, fd, exe and smaps of other users' processes",
      lost: 'their disk I/O, open files, program path and exact memory',
      cure: 'run sysmond as root, or give it the capabilities CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH',
    },
  ]
  if (hidden !== undefined) {
    limitations.push({
      what: "other users' processes",
      lost: 'they are not in the process table at all',
      cure: 'run sysmond as root, or add its group with the gid= option of the proc mount',
    })
  }
  return limitations
}

async function signalProcess(
  host: Host,
  ownPid: number,
  { pid, startTicks }: ProcessIdentity,
  signal: string,
): Promise<SignalResult> {
  const number = Object.hasOwn(signalNumbers, signal) ? signalNumbers[signal] : undefined
  if (number === undefined) return { outcome: 'refused', why: `${signal} is no signal of this system` }
  if (!(pid > 1)) return { outcome: 'refused', why: `pid ${pid} is not signalled: the system would go down` }
  if (pid === ownPid) return { outcome: 'refused', why: 'that is sysmond itself: use `systemctl stop`, or kill(1)' }
  const isSame = (): boolean => startTicks === undefined || startOf(host, pid) === startTicks
  const outcome = await sendSignal(libcName(), pid, number, isSame)
  switch (outcome) {
    case 'sent':
      return { outcome: 'sent' }
    case 'gone':
      return { outcome: 'gone', why: `there is no process ${pid} any more` }
    case 'replaced':
      return { outcome: 'replaced', why: `pid ${pid} belongs to another process now` }
    case 'denied':
      return { outcome: 'denied', why: `sysmond may not signal process ${pid}, which belongs to another user` }
    case 'failed':
      return { outcome: 'refused', why: `the system refused ${signal} for process ${pid}` }
  }
}

function startOf(host: Host, pid: number): number | undefined {
  const stat = emptyStat()
  try {
    return parseStat(new Cursor().of(host.read(`${host.procfs}/${pid}/stat`)), stat) ? stat.startTicks : undefined
  } catch (error) {
    if (error instanceof HostError) return undefined
    throw error
  }
}

/** Entries of /proc/PID/fd (proc_pid_fd(5)); only its owner or root may list them. */
function countDescriptors(host: Host, pid: number): number | undefined {
  try {
    return host.list(`${host.procfs}/${pid}/fd`).length
  } catch (error) {
    if (error instanceof HostError) return undefined
    throw error
  }
}
