import { setPriority } from 'node:os'

/** Before ordinary programs, behind what is meant to be real-time. */
const raisedNice = -10

/**
 * Asks for more CPU time when it is short: seconds of a freeze are what a record is for. setpriority(2) with 0 is of the
 * calling thread on Linux; it needs CAP_SYS_NICE or a soft RLIMIT_NICE. False: it is not allowed.
 */
export function raisePriority(): boolean {
  try {
    setPriority(0, raisedNice)
    return true
  } catch {
    return false
  }
}
