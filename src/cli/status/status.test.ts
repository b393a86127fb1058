import { describe, expect, test } from 'bun:test'
import { sampleCurrent, sampleHealth, sampleProcessesAnswer, sampleValues } from '../../../test/sample-answers.ts'
import type { CurrentValue } from '../../api/contract.ts'
import { concernsOf } from './concerns.ts'
import { statusOf } from './model.ts'
import type { Status } from './status.ts'

const statusWith = (values: readonly CurrentValue[]): Status =>
  statusOf({
    current: { ...sampleCurrent, values },
    byCpu: sampleProcessesAnswer,
    byMemory: sampleProcessesAnswer,
    health: sampleHealth,
  })
const status = statusWith(sampleValues)

describe('the model', () => {
  test('D1, N7: disks are the physical ones; interfaces keep their role', () => {
    const partition: CurrentValue = {
      metric: 'system.disk.io',
      labels: { device: 'sda1', role: 'partition', direction: 'read' },
      value: 1,
      unit: 'By/s',
    }
    expect(statusWith([...sampleValues, partition]).disks.map(({ device }) => device)).toEqual(['sda'])
    expect(status.networks.map(({ device, role }) => [device, role])).toEqual([
      ['eth0', 'physical'],
      ['lo', 'loopback'],
    ])
  })

  test('M12, Q10: what is absent is left out, never 0', () => {
    const poor = statusWith([])
    expect(poor.swap).toBeUndefined()
    expect(poor.cpu).toEqual({ modes: {} })
    expect(poor.memory).toEqual({})
    expect(JSON.stringify(poor.disks)).toBe('[]')
    expect(poor.absent).toMatchObject({
      swap: 'none configured',
      pressure: expect.any(String),
      temperatures: expect.any(String),
    })
  })

  test('D6: a disk without reads has no read latency', () => {
    expect(status.disks[0]?.readLatencySeconds).toBeUndefined()
    expect(status.disks[0]?.writeLatencySeconds).toBe(0.0034)
  })

  test('the five that use most, those that use nothing left out', () => {
    expect(status.processes.byCpu.map(({ pid }) => pid)).toEqual([812, 1400, 813, 1999])
    expect(status.processes.byMemory.map(({ pid }) => pid)).toEqual([1400, 812, 813, 1, 1999])
  })
})

describe('what stands out', () => {
  const concerns = (changes: Partial<Status>): readonly string[] =>
    concernsOf({ ...quiet, ...changes }).map(({ level, text }) => `${level}: ${text}`)
  const quiet: Status = { ...status, pressure: [], filesystems: [], networks: [], temperatures: [] }
  const mount = { mountpoint: '/data', type: 'xfs', readOnly: false, stale: false }

  for (const [what, changes, expected] of [
    ['nothing', {}, []],
    ['C4, A2: a busy processor for which nobody waits', { cpu: { busy: 1, modes: { user: 0.5, iowait: 0.5 } } }, []],
    ['some pressure', { pressure: [{ resource: 'cpu', some: 0.2 }] }, []],
    [
      'CPU pressure',
      { pressure: [{ resource: 'cpu', some: 0.3 }] },
      ['warn: CPU is short: tasks waited for it 30.0 % of the time'],
    ],
    [
      'memory pressure',
      { pressure: [{ resource: 'memory', some: 0.3, full: 0.2 }] },
      ['bad: Memory is short: tasks waited for it 30.0 % of the time, all of them 20.0 %'],
    ],
    ['C5: stolen time', { cpu: { modes: { steal: 0.25 } } }, ['warn: The hypervisor withholds 25.0 % of the CPU time']],
    [
      'a full filesystem',
      { filesystems: [{ ...mount, utilization: 0.98, freeBytes: 2 ** 30 }] },
      ['bad: /data is 98.0 % full, 1.00 GiB left'],
    ],
    ['F2: a full read-only one', { filesystems: [{ ...mount, readOnly: true, utilization: 1 }] }, []],
    ['F1: one that does not answer', { filesystems: [{ ...mount, stale: true }] }, ['bad: /data does not answer']],
    ['F6: one without inodes', { filesystems: [{ ...mount, utilization: 0.1 }] }, []],
    [
      'few inodes',
      { filesystems: [{ ...mount, utilization: 0.1, inodesUtilization: 0.96 }] },
      ['warn: /data has used 96.0 % of its inodes'],
    ],
    [
      'heat at its limit',
      { temperatures: [{ sensor: 'cpu', celsius: 91, highCelsius: 90 }] },
      ['warn: cpu is at 91 °C, its limit is 90 °C'],
    ],
    ['A7: heat without a limit', { temperatures: [{ sensor: 'cpu', celsius: 149 }] }, []],
    ['M13: an OOM kill', { oomKillsPerSecond: 1 }, ['bad: The kernel is killing processes: memory ran out']],
    ['a gap', { gap: 'suspend' }, ['warn: There is a gap in the record just before: suspend']],
    ['the first tick', { gap: 'start' }, []],
  ] as const satisfies readonly (readonly [string, Partial<Status>, readonly string[]])[]) {
    test(`${what} → ${expected.length === 0 ? 'nothing to say' : expected.join(', ')}`, () => {
      expect(concerns(changes)).toEqual([...expected])
    })
  }

  test('worst first', () => {
    const found = concernsOf({
      ...quiet,
      pressure: [{ resource: 'cpu', some: 0.3 }],
      filesystems: [{ ...mount, stale: true }],
    })
    expect(found.map(({ level }) => level)).toEqual(['bad', 'warn'])
  })
})
