import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { CurrentResponse, HealthResponse, HistoryResponse } from '../../src/api/contract.ts'
import type { ImportReport } from '../../src/api/exchange-contract.ts'
import { requireRoot } from '../tools.ts'
import { endsWithTest, eventually, programCommand, removeDataDir, startDaemon, type TestDaemon } from './daemon.ts'
import { runProgram } from './program-run.ts'

/** Out of one daemon, into another, into bundles and copies: with the programs as people run them. */
let from: TestDaemon
const folder = mkdtempSync(path.join(tmpdir(), 'sysmon-exchange-'))
const at = (name: string): string => path.join(folder, name)
beforeAll(async () => {
  from = await startDaemon()
  await eventually(
    () => from.get<HealthResponse>('/health'),
    ({ oldest_unix_ms: oldest = 0, newest_unix_ms: newest = 0 }) => newest - oldest >= 4000,
  )
}, 30_000)
afterAll(async () => {
  await from.stop()
  await removeDataDir(from)
  rmSync(folder, { recursive: true, force: true })
})

const sysmon = (...args: string[]) => runProgram('sysmon', args, { env: { SYSMON_DATA_DIR: from.dataDir } })
/** A machine that never had a daemon. */
const elsewhere = (home: string, ...args: string[]) => {
  mkdirSync(at(home), { recursive: true })
  return runProgram('sysmon', args, { env: { HOME: at(home) } })
}

test('a file of every format gives another daemon the same answers, and says what it did', async () => {
  const to = await startDaemon()
  try {
    const end = (await from.get<CurrentResponse>('/api/v1/metrics/current')).unixMs
    const start = end - 3000
    const past = `start=${start}&end=${end}&resolution=1s`
    for (const format of ['csv', 'jsonl', 'parquet']) {
      const file = at(`some.${format}`)
      const since = new Date(start).toISOString()
      const until = new Date(end).toISOString()
      expect((await sysmon('export', '-m', 'system.memory.usage', '--since', since, '--until', until, file)).code).toBe(
        0,
      )
    }
    // What was before the other daemon began can be put into its record; the rest it has itself.
    const run = await runProgram('sysmon', ['import', '--json', at('some.parquet')], {
      env: { SYSMON_DATA_DIR: to.dataDir },
    })
    const report = JSON.parse(run.stdout) as ImportReport
    expect(report).toMatchObject({ dryRun: false, startUnixMs: expect.any(Number) })
    expect(report.values.added).toBeGreaterThan(0)
    const asked = `/api/v1/metrics/history?metric=system.memory.usage&${past}`
    expect(await to.get<HistoryResponse>(asked)).toEqual(await from.get<HistoryResponse>(asked))
    const again = await runProgram('sysmon', ['import', at('some.csv')], { env: { SYSMON_DATA_DIR: to.dataDir } })
    expect(again.stdout).toContain('0 values added')
  } finally {
    await to.stop()
    await removeDataDir(to)
  }
}, 60_000)

test('a file that is there is not replaced unasked, and a pipe gets it too', async () => {
  writeFileSync(at('mine.csv'), 'mine')
  const run = await sysmon('export', at('mine.csv'))
  expect([run.code, run.stderr]).toEqual([
    1,
    [`sysmon: ${at('mine.csv')} is there already; name another file, or add --overwrite`],
  ])
  expect(readFileSync(at('mine.csv'), 'utf8')).toBe('mine')
  const piped = await sysmon('export', '-m', 'system.memory.limit', '-')
  expect(piped.stdout).toStartWith('unix_ms,elapsed_ms,system.memory.limit [By]\r\n')
})

test.skipIf(!requireRoot('fills a disk'))('a full disk is told, and leaves no half file', async () => {
  mkdirSync(at('small'))
  const enter = ['unshare', '-m', '--', 'sh', '-c', `mount -t tmpfs -o size=8k none ${at('small')} && exec "$@"`, 'sh']
  const run = await runProgram('sysmon', ['export', '--format', 'jsonl', at('small/out')], {
    env: { SYSMON_DATA_DIR: from.dataDir },
    enter,
  })
  expect([run.code, run.stderr]).toEqual([
    1,
    [`sysmon: ${at('small/out')} cannot be written: no space left on the disk`],
  ])
  expect(readdirSync(at('small'))).toEqual([])
  await from.get<HealthResponse>('/health')
})

describe('a bundle', () => {
  const bundle = at('incident.sysmon')
  beforeAll(async () => {
    const made = await sysmon('export', '--bundle', '--since', '1m', bundle)
    if (made.code !== 0) throw new Error(made.stderr.join('\n'))
  })

  test('is shown in top on a machine that never had a daemon', async () => {
    const run = await elsewhere('top', 'open', '--once', bundle)
    expect([run.code, run.stderr]).toEqual([0, []])
    expect(run.stdout).toContain('processes')
    expect(run.stdout).toContain((await from.get<CurrentResponse>('/api/v1/metrics/current')).host.hostName)
  })

  test('is shown in the dashboard there: page, values, processes, history, explanation; nothing can be changed', async () => {
    mkdirSync(at('web'), { recursive: true })
    const temporary = at('web-temporary')
    mkdirSync(temporary, { recursive: true })
    const child = Bun.spawn([...endsWithTest, ...programCommand('sysmon'), 'open', bundle], {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'ignore',
      env: { ...process.env, HOME: at('web'), SYSMON_DATA_DIR: '', TMPDIR: temporary },
    })
    let said = ''
    const reader = child.stdout.getReader()
    while (!/http\S+\n/.test(said)) {
      const { value, done } = await reader.read()
      if (done) throw new Error(`it ended: ${said}`)
      said += new TextDecoder().decode(value)
    }
    const [link = ''] = /http\S+/.exec(said) ?? []
    expect(link).toStartWith('http://127.0.0.1:')
    const { origin } = new URL(link)
    expect((await fetch(`${origin}/api/v1/metrics/current`)).status).toBe(401)
    const cookie = await logIn(link)
    const get = async <T>(asked: string): Promise<T> => {
      const response = await fetch(`${origin}${asked}`, { headers: { cookie } })
      if (!response.ok) throw new Error(`${asked}: ${response.status} ${await response.text()}`)
      return (await response.json()) as T
    }
    expect(await (await fetch(origin)).text()).toContain('<div id=')
    const current = await get<CurrentResponse>('/api/v1/metrics/current')
    const end = current.unixMs
    expect(current.values.length).toBeGreaterThan(50)
    const asked = `/api/v1/metrics/history?metric=system.memory.usage&start=${end - 2000}&end=${end}&resolution=1s`
    expect(await get<HistoryResponse>(asked)).toEqual(await from.get<HistoryResponse>(asked))
    const { total } = await get<{ total: number }>('/api/v1/processes')
    expect(total).toBeGreaterThan(3)
    expect((await get<{ events: unknown[] }>('/api/v1/events')).events.length).toBeGreaterThan(0)
    await get('/api/v1/explain?start=-1m')
    const sent = await fetch(`${origin}/api/v1/processes/${process.pid}/signal`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json', origin, 'sec-fetch-site': 'same-origin' },
      body: '{"signal":"CONT"}',
    })
    expect([sent.status, ((await sent.json()) as { code: string }).code]).toEqual([409, 'signal_refused'])
    child.kill('SIGINT')
    expect(await child.exited).toBe(130)
    expect(readdirSync(at('web'))).not.toContain('.sysmon')
    expect(readdirSync(temporary)).toEqual([])
  }, 60_000)

  test('ended by SIGTERM it leaves nothing of the other machine behind', async () => {
    const temporary = at('ended')
    mkdirSync(temporary)
    const child = Bun.spawn([...endsWithTest, ...programCommand('sysmon'), 'open', bundle], {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'ignore',
      env: { ...process.env, HOME: temporary, SYSMON_DATA_DIR: '', TMPDIR: temporary },
    })
    await child.stdout.getReader().read()
    expect(readdirSync(temporary).some((name) => name.startsWith('sysmon-bundle-'))).toBe(true)
    child.kill('SIGTERM')
    expect(await child.exited).toBe(143)
    expect(readdirSync(temporary).filter((name) => name.startsWith('sysmon-bundle-'))).toEqual([])
  })

  const bytes = (): Buffer => readFileSync(bundle)
  const spoilt: readonly (readonly [string, () => Buffer, string])[] = [
    ['cut short', () => bytes().subarray(0, bytes().length - 100), 'it is cut short; Copy it again, whole'],
    ['cut short at its beginning', () => bytes().subarray(0, 30), 'it is cut short; Copy it again, whole'],
    ['empty', () => Buffer.alloc(0), 'this is no bundle of sysmon; One is made by: sysmon export --bundle'],
    ['text', () => Buffer.from('unix_ms,x\n'), 'this is no bundle of sysmon; One is made by: sysmon export --bundle'],
    ['changed in its record', () => changed(bytes(), -10), 'it is damaged: its record was changed'],
    ['changed in its manifest', () => changed(bytes(), 40), 'it is damaged: its manifest was changed'],
    [
      'of a later format',
      () => changed(bytes(), 8, 9),
      'it has format 9; this sysmon knows up to 1; Open it with a newer sysmon',
    ],
  ]
  test.each(spoilt)('%s is told, and not opened', async (_, make, what) => {
    writeFileSync(at('spoilt.sysmon'), make())
    const run = await elsewhere('spoilt', 'open', '--once', at('spoilt.sysmon'))
    expect([run.code, run.stderr]).toEqual([1, [`sysmon: ${at('spoilt.sysmon')}: ${what}`]])
  })
})

function changed(bytes: Buffer, offset: number, value?: number): Buffer {
  const copy = Buffer.from(bytes)
  const place = offset < 0 ? copy.length + offset : offset
  copy[place] = value ?? (copy[place] as number) ^ 0xff
  return copy
}

/** As a browser follows it. */
async function logIn(link: string): Promise<string> {
  const response = await fetch(link, { redirect: 'manual' })
  const cookie = response.headers.get('set-cookie')?.split(';')[0]
  if (cookie === undefined) throw new Error(`${response.status} ${await response.text()}`)
  return cookie
}

test('a backup of a running daemon becomes the record of another place, and of none that has one', async () => {
  const end = (await from.get<CurrentResponse>('/api/v1/metrics/current')).unixMs
  expect((await sysmon('export', '--backup', at('copy.db'))).code).toBe(0)
  const refused = await sysmon('import', '--restore', at('copy.db'))
  expect(refused.code).toBe(1)
  expect(refused.stderr[0]).toContain('is there already, and nothing is overwritten')
  writeFileSync(at('no.db'), 'SQLite format 3\0and then nothing')
  const damaged = await elsewhere('restored', 'import', '--restore', at('no.db'), '--data-dir', at('restored/data'))
  expect(damaged.code).toBe(1)
  expect(existsSync(at('restored/data'))).toBe(false)
  const restored = await elsewhere('restored', 'import', '--restore', at('copy.db'), '--data-dir', at('restored/data'))
  expect([restored.code, restored.stderr]).toEqual([0, []])
  const daemon = await startDaemon({ dataDir: at('restored/data') })
  try {
    const asked = `/api/v1/metrics/history?metric=system.memory.usage&start=${end - 3000}&end=${end}&resolution=1s`
    expect(await daemon.get<HistoryResponse>(asked)).toEqual(await from.get<HistoryResponse>(asked))
  } finally {
    await daemon.stop()
  }
}, 60_000)
