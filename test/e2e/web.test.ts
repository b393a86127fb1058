import { afterAll, beforeAll, expect, test } from 'bun:test'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { CreatedLink, CreatedToken, LoggedIn, Problem } from '../../src/api/contract.ts'
import { removeDataDir, startDaemon, type TestDaemon } from './daemon.ts'
import { runProgram } from './program-run.ts'

let daemon: TestDaemon
let url: string
beforeAll(async () => {
  daemon = await startDaemon({ args: ['--web=127.0.0.1:0'] })
  url = (await daemon.logged(({ msg }) => msg === 'ready')).url as string
})
afterAll(async () => {
  await daemon.stop()
  await removeDataDir(daemon)
})

const json = { 'content-type': 'application/json' }
const local = async <T>(path: string, body: object): Promise<T> => {
  const response = await daemon.request(path, { method: 'POST', headers: json, body: JSON.stringify(body) })
  if (response.status !== 201) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}
const tokenOf = async (role: string): Promise<string> =>
  (await local<CreatedToken>('/api/v1/auth/tokens', { role, seconds: 600 })).token

test('V4: the link of the log lets a browser in, once; the secret is the owner’s', async () => {
  const link = (await daemon.logged(({ msg }) => msg === 'log in here')).url as string
  expect(link).toStartWith(`${url}/login?token=`)
  const response = await fetch(link, { redirect: 'manual' })
  expect(response.status).toBe(303)
  const cookie = (response.headers.get('set-cookie') ?? '').split(';')[0] as string
  const me = await fetch(`${url}/api/v1/auth/me`, { headers: { cookie } })
  expect((await me.json()) as LoggedIn).toMatchObject({ subject: 'link', role: 'admin' })
  expect((await fetch(link, { redirect: 'manual' })).status).toBe(401)
  expect((await stat(join(daemon.dataDir, 'web.secret'))).mode & 0o777).toBe(0o600)
})

test('V4: the local socket makes links and tokens, the network does not', async () => {
  const { url: link } = await local<CreatedLink>('/api/v1/auth/links', { role: 'viewer' })
  expect((await fetch(link, { redirect: 'manual' })).status).toBe(303)
  const authorization = `Bearer ${await tokenOf('admin')}`
  const headers = { ...json, authorization }
  const refused = await fetch(`${url}/api/v1/auth/links`, { method: 'POST', headers, body: '{}' })
  expect(((await refused.json()) as Problem).code).toBe('unknown_route')
})

test('V4: a viewer may not end a process, an admin may', async () => {
  const victim = Bun.spawn(['sleep', '600'])
  const send = async (role: string): Promise<number> => {
    const headers = { ...json, authorization: `Bearer ${await tokenOf(role)}` }
    const body = JSON.stringify({ signal: 'TERM' })
    return (await fetch(`${url}/api/v1/processes/${victim.pid}/signal`, { method: 'POST', headers, body })).status
  }
  try {
    expect(await send('viewer')).toBe(403)
    expect(victim.killed).toBe(false)
    expect(await send('admin')).toBe(204)
    expect(await victim.exited).not.toBe(0)
  } finally {
    victim.kill('SIGKILL')
  }
  await daemon.logged(
    ({ msg, outcome, action }) => msg === 'audit' && outcome === 'done' && String(action).includes('/signal'),
  )
  const audit = daemon.log.filter(({ msg, action }) => msg === 'audit' && String(action).includes('/signal'))
  expect(audit.map(({ outcome }) => outcome)).toEqual(['refused: no admin', 'done'])
})

/** Bytes as no client of ours would send them; the head of the answer. */
function raw(text: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let answer = ''
  void Bun.connect({
    hostname: '127.0.0.1',
    port: Number(new URL(url).port),
    socket: {
      open: (socket) => void socket.write(text),
      data: (socket, bytes) => {
        answer += bytes.toString()
        if (answer.includes('\r\n\r\n')) socket.end()
      },
      close: () => resolve(answer),
      error: (_, error) => reject(error),
    },
  })
  return promise
}
const close = 'Connection: close\r\n\r\n'

test.each([
  ['a name that is not ours', `GET /health HTTP/1.1\r\nHost: evil.example\r\n${close}`, '421'],
  ['two hosts', `GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n${close}`, '4'],
  ['a host that is none', `GET /health HTTP/1.1\r\nHost: a"b\r\n${close}`, '4'],
  ['a whole address', `GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\n${close}`, '401'],
  ['traversal', `GET /../../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n${close}`, '404'],
  ['traversal, encoded', `GET /%2e%2e/..%2f..%2fetc/passwd HTTP/1.1\r\nHost: localhost\r\n${close}`, '404'],
  ['a header in an address', `GET /login?token=%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\nHost: localhost\r\n${close}`, '401'],
  ['a header of 20 KiB', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n${close}`, '431'],
  [
    'a WebSocket of nobody',
    `GET /ws/metrics HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: http://evil.example\r\n\r\n`,
    '403',
  ],
])('V4: refused on the wire: %s', async (_, text, status) => {
  const answer = await raw(text)
  expect(answer.split('\r\n')[0]).toStartWith(`HTTP/1.1 ${status}`)
  expect(answer).not.toContain('\r\nSet-Cookie: a=b')
})

test('V4: a body of 10 MB is refused', async () => {
  const headers = { ...json, authorization: `Bearer ${await tokenOf('viewer')}` }
  const body = 'x'.repeat(10_000_000)
  const response = await fetch(`${url}/api/v1/metrics/query`, { method: 'POST', headers, body }).catch(() => undefined)
  expect(response?.status ?? 413).toBe(413)
})

test('V4: the live stream without a WebSocket: who may is told what it speaks, who may not that he may not', async () => {
  const codeOf = async (headers: Record<string, string>): Promise<string> =>
    ((await (await fetch(`${url}/ws/metrics`, { headers })).json()) as Problem).code
  expect(await codeOf({ authorization: `Bearer ${await tokenOf('viewer')}` })).toBe('upgrade_required')
  expect(await codeOf({})).toBe('unauthorized')
})

test('links and tokens by the command line', async () => {
  const sysmon = (...args: string[]) => runProgram('sysmon', ['--data-dir', daemon.dataDir, ...args])
  const link = await sysmon('web', '--role', 'viewer')
  expect(link.code).toBe(0)
  expect((await fetch(link.stdout.trim(), { redirect: 'manual' })).status).toBe(303)
  const token = await sysmon('token', 'create', '--for', '1h')
  const headers = { authorization: `Bearer ${token.stdout.trim()}` }
  expect(await (await fetch(`${url}/api/v1/auth/me`, { headers })).json()).toMatchObject({ role: 'viewer' })
  expect((await sysmon('token', 'create', '--for', 'ever')).code).toBe(2)
  expect((await sysmon('web', '--role', 'root')).code).toBe(2)
})
