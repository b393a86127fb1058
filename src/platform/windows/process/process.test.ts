import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { block, bytesOf, denied } from '../../../../test/windows-native.ts'
import {
  address,
  after,
  answerOf,
  having,
  type Made,
  monitorOf,
  running,
  waiting,
} from '../../../../test/windows-processes.ts'
import { isAbsent } from '../../platform.ts'
import type { Native, ProcessHandle } from '../native.ts'
import { processTimes } from '../structures/process.ts'

describe('the process table', () => {
  test('W5, N13 every column of a process comes from its own member', () => {
    const m = monitorOf([
      answerOf(
        { pid: 4, name: 'System', threads: [waiting] },
        {
          pid: 100,
          parent: 4,
          name: '同步 — worker.exe',
          start: 12_345,
          threads: [
            { ...waiting, switches: 7 },
            { ...running, switches: 8 },
          ],
          members: {
            UserTime: 25_000_000,
            KernelTime: 5_000_000,
            HardFaultCount: 3,
            PageFaultCount: 10,
            HandleCount: 55,
            WorkingSetSize: 1000,
            PagefileUsage: 2000,
            VirtualSize: 3000,
            ReadTransferCount: 4000,
            WriteTransferCount: 5000,
            OtherTransferCount: 6000,
          },
        },
      ),
    ])
    m.scan()
    const read = [
      'startTicks',
      'parentPid',
      'cpuUserSeconds',
      'cpuSystemSeconds',
      'majorFaults',
      'minorFaults',
    ] as const
    expect(read.map((column) => m.number(100, column))).toEqual([12_345, 4, 2.5, 0.5, 3, 7])
    const sizes = ['handles', 'residentBytes', 'privateBytes', 'virtualBytes', 'readBytes', 'writtenBytes'] as const
    expect(sizes.map((column) => m.number(100, column))).toEqual([55, 1000, 2000, 3000, 4000, 5000])
    expect([m.number(100, 'threads'), m.number(100, 'contextSwitches')]).toEqual([2, 15])
    expect([m.text(100, 'name'), m.text(100, 'state')]).toEqual(['同步 — worker.exe', 'R'])
    expect([m.number(100, 'nice'), m.number(100, 'processor')]).toEqual([Number.NaN, Number.NaN])
    expect(m.monitor.secondsPerTick).toBe(1e-7)
  })

  test('the idle process has no CPU time: it is what the CPUs did not do', () => {
    const m = monitorOf([
      answerOf(
        { pid: 0, threads: [running, running], members: { KernelTime: 9_000_000_000_000n } },
        { pid: 4, threads: [waiting] },
        { pid: 88, name: 'Registry', parent: 4, threads: [waiting] },
      ),
    ])
    m.scan()
    expect([m.text(0, 'name'), m.text(4, 'name'), m.text(88, 'name')]).toEqual([
      'System Idle Process',
      'System',
      'Registry',
    ])
    expect([m.number(0, 'cpuSystemSeconds'), m.text(0, 'state')]).toEqual([Number.NaN, 'I'])
    expect(m.monitor.totals()).toEqual({ threads: 2, handles: 0, runnable: 0 })
  })

  test('R2, W5 a pid that was given again is another process', () => {
    const m = monitorOf([
      answerOf({ pid: 8, name: 'old.exe', start: 1, threads: [waiting] }),
      answerOf({ pid: 8, name: 'new.exe', start: 2, threads: [waiting] }),
    ])
    m.scan()
    const before = m.row(8)
    m.scan()
    expect(m.row(8)).not.toBe(before)
    expect(m.text(8, 'name')).toBe('new.exe')
    expect(m.table.count).toBe(1)
    expect(m.table.ended).toEqual([before])
  })

  test('R2 a parent that is younger than its child has got the number of the real one', () => {
    const m = monitorOf([
      answerOf(
        { pid: 8, start: 50, threads: [waiting] },
        { pid: 12, parent: 8, start: 10, threads: [waiting] },
        { pid: 16, parent: 8, start: 60, threads: [waiting] },
      ),
    ])
    m.scan()
    expect([m.number(12, 'parentPid'), m.number(16, 'parentPid')]).toEqual([Number.NaN, 8])
  })

  test('who has gone is ended, who stays keeps its slot', () => {
    const two = [
      { pid: 8, threads: [waiting] },
      { pid: 12, threads: [waiting] },
    ]
    const m = monitorOf([answerOf(...two), answerOf(two[0] as Made)])
    m.scan()
    const kept = m.row(8)
    expect(m.scan()).toMatchObject({ vanished: 1 })
    expect([m.row(8), m.table.count]).toEqual([kept, 1])
  })

  test('R15 switches of threads that ended do not take back what was counted', () => {
    const at = (switches: number[]) =>
      answerOf({ pid: 8, threads: switches.map((each) => ({ ...waiting, switches: each })) })
    const m = monitorOf([at([100, 50]), at([110]), at([130])])
    const seen = [0, 1, 2].map(() => having(m.scan(), m.number(8, 'contextSwitches')))
    expect(seen).toEqual([150, 150, 170])
  })

  test('states: running, waiting, suspended, ended but held', () => {
    const suspended = { state: 5, reason: 5 }
    const m = monitorOf([
      answerOf(
        { pid: 8, threads: [waiting, { state: 1 }] },
        { pid: 12, threads: [waiting, suspended] },
        { pid: 16, threads: [suspended, suspended] },
        { pid: 20, threads: [] },
        { pid: 24, threads: [], members: { WorkingSetSize: 4096 } },
      ),
    ])
    m.scan()
    expect([8, 12, 16, 20, 24].map((pid) => m.text(pid, 'state'))).toEqual(['R', 'S', 'T', 'Z', 'S'])
  })

  test('R11, R12 names that are no text or that a terminal would obey', () => {
    const m = monitorOf([answerOf({ pid: 8, name: '\ud800x\u001b]0;', threads: [waiting] })])
    m.scan()
    expect(m.text(8, 'name')).toBe('\ufffdx\ufffd]0;')
  })

  test('the query that fails says so and leaves the table', () => {
    const m = monitorOf([answerOf({ pid: 8, threads: [waiting] }), denied('NtQuerySystemInformation(5)')])
    m.scan()
    expect(m.scan().limitedView).toBe('NtQuerySystemInformation(5): access is denied')
    expect(m.table.count).toBe(1)
  })

  test('an answer cut off anywhere, or made of anything, never throws', () => {
    const { view, length } = answerOf(
      { pid: 8, name: 'a.exe', threads: [waiting, running] },
      { pid: 12, name: 'b.exe', threads: [waiting] },
    )
    const bytes = new Uint8Array(view.buffer)
    const noise = fc.array(fc.tuple(fc.nat({ max: length - 1 }), fc.nat({ max: 255 })), { maxLength: 20 })
    fc.assert(
      fc.property(fc.nat({ max: length }), noise, (cut, changes) => {
        const changed = new Uint8Array(bytes)
        for (const [at, value] of changes) changed[at] = value
        const m = monitorOf([block(changed.subarray(0, cut), address)])
        expect(m.scan().vanished).toBe(0)
      }),
    )
  })
})

describe('ending a process', () => {
  const times = (start: number) => block(bytesOf(processTimes, { CreateTime: after(start) }))
  const opened = (more: Partial<Native['process']> = {}) => {
    const log: string[] = []
    const m = monitorOf([], {
      open: (_, purpose) => having(log.push(`open ${purpose}`), 76 as ProcessHandle),
      close: () => void log.push('close'),
      times: () => times(500),
      terminate: () => having(log.push('terminate'), true as const),
      ...more,
    })
    return {
      log,
      signal: (pid: number, startTicks?: number, name = 'TERM') => m.monitor.signal({ pid, startTicks }, name),
    }
  }

  test('R2, W6 is done through a handle on which its creation time was looked at again', async () => {
    const { log, signal } = opened()
    expect(await signal(100, 500)).toEqual({ outcome: 'sent' })
    expect(log).toEqual(['open terminate', 'terminate', 'close'])
    expect(await signal(100, undefined, 'KILL')).toEqual({ outcome: 'sent' })
  })

  test('R2 is not done to who has its number now', async () => {
    const { log, signal } = opened()
    expect(await signal(100, 499)).toMatchObject({ outcome: 'replaced' })
    expect(log).toEqual(['open terminate', 'close'])
  })

  test('is refused for the system, for what Windows stops without, for sysmond, and for signals there are not', async () => {
    const { log, signal } = opened({ isCritical: () => true })
    for (const pid of [0, 1, 4, 5, 7, -8, Number.NaN]) expect(await signal(pid)).toMatchObject({ outcome: 'refused' })
    expect(await signal(4000)).toMatchObject({ outcome: 'refused' })
    expect(await signal(100, 500, 'HUP')).toMatchObject({ outcome: 'refused' })
    expect(log).toEqual([])
    expect(await signal(100, 500)).toMatchObject({ outcome: 'refused' })
    expect(log).not.toContain('terminate')
  })

  test('R5 one that has ended and is held by a handle is gone', async () => {
    const ended = block(bytesOf(processTimes, { CreateTime: after(500), ExitTime: after(900) }))
    const { log, signal } = opened({ times: () => ended })
    expect(await signal(100, 500)).toMatchObject({ outcome: 'gone' })
    expect(log).not.toContain('terminate')
  })

  test('a number between two processes is nobody: Windows would take the one below', async () => {
    const { log, signal } = opened()
    expect(await signal(102)).toMatchObject({ outcome: 'gone' })
    expect(log).toEqual([])
  })

  test('W6 gone, denied', async () => {
    const failing = (code: number) => opened({ open: () => ({ failed: 'OpenProcess', code }) }).signal(100, 500)
    expect(await failing(87)).toMatchObject({ outcome: 'gone' })
    expect(await failing(5)).toMatchObject({ outcome: 'denied' })
    expect(await failing(1450)).toMatchObject({ outcome: 'refused' })
  })
})

describe('details', () => {
  test('threads with their time, and what Windows does not tell with the reason', async () => {
    const m = monitorOf([answerOf({ pid: 8, start: 5, threads: [running, waiting] })])
    const details = await m.monitor.details({ pid: 8, startTicks: 5 })
    if (isAbsent(details)) throw new Error(details.absent)
    expect(details.threads).toEqual([
      { threadId: 9, name: 'thread 9', state: 'R', cpuSeconds: 1 },
      { threadId: 10, name: 'thread 10', state: 'S', cpuSeconds: 1 },
    ])
    expect(isAbsent(details.limits)).toBe(true)
  })

  test('W8 nobody asks a handle for its name: that can wait for ever', async () => {
    const m = monitorOf([answerOf({ pid: 8, threads: [running], members: { HandleCount: 44 } })])
    const details = await m.monitor.details({ pid: 8, startTicks: undefined })
    expect(details).toMatchObject({ fileDescriptors: 44, openFiles: { absent: expect.stringContaining('hang') } })
  })

  test('of who has gone, or has been replaced', async () => {
    const m = monitorOf([answerOf({ pid: 8, start: 5, threads: [running] })])
    expect(await m.monitor.details({ pid: 12, startTicks: 5 })).toEqual({ absent: 'it has ended' })
    expect(isAbsent(await m.monitor.details({ pid: 8, startTicks: 6 }))).toBe(true)
  })
})
