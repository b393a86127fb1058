import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  address,
  api,
  as,
  ask,
  codeOf,
  cookieOf,
  current,
  front,
  type HeaderFields,
  json,
  logIn,
  newLink,
  own,
  post,
  renew,
  request,
  signal,
  withWebFront,
} from '../../../test/web-front.ts'

withWebFront()

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
    'localhost@evil.example',
    'localhost#.evil.example',
    'localhost%2eevil.example',
    'localhost.',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '127.0.0.1.nip.io',
    '0.0.0.0',
    '[::]',
    '[::ffff:127.0.0.1]',
    'localhost:',
    'localhost:8080, evil.example',
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
    renew({ hosts: { names: [], isLoopbackOnly: false } })
    expect((await ask('/', { host: '192.168.1.5:8080' })).status).toBe(200)
    expect((await ask('/', { host: 'evil.example' })).status).toBe(421)
  })

  test.each<[string, HeaderFields]>([
    ['a foreign Origin', { origin: 'http://evil.example' }],
    ['another port of this machine', { origin: 'http://localhost:3000' }],
    ['another scheme', { origin: 'https://localhost:8080' }],
    ['a name that begins like ours', { origin: 'http://localhost:8080.evil.example' }],
    ['a user that is called like us', { origin: 'http://localhost:8080@evil.example' }],
    ['a part of our name', { origin: 'http://sub.localhost:8080' }],
    ['another name of this machine', { origin: 'http://127.0.0.1:8080' }],
    ['no port', { origin: 'http://localhost' }],
    ['a path behind it', { origin: 'http://localhost:8080/' }],
    ['two of them', { origin: 'http://localhost:8080 http://evil.example' }],
    ['a file', { origin: 'file://' }],
    ['our page told, another site said', { origin: 'http://localhost:8080', 'sec-fetch-site': 'cross-site' }],
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
    const send = (headers: HeaderFields): Promise<Response> =>
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
    renew({ isBehindProxy: true })
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
    renew({ isTls: true })
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
    renew({ isBehindProxy: true })
    const response = await ask(`/login${await newLink()}`, { 'x-forwarded-proto': 'https' })
    expect(response.headers.get('set-cookie')).toEndWith('; Secure')
  })
})

test('V4: whatever is asked, the answer is ours and no error', async () => {
  renew({ requestsPerMinute: 1_000_000 })
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
