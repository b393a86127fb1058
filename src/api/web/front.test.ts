import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { sign } from 'hono/jwt'
import { type ApiMachine, apiMachine } from '../../../test/api-machine.ts'
import { createLogger } from '../../base/log.ts'
import type { WebUser } from '../../config/web.ts'
import type { CreatedLink, CreatedToken, Problem } from '../contract.ts'
import { createWebFront, type WebFront, type WebFrontOptions } from './front.ts'
import { hashPassword } from './passwords.ts'
import { type Claims, signToken } from './token.ts'

const secret = new Uint8Array(32).fill(7)
const address = '10.0.0.1'
const page = '<!doctype html><title>sysmon</title>'
const current = '/api/v1/metrics/current'
const signal = '/api/v1/processes/1/signal'

let api: ApiMachine
let lines: string[]
let front: WebFront
beforeEach(async () => {
  api = await apiMachine()
  api.machine.tick()
  api.machine.tick()
  lines = []
  front = create()
})
afterEach(() => api.close())

function create(more: Partial<WebFrontOptions> = {}): WebFront {
  const { clock } = api.machine
  return createWebFront({
    clock,
    logger: createLogger({ level: 'debug', clock, sink: { write: (line) => lines.push(line) } }),
    secret,
    hosts: { names: ['monitor.example.org'], isLoopbackOnly: true },
    isTls: false,
    isBehindProxy: false,
    requestsPerMinute: 100,
    users: [],
    answer: (request) => api.app.request(request),
    assets: (path) => (path === '/' ? new Response(page, { headers: { 'content-type': 'text/html' } }) : undefined),
    url: () => 'http://localhost:8080',
    ...more,
  })
}

type Headers_ = Readonly<Record<string, string>>
const request = (path: string, headers: Headers_ = {}, init: RequestInit = {}): Request =>
  new Request(`http://localhost:8080${path}`, { ...init, headers: { host: 'localhost:8080', ...headers } })
const ask = (path: string, headers?: Headers_, init?: RequestInit): Promise<Response> =>
  front.answer(request(path, headers, init), address)
const codeOf = async (response: Response): Promise<string> => {
  const { code, status } = (await response.json()) as Problem
  expect(status).toBe(response.status)
  return code
}

const claims = (more: Partial<Claims> = {}): Claims => {
  const iat = Math.floor(api.machine.clock.wallMs() / 1000)
  return { sub: 'token', role: 'admin', iat, exp: iat + 3600, jti: 'one', ...more }
}
const bearer = (token: string): Headers_ => ({ authorization: `Bearer ${token}` })
const as = (role: 'viewer' | 'admin'): Headers_ => bearer(signToken(claims({ role }), secret))
const cookieOf = (response: Response): string => (response.headers.get('set-cookie') ?? '').split(';')[0] as string
const own = { origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin' }
const json = { 'content-type': 'application/json' }
const post = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body) })
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const local = async <T>(path: string, body: unknown): Promise<T> => {
  const response = await front.answerLocal(request(path, json, post(body)))
  expect(response?.status).toBe(201)
  return (await response?.json()) as T
}
const newLink = async (role?: string): Promise<string> =>
  new URL((await local<CreatedLink>('/api/v1/auth/links', role === undefined ? {} : { role })).url).search
async function logIn(role?: string): Promise<string> {
  const response = await ask(`/login${await newLink(role)}`)
  expect(response.status).toBe(303)
  return cookieOf(response)
}

describe('V4: no data without a log-in', () => {
  test.each([
    current,
    '/api/v1/metrics',
    '/api/v1/processes',
    '/api/v1/processes/1',
    '/health',
    '/metrics',
    '/api/v1/auth/me',
    '/openapi.json',
    '/docs',
    '/api/v1/nothing',
  ])('V4: %s', async (path) => {
    const response = await ask(path)
    expect([response.status, await codeOf(response)]).toEqual([401, 'unauthorized'])
    expect((await ask(path, as('viewer'))).status).not.toBe(401)
  })

  test('V4: the page itself is open, other paths are not there', async () => {
    const response = await ask('/')
    expect([response.status, await response.text()]).toEqual([200, page])
    expect(await codeOf(await ask('/nothing.js'))).toBe('unknown_route')
  })

  test.each([
    '/..%2f..%2fetc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/..\\..\\etc\\passwd',
    '/.%00/',
    '//etc/passwd',
    '/%2e%2e%2fapi/v1/metrics',
    '/%61pi/v1/metrics/current',
    '/API/v1/metrics/current',
    '//api/v1/metrics/current',
    '/api%2fv1/metrics/current',
    '/x/../api/v1/metrics/current',
    '/api/v1/../v1/metrics/current',
    '/api/v1/metrics/current/..;/',
  ])('V4: a path that tries to get round it gets nothing: %s', async (path) => {
    const response = await ask(path)
    expect([401, 404]).toContain(response.status)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
  })
})

describe('V4: tokens', () => {
  const ofHeader = (header: unknown, key = secret): string => {
    const signed = `${part(header)}.${part(claims())}`
    return `${signed}.${new Bun.CryptoHasher('sha256', key).update(signed).digest('base64url')}`
  }
  const attacks: readonly [string, () => string | Promise<string>][] = [
    ['no token at all', () => 'nonsense'],
    ['nothing', () => ''],
    ['dots', () => '..'],
    ['expired', () => signToken(claims({ exp: claims().iat }), secret)],
    ['without an end', () => signToken({ ...claims(), exp: undefined } as unknown as Claims, secret)],
    ['an end that is no number', () => signToken({ ...claims(), exp: '9999999999' } as unknown as Claims, secret)],
    ['alg none, unsigned', () => `${part({ alg: 'none', typ: 'JWT' })}.${part(claims())}.`],
    ['alg none, with a signature', () => ofHeader({ alg: 'none', typ: 'JWT' })],
    ['alg HS512 in the header', () => ofHeader({ alg: 'HS512', typ: 'JWT' })],
    ['really HS512', () => sign({ ...claims() }, Buffer.from(secret).toString(), 'HS512')],
    ['critical extensions', () => ofHeader({ alg: 'HS256', typ: 'JWT', crit: ['exp'] })],
    ['another key', () => signToken(claims(), new Uint8Array(32).fill(8))],
    ['an empty key', () => ofHeader({ alg: 'HS256', typ: 'JWT' }, new Uint8Array(1))],
    ['a role that does not exist', () => signToken({ ...claims(), role: 'root' } as unknown as Claims, secret)],
    ['a tampered role', () => tampered(signToken(claims({ role: 'viewer' }), secret))],
    ['a signature cut short', () => signToken(claims(), secret).slice(0, -1)],
    ['a signature written another way', () => otherWriting(signToken(claims(), secret))],
    ['far too long', () => signToken(claims({ sub: 'x'.repeat(5000) }), secret)],
    ['a user that is not configured', () => signToken(claims({ sub: 'user:eve' }), secret)],
  ]
  const tampered = (token: string): string => {
    const [head, , signature] = token.split('.')
    return `${head}.${part(claims({ role: 'admin' }))}.${signature}`
  }
  /** The spare bits of the last character. */
  const otherWriting = (token: string): string => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    return token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1) as string) + 1]
  }
  test.each(attacks)('V4: refused: %s', async (_, make) => {
    const token = await make()
    for (const headers of [bearer(token), { cookie: `sysmon=${token}` }]) {
      const response = await ask(current, headers)
      expect([response.status, await codeOf(response)]).toEqual([401, 'unauthorized'])
    }
  })

  test('one of ours is taken, by header and cookie, until it ends', async () => {
    const token = signToken(claims(), secret)
    expect((await ask(current, bearer(token))).status).toBe(200)
    expect((await ask(current, { cookie: `a=b; sysmon=${token}; c=d` })).status).toBe(200)
    api.machine.clock.advance(3_600_000)
    expect((await ask(current, bearer(token))).status).toBe(401)
  })

  test('other schemes are none', async () => {
    const token = signToken(claims(), secret)
    expect((await ask(current, { authorization: `Basic ${token}` })).status).toBe(401)
    expect((await ask(current, { authorization: token })).status).toBe(401)
  })

  test('V4: a bad header is not made good by a cookie', async () => {
    const cookie = `sysmon=${signToken(claims(), secret)}`
    expect((await ask(current, { cookie, ...bearer('x') })).status).toBe(401)
  })

  test('those of the command line end when they should', async () => {
    const { token, expiresUnixMs } = await local<CreatedToken>('/api/v1/auth/tokens', { role: 'viewer', seconds: 60 })
    expect(expiresUnixMs).toBe(Math.floor(api.machine.clock.wallMs() / 1000) * 1000 + 60_000)
    expect(await (await ask('/api/v1/auth/me', bearer(token))).json()).toEqual({
      subject: 'token',
      role: 'viewer',
      expiresUnixMs,
    })
  })

  test('V4: links and tokens are made on the local socket only', async () => {
    for (const path of ['/api/v1/auth/links', '/api/v1/auth/tokens']) {
      const response = await ask(path, { ...as('admin'), ...json }, post({ role: 'admin', seconds: 60 }))
      expect(await codeOf(response)).toBe('unknown_route')
    }
  })
})

describe('V4: roles', () => {
  test('V4: a viewer reads, by GET and by the reading POST, and changes nothing', async () => {
    expect((await ask(current, as('viewer'))).status).toBe(200)
    expect((await ask('/api/v1/metrics/query', { ...as('viewer'), ...json }, post({ queries: [] }))).status).toBe(200)
    for (const [method, path] of [
      ['POST', signal],
      ['POST', '/api/v1/processes/1/%73ignal'],
      ['POST', '/api/v1/metrics/query/'],
      ['PUT', current],
      ['DELETE', '/api/v1/processes/1'],
      ['PATCH', '/'],
    ] as const) {
      const response = await ask(path, { ...as('viewer'), ...json }, { ...post({ signal: 'TERM' }), method })
      expect([method, path, await codeOf(response)]).toEqual([method, path, 'forbidden'])
    }
    expect(api.signals).toEqual([])
  })

  test('V4: an admin is let through to the route, and the log says who, from where and how it went', async () => {
    const response = await ask('/api/v1/processes/999999/signal', { ...as('admin'), ...json }, post({ signal: 'TERM' }))
    expect(await codeOf(response)).toBe('no_such_process')
    expect(JSON.parse(lines.at(-1) as string)).toMatchObject({
      level: 'info',
      msg: 'audit',
      action: 'POST /api/v1/processes/999999/signal',
      who: 'token',
      from: address,
      outcome: 'failed',
      status: 404,
    })
  })
})

describe('V4: log-in links', () => {
  test('V4: work once', async () => {
    const link = await newLink()
    const response = await ask(`/login${link}`)
    expect([response.status, response.headers.get('location')]).toEqual([303, '/'])
    expect(response.headers.get('set-cookie')).toMatch(
      /^sysmon=[\w.-]+; HttpOnly; SameSite=Strict; Path=\/; Max-Age=43200$/,
    )
    expect((await ask('/health', { cookie: cookieOf(response) })).status).toBe(200)
    const again = await ask(`/login${link}`)
    expect([again.status, again.headers.get('set-cookie'), await codeOf(again)]).toEqual([401, null, 'link_spent'])
  })

  test('V4: work for ten minutes', async () => {
    const [early, late] = [await newLink(), await newLink()]
    api.machine.clock.advance(599_999)
    expect((await ask(`/login${early}`)).status).toBe(303)
    api.machine.clock.advance(1)
    expect((await ask(`/login${late}`)).status).toBe(401)
  })

  test('carry the role they were made for', async () => {
    expect(await (await ask('/api/v1/auth/me', { cookie: await logIn('viewer') })).json()).toMatchObject({
      role: 'viewer',
      subject: 'link',
    })
    expect(await (await ask('/api/v1/auth/me', { cookie: await logIn() })).json()).toMatchObject({ role: 'admin' })
  })

  test('a person with an old one sees a page', async () => {
    const response = await ask('/login?token=<script>', { accept: 'text/html' })
    const text = await response.text()
    expect([response.status, text.includes('used already'), text.includes('<script>')]).toEqual([401, true, false])
  })

  test('V4: guessing is slowed down', async () => {
    for (let i = 0; i < 10; i++) expect((await ask('/login?token=x')).status).toBe(401)
    const response = await ask(`/login${await newLink()}`)
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '6'])
  })

  test('a browser that looks ahead with HEAD does not use it up', async () => {
    const link = await newLink()
    await ask(`/login${link}`, {}, { method: 'HEAD' })
    expect((await ask(`/login${link}`)).status).toBe(303)
  })

  test('V4: logging out ends the token, not only the cookie', async () => {
    const cookie = await logIn()
    const response = await ask('/api/v1/auth/logout', { cookie, ...own }, { method: 'POST' })
    expect([response.status, response.headers.get('set-cookie')]).toEqual([204, expect.stringContaining('Max-Age=0')])
    expect((await ask(current, { cookie })).status).toBe(401)
  })

  test('V4: no secret gets into the log', async () => {
    const link = await newLink()
    const cookie = cookieOf(await ask(`/login${link}`))
    await ask('/api/v1/auth/logout', { cookie, ...own }, { method: 'POST' })
    const log = lines.join('')
    expect(log).toContain('log out')
    expect(log).not.toContain(link.slice('?token='.length))
    expect(log).not.toContain(cookie.slice('sysmon='.length))
  })
})

describe('V4: users', () => {
  const hash = hashPassword('correct horse')
  let anna: WebUser
  beforeEach(async () => {
    anna = { name: 'anna', role: 'viewer', password: await hash }
    front = create({ users: [anna] })
  })
  const tryLogIn = (name: string, password: string, headers: Headers_ = {}): Promise<Response> =>
    ask('/api/v1/auth/login', { ...json, ...headers }, post({ name, password }))

  test('log in with their password', async () => {
    const response = await tryLogIn('anna', 'correct horse')
    expect(await response.json()).toMatchObject({ subject: 'user:anna', role: 'viewer' })
    expect((await ask(current, { cookie: cookieOf(response) })).status).toBe(200)
    front = create({ users: [{ ...anna, role: 'admin' }] })
    expect((await ask(current, { cookie: cookieOf(response) })).status).toBe(401)
  })

  test('V4: a wrong name and a wrong password are told apart by nothing', async () => {
    const [wrong, unknown] = [await tryLogIn('anna', 'x'), await tryLogIn('bert', 'correct horse')]
    expect([wrong.status, await wrong.text()]).toEqual([401, await unknown.text()])
    expect(lines.join('')).toContain('"who":"user:anna"')
    expect(lines.join('')).not.toContain('bert')
    expect(lines.join('')).not.toContain('correct horse')
  })

  test('V4: ten attempts a minute', async () => {
    for (let i = 0; i < 10; i++) await tryLogIn('', '')
    const response = await tryLogIn('anna', 'correct horse')
    expect([response.status, Number(response.headers.get('retry-after')) > 0]).toEqual([429, true])
  })

  test.each<[string, RequestInit, Headers_, string]>([
    ['no JSON', { method: 'POST', body: '{' }, json, 'invalid_request'],
    ['another type', { method: 'POST', body: '{}' }, { 'content-type': 'text/plain' }, 'unsupported_media'],
    ['another shape', post({ name: ['anna'], password: 'x' }), json, 'invalid_request'],
    ['too long', post({ name: 'anna', password: 'x'.repeat(5000) }), json, 'body_too_large'],
    [
      'another site',
      post({ name: 'anna', password: 'correct horse' }),
      { ...json, origin: 'http://evil.example' },
      'foreign_origin',
    ],
  ])('V4: refused: %s', async (_, init, headers, code) => {
    expect(await codeOf(await ask('/api/v1/auth/login', headers, init))).toBe(code)
  })
})

describe('V4: whose name, whose page', () => {
  test.each([
    'evil.example',
    'localhost.evil.example',
    'evil.example:8080',
    '127.0.0.1.evil.example',
    '',
    'localhost:8080:1',
    '192.168.1.5',
    'a b',
    'localhost/x',
    'user@localhost',
  ])('V4: Host %j is refused, even with a token', async (host) => {
    expect(await codeOf(await ask(current, { ...as('admin'), host }))).toBe('wrong_host')
    expect(await codeOf(await ask('/', { host }))).toBe('wrong_host')
  })
  test.each([
    'localhost',
    'LOCALHOST:1',
    '127.0.0.1:8080',
    '127.8.9.1',
    '[::1]:8080',
    'monitor.example.org',
    'Monitor.Example.org:443',
  ])('Host %j is one of ours', async (host) => expect((await ask(current, { ...as('viewer'), host })).status).toBe(200))
  test('an address is no name that DNS could turn round, when other machines may ask', async () => {
    front = create({ hosts: { names: [], isLoopbackOnly: false } })
    expect((await ask('/', { host: '192.168.1.5:8080' })).status).toBe(200)
    expect((await ask('/', { host: 'evil.example' })).status).toBe(421)
  })

  test.each<[string, Headers_]>([
    ['a foreign Origin', { origin: 'http://evil.example' }],
    ['another port of this machine', { origin: 'http://localhost:3000' }],
    ['another scheme', { origin: 'https://localhost:8080' }],
    ['no Origin on purpose', { origin: 'null' }],
    ['a site that is not ours', { 'sec-fetch-site': 'cross-site' }],
    ['a site that shares the name', { 'sec-fetch-site': 'same-site' }],
  ])('V4: %s reads and changes nothing, cookie or not', async (_, headers) => {
    const cookie = await logIn()
    for (const more of [{ cookie }, as('admin')]) {
      expect(await codeOf(await ask(current, { ...headers, ...more }))).toBe('foreign_origin')
      expect(await codeOf(await ask(signal, { ...headers, ...more, ...json }, post({ signal: 'TERM' })))).toBe(
        'foreign_origin',
      )
      const refusal = front.authorizeUpgrade(request('/ws/metrics', { ...headers, ...more }), address)
      expect(refusal instanceof Response && refusal.status).toBe(403)
    }
  })

  test('V4: a change with a cookie must say that it comes from our page', async () => {
    const cookie = await logIn()
    const send = (headers: Headers_): Promise<Response> =>
      ask('/api/v1/processes/999999/signal', { cookie, ...json, ...headers }, post({ signal: 'TERM' }))
    expect(await codeOf(await send({}))).toBe('foreign_origin')
    expect(await codeOf(await send({ 'sec-fetch-site': 'none' }))).toBe('foreign_origin')
    expect(await codeOf(await send({ origin: own.origin }))).toBe('no_such_process')
    expect(await codeOf(await send({ 'sec-fetch-site': 'same-origin' }))).toBe('no_such_process')
  })

  test('V4: nobody is told that his page may read', async () => {
    const preflight = await ask(
      current,
      { origin: 'http://evil.example', 'access-control-request-method': 'GET' },
      { method: 'OPTIONS' },
    )
    for (const response of [preflight, await ask(current, as('viewer'))])
      expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  test('a WebSocket is opened by whoever is logged in', async () => {
    const cookie = await logIn('viewer')
    const identity = front.authorizeUpgrade(request('/ws/metrics', { cookie, origin: own.origin }), address)
    expect(identity).toMatchObject({ role: 'viewer', via: 'cookie' })
    expect(front.authorizeUpgrade(request('/ws/metrics', as('viewer')), address)).toMatchObject({ via: 'bearer' })
    for (const headers of [
      {},
      { cookie },
      { cookie: 'sysmon=x', origin: own.origin },
      { cookie, origin: 'http://evil.example' },
    ]) {
      const refusal = front.authorizeUpgrade(request('/ws/metrics', headers), address)
      expect(refusal).toBeInstanceOf(Response)
    }
    if (identity instanceof Response) throw new Error('refused')
    expect(front.isCurrent(identity)).toBe(true)
    await ask('/api/v1/auth/logout', { cookie, ...own }, { method: 'POST' })
    expect(front.isCurrent(identity)).toBe(false)
  })
})

describe('V4: bounds', () => {
  test('V4: 100 a minute of one address, told when to come again', async () => {
    for (let i = 0; i < 100; i++) expect((await ask('/')).status).toBe(200)
    const response = await ask('/')
    expect([response.status, response.headers.get('retry-after'), await codeOf(response)]).toEqual([
      429,
      '1',
      'rate_limited',
    ])
    expect((await ask(current, as('admin'))).status).toBe(429)
    expect((await front.answer(request('/'), '10.0.0.2')).status).toBe(200)
    api.machine.clock.advance(600)
    expect((await ask('/')).status).toBe(200)
    expect((await ask('/')).status).toBe(429)
  })

  test('a logged-in browser has its own, larger bound', async () => {
    const cookie = await logIn()
    for (let i = 0; i < 1200; i++) expect((await ask('/', { cookie })).status).toBe(200)
    expect((await ask('/', { cookie })).status).toBe(429)
    expect((await ask('/')).status).toBe(200)
  })

  test('V4: X-Forwarded-For is the word of a proxy, and of nobody else', async () => {
    const from = (forwarded: string): Promise<Response> => ask('/', { 'x-forwarded-for': forwarded })
    for (let i = 0; i < 100; i++) await from(`10.1.1.${i}`)
    expect((await from('10.9.9.9')).status).toBe(429)
    front = create({ isBehindProxy: true })
    for (let i = 0; i < 100; i++) await from(`10.1.1.${i}, 172.16.0.1`)
    expect((await from('10.1.1.200, 172.16.0.1')).status).toBe(429)
    expect((await from('172.16.0.1, 172.16.0.2')).status).toBe(200)
  })

  test('V4: an address that is too long', async () => {
    expect(await codeOf(await ask(`${current}?metric=${'x'.repeat(9000)}`, as('viewer')))).toBe('address_too_long')
  })

  test('V4: a body that is too large', async () => {
    const headers = { ...as('viewer'), ...json }
    const response = await ask('/api/v1/metrics/query', headers, { method: 'POST', body: 'x'.repeat(1_100_000) })
    expect([response.status, await codeOf(response)]).toEqual([413, 'body_too_large'])
  })
})

describe('V4: headers', () => {
  test('V4: every answer is hardened', async () => {
    for (const response of [
      await ask('/'),
      await ask(current),
      await ask(current, as('viewer')),
      await ask('/', { host: 'x' }),
    ]) {
      const policy = response.headers.get('content-security-policy') ?? ''
      expect(policy).toStartWith("default-src 'self';")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe')
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      expect(response.headers.get('referrer-policy')).toBe('no-referrer')
      expect(response.headers.has('strict-transport-security')).toBe(false)
    }
    expect((await ask(current, as('viewer'))).headers.get('cache-control')).toBe('no-store')
    expect((await ask('/')).headers.get('cache-control')).toBe('no-cache')
  })

  test('V4: under TLS the cookie and the name stay there', async () => {
    front = create({ isTls: true })
    const host = 'monitor.example.org'
    expect((await ask('/', { host })).headers.get('strict-transport-security')).toBe('max-age=31536000')
    // A rule for localhost would bind every other program on it.
    expect((await ask('/')).headers.has('strict-transport-security')).toBe(false)
    const response = await ask(`/login${await newLink()}`, { host })
    expect(response.headers.get('set-cookie')).toEndWith('; Secure')
    const cookie = cookieOf(response)
    expect((await ask(current, { host, cookie, origin: `https://${host}` })).status).toBe(200)
    expect((await ask(current, { host, cookie, origin: `http://${host}` })).status).toBe(403)
  })

  test('behind a proxy that does TLS the same, by its word', async () => {
    front = create({ isBehindProxy: true })
    const response = await ask(`/login${await newLink()}`, { 'x-forwarded-proto': 'https' })
    expect(response.headers.get('set-cookie')).toEndWith('; Secure')
  })
})

test('V4: whatever is asked, the answer is ours and no error', async () => {
  front = create({ requestsPerMinute: 1_000_000 })
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.constantFrom(
      '-1',
      'NaN',
      '1e999',
      '9'.repeat(30),
      'now',
      '-15m',
      '0',
      '',
      '\u0000',
      '../..',
      "' OR 1=1 --",
      '1970-01-01',
      '-999999y',
      '1ms',
      '0s',
    ),
  )
  const name = fc.constantFrom(
    'metric',
    'at',
    'start',
    'end',
    'resolution',
    'limit',
    'sort',
    'details',
    'cpu',
    '__proto__',
  )
  const path = fc.oneof(
    fc.constantFrom(
      current,
      '/api/v1/metrics/history',
      '/api/v1/processes',
      '/api/v1/processes/1',
      '/api/v1/processes/1/history',
      '/api/v1/events',
      '/health',
      '/api/v1/metrics',
      '/login',
      '/',
    ),
    text.map((word) => `/api/v1/processes/${encodeURIComponent(word)}`),
    text.map((word) => `/${encodeURIComponent(word)}`),
  )
  const metric = fc.oneof(fc.constantFrom('system.cpu.utilization', 'system.disk.io', '*'), text)
  await fc.assert(
    fc.asyncProperty(
      path,
      fc.array(fc.tuple(name, text), { maxLength: 5 }),
      metric,
      async (where, parameters, which) => {
        const query = new URLSearchParams([['metric', which], ...parameters])
        const response = await ask(`${where}?${query}`, as('viewer'))
        expect([where, `${query}`, response.status < 500]).toEqual([where, `${query}`, true])
        await response.body?.cancel()
      },
    ),
    { numRuns: 400 },
  )
  expect(api.internalErrors).toEqual([])
})
