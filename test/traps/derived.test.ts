import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type DerivedName, derivedDef, metricDef } from '../../src/catalogue/catalogue.ts'
import { derivedMetrics } from '../../src/catalogue/derived.ts'
import { processColumns } from '../../src/catalogue/process-columns.ts'
import { timeTick } from '../../src/collect/timekeeping.ts'
import { planDerived } from '../../src/derive/plan.ts'
import { SeriesTable } from '../../src/frame/series-table.ts'

/** One series with its values at consecutive ticks; `undefined` is absent. */
type Row = readonly [metric: string, labels: Readonly<Record<string, string>>, ...values: (number | undefined)[]]

/** What a derived metric is at the last of these ticks, by its labels joined. */
function derive(name: DerivedName, rows: readonly Row[], seconds = 1): Record<string, number> {
  const series = new SeriesTable()
  const values = rows.map(([metric, labels, ...ticks]) => {
    series.intern(metric as 'system.cpu.time', labels as never)
    return ticks.map((value) => value ?? Number.NaN)
  })
  const tick = {
    seconds,
    before: (id: number) => values[id]?.at(-2) ?? Number.NaN,
    now: (id: number) => values[id]?.at(-1) ?? Number.NaN,
  }
  return Object.fromEntries(
    planDerived(series.all(), [name]).map((key) => [Object.values(key.labels).join(' '), key.evaluate(tick)]),
  )
}
/** Times of one CPU: mode, before, now. */
const cpu = (number: number, modes: Readonly<Record<string, readonly (number | undefined)[]>>): Row[] =>
  Object.entries(modes).map(([mode, values]) => ['system.cpu.time', { cpu: String(number), mode }, ...values])
const device = { device: 'nvme0n1', role: 'physical' }
const nic = (name: string, role: string, ...values: (number | undefined)[]): Row => [
  'system.network.io',
  { device: name, role, direction: 'receive' },
  ...values,
]

describe('CPU', () => {
  const busy = { user: [10, 10.3], system: [5, 5.2], idle: [100, 100.5] }

  test('C1 shares of all modes, guest among them, make one', () => {
    const modes = { user: [10, 10.1], nice: [0, 0.1], system: [5, 5.2], idle: [90, 90.2], guest: [7, 7.4] }
    const shares = derive('system.cpu.mode.utilization', cpu(0, modes))
    expect(Object.values(shares).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
    expect(derive('system.cpu.utilization', cpu(0, modes))['']).toBeCloseTo(0.8, 9)
  })

  test('C3 idle and iowait that step back by a little have not grown, and nothing is negative', () => {
    const modes = { user: [10, 10.5], idle: [5482.82, 5482.81], iowait: [30, 29.98] }
    expect(derive('system.cpu.utilization', cpu(0, modes))).toEqual({ '': 1 })
    expect(derive('system.cpu.mode.utilization', cpu(0, modes))).toEqual({ user: 1, idle: 0, iowait: 0 })
  })

  test('C3 a fall of more than three seconds is a reset: this CPU has no value in the tick, the others have', () => {
    const rows = [
      ...cpu(0, { user: [10, 10.5], idle: [5000, 12] }),
      ...cpu(1, { user: [10, 10.25], idle: [10, 10.75] }),
    ]
    expect(derive('system.cpu.logical.utilization', rows)).toEqual({ 0: Number.NaN, 1: 0.25 })
    expect(derive('system.cpu.utilization', rows)['']).toBeCloseTo(0.25, 9)
  })

  test('C4 waiting for I/O is no work', () => {
    expect(derive('system.cpu.utilization', cpu(0, { user: [0, 0.25], idle: [0, 0.25], iowait: [0, 0.5] }))).toEqual({
      '': 0.25,
    })
  })

  test('C5 stolen time is in the total and is not used here', () => {
    const modes = { user: [0, 0.25], idle: [0, 0.25], steal: [0, 0.5] }
    expect(derive('system.cpu.utilization', cpu(0, modes))).toEqual({ '': 0.25 })
    expect(derive('system.cpu.mode.utilization', cpu(0, modes))).toMatchObject({ steal: 0.5 })
  })

  test('C6 a steal that cannot be, up or down, spoils one tick and not the next', () => {
    for (const absurd of [832_457_433, 3]) {
      const steal = [100, absurd, absurd + 0.1]
      const rows = (until: number): Row[] =>
        cpu(0, {
          user: [10, 10.3, 10.6].slice(0, until),
          idle: [50, 50.6, 51.2].slice(0, until),
          steal: steal.slice(0, until),
        })
      expect(derive('system.cpu.utilization', rows(2))).toEqual({ '': Number.NaN })
      expect(derive('system.cpu.utilization', rows(3))['']).toBeCloseTo(0.3, 6)
    }
  })

  test('C7 a CPU that went offline takes nothing with it, and has no value', () => {
    const rows = [...cpu(0, busy), ...cpu(1, { user: [10, undefined], idle: [10, undefined] })]
    expect(derive('system.cpu.logical.utilization', rows)).toEqual({ 0: expect.closeTo(0.5, 9), 1: Number.NaN })
    expect(derive('system.cpu.utilization', rows)['']).toBeCloseTo(0.5, 9)
  })

  test('C15 without a baseline there is no value, not 0', () => {
    expect(derive('system.cpu.utilization', cpu(0, { user: [undefined, 900], idle: [undefined, 100] }))).toEqual({
      '': Number.NaN,
    })
    expect(derive('system.cpu.utilization', cpu(0, busy), 0)).toEqual({ '': Number.NaN })
  })

  test('C16 a machine that was busy since its start and is idle now is idle', () => {
    expect(derive('system.cpu.utilization', cpu(0, { user: [900_000, 900_000], idle: [10, 11] }))).toEqual({ '': 0 })
  })

  test('whatever the counters do, a share is between 0 and 1 or absent', () => {
    const pair = fc.tuple(fc.float({ noNaN: true, min: 0, max: 1e6 }), fc.float({ noNaN: true, min: 0, max: 1e6 }))
    const modes = fc.record({ user: pair, idle: pair, iowait: pair, steal: pair, guest: pair })
    fc.assert(
      fc.property(modes, fc.integer({ min: 0, max: 10 }), (one, seconds) => {
        for (const name of ['system.cpu.utilization', 'system.cpu.mode.utilization'] as const)
          for (const share of Object.values(derive(name, cpu(0, one), seconds)))
            expect(Number.isNaN(share) || (share >= 0 && share <= 1)).toBe(true)
      }),
    )
  })
})

describe('memory', () => {
  test('M12 the share of swap in use is absent without swap', () => {
    const swap = (used?: number, free?: number): Row[] => [
      ['system.paging.usage', { state: 'used' }, used],
      ['system.paging.usage', { state: 'free' }, free],
    ]
    expect(derive('system.paging.utilization', swap())).toEqual({ '': Number.NaN })
    expect(derive('system.paging.utilization', swap(0, 0))).toEqual({ '': Number.NaN })
    expect(derive('system.paging.utilization', swap(25, 75))).toEqual({ '': 0.25 })
  })

  test('M9, M10 the memory in use is the kernel’s figure, never a sum over processes', () => {
    expect(derivedDef('system.memory.utilization').from).toEqual(['system.memory.usage', 'system.memory.limit'])
    for (const { from } of Object.values(derivedMetrics))
      for (const metric of from) expect(metricDef(metric as 'system.cpu.time')).toBeDefined()
    expect(processColumns.residentBytes.help).toContain(
      'approximate by design, and shared pages count in every process',
    )
    expect(processColumns.proportionalBytes.help).toContain('each shared page divided by those who share it')
  })
})

describe('pressure', () => {
  const some = (...values: number[]): Row[] => [['system.pressure.some.time', { resource: 'io' }, ...values]]
  test('P3 the share of the elapsed time, no more than all of it', () => {
    expect(derive('system.pressure.some', some(10, 10.25))).toEqual({ io: 0.25 })
    expect(derive('system.pressure.some', some(10, 10.5), 2)).toEqual({ io: 0.25 })
    expect(derive('system.pressure.some', some(10, 11.2))).toEqual({ io: 1 })
  })

  test('P3 the full stall on CPU, always 0 at host level, is not kept', () => {
    const { values } = metricDef('system.pressure.full.time').labels.resource as { values: readonly string[] }
    expect(values).toEqual(['memory', 'io', 'irq'])
  })
})

describe('disks', () => {
  test('D5 the share of time with I/O in flight is never above one, and is called just that', () => {
    const rows: Row[] = [['system.disk.io_time', device, 10, 11.3]]
    expect(derive('system.disk.utilization', rows)).toEqual({ 'nvme0n1 physical': 1 })
    expect(derivedDef('system.disk.utilization').help).toBe('Share of the time with I/O in flight.')
    expect(metricDef('system.disk.io_time').help).toContain('a solid-state one may have much to spare')
  })

  const reads = { ...device, direction: 'read' }
  test('D6 the time of an operation is absent when there was none, not 0', () => {
    const rows = (operations: number, seconds: number): Row[] => [
      ['system.disk.operations', reads, 100, 100 + operations],
      ['system.disk.operation_time', reads, 5, 5 + seconds],
    ]
    expect(derive('system.disk.latency', rows(0, 0))).toEqual({ 'nvme0n1 physical read': Number.NaN })
    expect(derive('system.disk.latency', rows(10, 0.05))['nvme0n1 physical read']).toBeCloseTo(0.005, 9)
    expect(metricDef('system.disk.pending_operations').kind).toBe('gauge')
  })

  test('D7 operations that overlap make more than a second of a second, and no utilization is made of it', () => {
    const rows: Row[] = [
      ['system.disk.operation_time', reads, 10, 42],
      ['system.disk.operations', reads, 0, 64],
      ['system.disk.io_time', device, 10, 10.5],
    ]
    expect(derive('system.disk.utilization', rows)).toEqual({ 'nvme0n1 physical': 0.5 })
    expect(derive('system.disk.latency', rows)).toEqual({ 'nvme0n1 physical read': 0.5 })
    expect(derivedDef('system.disk.utilization').from).not.toContain('system.disk.operation_time')
  })

  test('D1 throughput adds up the disks and leaves out what stands on them', () => {
    const io = (name: string, role: string): Row => [
      'system.disk.io',
      { device: name, role, direction: 'read' },
      0,
      100,
    ]
    const rows = [io('sda', 'physical'), io('sda1', 'partition'), io('dm-0', 'virtual'), io('sdb', 'physical')]
    expect(derive('system.disk.throughput', rows)).toEqual({ read: 200 })
    expect(derive('system.disk.throughput', [io('dm-0', 'virtual')])).toEqual({ read: 100 })
  })
})

describe('network', () => {
  test('N1 an interface that leaves takes no bytes with it', () => {
    const rows = [nic('eth0', 'physical', 1000, 1500), nic('usb0', 'physical', 9_000_000, undefined)]
    expect(derive('system.network.throughput', rows)).toEqual({ receive: 500 })
  })

  test('N2 a count that falls from 10 GB to 5 kB is a tick without a rate, and the next has one', () => {
    expect(derive('system.network.throughput', [nic('eth0', 'physical', 1e10, 5000)])).toEqual({ receive: Number.NaN })
    expect(derive('system.network.throughput', [nic('eth0', 'physical', 1e10, 5000, 5600)])).toEqual({ receive: 600 })
  })

  test('N2, N8 one that came in this tick has no rate, and the others do', () => {
    const rows = [nic('eth0', 'physical', 1000, 1500), nic('eth1', 'physical', undefined, 9e9)]
    expect(derive('system.network.throughput', rows)).toEqual({ receive: 500 })
  })

  test('N6 nothing is a share of an unknown speed, and a burst above the line is all of it', () => {
    const limit: Row = ['system.network.limit', { device: 'eth0', role: 'physical' }, 100, 100]
    const rows = [limit, nic('eth0', 'physical', 0, 150), nic('wlan0', 'physical', 0, 70)]
    expect(derive('system.network.utilization', rows)).toEqual({ 'eth0 physical receive': 1 })
  })

  test('N7 bridges, bonds and their slaves are not added to the cards', () => {
    const rows = [
      nic('eno1', 'physical', 0, 100),
      nic('bond0', 'virtual', 0, 100),
      nic('veth1', 'slave', 0, 100),
      nic('lo', 'loopback', 0, 100),
    ]
    expect(derive('system.network.throughput', rows)).toEqual({ receive: 100 })
    expect(derive('system.network.throughput', rows.slice(1))).toEqual({ receive: 100 })
  })

  test('N10 bytes of the hours asleep are spread over those hours', () => {
    const hours = 8 * 3_600_000
    const before = { wallMs: 0, monotonicMs: 0, sinceBootMs: 0 }
    const timing = timeTick(before, { wallMs: hours, monotonicMs: 1000, sinceBootMs: hours }, 1000)
    expect(timing).toMatchObject({ gap: 'suspend', elapsedMs: hours })
    const rows = [nic('eth0', 'physical', 0, 28_800_000)]
    expect(derive('system.network.throughput', rows, timing.elapsedMs / 1000)).toEqual({ receive: 1000 })
  })
})
