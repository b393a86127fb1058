import type { PressureTimes } from '../platform.ts'
import { ascii, Cursor } from './bytes.ts'

const cursor = new Cursor()
const some = ascii('some ')
const full = ascii('full ')
const total = ascii('total=')

/**
 * /proc/pressure/* and *.pressure of a cgroup (Documentation/accounting/psi.rst):
 * `some avg10=0.00 avg60=0.00 avg300=0.00 total=2549033`, microseconds. Either line may be missing: `full` on old
 * kernels for cpu, `some` for irq (P2). The averages are too slow for one second; only the totals are used (P3).
 */
export function parsePressure(bytes: Uint8Array): PressureTimes {
  let someSeconds: number | undefined
  let fullSeconds: number | undefined
  cursor.of(bytes)
  while (!cursor.done) {
    if (cursor.take(some)) someSeconds = totalSeconds()
    else if (cursor.take(full)) fullSeconds = totalSeconds()
    cursor.nextLine()
  }
  return { someSeconds, fullSeconds }
}

function totalSeconds(): number | undefined {
  while (!cursor.atLineEnd) {
    if (cursor.take(total)) {
      const microseconds = cursor.number()
      return Number.isNaN(microseconds) ? undefined : microseconds / 1_000_000
    }
    cursor.skipField()
  }
  return undefined
}
