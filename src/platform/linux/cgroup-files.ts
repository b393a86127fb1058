import { KeyValues } from './key-values.ts'

/** Files of one control group (Documentation/admin-guide/cgroup-v2.rst), parsed. */

const cpuKeys = ['user_usec', 'system_usec', 'nr_periods', 'nr_throttled', 'throttled_usec'] as const
const memoryKeys = ['anon', 'file', 'kernel', 'shmem', 'inactive_file', 'slab', 'kernel_stack'] as const
const eventKeys = ['high', 'max', 'oom', 'oom_kill'] as const

const cpuValues = new KeyValues(cpuKeys)
const memoryValues = new KeyValues(memoryKeys)
const eventValues = new KeyValues(eventKeys)

/** cpu.stat: `usage_usec 81264`, `user_usec 40521`, …; the throttling lines only where the cpu controller is on. */
export const parseCpuStat = (bytes: Uint8Array): Readonly<Record<(typeof cpuKeys)[number], number>> =>
  cpuValues.parse(bytes)
/** memory.stat: `anon 1052672`, …, bytes. `kernel` since Linux 5.18. */
export const parseMemoryStat = (bytes: Uint8Array): Readonly<Record<(typeof memoryKeys)[number], number>> =>
  memoryValues.parse(bytes)
/** memory.events: `low 0`, `high 0`, `max 3`, `oom 0`, `oom_kill 0`. */
export const parseMemoryEvents = (bytes: Uint8Array): Readonly<Record<(typeof eventKeys)[number], number>> =>
  eventValues.parse(bytes)

/** io.stat: `8:0 rbytes=90430464 wbytes=299008000 rios=8950 wios=1252 dbytes=0 dios=0`, one line a device. */
export interface IoStat {
  readonly readBytes: number
  readonly writtenBytes: number
  readonly readOperations: number
  readonly writeOperations: number
}

/** Sums the devices that `counts`: a stacked device holds the same bytes as the ones below it (K6). */
export function parseIoStat(text: string, counts: (device: string) => boolean): IoStat {
  const sum = { rbytes: 0, wbytes: 0, rios: 0, wios: 0 }
  for (const line of text.split('\n')) {
    const [device, ...pairs] = line.split(' ')
    if (device === undefined || device === '' || !counts(device)) continue
    for (const pair of pairs) {
      const [key, value] = pair.split('=')
      const count = Number(value)
      if (key !== undefined && Object.hasOwn(sum, key) && !Number.isNaN(count)) sum[key as keyof typeof sum] += count
    }
  }
  return { readBytes: sum.rbytes, writtenBytes: sum.wbytes, readOperations: sum.rios, writeOperations: sum.wios }
}

/** Values from which on a limit is none: v1 writes 2^63 less a page in two ways (K3). */
const unlimitedFrom = 2 ** 62

/** memory.max, pids.max and their v1 kin: a number, or `max`. `undefined`: no limit. */
export function parseLimit(text: string): number | undefined {
  const trimmed = text.trim()
  const value = Number(trimmed)
  return trimmed === 'max' || trimmed === '' || Number.isNaN(value) || value < 0 || value >= unlimitedFrom
    ? undefined
    : value
}

/** cpu.max: `50000 100000`, quota and period in microseconds, or `max 100000`. In CPUs. */
export function parseCpuMax(text: string): number | undefined {
  const [quota, period] = text.trim().split(' ')
  const cpus = Number(quota) / Number(period ?? 100_000)
  return cpus > 0 && Number.isFinite(cpus) ? cpus : undefined
}
