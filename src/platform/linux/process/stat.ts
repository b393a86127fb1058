import type { Cursor } from '../bytes.ts'

/**
 * One line of /proc/PID/stat (proc_pid_stat(5)):
 * `1234 (tmux: server) S 1 1234 1234 0 -1 4194560 1021 88 0 0 12 7 3 1 20 0 1 0 5021 11837440 1032 …`
 *
 * The name may hold anything, blanks, parentheses and line ends too, so fields are counted from the last `)` (R1).
 */
export interface StatFields {
  stateByte: number
  parentPid: number
  flags: number
  minorFaults: number
  majorFaults: number
  userTicks: number
  systemTicks: number
  childrenTicks: number
  nice: number
  threads: number
  startTicks: number
  virtualBytes: number
  residentPages: number
  processor: number
  ioDelayTicks: number
}

export const emptyStat = (): StatFields => ({
  stateByte: 0,
  parentPid: 0,
  flags: 0,
  minorFaults: 0,
  majorFaults: 0,
  userTicks: 0,
  systemTicks: 0,
  childrenTicks: 0,
  nice: 0,
  threads: 0,
  startTicks: 0,
  virtualBytes: 0,
  residentPages: 0,
  processor: 0,
  ioDelayTicks: 0,
})

/** Kernel thread, in the flags of field 9. include/linux/sched.h PF_KTHREAD */
export const kernelThreadFlag = 0x0020_0000

const closing = 0x29

/** Fills `into`, making nothing; false when the bytes are no such line. */
export function parseStat(cursor: Cursor, into: StatFields): boolean {
  const { bytes } = cursor
  const end = bytes.lastIndexOf(closing)
  if (end < 0 || bytes.length < end + 4) return false
  into.stateByte = bytes[end + 2] as number
  cursor.at = end + 3
  into.parentPid = cursor.number()
  cursor.skipFields(4)
  into.flags = cursor.number()
  into.minorFaults = cursor.number()
  cursor.skipField()
  into.majorFaults = cursor.number()
  cursor.skipField()
  into.userTicks = cursor.number()
  into.systemTicks = cursor.number()
  into.childrenTicks = cursor.number() + cursor.number()
  cursor.skipField()
  into.nice = cursor.number()
  into.threads = cursor.number()
  cursor.skipField()
  into.startTicks = cursor.number()
  into.virtualBytes = cursor.number()
  into.residentPages = cursor.number()
  cursor.skipFields(14)
  into.processor = cursor.number()
  cursor.skipFields(2)
  into.ioDelayTicks = cursor.number()
  return !Number.isNaN(into.residentPages)
}

/** The bytes of the name, between the first `(` and the last `)`. */
export function nameBytes(bytes: Uint8Array): Uint8Array {
  const start = bytes.indexOf(0x28)
  const end = bytes.lastIndexOf(closing)
  return start < 0 || end <= start ? new Uint8Array(0) : bytes.subarray(start + 1, end)
}
