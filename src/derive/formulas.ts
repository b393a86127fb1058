import type { DerivedName } from '../catalogue/catalogue.ts'
import { cpuModes } from '../catalogue/cpu.ts'
import type { SeriesId } from '../frame/frame.ts'
import { counterDelta } from './counter.ts'
import type { MetricSeries, TickPair } from './plan.ts'

/** One derived value: its labels and how it is made of two ticks. */
export interface FormulaKey {
  readonly labels: Readonly<Record<string, string>>
  readonly evaluate: (tick: TickPair) => number
}
type SeriesOf = (metric: string) => MetricSeries
type Formula = (of: SeriesOf) => readonly FormulaKey[]

/** Reading jitter of CPU times, seconds: below it a step back is rounding, above it a reset (C3). */
const cpuJitterSeconds = 3
/** Stolen time may not exceed the time there was; above this share of it the counter is broken (C6). */
const stealSlack = 1.5

const within01 = (value: number): number => Math.min(1, Math.max(0, value))
const single = (evaluate: FormulaKey['evaluate']): FormulaKey[] => [{ labels: {}, evaluate }]

/** Growth of each mode of one CPU; `undefined` when the CPU has no valid difference in this tick. */
type CpuGrowth = Readonly<Record<string, number>> & { readonly total: number }
interface CpuSeries {
  readonly cpu: string
  readonly modes: readonly (readonly [mode: string, id: SeriesId])[]
}

const cpusOf = (of: SeriesOf): CpuSeries[] => {
  const times = of('system.cpu.time')
  return times.combinations('cpu').map(({ cpu = '' }) => ({
    cpu,
    modes: cpuModes.flatMap((mode) => {
      const id = times.one({ cpu, mode })
      return id === undefined ? [] : [[mode, id] as const]
    }),
  }))
}

function cpuGrowth({ modes }: CpuSeries, tick: TickPair): CpuGrowth | undefined {
  if (!(tick.seconds > 0)) return undefined
  const grown: Record<string, number> = {}
  let total = 0
  for (const [mode, id] of modes) {
    const before = tick.before(id)
    const now = tick.now(id)
    if (Number.isNaN(before) && Number.isNaN(now)) continue
    const delta = counterDelta(before, now, cpuJitterSeconds)
    if (Number.isNaN(delta)) return undefined
    if (mode === 'steal' && delta > tick.seconds * stealSlack) return undefined
    grown[mode] = delta
    total += delta
  }
  return total > 0 ? { ...grown, total } : undefined
}

/** Waiting for I/O is idle time (C4); stolen time was somebody else's (C5). Guest time is work, and in no other mode (C1). */
const busyShare = (growths: readonly CpuGrowth[]): number => {
  let total = 0
  let idle = 0
  for (const growth of growths) {
    total += growth.total
    idle += (growth.idle ?? 0) + (growth.iowait ?? 0) + (growth.steal ?? 0)
  }
  return total > 0 ? within01(1 - idle / total) : Number.NaN
}

const validGrowths = (cpus: readonly CpuSeries[], tick: TickPair): CpuGrowth[] =>
  cpus.flatMap((cpu) => cpuGrowth(cpu, tick) ?? [])

const cpuUtilization: Formula = (of) => {
  const cpus = cpusOf(of)
  return cpus.length === 0 ? [] : single((tick) => busyShare(validGrowths(cpus, tick)))
}

const cpuModeUtilization: Formula = (of) => {
  const cpus = cpusOf(of)
  const present = cpuModes.filter((mode) => cpus.some((cpu) => cpu.modes.some(([name]) => name === mode)))
  return present.map((mode) => ({
    labels: { mode },
    evaluate: (tick) => {
      const growths = validGrowths(cpus, tick)
      const total = growths.reduce((sum, growth) => sum + growth.total, 0)
      const part = growths.reduce((sum, growth) => sum + (growth[mode] ?? 0), 0)
      return total > 0 ? within01(part / total) : Number.NaN
    },
  }))
}

const cpuLogicalUtilization: Formula = (of) =>
  cpusOf(of).map((series) => ({
    labels: { cpu: series.cpu },
    evaluate: (tick) => busyShare(validGrowths([series], tick)),
  }))

/** a / b of two levels; absent when either is, or when b is 0 (M12, F6). */
const share = (part: number, whole: number): number => (whole > 0 ? within01(part / whole) : Number.NaN)
const nowOf = (tick: TickPair, id: SeriesId | undefined): number => (id === undefined ? Number.NaN : tick.now(id))

const memoryUtilization: Formula = (of) => {
  const used = of('system.memory.usage').one({ state: 'used' })
  const limit = of('system.memory.limit').one({})
  return used === undefined ? [] : single((tick) => share(nowOf(tick, used), nowOf(tick, limit)))
}

/**
 * used / (used + free) for each combination of labels. Where several series fit (another device at the same mount point
 * in the course of time), those of the one that is there now.
 */
const usedOfUsedAndFree =
  (metric: string, ...names: readonly string[]): Formula =>
  (of) => {
    const series = of(metric)
    return series.combinations(...names).flatMap((labels) => {
      const pairs = series.matching({ ...labels, state: 'used' }).flatMap(({ id, labels: own }) => {
        const free = series.one({ ...own, state: 'free' })
        return free === undefined ? [] : [{ used: id, free }]
      })
      if (pairs.length === 0) return []
      return [
        {
          labels,
          evaluate: (tick) => {
            const pair = pairs.find(({ used }) => !Number.isNaN(tick.now(used)))
            if (pair === undefined) return Number.NaN
            return share(tick.now(pair.used), tick.now(pair.used) + tick.now(pair.free))
          },
        },
      ]
    })
  }

/** Rate of one counter of each label combination; `most` clamps a share of time (P3, D5). */
const rateOf =
  (metric: string, names: readonly string[], most = Number.POSITIVE_INFINITY): Formula =>
  (of) =>
    of(metric).all.map((series) => ({
      labels: Object.fromEntries(names.map((name) => [name, series.labels[name] ?? ''])),
      evaluate: (tick) => Math.min(most, perSecond(tick, series.id)),
    }))

const perSecond = (tick: TickPair, id: SeriesId): number =>
  tick.seconds > 0 ? counterDelta(tick.before(id), tick.now(id), 0) / tick.seconds : Number.NaN

/** Mean time of an operation: absent when there was none, not 0 (D6). */
const diskLatency: Formula = (of) => {
  const times = of('system.disk.operation_time')
  const operations = of('system.disk.operations')
  return times.all.map((series) => {
    const count = operations.one(series.labels)
    return {
      labels: series.labels,
      evaluate: (tick) => {
        const done = count === undefined ? Number.NaN : counterDelta(tick.before(count), tick.now(count), 0)
        return done > 0 ? counterDelta(tick.before(series.id), tick.now(series.id), 0) / done : Number.NaN
      },
    }
  })
}

/** Differences of each device first, then their sum: a device that leaves takes nothing with it (N1). */
function sumOfRates(tick: TickPair, ids: readonly SeriesId[]): number {
  let sum = Number.NaN
  for (const id of ids) {
    const value = perSecond(tick, id)
    if (!Number.isNaN(value)) sum = Number.isNaN(sum) ? value : sum + value
  }
  return sum
}

/** Over the devices that add up to the machine: physical ones, or failing those all that count nothing twice (N7, D1). */
const throughput =
  (metric: string, directions: readonly string[], fallbackRoles: readonly string[]): Formula =>
  (of) => {
    const series = of(metric)
    const role = series.where({ role: 'physical' }).length > 0 ? ['physical'] : fallbackRoles
    return directions.flatMap((direction) => {
      const ids = role.flatMap((name) => series.where({ role: name, direction }))
      return ids.length === 0 ? [] : [{ labels: { direction }, evaluate: (tick: TickPair) => sumOfRates(tick, ids) }]
    })
  }

/** Nothing is a share of an unknown speed (N6). */
const networkUtilization: Formula = (of) => {
  const limits = of('system.network.limit')
  return of('system.network.io').all.flatMap((series) => {
    const { device = '', role = '' } = series.labels
    const limit = limits.one({ device, role })
    if (limit === undefined) return []
    return [{ labels: series.labels, evaluate: (tick) => share(perSecond(tick, series.id), tick.now(limit)) }]
  })
}

const cgroupCpu: Formula = (of) => {
  const times = of('cgroup.cpu.time')
  return times.combinations('cgroup', 'name').map((labels) => {
    const ids = times.where(labels)
    return { labels, evaluate: (tick) => sumOfRates(tick, ids) }
  })
}

const cgroupMemory: Formula = (of) => {
  const limits = of('cgroup.memory.limit')
  return of('cgroup.memory.working_set').all.flatMap(({ id, labels }) => {
    const limit = limits.one(labels)
    return limit === undefined ? [] : [{ labels, evaluate: (tick) => share(tick.now(id), tick.now(limit)) }]
  })
}

const ownCpu: Formula = (of) => {
  const ids = of('sysmon.process.cpu.time').where({})
  return ids.length === 0 ? [] : single((tick) => sumOfRates(tick, ids))
}

/** Every derived metric of the catalogue has its formula here; the compiler sees to it. */
export const formulas: { readonly [N in DerivedName]: Formula } = {
  'system.cpu.utilization': cpuUtilization,
  'system.cpu.mode.utilization': cpuModeUtilization,
  'system.cpu.logical.utilization': cpuLogicalUtilization,
  'system.memory.utilization': memoryUtilization,
  'system.paging.utilization': usedOfUsedAndFree('system.paging.usage'),
  'system.pressure.some': rateOf('system.pressure.some.time', ['resource'], 1),
  'system.pressure.full': rateOf('system.pressure.full.time', ['resource'], 1),
  'system.disk.utilization': rateOf('system.disk.io_time', ['device', 'role'], 1),
  'system.disk.latency': diskLatency,
  'system.disk.queue': rateOf('system.linux.disk.weighted_io_time', ['device', 'role']),
  'system.disk.throughput': throughput('system.disk.io', ['read', 'write'], ['virtual']),
  'system.network.throughput': throughput('system.network.io', ['receive', 'transmit'], ['virtual']),
  'system.network.utilization': networkUtilization,
  'system.filesystem.utilization': usedOfUsedAndFree('system.filesystem.usage', 'mountpoint'),
  'system.filesystem.inodes.utilization': usedOfUsedAndFree('system.filesystem.inodes', 'mountpoint'),
  'cgroup.cpu.utilization': cgroupCpu,
  'cgroup.memory.utilization': cgroupMemory,
  'sysmon.cpu.utilization': ownCpu,
}
