import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type MadeUpRecord, madeUpRecord } from '../../../test/made-up-record.ts'
import type { ExplainResponse } from '../../api/explain-contract.ts'

let record: MadeUpRecord
beforeEach(() => {
  record = madeUpRecord()
})
afterEach(() => record.close())

const MiB = 1024 ** 2
/** Resource, instance and culprit of the first finding. */
const first = ({ findings }: ExplainResponse) => [findings[0]?.resource, findings[0]?.culprits[0]?.name]

const hog = { pid: 400, name: 'hog', cpu: 1.8, threads: 4 }
const web = { pid: 500, name: 'web', cpu: 0.15, wait: 0.5 }
const full = { busy: 1, pressure: { cpu: 0.6 }, values: { 'system.cpu.run_queue': 5 }, processes: [hog, web] }

describe('one thing is short', () => {
  test('a CPU hog: since when, who, and who waited', async () => {
    record.run(60).run(30, full)
    const answer = await record.explain(60, 90)
    const [finding] = answer.findings
    expect(first(answer)).toEqual(['cpu', 'hog'])
    expect(finding?.kind).toBe('saturation')
    expect(finding?.sinceMs).toBe(record.startMs + 59_000)
    expect(finding?.isOlder).toBe(false)
    expect(finding?.culprits[0]?.share).toBeCloseTo(0.9, 1)
    expect(finding?.waiters[0]?.name).toBe('web')
    expect(finding?.unattributedShare).toBeLessThan(0.05)
    expect(finding?.sentence).toBe(
      'Tasks waited for a CPU 60 % of the time for 30 s; hog (pid 400) used 54 s of CPU time, 90 % of it; web (pid 500) waited 15 s for a CPU.',
    )
    expect(answer.changes.map(({ sentence }) => sentence)).toContain('hog (pid 400) started')
    expect(finding?.evidence[0]?.baseline).toBe(0)
  })

  test('the beginning may lie before the window', async () => {
    record.run(60).run(120, full)
    const answer = await record.explain(150, 170)
    expect(answer.findings[0]?.sinceMs).toBe(record.startMs + 59_000)
    expect(answer.findings[0]?.startMs).toBeGreaterThanOrEqual(record.startMs + 149_000)
  })

  test('what was so since the record begins is told as older', async () => {
    record.run(60, full)
    const answer = await record.explain(30, 60)
    expect(answer.findings[0]?.isOlder).toBe(true)
  })

  test('C18 a storm of short-lived processes stands before the CPUs that it fills, with the parent', async () => {
    record.run(60, { processes: [{ pid: 300, name: 'sh', childrenCpu: 0 }] })
    record.run(20, {
      busy: 0.95,
      pressure: { cpu: 0.5 },
      values: { 'system.process.created': 900 },
      processes: [{ pid: 300, name: 'sh', cpu: 0.2, childrenCpu: 1.5 }],
    })
    const answer = await record.explain(60, 80)
    expect(first(answer)).toEqual(['processes', 'sh'])
    expect(answer.findings[1]?.resource).toBe('cpu')
    expect(answer.findings[0]?.unattributedShare).toBeGreaterThan(0.1)
  })

  test('memory until the kernel kills: who grew, though it is gone', async () => {
    record.run(60, { values: { 'system.linux.memory.oom_kills': 0 } })
    record.run(30, (i) => ({
      pressure: { memory: i > 20 ? 0.5 : 0 },
      values: {
        'system.linux.memory.available': 6 * 1024 * MiB - i * 190 * MiB,
        'system.linux.memory.oom_kills': 0,
      },
      processes: [{ pid: 410, name: 'leak', residentBytes: (i + 1) * 190 * MiB }],
    }))
    record.run(1, { values: { 'system.linux.memory.oom_kills': 1 } })
    record.run(10, { values: { 'system.linux.memory.oom_kills': 0 } })
    const answer = await record.explain(60, 101)
    expect(first(answer)).toEqual(['memory', 'leak'])
    expect(answer.findings[0]?.sentence).toStartWith(
      'The kernel killed a process for want of memory; leak (pid 410) grew',
    )
    expect(answer.findings[0]?.culprits[0]?.hasEnded).toBe(true)
  })

  test('a disk: who wrote, and who waited for it', async () => {
    const values = (busy: number, written: number) => ({
      'system.disk.io_time{device=sda,role=physical}': busy,
      'system.disk.io{device=sda,role=physical,direction=write}': written,
      'system.disk.io{device=sda,role=physical,direction=read}': 4096,
    })
    record.run(60, { values: values(0.01, 4096) })
    record.run(20, {
      pressure: { io: 0.9 },
      fullPressure: { io: 0.7 },
      values: values(1, 200 * MiB),
      processes: [
        { pid: 420, name: 'dump', written: 195 * MiB, read: 0, ioDelay: 0.9 },
        { pid: 421, name: 'postgres', written: 4096, read: 8192, ioDelay: 0.8, state: 'D' },
      ],
    })
    const answer = await record.explain(60, 80)
    expect(first(answer)).toEqual(['disk', 'dump'])
    expect(answer.findings[0]?.instance).toBe('sda')
    expect(answer.findings[0]?.waiters[0]?.name).toBe('postgres')
    expect(answer.findings[0]?.sentence).toContain('postgres (pid 421) waited')
  })

  test('a filesystem that fills: who wrote to it', async () => {
    const mount = 'mountpoint=/data,device=/dev/sdb1,type=ext4'
    const values = (used: number) => ({
      [`system.filesystem.usage{${mount},state=used}`]: used * MiB,
      [`system.filesystem.usage{${mount},state=free}`]: (1000 - used) * MiB,
      [`system.filesystem.usage{${mount},state=reserved}`]: 0,
      [`system.filesystem.limit{${mount}}`]: 1000 * MiB,
    })
    record.run(60, { values: values(100) })
    record.run(30, (i) => ({
      values: values(Math.min(1000, 100 + i * 50)),
      processes: [{ pid: 430, name: 'logger', written: i < 18 ? 50 * MiB : 0, read: 0 }],
    }))
    const answer = await record.explain(60, 90)
    expect(first(answer)).toEqual(['filesystem', 'logger'])
    expect(answer.findings[0]?.sentence).toStartWith('/data ran out of space')
  })

  test('one that is full all along is told, but at the end', async () => {
    const mount = 'mountpoint=/old,device=/dev/sdc1,type=ext4'
    const values = {
      [`system.filesystem.usage{${mount},state=used}`]: 998 * MiB,
      [`system.filesystem.usage{${mount},state=free}`]: 2 * MiB,
    }
    record.run(60, { values }).run(30, { ...full, values: { ...full.values, ...values } })
    const answer = await record.explain(60, 90)
    expect(answer.findings.map(({ resource }) => resource)).toEqual(['cpu', 'filesystem'])
    expect(answer.findings[1]?.severity).toBeLessThan(0.2)
  })

  test('a group held back by its quota on an idle machine', async () => {
    const group = 'cgroup=/system.slice/batch.service,name=batch.service'
    const values = (held: number) => ({
      [`cgroup.cpu.time{${group},mode=user}`]: 0.5,
      [`cgroup.cpu.time{${group},mode=system}`]: 0,
      [`cgroup.cpu.limit{${group}}`]: 0.5,
      [`cgroup.cpu.periods{${group},state=throttled}`]: held * 10,
      [`cgroup.cpu.periods{${group},state=free}`]: 10 - held * 10,
      [`cgroup.cpu.throttled.time{${group}}`]: held * 0.8,
    })
    const processes = [
      { pid: 440, name: 'worker', cpu: 0.5, cgroup: '/system.slice/batch.service' },
      { pid: 441, name: 'other', cpu: 0.6 },
    ]
    record
      .run(60, { values: values(0), processes: processes.slice(1) })
      .run(20, { busy: 0.3, values: values(1), processes })
    const answer = await record.explain(60, 80)
    expect(first(answer)).toEqual(['cgroup', 'worker'])
    expect(answer.findings[0]?.sentence).toStartWith('Batch.service was held back by its limit of 0.5 CPUs')
    expect(answer.findings[0]?.culprits.map(({ name }) => name)).toEqual(['worker'])
  })

  test('a flood of datagrams that nobody reads', async () => {
    const device = 'device=lo,role=loopback'
    const values = (sent: number, lost: number) => ({
      [`system.network.io{${device},direction=receive}`]: sent * 100,
      [`system.network.packet.count{${device},direction=receive}`]: sent,
      'system.network.udp.datagrams{direction=receive}': sent - lost,
      'system.network.udp.datagrams{direction=transmit}': sent,
      'system.network.udp.failures{type=receive_buffer}': lost,
    })
    record.run(60, { values: values(10, 0) })
    record.run(20, {
      busy: 0.6,
      values: values(150_000, 140_000),
      processes: [{ pid: 450, name: 'flood', cpu: 1, systemCpu: 0.9 }],
    })
    const answer = await record.explain(60, 80)
    expect(first(answer)).toEqual(['network', 'flood'])
    expect(answer.findings[0]?.instance).toBe('udp')
    expect(answer.findings[0]?.sentence).toStartWith('93 % of the UDP datagrams that came were thrown away')
  })

  test('descriptors that are not closed again: who has them, while it can be asked', async () => {
    record.run(60, { values: { 'system.file_descriptor.count': 1200, 'system.file_descriptor.limit': 9e15 } })
    record.run(30, (i) => ({
      values: { 'system.file_descriptor.count': 1200 + i * 300, 'system.file_descriptor.limit': 9e15 },
    }))
    const openDescriptors = async () => [
      { pid: 460, startTicks: 460, name: 'leaky', command: 'leaky', descriptors: 8800, limit: 10_000 },
      { pid: 1, startTicks: 1, name: 'init', command: '', descriptors: 100 },
    ]
    const answer = await record.explain(60, 90, { openDescriptors })
    expect(first(answer)).toEqual(['descriptors', 'leaky'])
    expect(answer.findings[0]?.sinceMs).toBeWithin(record.startMs + 58_000, record.startMs + 64_000)
    const later = await record.explain(60, 90)
    expect(later.findings[0]?.unattributedShare).toBe(1)
  })
})

describe('time that is missing', () => {
  const gap = (seconds: number) => ({
    kind: 'gap',
    severity: 'warning' as const,
    message: `no sample for ${seconds} s: the machine or sysmon was stalled`,
    data: { seconds, missed: seconds - 1 },
  })
  const start = { kind: 'start', severity: 'info' as const, message: 'sysmon started', data: { pid: 700 } }

  test('T4 sysmon was stopped while the machine went on', async () => {
    record
      .event(start)
      .run(60)
      .away(8, [gap(8)])
      .run(20)
    const answer = await record.explain(55, 85)
    expect(first(answer)).toEqual(['time', 'sysmond'])
    expect(answer.findings[0]?.sentence).toStartWith('Nothing was recorded for 8 s: sysmon was stopped while')
    expect(answer.coverage.gaps).toHaveLength(1)
    expect(answer.coverage.share).toBeCloseTo(22 / 30, 1)
  })

  test('a restart in the window is no stall', async () => {
    const stop = { kind: 'stop', severity: 'info' as const, message: 'sysmon stopped', data: { why: 'SIGTERM' } }
    record.event(start).run(60).event(stop)
    record.away(8, [start], { gap: 'start', elapsedMs: 0 }).run(20)
    const answer = await record.explain(55, 85)
    expect(answer.isQuiet).toBe(true)
    expect(answer.coverage.gaps.map(({ reason }) => reason)).toEqual(['sysmon was not running'])
    expect(answer.changes.map(({ kind }) => kind)).toContain('sysmon')
  })

  test('T1 a step of the clock is no stall either', async () => {
    const step = {
      kind: 'clock_step',
      severity: 'warning' as const,
      message: 'the clock was set forward by 600 s',
      data: { seconds: 600 },
    }
    record.run(60).away(600, [step], { gap: 'clock_step', elapsedMs: 1000 }).run(20)
    const answer = await record.explain(50, 680)
    expect(answer.isQuiet).toBe(true)
    expect(answer.coverage.gaps[0]?.reason).toBe('the clock was set forward by 600 s')
  })

  test('a gap in the middle of a shortage does not hide it', async () => {
    record
      .event(start)
      .run(60)
      .run(10, full)
      .away(6, [gap(6)])
      .run(10, full)
    const answer = await record.explain(60, 86)
    expect(answer.findings.map(({ resource }) => resource)).toEqual(['time', 'cpu'])
    expect(answer.findings[1]?.culprits[0]?.name).toBe('hog')
  })
})

describe('nothing is made up', () => {
  test('a quiet window is quiet', async () => {
    record.run(120)
    const answer = await record.explain(60, 120)
    expect(answer.findings).toEqual([])
    expect([answer.isQuiet, answer.summary]).toEqual([true, 'Nothing was short.'])
    expect(answer.resources.every(({ isShort }) => !isShort)).toBe(true)
    expect(answer.coverage.share).toBe(1)
  })

  test('one busy second in a minute is no shortage', async () => {
    record.run(60).run(1, full).run(59)
    expect((await record.explain(40, 100)).isQuiet).toBe(true)
  })

  test('where nothing is recorded, that is said', async () => {
    const answer = await record.explain(0, 60)
    expect(answer.summary).toBe('Nothing is recorded of that time.')
    expect(answer.coverage.share).toBe(0)
  })

  test('without PSI the run queue tells, and what is missing is said', async () => {
    record.close()
    record = madeUpRecord({ hasPressure: false })
    record.run(60).run(30, full)
    const answer = await record.explain(60, 90)
    expect(first(answer)).toEqual(['cpu', 'hog'])
    expect(answer.coverage.missing.map(({ what }) => what)).toContain('waiting for CPUs (PSI)')
  })

  test('on 128 CPUs one busy process is one full core and no shortage of CPUs', async () => {
    record.close()
    record = madeUpRecord({ cpus: 128 })
    record.run(30).run(30, { busy: 0.02, processes: [{ pid: 400, name: 'hog', cpu: 1 }] })
    expect((await record.explain(30, 60)).isQuiet).toBe(true)
  })

  test('on one CPU it is', async () => {
    record.close()
    record = madeUpRecord({ cpus: 1 })
    record.run(30).run(30, { busy: 1, processes: [{ pid: 400, name: 'hog', cpu: 1 }] })
    const answer = await record.explain(30, 60)
    expect(first(answer)).toEqual(['cpu', 'hog'])
    expect(answer.findings[0]?.kind).toBe('utilization')
    expect(answer.findings[0]?.severity).toBeLessThan(0.4)
  })
})

describe('who it was', () => {
  test('C18 what a child wrote is not written twice when its parent has waited for it', async () => {
    const disk = (busy: number) => ({
      'system.disk.io_time{device=sda,role=physical}': busy,
      'system.disk.io{device=sda,role=physical,direction=write}': busy * 100 * MiB,
    })
    const parent = { pid: 300, name: 'sh', written: 0, read: 0 }
    const child = { pid: 420, name: 'dump', parentPid: 300, written: 100 * MiB, read: 0 }
    record.run(60, { values: disk(0), processes: [parent] })
    record.run(20, { pressure: { io: 0.9 }, values: disk(1), processes: [parent, child] })
    // The kernel adds the child's bytes to the parent's.
    record.run(1, { values: disk(0), processes: [{ ...parent, written: 20 * 100 * MiB }] })
    record.run(5, { pressure: { io: 0.9 }, values: disk(1), processes: [parent] })
    const [finding] = (await record.explain(60, 86)).findings
    expect(finding?.culprits.map(({ name }) => name)).toEqual(['dump'])
  })

  test('two problems at once are two findings, each with its own culprit', async () => {
    record.run(60, { values: { 'system.disk.io_time{device=sda,role=physical}': 0.01 } })
    record.run(30, {
      ...full,
      pressure: { cpu: 0.7, io: 0.8 },
      values: {
        ...full.values,
        'system.disk.io_time{device=sda,role=physical}': 1,
        'system.disk.io{device=sda,role=physical,direction=write}': 100 * MiB,
      },
      processes: [hog, { pid: 420, name: 'dump', written: 100 * MiB, read: 0 }],
    })
    const answer = await record.explain(60, 90)
    const found = answer.findings.map(({ resource, culprits }) => `${resource} ${culprits[0]?.name}`)
    expect(found.sort()).toEqual(['cpu hog', 'disk dump'])
  })

  test('R2 a pid that was given again is two processes', async () => {
    record.run(60)
    record.run(10, { ...full, processes: [{ ...hog, startTicks: 10_400 }] })
    record.run(10, { ...full, processes: [{ ...hog, name: 'heir', startTicks: 10_900, cpu: 0.2 }] })
    const answer = await record.explain(60, 80)
    const named = answer.findings[0]?.culprits.map(({ name, startTicks, hasEnded }) => [name, startTicks, hasEnded])
    expect(named).toEqual([
      ['hog', 10_400, true],
      ['heir', 10_900, undefined],
    ])
  })

  test('many of one name are told as one', async () => {
    const workers = Array.from({ length: 20 }, (_, i) => ({ pid: 600 + i, name: 'cc1', cpu: 0.09, cgroup: '/build' }))
    record.run(60).run(20, { ...full, processes: workers })
    const [finding] = (await record.explain(60, 80)).findings
    expect(finding?.culprits[0]?.processes).toBe(20)
    expect(finding?.sentence).toContain('20 processes cc1')
  })

  test('I/O that may not be read is said, and not shared out', async () => {
    const values = (busy: number) => ({
      'system.disk.io_time{device=sda,role=physical}': busy,
      'system.disk.io{device=sda,role=physical,direction=write}': busy * 100 * MiB,
    })
    record.run(60, { values: values(0) })
    record.run(20, {
      pressure: { io: 0.9 },
      values: values(1),
      processes: [{ pid: 420, name: 'secret', written: null, read: null }],
    })
    const [finding] = (await record.explain(60, 80)).findings
    expect(finding?.culprits).toEqual([])
    expect(finding?.unattributedShare).toBeGreaterThan(0.95)
    expect(finding?.attribution).toContain('may not be read')
  })

  test('a task that hangs in the kernel is named once it hangs for ten seconds', async () => {
    const hanging = (status: number) => ({
      values: { 'system.process.count{status=disk_sleep}': status },
      processes: [{ pid: 470, name: 'nfsd', state: status > 0 ? 'D' : 'S' }],
    })
    record.run(60, hanging(0)).run(25, hanging(1))
    const answer = await record.explain(60, 85)
    expect(first(answer)).toEqual(['processes', 'nfsd'])
    expect(answer.findings[0]?.instance).toBe('hung')
  })
})

describe('against another time', () => {
  test('what was different, most first', async () => {
    record.run(120).run(30, full)
    const { explain } = await import('./explain.ts')
    const at = (second: number) => record.startMs + second * 1000
    const answer = await explain(record.parts, {
      window: { startMs: at(120), endMs: at(150) },
      against: { startMs: at(60), endMs: at(90) },
    })
    expect(answer.against?.summary).toBe('1 of 1 shortages were not there in the time compared with')
    expect(answer.against?.differences[0]?.sentence).toBe('cpu was used 100 %, against 5 %')
  })
})
