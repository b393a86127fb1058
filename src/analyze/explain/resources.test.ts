import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type MadeUpRecord, madeUpRecord } from '../../../test/made-up-record.ts'
import type { ExplainResponse } from '../../api/explain-contract.ts'

let record: MadeUpRecord
beforeEach(() => {
  record = madeUpRecord()
})
afterEach(() => record.close())

const MiB = 1024 ** 2
const first = ({ findings }: ExplainResponse) => [findings[0]?.resource, findings[0]?.instance, findings[0]?.kind]
/** A minute of calm values, then twenty seconds of bad ones. */
const calmThenBad = (calm: Readonly<Record<string, number>>, bad: Readonly<Record<string, number>>) =>
  record.run(60, { values: calm }).run(20, { values: bad }).explain(60, 80)

describe('each resource', () => {
  test('steal: the hypervisor, and nobody here is to blame', async () => {
    record
      .run(60)
      .run(20, { busy: 0.6, steal: 0.35, pressure: { cpu: 0.5 }, processes: [{ pid: 400, name: 'app', cpu: 1.2 }] })
    const answer = await record.explain(60, 80)
    expect(first(answer)).toEqual(['cpu', 'steal', 'saturation'])
    expect(answer.findings[0]?.culprits).toEqual([])
    expect(answer.findings[0]?.sentence).toBe('The hypervisor kept 35 % of the CPU time from this machine for 20 s.')
  })

  test('one core that is full while others idle, once it is so for long', async () => {
    const cores = (one: number) => ({
      'system.cpu.time{cpu=2,mode=user}': one,
      'system.cpu.time{cpu=2,mode=idle}': 1 - one,
    })
    record.run(60, { values: cores(0) })
    record.run(30, { values: cores(1), processes: [{ pid: 400, name: 'single', cpu: 0.98 }] })
    const answer = await record.explain(60, 90)
    expect(first(answer)).toEqual(['cpu', 'core 2', 'utilization'])
    expect(answer.findings[0]?.culprits[0]?.name).toBe('single')
    expect(answer.findings[0]?.severity).toBeLessThan(0.2)
  })

  test('swap: pages that come back', async () => {
    const swap = (pages: number) => ({
      'system.paging.usage{state=used}': 100 * MiB,
      'system.paging.usage{state=free}': 900 * MiB,
      'system.paging.operations{direction=in}': pages,
    })
    expect(first(await calmThenBad(swap(0), swap(5000)))).toEqual(['swap', undefined, 'saturation'])
  })

  test('memory that thrashes stands before the disk that it reads', async () => {
    const disk = (busy: number) => ({
      'system.disk.io_time{device=sda,role=physical}': busy,
      'system.disk.io{device=sda,role=physical,direction=read}': busy * 100 * MiB,
      'system.linux.memory.refaults{type=file}': busy * 20_000,
    })
    record.run(60, { values: disk(0) })
    record.run(20, { pressure: { memory: 0.6, io: 0.9 }, fullPressure: { memory: 0.3, io: 0.8 }, values: disk(1) })
    const { findings } = await record.explain(60, 80)
    expect(findings.map(({ resource }) => resource)).toEqual(['memory', 'disk'])
    expect(findings[0]?.evidence.map(({ metric }) => metric)).toContain('system.linux.memory.refaults')
  })

  test('tasks that wait for storage though no disk works', async () => {
    record.run(60).run(20, { pressure: { io: 0.9 }, fullPressure: { io: 0.9 } })
    const answer = await record.explain(60, 80)
    expect(first(answer)).toEqual(['disk', undefined, 'saturation'])
    expect(answer.findings[0]?.sentence).toContain('though no disk of this machine was busy')
  })

  test('a link that is full, by its speed', async () => {
    const link = (bytes: number) => ({
      'system.network.limit{device=eth0,role=physical}': 125e6,
      'system.network.io{device=eth0,role=physical,direction=receive}': bytes,
      'system.network.io{device=eth0,role=physical,direction=transmit}': 1000,
    })
    const answer = await calmThenBad(link(1000), link(120e6))
    expect(first(answer)).toEqual(['network', 'eth0', 'saturation'])
    expect(answer.findings[0]?.sentence).toStartWith('Eth0 was 96 % full (receive)')
  })

  test('TCP: connections that nobody accepts, segments sent again', async () => {
    const tcp = (drops: number, again: number) => ({
      'system.network.tcp.segments{direction=transmit}': 10_000,
      'system.network.tcp.retransmits': again,
      'system.network.tcp.listen_drops{reason=overflow}': drops,
    })
    const answer = await calmThenBad(tcp(0, 1), tcp(20, 1000))
    expect(first(answer)).toEqual(['tcp', undefined, 'errors'])
    expect(answer.findings[0]?.evidence).toHaveLength(2)
  })

  test('a group that was killed at its own limit, on a machine with room', async () => {
    const group = 'cgroup=/system.slice/app.service,name=app.service'
    const values = (kills: number) => ({
      [`cgroup.memory.events{${group},type=oom_kill}`]: kills,
      [`cgroup.memory.events{${group},type=max}`]: kills * 100,
      'system.linux.memory.oom_kills': kills,
    })
    record.run(60, { values: values(0) })
    record.run(10, (i) => ({
      values: values(0),
      processes: [
        { pid: 410, name: 'app', residentBytes: i * 30 * MiB, cgroup: '/system.slice/app.service' },
        { pid: 411, name: 'other', residentBytes: i * 90 * MiB },
      ],
    }))
    record.run(1, { values: values(1) }).run(9, { values: values(0) })
    const { findings } = await record.explain(60, 80)
    expect([findings[0]?.resource, findings[0]?.culprits[0]?.name]).toEqual(['cgroup', 'app'])
    // The same kill, counted by the host, is no want of memory of the machine.
    expect(findings.map(({ resource }) => resource)).toEqual(['cgroup'])
  })

  test('processes that a group may have no more of', async () => {
    const group = 'cgroup=/system.slice/app.service,name=app.service'
    const values = (count: number) => ({
      [`cgroup.process.count{${group}}`]: count,
      [`cgroup.process.limit{${group}}`]: 100,
    })
    expect(first(await calmThenBad(values(10), values(100)))).toEqual(['cgroup', 'app.service', 'errors'])
  })

  test('cores that heat slows down', async () => {
    const heat = (events: number) => ({ 'system.cpu.throttles{cpu=0}': events })
    expect(first(await calmThenBad(heat(0), heat(30)))).toEqual(['heat', undefined, 'errors'])
  })

  test('an image that cannot be written to is full by design', async () => {
    const mount = 'mountpoint=/snap/core,device=/dev/loop3,type=squashfs'
    const values = {
      [`system.filesystem.usage{${mount},state=used}`]: 100 * MiB,
      [`system.filesystem.usage{${mount},state=free}`]: 0,
      [`system.filesystem.read_only{${mount}}`]: 1,
    }
    expect((await calmThenBad(values, values)).isQuiet).toBe(true)
  })
})

test('control groups that waited are told beside the processes', async () => {
  const waited = (share: number) => ({
    'cgroup.pressure.some.time{cgroup=/system.slice/db.service,name=db.service,resource=io}': share,
    'cgroup.pressure.some.time{cgroup=/system.slice/idle.service,name=idle.service,resource=io}': 0,
    'cgroup.pressure.some.time{cgroup=self,name=/,resource=io}': share,
    'system.disk.io_time{device=sda,role=physical}': share,
  })
  record.run(60, { values: waited(0) }).run(20, { pressure: { io: 0.8 }, values: waited(0.7) })
  const [finding] = (await record.explain(60, 80)).findings
  expect(finding?.waiters.map(({ sentence }) => sentence)).toEqual([
    'tasks of db.service waited for storage 70 % of the time, 14 s',
  ])
})

test('a restart with another version is told as that', async () => {
  const start = (version: string) => ({
    kind: 'start',
    severity: 'info' as const,
    message: 'sysmon started',
    data: { pid: 700, version },
  })
  record.event(start('1.0.0')).run(60).event(start('1.1.0')).run(30)
  const { changes } = await record.explain(30, 90)
  expect(changes.filter(({ kind }) => kind === 'version').map(({ sentence }) => sentence)).toEqual([
    'sysmon started; its version is 1.1.0 now, and was 1.0.0',
  ])
})

describe('time that is missing: why', () => {
  const gap = { kind: 'gap', severity: 'warning' as const, message: 'no sample for 10 s', data: { seconds: 10 } }
  const start = { kind: 'start', severity: 'info' as const, message: 'sysmon started', data: { pid: 700 } }

  test('the whole machine stood still', async () => {
    record.event(start).run(60)
    // Ten seconds pass, and the CPUs count but one.
    record
      .event(gap)
      .run(1, { tick: { atMs: record.nowMs + 10_000, elapsedMs: 10_000, gap: 'missed' } })
      .run(10)
    const { findings } = await record.explain(55, 80)
    expect(findings[0]?.sentence).toStartWith('Nothing was recorded for 10 s: the whole machine stood still')
    expect(findings[0]?.culprits).toEqual([])
  })

  test('sysmon waited for a CPU', async () => {
    record.event(start).run(60)
    const starved = { pid: 700, name: 'sysmond', startTicks: 700, residentBytes: 40 * MiB, cpu: 0.004, wait: 0.9 }
    record.run(1, { processes: [{ ...starved, wait: 0 }] })
    record.away(10, [gap], {}, { processes: [starved], busy: 1 }).run(10)
    const { findings } = await record.explain(55, 80)
    expect(findings[0]?.sentence).toStartWith(
      'Nothing was recorded for 10 s: sysmon waited for a CPU 90 % of that time',
    )
  })
})

describe('a long window', () => {
  test('is read by the minute, and what was in it is found, with its beginning and against the past', async () => {
    record.run(75 * 60, (i) => ({ busy: 0.05 + (i % 7) / 100 }))
    record.run(10 * 60, {
      busy: 0.98,
      pressure: { cpu: 0.7 },
      processes: [{ pid: 400, name: 'hog', cpu: 1.9 }],
    })
    const answer = await record.explain(55 * 60, 85 * 60)
    expect(answer.window.stepMs).toBe(60_000)
    const [finding] = answer.findings
    expect([finding?.resource, finding?.culprits[0]?.name]).toEqual(['cpu', 'hog'])
    expect(finding?.sinceMs).toBeWithin(record.startMs + 74 * 60_000, record.startMs + 76 * 60_000)
    expect(finding?.unusualness?.sentence).toMatch(/^higher than in any of \d+ minutes in the day before/)
    expect(answer.coverage.share).toBe(1)
  }, 60_000)

  test('what is worked out of two metrics has no past of its own', async () => {
    record.run(75 * 60).run(60, { values: { 'system.linux.memory.available': 100 * MiB } })
    const [finding] = (await record.explain(75 * 60, 76 * 60)).findings
    expect(finding?.sentence).toStartWith('1 % of memory was available')
    expect(finding?.unusualness).toBeUndefined()
  }, 60_000)
})
