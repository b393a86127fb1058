import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type FakeDaemon, startFakeDaemon } from '../../test/fake-daemon.ts'
import { ApiProblem, createClient, DaemonUnreachable, type FetchInit, knock, RequestAborted } from './client.ts'

const started: FakeDaemon[] = []
const folders: string[] = []
afterEach(async () => {
  for (const daemon of started.splice(0)) await daemon.stop()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function daemon(...given: Parameters<typeof startFakeDaemon>): FakeDaemon {
  const made = startFakeDaemon(...given)
  started.push(made)
  return made
}

function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'sysmon-'))
  folders.push(made)
  return made
}

const thrown = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('requests over a socket', () => {
  test('carry what was asked for, and nothing that was not', async () => {
    const { asked, socketPath } = daemon()
    const client = createClient({ socketPath })
    await client.current({ metrics: ['system.disk.*', 'system.uptime'], at: 5 })
    await client.current()
    await client.history({ metric: 'system.disk.io', labels: { device: 'a&b=c' }, start: 1, end: 2, resolution: '1m' })
    await client.query([{ metric: 'system.uptime' }])
    await client.processes({ at: 7, sort: 'cpu', limit: 5 })
    await client.process(812, { details: true })
    await client.processHistory(812, { start: 3 })
    await client.events({ limit: 3 })
    await client.signal(812, { signal: 'TERM', startTicks: 81_200 })
    expect(asked).toEqual([
      { what: 'current', with: { filter: ['system.disk.*', 'system.uptime'], atMs: 5 } },
      { what: 'current', with: { filter: [], atMs: undefined } },
      {
        what: 'history',
        with: { metric: 'system.disk.io', labels: { device: 'a&b=c' }, start: '1', end: '2', resolution: '1m' },
      },
      { what: 'history', with: { metric: 'system.uptime' } },
      { what: 'processes', with: { at: '7', sort: 'cpu', limit: 5 } },
      { what: 'process', with: { pid: 812, details: true } },
      { what: 'processHistory', with: { pid: 812, start: '3' } },
      { what: 'events', with: { limit: 3 } },
      { what: 'signal', with: { pid: 812, signal: 'TERM', startTicks: 81_200 } },
    ])
  })

  test('answers come typed as the daemon gave them', async () => {
    const client = createClient({ socketPath: daemon().socketPath })
    expect((await client.health()).version).toBe('1.2.3')
    expect((await client.metrics()).metrics.map(({ name }) => name)).toContain('system.disk.io')
  })

  test('a problem document becomes an ApiProblem', async () => {
    const error = await thrown(createClient({ socketPath: daemon().socketPath }).process(4))
    expect(error).toBeInstanceOf(ApiProblem)
    expect((error as ApiProblem).problem).toMatchObject({
      code: 'no_such_process',
      status: 404,
      detail: 'no process 4',
    })
  })
})

describe('nobody answers', () => {
  test('no socket: ENOENT and the path', async () => {
    const socketPath = path.join(folder(), 'sysmon.sock')
    const error = await thrown(createClient({ socketPath }).health())
    expect(error).toBeInstanceOf(DaemonUnreachable)
    expect(error).toMatchObject({ code: 'ENOENT', where: socketPath, why: 'there is no socket' })
    expect(await knock(socketPath)).toMatchObject({ code: 'ENOENT' })
  })

  test('something that is no listening socket: ECONNREFUSED', async () => {
    const socketPath = path.join(folder(), 'sysmon.sock')
    writeFileSync(socketPath, '')
    expect(await thrown(createClient({ socketPath }).health())).toMatchObject({ code: 'ECONNREFUSED' })
    expect(await knock(socketPath)).toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('a path too long for a socket is said to be so', async () => {
    expect(await thrown(createClient({ socketPath: `/${'x'.repeat(200)}` }).health())).toMatchObject({
      code: 'ENAMETOOLONG',
    })
  })

  test('a daemon that accepts and never answers: TIMEOUT', async () => {
    const socketPath = path.join(folder(), 'sysmon.sock')
    const server = createServer(() => undefined)
    await new Promise<void>((resolve) => server.listen(socketPath, resolve))
    const error = await thrown(createClient({ socketPath }, { timeoutMs: 20 }).health())
    server.close()
    expect(error).toMatchObject({ code: 'TIMEOUT' })
  })

  test('an answer that is not JSON is not sysmond', async () => {
    const socketPath = path.join(folder(), 'sysmon.sock')
    const server = Bun.serve({ unix: socketPath, fetch: () => new Response('<html>') })
    const error = await thrown(createClient({ socketPath }).health())
    await server.stop(true)
    expect(error).toMatchObject({ code: 'EPROTO' })
  })

  test('Ctrl-C ends a request under way', async () => {
    const interruption = new AbortController()
    const pending = Promise.withResolvers<never>()
    const { socketPath } = daemon({ metrics: () => pending.promise })
    const answer = thrown(createClient({ socketPath }, { signal: interruption.signal }).metrics())
    interruption.abort()
    expect(await answer).toBeInstanceOf(RequestAborted)
  })
})

test('over a URL the token goes along and no socket is named', async () => {
  const sent: { url: string; init: FetchInit }[] = []
  const client = createClient(
    { url: 'http://127.0.0.1:8080', token: 'secret' },
    {
      fetch: async (url, init) => {
        sent.push({ url, init })
        return new Response('{}')
      },
    },
  )
  await client.metrics()
  expect(sent[0]?.url).toBe('http://127.0.0.1:8080/api/v1/metrics')
  expect(sent[0]?.init.headers.authorization).toBe('Bearer secret')
  expect(sent[0]?.init.unix).toBeUndefined()
})

test('an error page of something in between becomes a problem too', async () => {
  const client = createClient(
    { url: 'http://127.0.0.1:8080' },
    { fetch: async () => new Response('<html>', { status: 502, statusText: 'Bad Gateway' }) },
  )
  expect(await thrown(client.health())).toMatchObject({ problem: { code: 'http_502', status: 502 } })
})
