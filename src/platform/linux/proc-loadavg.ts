import type { LoadReading } from '../platform.ts'
import { Cursor } from './bytes.ts'

const cursor = new Cursor()

/** /proc/loadavg (proc_loadavg(5)): `0.20 0.18 0.12 1/80 11206`: averages, running/existing threads, last pid. */
export function parseLoadavg(bytes: Uint8Array): LoadReading {
  cursor.of(bytes)
  const load1 = cursor.decimal()
  const load5 = cursor.decimal()
  const load15 = cursor.decimal()
  cursor.number()
  cursor.at++
  const threads = cursor.number()
  return { load1, load5, load15, threads: Number.isNaN(threads) ? undefined : threads }
}
