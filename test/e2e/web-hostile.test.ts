import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import type { CreatedLink, CreatedToken, EventsResponse, HealthResponse, Problem } from '../../src/api/contract.ts'
import type { OpenApiDocument } from '../../src/api/openapi/document.ts'
import { problems } from '../../src/api/problems.ts'
import { hashPassword } from '../../src/api/web/passwords.ts'
import { askable, type HostileRequest, hostileRequests, leaks } from '../hostile.ts'
import { eventually, removeDataDir, startDaemon, type TestDaemon } from './daemon.ts'

/**
 * A real daemon under everything at once: hostile requests to every route over the network and the local socket, bytes
 * that are no HTTP, connections that say nothing. It answers in words, misses no tick, and its log tells no secret.
 */
let daemon: TestDaemon
let url: string
let port: number
let document: OpenApiDocument
let admin: string
const password = 'correct horse battery'
/** What must never be in the log. */
const secrets: string[] = [password]
const missedAtStart = { ticks: 0 }
const slow: { readonly socket: Socket; isClosed: boolean }[] = []

beforeAll(async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sysmon-hostile-'))
  const config = join(dataDir, 'config.yaml')
  const hash = await hashPassword(password)
  secrets.push(hash)
  const users = `[{name: ann, role: admin, password: "${hash}"}]`
  writeFileSync(
    config,
    `web: {enabled: true, listen: "127.0.0.1:0", rate_limit: 100000, users: ${users}}\nlog: {level: debug}\n`,
    {
      mode: 0o600,
    },
  )
  daemon = await startDaemon({ dataDir, args: ['--config', config] })
  url = (await daemon.logged(({ msg }) => msg === 'ready')).url as string
  port = Number(new URL(url).port)
  secrets.push(readFileSync(join(dataDir, 'web.secret'), 'utf8').trim())
  document = await daemon.get<OpenApiDocument>('/openapi.json')
  admin = await token('admin')
  missedAtStart.ticks = await missed()
  for (let i = 0; i < 100; i++) slow.push(silent())
}, 30_000)
afterAll(async () => {
  for (const { socket } of slow) socket.destroy()
  await daemon.stop()
  await removeDataDir(daemon)
})

const json = { 'content-type': 'application/json' }
async function local<T>(path: string, body: object): Promise<T> {
  const response = await daemon.request(path, { method: 'POST', headers: json, body: JSON.stringify(body) })
  if (response.status !== 201) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}
async function token(role: string): Promise<string> {
  const made = await local<CreatedToken>('/api/v1/auth/tokens', { role, seconds: 3600 })
  secrets.push(made.token)
  return made.token
}
/** Ticks that were missed since the daemon began. */
async function missed(): Promise<number> {
  const text = await (await daemon.request('/metrics')).text()
  return Number(/^sysmon_tick_missed_total\S* (\S+)/m.exec(text)?.[1])
}

/** A connection that begins a request and never ends it. */
function silent(): (typeof slow)[0] {
  const socket = connect(port, '127.0.0.1')
  const state = { socket, isClosed: false }
  socket.on('error', () => undefined)
  socket.on('close', () => {
    state.isClosed = true
  })
  socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')
  return state
}

/** No process is to hear of this test: the kernel gives out no pid as high as that (PID_MAX_LIMIT, 2^22). */
const harmless = ({ path, ...rest }: HostileRequest): HostileRequest => ({
  ...rest,
  path: path.replace(/(?<=\/processes\/)[^/]+(?=\/signal)/, '2147483646'),
})

async function expectOurs(hostile: HostileRequest, ask: (path: string, init: RequestInit) => Promise<Response>) {
  const { method, path, headers, body } = harmless(hostile)
  const init = { method, headers, redirect: 'manual', ...(body === undefined ? {} : { body }) } as const
  // A client that takes its own request to be none has sent nothing.
  const response = await ask(path, init).catch((error: unknown) => {
    if (error instanceof TypeError) return undefined
    throw error
  })
  if (response === undefined) return
  const text = await response.text().catch(() => '')
  if (response.status >= 500) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`)
  if (response.status < 400) return
  expect(text).not.toMatch(leaks)
  expect(text).not.toContain(daemon.dataDir)
  if (response.headers.get('content-type') !== 'application/problem+json') return
  expect(Object.keys(problems)).toContain((JSON.parse(text) as Problem).code)
}

describe('V4: hostile requests', () => {
  const perRoute = 20
  const each = (run: (hostile: HostileRequest) => Promise<void>) => async () => {
    for (const { method, path, operation } of askable(document))
      await Promise.all(fc.sample(hostileRequests(method, path, operation), perRoute).map(run))
  }

  test(
    'V4: over the network, as admin and as nobody',
    each(async (hostile) => {
      // Logging out ends the token that says so.
      const good = hostile.path.startsWith('/api/v1/auth/logout') ? await token('admin') : admin
      for (const authorization of [`Bearer ${good}`, 'Bearer a.b.c'])
        await expectOurs({ ...hostile, headers: { ...hostile.headers, authorization } }, (path, init) =>
          fetch(`${url}${path}`, init),
        )
    }),
    120_000,
  )

  test(
    'V4: over the local socket',
    each((hostile) => expectOurs(hostile, (path, init) => daemon.request(path, init))),
    120_000,
  )
})

/** Bytes as no client of ours would send them; all that comes back until the end of the connection. */
function raw(bytes: string | Uint8Array, isEnded = true): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  let answer = ''
  const socket = connect(port, '127.0.0.1', () => {
    socket.write(bytes)
    if (isEnded) socket.end()
  })
  socket.on('data', (data) => {
    answer += data.toString('latin1')
  })
  socket.on('error', () => resolve(answer))
  socket.on('close', () => resolve(answer))
  return promise
}

const head = 'Host: localhost\r\nConnection: close\r\n'
const query = (more: string): string =>
  `POST /api/v1/metrics/query HTTP/1.1\r\n${head}Authorization: Bearer ${admin}\r\nContent-Type: application/json\r\n${more}`

describe('V4: what is no HTTP', () => {
  test.each<[string, () => string | Uint8Array]>([
    ['nothing', () => ''],
    ['zeros', () => new Uint8Array(4096)],
    ['a TLS greeting', () => Uint8Array.of(0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0)],
    ['HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['HTTP/0.9', () => 'GET /health\r\n\r\n'],
    ['another version', () => `GET /health HTTP/9.9\r\n${head}\r\n`],
    ['no host', () => 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['a method of nobody', () => `BREW /health HTTP/1.1\r\n${head}\r\n`],
    ['CONNECT', () => `CONNECT evil.example:443 HTTP/1.1\r\n${head}\r\n`],
    ['TRACE', () => `TRACE / HTTP/1.1\r\n${head}Cookie: sysmon=a.b.c\r\n\r\n`],
    ['OPTIONS of all', () => `OPTIONS * HTTP/1.1\r\n${head}\r\n`],
    ['a NUL in the address', () => `GET /hea\u0000lth HTTP/1.1\r\n${head}\r\n`],
    ['a space in the address', () => `GET /a b HTTP/1.1\r\n${head}\r\n`],
    ['line ends of one byte', () => 'GET /health HTTP/1.1\nHost: localhost\nConnection: close\n\n'],
    ['a header that goes on', () => `GET /health HTTP/1.1\r\n${head}X: a\r\n b\r\n\r\n`],
    ['a header without a name', () => `GET /health HTTP/1.1\r\n${head}: a\r\n\r\n`],
    ['a thousand headers', () => `GET /health HTTP/1.1\r\n${head}${'X: y\r\n'.repeat(1000)}\r\n`],
    ['a length below 0', () => query('Content-Length: -1\r\n\r\n{}')],
    ['two lengths', () => query('Content-Length: 2\r\nContent-Length: 20\r\n\r\n{}')],
    [
      'a length and chunks (smuggling)',
      () => query('Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n'),
    ],
    ['chunks that are none', () => query('Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n')],
    ['a chunk that is endless', () => query('Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}')],
    [
      'a log-in cut short',
      () =>
        `POST /api/v1/auth/login HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 90\r\n\r\n{"name":`,
    ],
    ['a body cut short', () => query('Content-Length: 2000\r\n\r\n{"queries":[')],
  ])('V4: %s is refused or left, and the next one is served', async (_, bytes) => {
    const answer = await raw(bytes())
    expect(answer).not.toMatch(/^HTTP\/1\.1 5(?!05)/)
    expect(answer).not.toMatch(leaks)
    if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 (?:4\d\d|505|204)/)
    expect((await daemon.request('/health')).status).toBe(200)
  })

  test('V4: ten megabytes are refused, told or not, packed or not', async () => {
    const ask = (body: NonNullable<RequestInit['body']>, more: Record<string, string> = {}) =>
      fetch(`${url}/api/v1/metrics/query`, {
        method: 'POST',
        headers: { ...json, authorization: `Bearer ${admin}`, ...more },
        body,
      }).catch(() => undefined)
    const large = new Uint8Array(10_000_000).fill(0x20)
    expect((await ask(large))?.status ?? 413).toBe(413)
    const stream = new Blob([large]).stream()
    expect((await ask(stream))?.status ?? 413).toBe(413)
    // What is packed is not unpacked, so that it cannot grow.
    const bomb = await ask(Bun.gzipSync(large), { 'content-encoding': 'gzip' })
    expect(bomb?.status).toBe(400)
    // A length that is claimed and never sent holds nobody up.
    expect(await raw(query('Content-Length: 10000000\r\n\r\n'))).toStartWith('HTTP/1.1 413')
  })
})

test('V4: many connections at once are served', async () => {
  const answers = await Promise.all(
    Array.from({ length: 300 }, () =>
      fetch(`${url}/api/v1/metrics/current?metric=system.uptime`, {
        headers: { authorization: `Bearer ${admin}` },
      }).then(async (response) => [response.status, (await response.text()).length > 0]),
    ),
  )
  expect(new Set(answers.map(String))).toEqual(new Set(['200,true']))
})

test('V4: connections that say nothing are ended', async () => {
  await eventually(
    async () => slow.filter(({ isClosed }) => !isClosed).length,
    (open) => open === 0,
    40_000,
  )
}, 60_000)

test('V4: each admin action has one line, with who, from where and how it went', async () => {
  const { url: link } = await local<CreatedLink>('/api/v1/auth/links', { role: 'viewer' })
  secrets.push(new URL(link).searchParams.get('token') as string)
  const viewer = await fetch(link, { redirect: 'manual' })
  secrets.push((viewer.headers.get('set-cookie') ?? '').split(';')[0]?.replace('sysmon=', '') as string)
  const own = { ...json, origin: url }
  const logIn = (word: string) =>
    fetch(`${url}/api/v1/auth/login`, {
      method: 'POST',
      headers: own,
      body: JSON.stringify({ name: 'ann', password: word }),
    })
  await eventually(
    async () => {
      const response = await logIn(password)
      const cookie = response.headers.get('set-cookie')?.split(';')[0]?.replace('sysmon=', '')
      if (cookie !== undefined) secrets.push(cookie)
      return response.status
    },
    (status) => status === 200,
    60_000,
  )
  const before = daemon.log.filter(({ msg }) => msg === 'audit').length
  const sent = await fetch(`${url}/api/v1/processes/2147483646/signal`, {
    method: 'POST',
    headers: { ...json, authorization: `Bearer ${admin}` },
    body: JSON.stringify({ signal: 'TERM' }),
  })
  expect(sent.status).toBe(404)
  await token('viewer')
  const lines = await eventually(
    async () => daemon.log.filter(({ msg }) => msg === 'audit').slice(before),
    ({ length }) => length >= 2,
  )
  expect(lines.map(({ action, who, from, outcome }) => ({ action, who, from, outcome }))).toEqual([
    { action: 'POST /api/v1/processes/2147483646/signal', who: 'token', from: '127.0.0.1', outcome: 'failed' },
    { action: 'create token', who: 'owner', from: 'local socket', outcome: 'done' },
  ])
  const actions = new Set(daemon.log.filter(({ msg }) => msg === 'audit').map(({ action }) => action))
  for (const action of ['log in', 'create link', 'create token']) expect(actions).toContain(action)
}, 90_000)

test('V4: after all that no tick was missed, nothing is broken, and nothing of ours went wrong', async () => {
  expect(await missed()).toBe(missedAtStart.ticks)
  const { events } = await daemon.get<EventsResponse>('/api/v1/events?start=-1h')
  expect(events.filter(({ kind }) => kind === 'gap')).toEqual([])
  expect((await daemon.get<HealthResponse>('/health')).db_connection).toBe('ok')
  expect(daemon.log.filter(({ level }) => level === 'error' || level === 'text')).toEqual([])
})

test('V4: the log tells no secret but the one link that is printed', () => {
  const text = daemon.log
    .filter(({ msg }) => msg !== 'log in here')
    .map((record) => JSON.stringify(record))
    .join('\n')
  expect(text.length).toBeGreaterThan(1000)
  for (const secret of secrets) expect([secret.length > 8, text.includes(secret)]).toEqual([true, false])
  expect(text).not.toMatch(/Bearer|\$argon2|login\?token=/)
})

test('V4: who asks too often is told when to come again; the local socket is not locked out', async () => {
  const other = await startDaemon({ args: ['--web=127.0.0.1:0'] })
  try {
    const where = (await other.logged(({ msg }) => msg === 'ready')).url as string
    const refused = await eventually(
      () => fetch(`${where}/`),
      ({ status }) => status === 429,
    )
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(((await refused.json()) as Problem).code).toBe('rate_limited')
    for (let i = 0; i < 120; i++) expect((await other.request('/health')).status).toBe(200)
    expect((await other.request('/api/v1/auth/links', { method: 'POST', headers: json, body: '{}' })).status).toBe(201)
  } finally {
    await other.stop()
    await removeDataDir(other)
  }
}, 30_000)
