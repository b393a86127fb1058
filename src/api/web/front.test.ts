import { beforeEach, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { sign } from 'hono/jwt'
import {
  address,
  api,
  as,
  ask,
  bearer,
  claims,
  codeOf,
  cookieOf,
  current,
  type HeaderFields,
  json,
  lines,
  local,
  logIn,
  newLink,
  own,
  page,
  part,
  post,
  renew,
  secret,
  signal,
  withWebFront,
} from '../../../test/web-front.ts'
import type { WebUser } from '../../config/web.ts'
import type { CreatedToken } from '../contract.ts'
import { hashPassword } from './passwords.ts'
import { type Claims, signToken } from './token.ts'

withWebFront()

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
    ['not yet valid', () => signToken({ ...claims(), nbf: claims().iat + 60 } as unknown as Claims, secret)],
    ['a beginning that is no number', () => signToken({ ...claims(), nbf: '0' } as unknown as Claims, secret)],
    ['alg RS256 in the header', () => ofHeader({ alg: 'RS256', typ: 'JWT' })],
    ['alg ES256 in the header', () => ofHeader({ alg: 'ES256', typ: 'JWT' })],
    ['alg in small letters', () => ofHeader({ alg: 'hs256', typ: 'JWT' })],
    ['another type of token', () => ofHeader({ alg: 'HS256', typ: 'at+jwt' })],
    ['a header that is a list', () => ofHeader(['HS256'])],
    ['really RS256, with a key of its own', () => signedByRsa()],
    ['the name of a key', () => ofHeader({ alg: 'HS256', kid: '../../dev/null' }, new Uint8Array(1))],
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
  const signedByRsa = async (): Promise<string> => {
    const { privateKey } = await crypto.subtle.generateKey(
      { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' },
      true,
      ['sign', 'verify'],
    )
    return await sign({ ...claims() }, privateKey, 'RS256')
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

  test('V4: refused: one of ours with any one character changed', async () => {
    renew({ requestsPerMinute: 1_000_000 })
    const token = signToken(claims({ role: 'viewer' }), secret)
    const character = fc.constantFrom(...'ABCxyz019-_.=+/ %\u00e9')
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), character, async (at, other) => {
        if (token[at] === other) return
        const changed = token.slice(0, at) + other + token.slice(at + 1)
        expect((await ask(current, { cookie: `sysmon=${changed}` })).status).toBe(401)
      }),
      { numRuns: 500 },
    )
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

test('V4: a log-in that is cut short is refused like any that is none', async () => {
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(new DOMException('The connection was closed.', 'AbortError')),
  })
  const response = await ask('/api/v1/auth/login', { ...own, ...json }, { method: 'POST', body })
  expect([response.status, await codeOf(response)]).toEqual([400, 'invalid_request'])
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
    renew({ users: [anna] })
  })
  const tryLogIn = (name: string, password: string, headers: HeaderFields = {}): Promise<Response> =>
    ask('/api/v1/auth/login', { ...json, ...headers }, post({ name, password }))

  test('log in with their password', async () => {
    const response = await tryLogIn('anna', 'correct horse')
    expect(await response.json()).toMatchObject({ subject: 'user:anna', role: 'viewer' })
    expect((await ask(current, { cookie: cookieOf(response) })).status).toBe(200)
    renew({ users: [{ ...anna, role: 'admin' }] })
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

  test.each<[string, RequestInit, HeaderFields, string]>([
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
