import type { HostClock } from '../../host.ts'
import type { Limitation, ProcessIdentity, ProcessMonitor, SignalResult } from '../../platform.ts'
import { type FileTime, ticksBetween } from '../identity.ts'
import { codes, type Failure, isFailure, type Native, type ProcessHandle, whole } from '../native.ts'
import { processTimes } from '../structures/process.ts'
import { readDetails } from './details.ts'
import { ProcessScan, type ScanTotals } from './scan.ts'

/** CreateTime is counted in 100 ns. */
export const secondsPerTick = 1e-7
/** Idle and System; Windows would also take 1 to 3 for the idle process and 5 to 7 for System. */
const lastSystemPid = 7
/** Every process identifier is a multiple of it; what lies between would mean the one below. */
const pidStep = 4

export interface WindowsProcesses extends ProcessMonitor {
  totals(): ScanTotals | undefined
  limitations(): readonly Limitation[]
}

export function createWindowsProcesses(
  native: Native,
  clock: HostClock,
  bootTime: FileTime,
  ownPid: number,
): WindowsProcesses {
  const scan = new ProcessScan(native, clock, bootTime)
  return {
    secondsPerTick,
    signals: ['TERM', 'KILL'],
    scan: (table) => scan.scan(table),
    totals: () => scan.totals,
    details: (identity) => readDetails(native, bootTime, identity),
    signal: async (identity, signal) => terminate(native, bootTime, ownPid, identity, signal),
    limitations: () => (native.isElevated() ? [] : [notElevated]),
  }
}

const notElevated: Limitation = {
  what: "other users' processes, and those of the system",
  lost: 'their command line, owner, program path, and ending them',
  cure: 'run sysmond as administrator',
}

/** Windows has one way to end a process from outside: at once, with nothing saved. Both signals are that. */
function terminate(
  native: Native,
  bootTime: FileTime,
  ownPid: number,
  { pid, startTicks }: ProcessIdentity,
  signal: string,
): SignalResult {
  if (signal !== 'TERM' && signal !== 'KILL')
    return { outcome: 'refused', why: `Windows has no ${signal}: a process can only be terminated` }
  if (!(pid > lastSystemPid))
    return { outcome: 'refused', why: `pid ${pid} is not terminated: the system would go down` }
  if (pid === ownPid) return { outcome: 'refused', why: 'that is sysmond itself: stop its service, or press Ctrl-C' }
  if (pid % pidStep !== 0) return gone(pid)
  const handle = native.process.open(pid, 'terminate')
  if (isFailure(handle)) return refusal(handle, pid)
  try {
    return terminateOpened(native, bootTime, handle, { pid, startTicks })
  } finally {
    native.process.close(handle)
  }
}

/** While the handle is open nobody else can get the number: what is looked at is what is terminated (R2). */
function terminateOpened(
  native: Native,
  bootTime: FileTime,
  handle: ProcessHandle,
  { pid, startTicks }: ProcessIdentity,
): SignalResult {
  const times = timesOf(native, bootTime, handle)
  if (startTicks !== undefined && times === undefined)
    return { outcome: 'refused', why: `Windows does not tell whether process ${pid} is still the same` }
  if (startTicks !== undefined && times?.startTicks !== startTicks)
    return { outcome: 'replaced', why: `pid ${pid} belongs to another process now` }
  if (times?.hasEnded === true) return gone(pid)
  if (native.process.isCritical(handle))
    return { outcome: 'refused', why: `process ${pid} is critical: Windows would stop with it` }
  const done = native.process.terminate(handle)
  return isFailure(done) ? refusal(done, pid) : { outcome: 'sent' }
}

/** By GetProcessTimes. One that has ended can still be opened while somebody holds a handle to it. */
function timesOf(
  native: Native,
  bootTime: FileTime,
  handle: ProcessHandle,
): { readonly startTicks: number; readonly hasEnded: boolean } | undefined {
  const answer = whole(native.process.times(handle), processTimes)
  if (isFailure(answer)) return undefined
  const { CreateTime, ExitTime } = processTimes.at
  const { view } = answer
  const ticks = ticksBetween(bootTime, view.getUint32(CreateTime, true), view.getUint32(CreateTime + 4, true))
  return { startTicks: Math.max(0, ticks), hasEnded: view.getBigUint64(ExitTime, true) !== 0n }
}

const gone = (pid: number): SignalResult => ({ outcome: 'gone', why: `there is no process ${pid} any more` })

function refusal({ code }: Failure, pid: number): SignalResult {
  if (code === codes.invalidParameter) return gone(pid)
  if (code === codes.accessDenied)
    return { outcome: 'denied', why: `sysmond may not terminate process ${pid}: it is protected or of another user` }
  return { outcome: 'refused', why: `Windows refused to terminate process ${pid} (error ${code})` }
}
