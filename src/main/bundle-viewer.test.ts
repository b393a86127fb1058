import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type AssembledMachine, assembledMachine, removeFolder } from '../../test/assembled-machine.ts'
import type { AnomaliesResponse } from '../api/anomaly-contract.ts'
import type { CurrentResponse, HealthResponse, HistoryResponse, Problem, ProcessesResponse } from '../api/contract.ts'
import type { ExplainResponse } from '../api/explain-contract.ts'
import { UserError } from '../base/errors.ts'
import type { OpenedBundle } from '../cli/record-files.ts'
import { recordFiles } from './record-files.ts'

/** One bundle of a recorded machine for all: its first minute, without the first ten seconds. */
let machine: AssembledMachine
let folder: string
let file: string
const opened: OpenedBundle[] = []
const interrupted = new AbortController().signal

beforeAll(async () => {
  machine = await assembledMachine()
  machine.pass(90)
  folder = mkdtempSync(join(tmpdir(), 'sysmon-bundles-'))
  file = join(folder, 'a.sysmon')
  const nowMs = machine.clock.wallMs()
  const facts = {
    host: (await machine.read<CurrentResponse>('/api/v1/metrics/current')).host,
    health: await machine.read<HealthResponse>('/health'),
  }
  const span = { startMs: nowMs - 60_000, endMs: nowMs - 10_000 }
  await recordFiles.bundle({ dataDir: machine.folder, file, ...span, facts, interrupted })
})
afterEach(async () => {
  for (const bundle of opened.splice(0)) await bundle.close()
})
afterAll(async () => {
  await machine.end()
  removeFolder(machine.folder)
  rmSync(folder, { recursive: true, force: true })
})

async function open(port?: number): Promise<OpenedBundle> {
  const bundle = await recordFiles.open({ file, port })
  opened.push(bundle)
  return bundle
}
const ask = ({ socketPath }: OpenedBundle, path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`http://sysmon${path}`, { ...init, unix: socketPath } as RequestInit)
const read = async <T>(bundle: OpenedBundle, path: string): Promise<T> => (await (await ask(bundle, path)).json()) as T
const refusal = async (work: Promise<unknown>): Promise<UserError> =>
  await work.then(
    () => Promise.reject(new Error('it was done')),
    (error: unknown) => (error instanceof UserError ? error : Promise.reject(error)),
  )

describe('a bundle answers as the daemon did, of the stretch alone', () => {
  test('its end is now: values, host and processes are those of then', async () => {
    const bundle = await open()
    expect(bundle).toMatchObject({ endMs: machine.clock.wallMs() - 10_000, url: undefined })
    const current = await read<CurrentResponse>(bundle, '/api/v1/metrics/current')
    expect(current.unixMs).toBe(bundle.endMs)
    expect(current.host.hostName).toBe(bundle.host)
    const table = await read<ProcessesResponse>(bundle, '/api/v1/processes')
    const then = await machine.read<ProcessesResponse>(`/api/v1/processes?at=${bundle.endMs}`)
    expect(table.processes.map(({ name }) => name)).toEqual(then.processes.map(({ name }) => name))
  })

  test('history is the same numbers', async () => {
    const bundle = await open()
    const path = `/api/v1/metrics/history?metric=system.memory.usage&start=${bundle.startMs}&end=${bundle.endMs}`
    const inBundle = await read<HistoryResponse>(bundle, path)
    expect(inBundle.series.length).toBeGreaterThan(0)
    expect(inBundle).toEqual(await machine.read<HistoryResponse>(path))
  })

  test('it is explained, says that nothing is watched, and how far it goes', async () => {
    const bundle = await open()
    const explained = await read<ExplainResponse>(bundle, '/api/v1/explain?start=-30s')
    expect(explained.coverage.share).toBeGreaterThan(0.9)
    const anomalies = await read<AnomaliesResponse>(bundle, '/api/v1/anomalies')
    expect(anomalies.watch).toMatchObject({ status: 'off', why: 'this is a bundle' })
    expect(await read<HealthResponse>(bundle, '/health')).toMatchObject({
      data_dir: 'a bundle',
      newest_unix_ms: bundle.endMs,
      oldest_unix_ms: bundle.startMs,
    })
  })

  test('nothing can be done to a machine that is not here, and nothing comes into it', async () => {
    const bundle = await open()
    const headers = { 'content-type': 'application/json' }
    const [first] = (await read<ProcessesResponse>(bundle, '/api/v1/processes')).processes
    const body = JSON.stringify({ signal: 'TERM', startTicks: first?.startTicks })
    const signal = await ask(bundle, `/api/v1/processes/${first?.pid}/signal`, { method: 'POST', headers, body })
    expect((await signal.json()) as Problem).toMatchObject({ code: 'signal_refused' })
    const csv = 'unix_ms,metric,labels,value\n1700000000000,system.uptime,,1\n'
    const imported = await ask(bundle, '/api/v1/import?format=csv', { method: 'POST', body: csv })
    expect(await imported.text()).toContain('this is a bundle')
  })

  test('what it unpacked is its owner’s alone, and goes when it is closed', async () => {
    const bundle = await recordFiles.open({ file, port: undefined })
    const place = dirname(bundle.socketPath)
    expect(statSync(place).mode & 0o077).toBe(0)
    expect(statSync(bundle.socketPath).mode & 0o777).toBe(0o600)
    await bundle.close()
    expect(existsSync(place)).toBe(false)
  })

  test('with a port the dashboard is there, for who has the link', async () => {
    const bundle = await open(0)
    const url = new URL(bundle.url ?? '')
    expect(url.hostname).toBe('127.0.0.1')
    expect((await fetch(new URL('/api/v1/metrics/current', url))).status).toBe(401)
    const entered = await fetch(url, { redirect: 'manual' })
    const cookie = entered.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const current = await fetch(new URL('/api/v1/metrics/current', url), { headers: { cookie } })
    expect(((await current.json()) as CurrentResponse).unixMs).toBe(bundle.endMs)
    const taken = await refusal(recordFiles.open({ file, port: Number(url.port) }))
    expect(taken).toMatchObject({ what: expect.stringContaining(`port ${url.port}`), cure: expect.any(String) })
  })
})

describe('a file that is no whole bundle is refused before anything is believed', () => {
  const whole = (): Uint8Array => new Uint8Array(readFileSync(file))
  async function refused(name: string, bytes: Uint8Array | string): Promise<string> {
    const path = join(folder, name)
    writeFileSync(path, bytes)
    const { what, where } = await refusal(recordFiles.open({ file: path, port: undefined }))
    expect(where).toBe(path)
    return what
  }
  const changedAt = (place: number): Uint8Array => whole().map((byte, i) => (i === place ? byte ^ 0xff : byte))

  test('each with its reason', async () => {
    expect(await refused('empty', '')).toBe('this is no bundle of sysmon')
    expect(await refused('text', 'hello, I am a text that is long enough')).toBe('this is no bundle of sysmon')
    expect(await refused('head', whole().subarray(0, 12))).toBe('it is cut short')
    expect(await refused('manifest', whole().subarray(0, 60))).toBe('it is cut short')
    expect(await refused('record', whole().subarray(0, -1))).toBe('it is cut short')
    expect(await refused('later', changedAt(9))).toMatch(/^it has format \d+; this sysmon knows up to 1$/)
    expect(await refused('other manifest', changedAt(30))).toBe('it is damaged: its manifest was changed')
    expect(await refused('other record', changedAt(whole().length - 1))).toBe('it is damaged: its record was changed')
    expect((await refusal(recordFiles.open({ file: join(folder, 'none'), port: undefined }))).what).toBe(
      'there is no such file',
    )
    expect((await refusal(recordFiles.open({ file: folder, port: undefined }))).what).toContain('EISDIR')
  })
})

describe('a backup', () => {
  test('is taken beside the daemon, and becomes the record of an empty place', async () => {
    const copy = join(folder, 'copy.db')
    const bytes = await recordFiles.backup({ dataDir: machine.folder, file: copy, interrupted })
    expect(statSync(copy).size).toBe(bytes)
    expect(statSync(copy).mode & 0o777).toBe(0o600)
    const target = join(folder, 'restored')
    await recordFiles.restore({ file: copy, dataDir: target })
    expect(readdirSync(target)).toEqual(['data.db'])
    const again = await assembledMachine({ folder: target, startMs: machine.clock.wallMs() + 60_000 })
    again.pass(1)
    const newest = (await again.read<CurrentResponse>('/api/v1/metrics/current')).seq
    expect(newest).toBeGreaterThan(90)
    await again.end()
  })

  test('never overwrites a record, and takes no file that is none', async () => {
    const target = join(folder, 'taken')
    mkdirSync(target)
    writeFileSync(join(target, 'data.db'), 'somebody’s')
    const copy = join(folder, 'copy2.db')
    await recordFiles.backup({ dataDir: machine.folder, file: copy, interrupted })
    expect((await refusal(recordFiles.restore({ file: copy, dataDir: target }))).what).toContain(
      'nothing is overwritten',
    )
    expect(readFileSync(join(target, 'data.db'), 'utf8')).toBe('somebody’s')
    const text = join(folder, 'text.db')
    writeFileSync(text, 'no database')
    expect((await refusal(recordFiles.restore({ file: text, dataDir: join(folder, 'fresh') }))).where).toBe(text)
  })

  test('ends on Ctrl-C', async () => {
    const file = join(folder, 'half.db')
    const work = recordFiles.backup({ dataDir: machine.folder, file, interrupted: AbortSignal.abort() })
    await expect(work).rejects.toThrow()
  })
})
