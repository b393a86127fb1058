import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type {
  CurrentResponse,
  EventsResponse,
  HealthResponse,
  HistoryResponse,
  ProcessesResponse,
} from '../../src/api/contract.ts'
import { linesOf } from '../../src/platform/mount-probe.ts'
import { type Child, startChild } from '../against/child.ts'
import { type FixtureFolder, fixtureFolder } from '../fixture-folder.ts'
import { type DaemonOptions, endsWithTest, eventually, programCommand, startDaemon, type TestDaemon } from './daemon.ts'
import { runProgram } from './program-run.ts'

/** What happens to a daemon that is stopped, asked to end, told anew, or shown an odd machine. */
let folder: string
let dataDir: string
const opened: { close(): void | Promise<void> }[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sysmon-failures-'))
  dataDir = join(folder, 'data')
})
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close()
  rmSync(folder, { recursive: true, force: true })
})
async function started(options: DaemonOptions = {}): Promise<TestDaemon> {
  const daemon = await startDaemon({ dataDir, ...options })
  opened.push({ close: daemon.kill })
  return daemon
}
function child(command: readonly string[]): Child {
  const made = startChild([...endsWithTest, ...command])
  opened.push({ close: made.end })
  return made
}

const health = (daemon: TestDaemon): Promise<HealthResponse> => daemon.get('/health')
const current = (daemon: TestDaemon, metric = 'sysmon.tick.lateness'): Promise<CurrentResponse> =>
  daemon.get(`/api/v1/metrics/current?metric=${metric}`)
const processes = (daemon: TestDaemon): Promise<ProcessesResponse> => daemon.get('/api/v1/processes')
const valuesOf = ({ values }: CurrentResponse, metric: string): number[] =>
  values.filter((one) => one.metric === metric).map(({ value }) => value)
const reaches = (daemon: TestDaemon, seq: number): Promise<CurrentResponse> =>
  eventually(
    () => current(daemon),
    (now) => now.seq >= seq,
  )
const eventsOf = async (daemon: TestDaemon): Promise<EventsResponse['events']> =>
  (await daemon.get<EventsResponse>('/api/v1/events?start=-1h')).events
const history = (daemon: TestDaemon, metric: string, startMs: number): Promise<HistoryResponse> =>
  daemon.get(`/api/v1/metrics/history?metric=${metric}&start=${startMs}&resolution=1s`)

/** The letter of proc_pid_stat(5). */
const stateOf = (pid: number): string => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.[0] ?? ''

test('T4: stopped for three seconds: one late tick, one event, no burst and no spike', async () => {
  const daemon = await started()
  const before = await reaches(daemon, 2)
  daemon.signal('SIGSTOP')
  await eventually(
    async () => stateOf(daemon.pid),
    (state) => state === 'T',
  )
  const stoppedMs = performance.now()
  await eventually(
    async () => performance.now() - stoppedMs,
    (passed) => passed > 3300,
  )
  daemon.signal('SIGCONT')
  const gap = await eventually(
    async () => (await eventsOf(daemon)).filter(({ kind }) => kind === 'gap'),
    (events) => events.length > 0,
  )
  const after = await reaches(daemon, before.seq + 4)
  expect(gap).toHaveLength(1)
  expect(gap[0]?.data.missed).toBeGreaterThanOrEqual(2)

  const [lateness, cpu, network, time] = await Promise.all(
    ['sysmon.tick.lateness', 'system.cpu.utilization', 'system.network.io', 'system.cpu.time'].map((metric) =>
      history(daemon, metric, before.unixMs - 2000),
    ),
  )
  const times = lateness?.unixMs ?? []
  const steps = times.slice(1).map((at, i) => at - (times[i] as number))
  expect(steps.filter((step) => step > 2500)).toHaveLength(1)
  expect(Math.min(...steps)).toBeGreaterThan(30)
  // Seconds on the clock and ticks taken: as many as there were, less those missed.
  const spanSeconds = Math.round((after.unixMs - before.unixMs) / 1000)
  expect(after.seq - before.seq).toBeLessThanOrEqual(spanSeconds - 2)
  const known = (answer: HistoryResponse | undefined): number[] =>
    (answer?.series ?? []).flatMap(({ avg }) => avg).filter((value) => value !== null)
  for (const value of known(cpu)) expect([value >= 0, value <= 1]).toEqual([true, true])
  for (const value of known(network)) expect(value).toBeGreaterThanOrEqual(0)
  // A processor has a second a second: counted over one second only, those of the stall would make four of it.
  expect(known(time).length).toBeGreaterThan(20)
  for (const value of known(time)) expect([value >= 0, value < 1.5]).toEqual([true, true])
  expect((await eventsOf(daemon)).filter(({ kind }) => kind === 'gap')).toHaveLength(1)
  expect(await daemon.stop()).toBe(0)
}, 40_000)

describe('the end', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s ends it with 0 within two seconds, with a stop event and nothing left',
    async (signal) => {
      const first = await started()
      await reaches(first, 1)
      const sentMs = performance.now()
      first.signal(signal)
      expect(await first.exited).toBe(0)
      expect(performance.now() - sentMs).toBeLessThan(2000)
      expect(first.log.at(-1)).toMatchObject({ level: 'info', msg: 'stopped' })
      expect(await Bun.file(join(dataDir, 'sysmon.sock')).exists()).toBe(false)
      const second = await started()
      const events = [...(await eventsOf(second))].sort((a, b) => a.unixMs - b.unixMs)
      expect(events.map(({ kind }) => kind)).toEqual(['start', 'stop', 'start'])
      expect(events[1]?.data).toEqual({ why: signal })
      expect(await second.stop()).toBe(0)
    },
    30_000,
  )

  test('asked twice it ends once', async () => {
    const daemon = await started()
    daemon.signal('SIGTERM')
    daemon.signal('SIGTERM')
    daemon.signal('SIGINT')
    expect(await daemon.exited).toBe(0)
    expect(daemon.log.filter(({ msg }) => msg === 'stopped')).toHaveLength(1)
  })

  test('a client that never ends its request does not hold it up', async () => {
    const daemon = await started()
    const connection = await Bun.connect({ unix: daemon.socket, socket: { data: () => undefined } })
    opened.push({ close: () => void connection.end() })
    connection.write('GET /api/v1/metrics/current HTTP/1.1\r\nHost: s')
    const sentMs = performance.now()
    expect(await daemon.stop()).toBe(0)
    expect(performance.now() - sentMs).toBeLessThan(2000)
  })

  test('asked while it starts, it ends in order too', async () => {
    const daemon = Bun.spawn([...endsWithTest, ...programCommand('sysmond'), '--data-dir', dataDir], {
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'pipe',
      env: { ...process.env, HOME: folder },
    })
    opened.push({ close: () => daemon.kill('SIGKILL') })
    const messages: string[] = []
    for await (const line of linesOf(daemon.stderr)) {
      const { msg } = JSON.parse(line) as { msg: string }
      messages.push(msg)
      if (msg === 'starting') daemon.kill('SIGTERM')
    }
    expect(await daemon.exited).toBe(0)
    expect(messages.at(-1)).toBe('stopped')
    expect(await Bun.file(join(dataDir, 'sysmon.sock')).exists()).toBe(false)
    const second = await started()
    const kinds = [...(await eventsOf(second))].sort((a, b) => a.unixMs - b.unixMs).map(({ kind }) => kind)
    expect(kinds.slice(0, -1).filter((kind) => kind === 'start')).toHaveLength(
      kinds.filter((kind) => kind === 'stop').length,
    )
    expect(await second.stop()).toBe(0)
  }, 30_000)
})

describe('SIGHUP', () => {
  async function configured(text: string): Promise<{ daemon: TestDaemon; write: (text: string) => void }> {
    const file = join(folder, 'config.yaml')
    const write = (now: string): void => writeFileSync(file, now, { mode: 0o600 })
    write(text)
    return { daemon: await started({ args: ['--config', file] }), write }
  }
  async function reloaded(daemon: TestDaemon): Promise<TestDaemon['log']> {
    const from = daemon.log.length
    daemon.signal('SIGHUP')
    await eventually(
      async () => daemon.log.slice(from),
      (records) =>
        records.some(({ msg }) => msg.startsWith('configuration read') || msg.startsWith('the configuration is')),
    )
    return daemon.log.slice(from)
  }

  test('a setting that is live counts at once', async () => {
    const { daemon, write } = await configured('log:\n  level: info\n')
    write('log:\n  level: debug\n')
    expect(await reloaded(daemon)).toMatchObject([
      { level: 'info', msg: 'setting changed', key: 'log.level', from: 'info', to: 'debug' },
      { msg: 'configuration read again', changes: 1 },
    ])
    // Said at the level that has just been switched on, five seconds after the start.
    await daemon.logged(({ level }) => level === 'debug')
    expect(await daemon.stop()).toBe(0)
  }, 20_000)

  test('a wrong configuration is named with its place, and the one before stays', async () => {
    const { daemon, write } = await configured('log:\n  level: info\n')
    write('log:\n  levle: debug\n')
    const [record, ...rest] = await reloaded(daemon)
    expect(rest).toEqual([])
    expect(record).toMatchObject({ level: 'error', msg: 'the configuration is wrong; going on with the one before' })
    expect(record?.error).toContain(`${join(folder, 'config.yaml')}:2:3: log.levle: there is no such key. Did you mean`)
    await reaches(daemon, (await current(daemon)).seq + 1)
    write('log:\n  level: info\n')
    expect(await reloaded(daemon)).toMatchObject([{ msg: 'configuration read again', changes: 0 }])
    expect(await daemon.stop()).toBe(0)
  }, 20_000)

  test('a setting that is not live says that it needs a restart, each time until it is so, and nothing once it is taken back', async () => {
    const { daemon, write } = await configured('interval: 1s\n')
    const needsRestart = {
      level: 'warn',
      msg: 'setting changed, but needs a restart',
      key: 'interval',
      from: '1s',
      to: '2s',
    }
    write('interval: 2s\n')
    expect(await reloaded(daemon)).toMatchObject([needsRestart, { msg: 'configuration read again' }])
    expect(await reloaded(daemon)).toMatchObject([needsRestart, { msg: 'configuration read again' }])
    write('interval: 1s\n')
    expect(await reloaded(daemon)).toMatchObject([{ msg: 'configuration read again', changes: 0 }])
    expect(await daemon.stop()).toBe(0)
  }, 20_000)
})

test('C18: with thousands of processes too short to be seen the daemon ticks on, and what they used adds up', async () => {
  const daemon = await started()
  await reaches(daemon, 2)
  // A subshell is a fork and an exit: the shell waits for each and reaps its time.
  for (let i = 0; i < 2; i++) child(['sh', '-c', 'while :; do (:); (:); (:); (:); done'])
  const rate = await eventually(
    async () => valuesOf(await current(daemon, 'system.process.created'), 'system.process.created')[0] ?? 0,
    (perSecond) => perSecond > 1000,
  )
  expect(rate).toBeGreaterThan(1000)
  const seen: ProcessesResponse['accounting'][] = []
  let unixMs = 0
  while (seen.length < 4) {
    const answer = await eventually(
      () => processes(daemon),
      (now) => now.unixMs > unixMs,
    )
    unixMs = answer.unixMs
    seen.push(answer.accounting)
    for (const { cpu, reapedCpu } of answer.processes)
      expect([(cpu ?? 0) >= 0, (reapedCpu ?? 0) >= 0]).toEqual([true, true])
  }
  for (const { hostBusy, processes: listed, reaped, unattributed } of seen) {
    const parts = [listed, reaped, unattributed].map((part) => part ?? Number.NaN)
    for (const part of parts) expect(part).toBeGreaterThanOrEqual(0)
    const sum = parts.reduce((total, part) => total + part, 0)
    // The windows of host and processes end some milliseconds apart.
    expect(Math.abs(sum - (hostBusy ?? Number.NaN))).toBeLessThan(0.15 * Math.max(1, hostBusy ?? 0))
  }
  expect(Math.max(...seen.map(({ reaped, unattributed }) => (reaped ?? 0) + (unattributed ?? 0)))).toBeGreaterThan(0.1)
  expect((await health(daemon)).status).toBe('healthy')
  expect(await daemon.stop()).toBe(0)
}, 60_000)

test('R1, R12: a process named like the rest of its line, with an escape, harms neither the record nor a terminal', async () => {
  const named = child(['sh', '-c', "printf ') R 1 (\\n\\033]0;x' >/proc/$$/comm; echo named; read line"])
  await named.said()
  const daemon = await started()
  const row = await eventually(
    async () => (await processes(daemon)).processes.find(({ pid }) => pid === named.pid),
    (found) => found !== undefined,
  )
  expect(row).toMatchObject({ name: ') R 1 (��]0;x', state: 'S', parentPid: process.pid })
  for (const args of [['ps'], ['ps', '--json'], ['process', String(named.pid)]]) {
    const { code, stdout } = await runProgram('sysmon', [...args, '--data-dir', dataDir])
    expect(code).toBe(0)
    expect(stdout).toContain(String(named.pid))
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
  }
  expect(await daemon.stop()).toBe(0)
}, 30_000)

describe('another machine', () => {
  let machine: FixtureFolder
  const machineOf = (name: string): string[] => {
    machine = fixtureFolder(name)
    opened.push({ close: machine.remove })
    return ['--procfs', machine.procfs, '--sysfs', machine.sysfs]
  }
  const settled = (daemon: TestDaemon): Promise<HealthResponse> =>
    eventually(
      () => health(daemon),
      ({ collector_status: of }) => Object.values(of).every((state) => state.duration_ms !== undefined),
    )

  test('a recorded server is shown as it was, not the machine that the daemon runs on', async () => {
    const daemon = await started({ args: machineOf('storage-server') })
    await settled(daemon)
    await reaches(daemon, 3)
    const now = await current(daemon, 'system.*')
    const { processes: rows } = await processes(daemon)
    const facts = {
      host: [now.host.hostName, now.host.kernel, now.host.logicalCpus],
      memory: valuesOf(now, 'system.memory.limit'),
      load: valuesOf(now, 'system.cpu.load_average.1m'),
      devices: [...new Set(now.values.flatMap(({ labels }) => labels.device ?? []))].sort(),
      processes: rows.map(({ pid, name }) => `${pid} ${name}`).sort(),
    }
    expect(facts).toMatchSnapshot()
    expect((await health(daemon)).status).toBe('healthy')
    expect(await daemon.stop()).toBe(0)
  }, 30_000)

  test('a collector that throws is isolated: it is named, counted and tried again, and the others go on', async () => {
    const args = machineOf('laptop')
    const loadavg = join(machine.procfs, 'loadavg')
    const whole = readFileSync(loadavg)
    rmSync(loadavg)
    const daemon = await started({ args })
    await reaches(daemon, 3)
    const bad = await health(daemon)
    expect(bad.status).toBe('degraded')
    expect(bad.problems).toEqual([expect.stringMatching(/^the collector process fails: .*loadavg/)])
    expect(bad.collector_status.process?.failures).toBeGreaterThanOrEqual(1)
    // The same file is all that another one has: that is no data, and no failure.
    expect(bad.collector_status.load?.status).toBe('no_data')
    for (const name of ['cpu', 'memory', 'network', 'disk']) expect(bad.collector_status[name]?.status).toBe('ok')
    const { values } = await current(daemon, 'sysmon.collector.failures')
    expect(values.some(({ labels }) => labels.collector === 'process')).toBe(true)
    expect(valuesOf(await current(daemon, 'system.memory.limit'), 'system.memory.limit')).toHaveLength(1)
    expect((await processes(daemon)).processes).toEqual([])
    expect(daemon.log.filter(({ msg }) => msg === 'a collector fails')).toHaveLength(1)

    writeFileSync(loadavg, whole)
    await eventually(
      () => health(daemon),
      ({ status }) => status === 'healthy',
      40_000,
    )
    const kinds = (await eventsOf(daemon)).map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind.startsWith('collector_')).sort()).toEqual([
      'collector_failed',
      'collector_recovered',
    ])
    expect(await daemon.stop()).toBe(0)
  }, 60_000)
})
