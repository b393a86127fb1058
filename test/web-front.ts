import { afterEach, beforeEach, expect } from 'bun:test'
import type { CreatedLink, Problem } from '../src/api/contract.ts'
import { createWebFront, type WebFront, type WebFrontOptions } from '../src/api/web/front.ts'
import { type Claims, signToken } from '../src/api/web/token.ts'
import { createLogger } from '../src/base/log.ts'
import { type ApiMachine, apiMachine } from './api-machine.ts'

/** The web front over a recorded machine, in process, on a clock that a test moves: no port. */
export const secret = new Uint8Array(32).fill(7)
export const address = '10.0.0.1'
export const page = '<!doctype html><title>sysmon</title>'
export const current = '/api/v1/metrics/current'
export const signal = '/api/v1/processes/1/signal'

export let api: ApiMachine
export let lines: string[]
export let front: WebFront
/** Before and after each test of the file that calls it. */
export function withWebFront(): void {
  beforeEach(async () => {
    api = await apiMachine()
    api.machine.tick()
    api.machine.tick()
    lines = []
    renew()
  })
  afterEach(() => api.close())
}

/** Another front over the same machine. */
export function renew(more: Partial<WebFrontOptions> = {}): void {
  front = create(more)
}

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

export type HeaderFields = Readonly<Record<string, string>>
export const request = (path: string, headers: HeaderFields = {}, init: RequestInit = {}): Request =>
  new Request(`http://localhost:8080${path}`, { ...init, headers: { host: 'localhost:8080', ...headers } })
export const ask = (path: string, headers?: HeaderFields, init?: RequestInit): Promise<Response> =>
  front.answer(request(path, headers, init), address)
export const codeOf = async (response: Response): Promise<string> => {
  const { code, status } = (await response.json()) as Problem
  expect(status).toBe(response.status)
  return code
}

export const claims = (more: Partial<Claims> = {}): Claims => {
  const iat = Math.floor(api.machine.clock.wallMs() / 1000)
  return { sub: 'token', role: 'admin', iat, exp: iat + 3600, jti: 'one', ...more }
}
export const bearer = (token: string): HeaderFields => ({ authorization: `Bearer ${token}` })
export const as = (role: 'viewer' | 'admin'): HeaderFields => bearer(signToken(claims({ role }), secret))
export const cookieOf = (response: Response): string =>
  (response.headers.get('set-cookie') ?? '').split(';')[0] as string
export const own = { origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin' }
export const json = { 'content-type': 'application/json' }
export const post = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body) })
export const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

export const local = async <T>(path: string, body: unknown): Promise<T> => {
  const response = await front.answerLocal(request(path, json, post(body)))
  expect(response?.status).toBe(201)
  return (await response?.json()) as T
}
export const newLink = async (role?: string): Promise<string> =>
  new URL((await local<CreatedLink>('/api/v1/auth/links', role === undefined ? {} : { role })).url).search
export async function logIn(role?: string): Promise<string> {
  const response = await ask(`/login${await newLink(role)}`)
  expect(response.status).toBe(303)
  return cookieOf(response)
}
