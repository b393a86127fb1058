import { describe, expect, test } from 'bun:test'
import { type DerivedName, derivedNames, type MetricName } from '../catalogue/catalogue.ts'
import { SeriesTable } from '../frame/series-table.ts'
import { planDerived } from './plan.ts'

type Labels = Readonly<Record<string, string>>
/** A series at two ticks. */
type Reading = readonly [metric: MetricName, labels: Labels, before: number, now: number]
const absent = Number.NaN

/** The derived values of one name that two ticks give, absent ones too. */
function derive(
  name: DerivedName,
  seconds: number,
  ...readings: readonly Reading[]
): { labels: Labels; value: number }[] {
  const table = new SeriesTable()
  const values = readings.map(([metric, labels, before, now]) => {
    const id = table.intern(metric, labels as never) as number
    return { id, before, now }
  })
  const pair = {
    seconds,
    now: (id: number) => values.find((one) => one.id === id)?.now ?? absent,
    before: (id: number) => values.find((one) => one.id === id)?.before ?? absent,
  }
  return planDerived(table.all(), [name]).map(({ labels, evaluate }) => ({ labels, value: evaluate(pair) }))
}
const value = (...input: Parameters<typeof derive>): number => {
  const [only, ...more] = derive(...input)
  expect(more).toEqual([])
  return only?.value ?? absent
}
const level = (metric: MetricName, labels: Labels, now: number): Reading => [metric, labels, now, now]
const tested = new Set<string>()
const derivedTest = (name: DerivedName, body: (name: DerivedName) => void): void => {
  tested.add(name)
  test(name, () => body(name))
}

const cpu = (number: string, growth: Readonly<Record<string, number>>): Reading[] =>
  Object.entries(growth).map(([mode, grown]) => ['system.cpu.time', { cpu: number, mode }, 1000, 1000 + grown])

describe('of the CPU', () => {
  derivedTest('system.cpu.utilization', (name) => {
    // 2 CPUs for 1 s: 0.3 + 0.1 of 2 s.
    const first = cpu('0', { user: 0.2, system: 0.1, idle: 0.7 })
    const second = cpu('1', { user: 0.1, idle: 0.6, iowait: 0.2, steal: 0.1 })
    expect(value(name, 1, ...first, ...second)).toBeCloseTo(0.2, 9)
    expect(value(name, 0, ...first, ...second)).toBe(absent)
    expect(derive(name, 1)).toEqual([])
  })

  test('C1: guest time is work, once', () => {
    const growth = { user: 0.1, nice: 0, system: 0, idle: 0.5, guest: 0.3, guest_nice: 0.1 }
    expect(value('system.cpu.utilization', 1, ...cpu('0', growth))).toBeCloseTo(0.5, 9)
    const shares = derive('system.cpu.mode.utilization', 1, ...cpu('0', growth))
    expect(shares.reduce((sum, share) => sum + share.value, 0)).toBeCloseTo(1, 12)
  })

  test('C2, C3: a step back by rounding is no growth, and nothing becomes negative', () => {
    expect(value('system.cpu.utilization', 1, ...cpu('0', { user: 0.5, idle: 0.5, iowait: -0.01 }))).toBeCloseTo(0.5, 9)
    expect(value('system.cpu.utilization', 1, ...cpu('0', { user: 0.5, idle: 0.5, iowait: -2.9 }))).toBeCloseTo(0.5, 9)
  })

  test('C3: a CPU that was reset has no share in the tick, the others have', () => {
    const reset = cpu('1', { user: 0.9, idle: -500 })
    expect(value('system.cpu.utilization', 1, ...cpu('0', { user: 0.25, idle: 0.75 }), ...reset)).toBeCloseTo(0.25, 9)
    const each = derive('system.cpu.logical.utilization', 1, ...cpu('0', { user: 0.25, idle: 0.75 }), ...reset)
    expect(each.map((one) => one.value)).toEqual([expect.closeTo(0.25, 9), absent])
  })

  test('C4, C5: waiting for I/O and stolen time are not work', () => {
    expect(value('system.cpu.utilization', 1, ...cpu('0', { user: 0.1, iowait: 0.5, steal: 0.4 }))).toBeCloseTo(0.1, 9)
  })

  test('C6: stolen time beyond the time there was makes no share of anything', () => {
    expect(value('system.cpu.utilization', 1, ...cpu('0', { user: 0.1, idle: 0.9, steal: 400 }))).toBe(absent)
  })

  test('C7: CPUs are told apart by their numbers, whatever those are; one that is off has no value', () => {
    const off = cpu('4', { user: 0.5, idle: 0.5 }).map(
      ([metric, labels, before]): Reading => [metric, labels, before, absent],
    )
    const each = derive('system.cpu.logical.utilization', 1, ...off, ...cpu('9', { user: 0.5, idle: 0.5 }))
    expect(each).toEqual([
      { labels: { cpu: '4' }, value: absent },
      { labels: { cpu: '9' }, value: expect.closeTo(0.5, 9) },
    ])
  })

  test('C15: the first tick of a CPU has no value', () => {
    const first = cpu('0', { user: 0.5, idle: 0.5 }).map(
      ([metric, labels, , now]): Reading => [metric, labels, absent, now],
    )
    expect(value('system.cpu.utilization', 1, ...first)).toBe(absent)
  })

  derivedTest('system.cpu.mode.utilization', (name) => {
    const shares = derive(name, 1, ...cpu('0', { user: 0.5, idle: 0.5 }), ...cpu('1', { user: 0.1, idle: 0.9 }))
    expect(shares).toEqual([
      { labels: { mode: 'user' }, value: expect.closeTo(0.3, 9) },
      { labels: { mode: 'idle' }, value: expect.closeTo(0.7, 9) },
    ])
  })

  derivedTest('system.cpu.logical.utilization', (name) => {
    expect(derive(name, 2, ...cpu('3', { user: 0.5, idle: 1.5 }))).toEqual([
      { labels: { cpu: '3' }, value: expect.closeTo(0.25, 9) },
    ])
  })

  derivedTest('sysmon.cpu.utilization', (name) => {
    const own = (mode: string, grown: number): Reading => ['sysmon.process.cpu.time', { mode }, 10, 10 + grown]
    expect(value(name, 2, own('user', 0.004), own('system', 0.002))).toBeCloseTo(0.003, 9)
    expect(value(name, 2, own('user', -5), own('system', -5))).toBe(absent)
  })
})

describe('of memory', () => {
  derivedTest('system.memory.utilization', (name) => {
    const limit = level('system.memory.limit', {}, 8e9)
    expect(value(name, 1, level('system.memory.usage', { state: 'used' }, 2e9), limit)).toBe(0.25)
    // Levels need no tick before.
    expect(value(name, 0, level('system.memory.usage', { state: 'used' }, 2e9), limit)).toBe(0.25)
    expect(value(name, 1, level('system.memory.usage', { state: 'used' }, 2e9))).toBe(absent)
    expect(value(name, 1, level('system.memory.usage', { state: 'used' }, 9e9), limit)).toBe(1)
  })

  derivedTest('system.paging.utilization', (name) => {
    const swap = (used: number, free: number): Reading[] => [
      level('system.paging.usage', { state: 'used' }, used),
      level('system.paging.usage', { state: 'free' }, free),
    ]
    expect(value(name, 1, ...swap(1, 3))).toBe(0.25)
  })

  test('M12: without swap there is no share of it', () => {
    const none = (['used', 'free'] as const).map((state) => level('system.paging.usage', { state }, 0))
    expect(value('system.paging.utilization', 1, ...none)).toBe(absent)
  })

  for (const kind of ['some', 'full'] as const) {
    derivedTest(`system.pressure.${kind}`, (name) => {
      const stalled = (grown: number): Reading => [`system.pressure.${kind}.time`, { resource: 'io' }, 100, 100 + grown]
      expect(derive(name, 2, stalled(0.5))).toEqual([{ labels: { resource: 'io' }, value: 0.25 }])
      expect(value(name, 1, stalled(-50))).toBe(absent)
    })
  }

  test('P3: stalled no longer than there was time', () => {
    expect(value('system.pressure.some', 1, ['system.pressure.some.time', { resource: 'cpu' }, 100, 101.2])).toBe(1)
  })
})

describe('of disks', () => {
  const disk = { device: 'sda', role: 'physical' }

  derivedTest('system.disk.utilization', (name) => {
    expect(derive(name, 2, ['system.disk.io_time', disk, 50, 50.5])).toEqual([{ labels: disk, value: 0.25 }])
  })
  test('D5: never busier than all the time', () => {
    expect(value('system.disk.utilization', 1, ['system.disk.io_time', disk, 50, 51.7])).toBe(1)
  })
  test('D3, D8: a counter that fell gives no rate, and the next tick does', () => {
    expect(value('system.disk.utilization', 1, ['system.disk.io_time', disk, 50, 1])).toBe(absent)
    expect(value('system.disk.utilization', 1, ['system.disk.io_time', disk, 1, 1.5])).toBe(0.5)
  })

  const reads = (time: readonly [number, number], count: readonly [number, number]): Reading[] => [
    ['system.disk.operation_time', { ...disk, direction: 'read' }, ...time],
    ['system.disk.operations', { ...disk, direction: 'read' }, ...count],
  ]
  derivedTest('system.disk.latency', (name) => {
    expect(derive(name, 1, ...reads([10, 10.2], [500, 540]))).toEqual([
      { labels: { ...disk, direction: 'read' }, value: expect.closeTo(0.005, 9) },
    ])
  })
  test('D6, D7: no operation, no latency; and it may be longer than the tick', () => {
    expect(value('system.disk.latency', 1, ...reads([10, 10], [500, 500]))).toBe(absent)
    expect(value('system.disk.latency', 1, ...reads([10, 40], [500, 510]))).toBe(3)
    expect(value('system.disk.latency', 1, ...reads([10, 2], [500, 510]))).toBe(absent)
  })

  derivedTest('system.disk.queue', (name) => {
    expect(value(name, 2, ['system.linux.disk.weighted_io_time', disk, 7, 13])).toBe(3)
  })

  const io = (device: string, role: string, grown: number, direction = 'read'): Reading => [
    'system.disk.io',
    { device, role, direction },
    1e9,
    1e9 + grown,
  ]
  derivedTest('system.disk.throughput', (name) => {
    const all = [io('sda', 'physical', 4096), io('sdb', 'physical', 8192), io('sda', 'physical', 100, 'write')]
    expect(derive(name, 2, ...all)).toEqual([
      { labels: { direction: 'read' }, value: 6144 },
      { labels: { direction: 'write' }, value: 50 },
    ])
  })
  test('D1: partitions and mapped devices are not counted again; where there is nothing else they count', () => {
    const same = [io('sda', 'physical', 4096), io('sda1', 'partition', 4096), io('dm-0', 'virtual', 4096)]
    expect(value('system.disk.throughput', 1, ...same)).toBe(4096)
    expect(value('system.disk.throughput', 1, io('vda', 'virtual', 10), io('vda1', 'partition', 10))).toBe(10)
  })

  const mounted = (device: string, metric: MetricName, used: number, free: number): Reading[] => [
    level(metric, { device, mountpoint: '/', type: 'ext4', state: 'used' }, used),
    level(metric, { device, mountpoint: '/', type: 'ext4', state: 'free' }, free),
  ]
  derivedTest('system.filesystem.utilization', (name) => {
    expect(derive(name, 1, ...mounted('sda1', 'system.filesystem.usage', 30, 70))).toEqual([
      { labels: { mountpoint: '/' }, value: 0.3 },
    ])
  })
  test('F4: what is reserved for root counts on neither side', () => {
    const reserved = level(
      'system.filesystem.usage',
      { device: 'sda1', mountpoint: '/', type: 'ext4', state: 'reserved' },
      5,
    )
    expect(
      value('system.filesystem.utilization', 1, ...mounted('sda1', 'system.filesystem.usage', 30, 70), reserved),
    ).toBe(0.3)
  })
  test('another device at the same mount point takes over', () => {
    const before = mounted('sdb1', 'system.filesystem.usage', absent, absent)
    expect(
      value('system.filesystem.utilization', 1, ...before, ...mounted('sdc1', 'system.filesystem.usage', 1, 3)),
    ).toBe(0.25)
  })
  derivedTest('system.filesystem.inodes.utilization', (name) => {
    expect(value(name, 1, ...mounted('sda1', 'system.filesystem.inodes', 1, 9))).toBe(0.1)
  })
  test('F6: a filesystem without a fixed number of inodes has no share of them', () => {
    expect(value('system.filesystem.inodes.utilization', 1, ...mounted('sda1', 'system.filesystem.inodes', 0, 0))).toBe(
      absent,
    )
  })
})

describe('of the network', () => {
  const io = (device: string, role: string, before: number, now: number): Reading => [
    'system.network.io',
    { device, role, direction: 'receive' },
    before,
    now,
  ]
  derivedTest('system.network.throughput', (name) => {
    expect(value(name, 2, io('eth0', 'physical', 0, 1000), io('eth1', 'physical', 0, 500))).toBe(750)
  })
  test('N1: an interface that leaves takes nothing with it', () => {
    const left = io('eth1', 'physical', 9e9, absent)
    expect(value('system.network.throughput', 1, io('eth0', 'physical', 0, 1000), left)).toBe(1000)
  })
  test('N2: a reset is absent in the sum for a tick', () => {
    const reset = io('eth1', 'physical', 10e9, 5000)
    expect(value('system.network.throughput', 1, io('eth0', 'physical', 0, 1000), reset)).toBe(1000)
    expect(value('system.network.throughput', 1, reset)).toBe(absent)
  })
  test('N7: bridges, slaves and the loopback are not counted again', () => {
    const others = [io('br0', 'virtual', 0, 1000), io('eth1', 'slave', 0, 1000), io('lo', 'loopback', 0, 1000)]
    expect(value('system.network.throughput', 1, io('eth0', 'physical', 0, 1000), ...others)).toBe(1000)
    expect(value('system.network.throughput', 1, ...others)).toBe(1000)
  })
  derivedTest('system.network.utilization', (name) => {
    const speed = level('system.network.limit', { device: 'eth0', role: 'physical' }, 125e6)
    expect(derive(name, 2, io('eth0', 'physical', 0, 25e6), speed)).toEqual([
      { labels: { device: 'eth0', role: 'physical', direction: 'receive' }, value: 0.1 },
    ])
  })
  test('N6: nothing is a share of an unknown speed', () => {
    expect(derive('system.network.utilization', 1, io('eth0', 'physical', 0, 25e6))).toEqual([])
    const unknown = level('system.network.limit', { device: 'eth0', role: 'physical' }, absent)
    expect(value('system.network.utilization', 1, io('eth0', 'physical', 0, 25e6), unknown)).toBe(absent)
  })
})

describe('of control groups', () => {
  const group = { cgroup: '/system.slice/a.service', name: 'a.service' }
  derivedTest('cgroup.cpu.utilization', (name) => {
    const time = (mode: string, grown: number): Reading => ['cgroup.cpu.time', { ...group, mode }, 5, 5 + grown]
    expect(derive(name, 2, time('user', 2), time('system', 1))).toEqual([{ labels: group, value: 1.5 }])
  })
  derivedTest('cgroup.memory.utilization', (name) => {
    const set = level('cgroup.memory.working_set', group, 256)
    expect(derive(name, 1, set, level('cgroup.memory.limit', group, 1024))).toEqual([{ labels: group, value: 0.25 }])
    expect(derive(name, 1, set)).toEqual([])
  })
})

test('every derived metric has its numbers here', () => {
  expect(derivedNames.filter((name) => !tested.has(name))).toEqual([])
})
