import { Database } from 'bun:sqlite'
import { afterEach, describe, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type FakeDaemon, startFakeDaemon } from '../../../test/fake-daemon.ts'
import { sampleHealth, sampleNowMs, sampleValues } from '../../../test/sample-answers.ts'
import { type TestTerminal, testTerminal } from '../../../test/terminal.ts'
import type { HealthResponse } from '../../api/contract.ts'
import { runCli } from '../main.ts'
import { Values } from '../values.ts'
import type { Check } from './check.ts'
import { daemonChecks } from './daemon.ts'
import { dataDirChecks } from './data-dir.ts'
import { storeChecks } from './store-file.ts'

const folders: string[] = []
const daemons: FakeDaemon[] = []
afterEach(async () => {
  for (const daemon of daemons.splice(0)) await daemon.stop()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'sysmon-'))
  folders.push(made)
  return made
}

const levels = (checks: readonly Check[]): Record<string, string> =>
  Object.fromEntries(checks.map(({ name, level }) => [name, level]))

describe('the daemon’s own word', () => {
  const values = new Values({ values: sampleValues })
  const checked = (changes: Partial<HealthResponse>, nowMs = sampleNowMs): Record<string, string> =>
    levels(daemonChecks({ ...sampleHealth, ...changes }, values, nowMs, '1.2.3'))

  test('a healthy one has one warning a limitation and one a source without data', () => {
    expect(checked({})).toEqual({
      daemon: 'ok',
      recording: 'ok',
      'own cost': 'ok',
      store: 'ok',
      collectors: 'ok',
      collector: 'warn',
      limitation: 'warn',
    })
  })

  for (const [what, changes, name, level] of [
    ['degraded', { status: 'degraded', problems: ['disk full'] }, 'daemon', 'warn'],
    ['another version', { version: '0.9.0' }, 'version', 'warn'],
    ['cannot write', { db_connection: 'degraded', db_buffered_frames: 12 }, 'store', 'fail'],
    ['has dropped frames', { db_dropped_frames: 3 }, 'store', 'warn'],
    [
      'a collector fails',
      { collector_status: { cpu: { status: 'failing', failures: 9, why: 'ENOENT' } } },
      'collector',
      'fail',
    ],
    ['the record is old', { newest_unix_ms: sampleNowMs - 60_000 }, 'recording', 'fail'],
    ['T1: the record is ahead of the clock', { newest_unix_ms: sampleNowMs + 7_200_000 }, 'clock', 'warn'],
  ] as const) {
    test(`${what} → ${level}`, () => {
      expect(checked(changes)[name]).toBe(level)
    })
  }

  test('nothing recorded: fine in the first seconds, a failure after', () => {
    const { newest_unix_ms: _, ...without } = sampleHealth
    const recording = (uptime_seconds: number): string | undefined =>
      levels(daemonChecks({ ...without, uptime_seconds }, values, sampleNowMs, '1.2.3')).recording
    expect([recording(2), recording(60)]).toEqual(['ok', 'fail'])
  })
})

describe('the data directory', () => {
  test('one that is missing, no directory, or open to everybody is told apart', async () => {
    const at = folder()
    writeFileSync(path.join(at, 'file'), '')
    expect(levels(await dataDirChecks(path.join(at, 'missing')))).toEqual({ 'data directory': 'warn' })
    expect(levels(await dataDirChecks(path.join(at, 'file')))).toEqual({ 'data directory': 'fail' })
    chmodSync(at, 0o755)
    expect(levels(await dataDirChecks(at))['data directory']).toBe('warn')
    chmodSync(at, 0o700)
    expect(levels(await dataDirChecks(at))['data directory']).toBe('ok')
  })
})

describe('the database file', () => {
  test('none yet: a warning', async () => {
    expect(levels(await storeChecks(folder(), false))).toEqual({ database: 'warn' })
  })

  test('a whole one is whole, a torn one is not', async () => {
    const at = folder()
    const file = path.join(at, 'data.db')
    const database = new Database(file)
    database.run('CREATE TABLE head (a)')
    database.run(
      'INSERT INTO head WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT i FROM n',
    )
    database.close()
    expect(levels(await storeChecks(at, false))).toEqual({ database: 'ok', integrity: 'ok' })
    const bytes = new Uint8Array(await Bun.file(file).arrayBuffer())
    bytes.fill(0xff, 4096, 12_288)
    writeFileSync(file, bytes)
    expect(levels(await storeChecks(at, false)).integrity).toBe('fail')
  })

  test('what is no database is said to be corrupt', async () => {
    const at = folder()
    writeFileSync(path.join(at, 'data.db'), 'x'.repeat(5000))
    expect(levels(await storeChecks(at, false)).integrity).toBe('fail')
  })
})

describe('sysmon doctor', () => {
  async function doctor(terminal: TestTerminal): Promise<{ code: number; checks: readonly Check[] }> {
    const code = await runCli(['doctor', '--json'], terminal)
    return { code, checks: JSON.parse(terminal.written.stdout).checks }
  }

  test('with a healthy daemon → 0', async () => {
    const daemon = startFakeDaemon()
    daemons.push(daemon)
    const { code, checks } = await doctor(
      testTerminal({ nowMs: sampleNowMs, env: { SYSMON_DATA_DIR: daemon.dataDir } }),
    )
    expect(code).toBe(0)
    expect(levels(checks)).toMatchObject({ config: 'ok', socket: 'ok', daemon: 'ok', 'data directory': 'ok' })
  })

  test('with the daemon down → 1; what the machine itself hides is told all the same', async () => {
    const limitations = async (): ReturnType<NonNullable<TestTerminal['limitations']>> => [
      { what: 'RLIMIT_NOFILE is 256', lost: 'kept files', cure: 'raise it' },
    ]
    const terminal = { ...testTerminal({ env: { SYSMON_DATA_DIR: folder() } }), limitations }
    const { code, checks } = await doctor(terminal)
    expect(code).toBe(1)
    expect(levels(checks)).toMatchObject({ socket: 'fail', daemon: 'fail', limitation: 'warn' })
  })

  test('with a broken config the other checks are made all the same', async () => {
    const at = folder()
    writeFileSync(path.join(at, 'config.yaml'), 'intervall: 1s\nlog: 3\n', { mode: 0o600 })
    const { code, checks } = await doctor(
      testTerminal({ env: { SYSMON_DATA_DIR: at, SYSMON_CONFIG: path.join(at, 'config.yaml') } }),
    )
    expect(code).toBe(1)
    expect(levels(checks)).toMatchObject({ config: 'fail', socket: 'fail' })
    const wrong = checks.filter(({ name }) => name === 'config').map(({ what }) => what)
    expect(wrong).toEqual([
      expect.stringMatching(/config\.yaml:1:1: intervall: [^\n]+$/),
      expect.stringMatching(/config\.yaml:2:6: log: [^\n]+$/),
    ])
  })

  test('every warning and failure with something to do says what', async () => {
    const terminal = testTerminal({ env: { SYSMON_DATA_DIR: folder() } })
    const { checks } = await doctor(terminal)
    for (const { level, cure } of checks) if (level === 'fail') expect(cure).toBeString()
  })
})
