import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { settled } from '../../test/assembled-machine.ts'
import { type ManualClock, manualClock } from '../../test/manual-clock.ts'
import type { CurrentResponse, EventsResponse, HealthResponse } from '../api/contract.ts'
import { type ConfigInput, loadConfig } from '../config/load.ts'
import { Daemon } from './daemon.ts'
import { DaemonLog } from './daemon-log.ts'

/** The daemon on this very machine, on a clock that a test moves. */
let folder: string
let clock: ManualClock
let log: DaemonLog | undefined
let daemon: Daemon | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sysmon-daemon-'))
  clock = manualClock(Date.UTC(2026, 0, 5, 12))
})
afterEach(async () => {
  await daemon?.stop('the test is over')
  log?.close()
  daemon = undefined
  rmSync(folder, { recursive: true, force: true })
})

const write = (text: string): void => writeFileSync(join(folder, 'config.yaml'), text, { mode: 0o600 })
const inputOf = (flags: Readonly<Record<string, string>> = {}): ConfigInput => ({
  home: folder,
  isRoot: false,
  cwd: folder,
  env: {},
  configOption: join(folder, 'config.yaml'),
  flags: {
    data_dir: join(folder, 'data'),
    'log.file': join(folder, 'log'),
    // This process is the tests’: its priority stays.
    priority: 'normal',
    ...flags,
  },
})
async function make(text = '', flags?: Readonly<Record<string, string>>): Promise<Daemon> {
  write(text)
  const input = inputOf(flags)
  const loaded = await loadConfig(input)
  log = new DaemonLog(loaded.config.log, clock)
  daemon = new Daemon({ clock, loaded, reload: () => loadConfig(input), log, startedMs: 0 })
  return daemon
}
const ask = (path: string): Promise<Response> =>
  fetch(`http://sysmon${path}`, { unix: join(folder, 'data/sysmon.sock') } as RequestInit)
const read = async <T>(path: string): Promise<T> => (await (await ask(path)).json()) as T
const logged = (): string => readFileSync(join(folder, 'log'), 'utf8')
const pass = (seconds: number): void => {
  for (let i = 0; i < seconds; i++) clock.advance(1000)
}

test('from start to stop: it is ready, records, and ends with everything flushed', async () => {
  const { start, stop } = bound(await make())
  await start()
  pass(7)
  expect((await read<CurrentResponse>('/api/v1/metrics/current')).seq).toBe(7)
  expect((await read<HealthResponse>('/health')).db_connection).toBe('ok')
  expect(await stop('a test')).toBe(0)
  expect(await stop('twice')).toBe(0)
  expect(logged()).toContain('"ready"')
  expect(logged().match(/"stopped"/g)).toHaveLength(1)
  await expect(ask('/health')).rejects.toThrow()
})
const bound = (one: Daemon) => ({ start: () => one.start(), stop: (why: string) => one.stop(why) })

describe('a start that cannot be leaves nothing running', () => {
  test('a second one over the same record', async () => {
    await (await make()).start()
    const first = daemon
    const input = inputOf({ 'socket.path': join(folder, 'other.sock') })
    const loaded = await loadConfig(input)
    const second = new Daemon({ clock, loaded, reload: () => loadConfig(input), log: log as DaemonLog, startedMs: 0 })
    await expect(second.start()).rejects.toThrow(/another|lock/i)
    pass(2)
    expect((await read<CurrentResponse>('/api/v1/metrics/current')).seq).toBeGreaterThan(0)
    expect(await first?.stop('done')).toBe(0)
  })

  test('a proc filesystem that is not mounted, by its cause', async () => {
    mkdirSync(join(folder, 'empty'))
    const { start } = bound(await make('', { procfs: join(folder, 'empty') }))
    await expect(start()).rejects.toMatchObject({
      what: 'the folder is empty',
      where: expect.stringContaining('procfs'),
    })
    const missing = await make('', { sysfs: join(folder, 'nowhere') })
    await expect(missing.start()).rejects.toMatchObject({ what: 'there is no such folder' })
  })

  test('a socket that cannot be', async () => {
    const one = await make('', { 'socket.path': join(folder, 'no/such/folder/s') })
    await expect(one.start()).rejects.toThrow()
    expect(clock.pendingTimers).toBe(0)
  })

  test('a stop during the start waits for it', async () => {
    const one = await make()
    const starting = one.start()
    expect(await one.stop('at once')).toBe(0)
    await starting
    // What the slow lane had begun to read comes to its end.
    await settled(() => clock.pendingTimers === 0)
    expect(logged()).not.toContain('"level":"error"')
  })
})

test('a damaged record is moved aside, told in the log and in the new one', async () => {
  mkdirSync(join(folder, 'data'), { mode: 0o700 })
  writeFileSync(join(folder, 'data/data.db'), `SQLite format 3\0${'x'.repeat(8192)}`, { mode: 0o600 })
  await (await make()).start()
  pass(1)
  const { events } = await read<EventsResponse>('/api/v1/events')
  expect(events.map(({ kind }) => kind)).toContain('store_moved_aside')
  expect(logged()).toContain('moved aside')
})

describe('the configuration read again', () => {
  test('what can change while it runs does, what cannot says that it needs a restart', async () => {
    const one = await make('log: { level: info }')
    await one.start()
    write('log: { level: debug }\ninterval: 2s\nretention: { seconds: 3h }')
    await one.reload()
    const lines = logged()
      .split('\n')
      .filter((line) => line.includes('setting changed'))
    expect(lines.find((line) => line.includes('log.level'))).toContain('"setting changed"')
    expect(lines.find((line) => line.includes('"interval"'))).toContain('needs a restart')
    expect(logged()).toContain('configuration read again')
  })

  test('a wrong one leaves everything as it was', async () => {
    const one = await make()
    await one.start()
    write('interval: never')
    await one.reload()
    expect(logged()).toContain('going on with the one before')
    pass(2)
    expect((await ask('/health')).status).toBe(200)
  })
})
