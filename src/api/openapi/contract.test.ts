import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type ApiMachine, apiMachine } from '../../../test/api-machine.ts'
import { type JsonSchema, misfits } from '../../../test/json-schema.ts'
import { manualClock } from '../../../test/manual-clock.ts'
import { StoreError } from '../../store/store.ts'
import type { HealthResponse, Problem } from '../contract.ts'
import { type ProblemCode, problems } from '../problems.ts'
import { AuthRoutes } from '../web/auth-routes.ts'
import { LoginLinks } from '../web/login-links.ts'
import { Sessions } from '../web/sessions.ts'
import type { OpenApiDocument, ResponseDescription } from './document.ts'
import { answerExamples } from './examples.ts'
import { operationsOf } from './reference-page.ts'

let api: ApiMachine
let document: OpenApiDocument
beforeEach(async () => {
  api = await apiMachine()
  for (let i = 0; i < 3; i++) api.machine.tick()
  document = await api.get<OpenApiDocument>('/openapi.json')
})
afterEach(() => api.close())

const json = { 'content-type': 'application/json' }
const post = (body: unknown): RequestInit => ({ method: 'POST', headers: json, body: JSON.stringify(body) })
const answerSignal = (outcome: string) =>
  Object.assign(api.platform.processes, { signal: async () => ({ outcome, why: 'as the test wants' }) })
const pastQuery = '/api/v1/metrics/history?metric=system.cpu.utilization'

const someCsv = 'unix_ms,system.memory.limit\n1767600000000,1\n'

/** Each route, asked in every way that its answer differs. */
const samples: Readonly<Record<string, readonly (readonly [path: string, init?: () => RequestInit])[]>> = {
  'GET /api/v1/metrics': [['/api/v1/metrics']],
  'GET /api/v1/metrics/current': [['/api/v1/metrics/current'], ['/api/v1/metrics/current?metric=system.*&at=-1s']],
  'GET /api/v1/metrics/history': [[`${pastQuery}&start=-1m`], [`${pastQuery}&start=-1m&resolution=1m`]],
  'POST /api/v1/metrics/query': [
    [
      '/api/v1/metrics/query',
      () => post({ queries: [{ metric: 'system.cpu.time', labels: { cpu: '0' }, start: '-1m' }] }),
    ],
  ],
  'GET /metrics': [['/metrics'], ['/metrics', () => ({ headers: { accept: 'application/openmetrics-text' } })]],
  'GET /api/v1/processes': [['/api/v1/processes'], ['/api/v1/processes?at=-1s&sort=cpu&limit=2']],
  'GET /api/v1/processes/{pid}': [['/api/v1/processes/300'], ['/api/v1/processes/300?details=true']],
  'GET /api/v1/processes/{pid}/history': [['/api/v1/processes/300/history?start=-1m']],
  'POST /api/v1/processes/{pid}/signal': [
    [
      '/api/v1/processes/300/signal',
      () => {
        answerSignal('sent')
        return post({ signal: 'TERM' })
      },
    ],
  ],
  'GET /api/v1/events': [['/api/v1/events']],
  'GET /api/v1/export': [
    ['/api/v1/export?start=-1m'],
    ['/api/v1/export?format=jsonl'],
    ['/api/v1/export?format=parquet'],
  ],
  'POST /api/v1/import': [
    ['/api/v1/import?dry_run=true', () => ({ method: 'POST', headers: { 'content-type': 'text/csv' }, body: someCsv })],
  ],
  'GET /health': [['/health']],
  'GET /openapi.json': [['/openapi.json']],
  'GET /docs': [['/docs']],
}

/** The answer fits what the document says of the route. */
async function expectDeclared(response: Response, responses: Readonly<Record<string, ResponseDescription>>) {
  const declared = responses[response.status]
  if (declared === undefined) throw new Error(`${response.status} is not declared: ${await response.text()}`)
  const media = response.headers.get('content-type')?.split(';')[0]
  if (declared.content === undefined) return expect(await response.text()).toBe('')
  const content = declared.content[media ?? '']
  if (content === undefined) throw new Error(`${media} is not declared`)
  const isOurs = content.schema.$ref !== undefined
  const value: unknown = isOurs ? await response.json() : await response.text()
  expect(misfits(value, content.schema as JsonSchema, document)).toEqual([])
}

describe('every route that is', () => {
  test('is in the document', () => {
    const routes = api.app.routes.filter(({ method }) => method !== 'ALL')
    const named = new Set(routes.map((route) => `${route.method} ${route.path.replace(/:(\w+)/g, '{$1}')}`))
    expect(
      operationsOf(document)
        .map(({ method, path: route }) => `${method} ${route}`)
        .sort(),
    ).toEqual([...named].sort())
  })

  test('is tried here', () => {
    const listed = operationsOf(document).map(({ method, path: route }) => `${method} ${route}`)
    expect(Object.keys(samples).sort()).toEqual(listed.sort())
  })

  test.each(Object.keys(samples))('%s answers as it is declared', async (name) => {
    const { operation } = operationsOf(document).find((one) => `${one.method} ${one.path}` === name) ?? {}
    for (const [asked, init] of samples[name] ?? []) {
      const response = await api.app.request(asked, init?.())
      expect([asked, response.status]).toEqual([asked, name.endsWith('signal') ? 204 : 200])
      // The machine of the tests has no daemon whose health could be told.
      if (name !== 'GET /health') await expectDeclared(response, operation?.responses ?? {})
    }
    expect(api.internalErrors).toEqual([])
  })
})

describe('examples', () => {
  test.each(Object.entries(answerExamples))('%s fits its shape', (name, example) => {
    expect(misfits(example, { $ref: `#/components/schemas/${name}` }, document)).toEqual([])
  })

  test('each answer of ours has one, and each parameter fits its own', () => {
    for (const { path: route, operation } of operationsOf(document)) {
      for (const content of Object.values(operation.responses['200']?.content ?? {})) {
        if (content.schema.$ref !== undefined) expect([route, content.example]).not.toEqual([route, undefined])
      }
      for (const { name, schema } of operation.parameters ?? []) {
        for (const example of (schema.examples ?? []) as unknown[])
          expect([name, misfits(example, schema, document)]).toEqual([name, []])
      }
    }
  })

  test('the shapes refuse what is not so', () => {
    const shape = { $ref: '#/components/schemas/Health' }
    const { status: _, ...without } = answerExamples.Health as HealthResponse
    expect(misfits(without, shape, document)).toEqual(['$: no status'])
    expect(misfits({ ...without, status: 'fine' }, shape, document)).toHaveLength(1)
    expect(misfits({ ...without, status: 'healthy', more: 1 }, shape, document)).toEqual(['$: more is not declared'])
  })
})

/** How each problem is met, and on which route. */
const provocations: Partial<Record<ProblemCode, readonly [route: string, path: string, init?: () => RequestInit]>> = {
  unknown_route: ['', '/api/v2'],
  method_not_allowed: ['', '/health', () => ({ method: 'DELETE' })],
  invalid_request: ['GET /api/v1/processes', '/api/v1/processes?limit=x'],
  invalid_time: ['GET /api/v1/processes', '/api/v1/processes?at=yesterdaze'],
  unknown_metric: ['GET /api/v1/metrics/history', '/api/v1/metrics/history?metric=system.cpu.utilisation'],
  unknown_label: ['GET /api/v1/metrics/history', `${pastQuery}&colour=red`],
  too_much: ['GET /api/v1/metrics/history', `${pastQuery}&start=-60d&resolution=1s`],
  not_recorded: ['GET /api/v1/processes', '/api/v1/processes?at=2001-01-01T00:00:00Z'],
  no_such_process: ['GET /api/v1/processes/{pid}', '/api/v1/processes/4999'],
  process_replaced: ['POST /api/v1/processes/{pid}/signal', '/api/v1/processes/300/signal', () => told('replaced')],
  signal_denied: ['POST /api/v1/processes/{pid}/signal', '/api/v1/processes/300/signal', () => told('denied')],
  signal_refused: ['POST /api/v1/processes/{pid}/signal', '/api/v1/processes/300/signal', () => told('refused')],
  import_refused: [
    'POST /api/v1/import',
    '/api/v1/import?format=csv',
    () => ({ method: 'POST', body: 'unix_ms,no.such.metric\n' }),
  ],
  import_running: ['POST /api/v1/import', '/api/v1/import?format=csv', () => besidesAnother()],
  unsupported_media: ['POST /api/v1/metrics/query', '/api/v1/metrics/query', () => ({ method: 'POST', body: '{}' })],
  body_too_large: [
    'POST /api/v1/metrics/query',
    '/api/v1/metrics/query',
    () => post({ queries: [{ metric: 'x'.repeat(1 << 20) }] }),
  ],
  store_unavailable: ['GET /api/v1/events', '/api/v1/events', () => failing(new StoreError('io', 'disk I/O error'))],
  internal: ['GET /api/v1/events', '/api/v1/events', () => failing(new TypeError('of ours'))],
}
/** An import whose body does not end is under way. */
function besidesAnother(): RequestInit {
  const body = new ReadableStream<Uint8Array>({ pull: () => new Promise<void>(() => undefined) })
  void api.app.request('/api/v1/import?format=csv', { method: 'POST', body, duplex: 'half' } as RequestInit)
  return { method: 'POST', body: 'unix_ms\n' }
}
function told(outcome: string): RequestInit {
  answerSignal(outcome)
  return post({ signal: 'TERM' })
}
function failing(error: Error): RequestInit {
  api.machine.store.readEvents = () => {
    throw error
  }
  return {}
}

/** Those that only the web listener and the live stream meet, under test there. */
const elsewhere: readonly ProblemCode[] = (Object.keys(problems) as ProblemCode[]).filter(
  (code) => provocations[code] === undefined,
)

describe('every problem', () => {
  test.each(Object.entries(provocations))('%s is met, as it is declared', async (code, [route, asked, init]) => {
    const response = await api.app.request(asked, init?.())
    const problem = (await response.clone().json()) as Problem
    expect(problem).toMatchObject({ code, status: response.status })
    expect(problem.cure).toBeString()
    expect(misfits(problem, { $ref: '#/components/schemas/Problem' }, document)).toEqual([])
    const operation = operationsOf(document).find((one) => `${one.method} ${one.path}` === route)?.operation
    if (route === '') return
    await expectDeclared(response, operation?.responses ?? {})
    const examples = operation?.responses[response.status]?.content?.['application/problem+json']?.examples
    expect(Object.keys(examples ?? {})).toContain(code)
  })

  test('wrong_password is met by who is nobody', async () => {
    const clock = manualClock(0)
    const users: [] = []
    const sessions = new Sessions(clock, new Uint8Array(32), users)
    const parts = { clock, sessions, links: new LoginLinks(clock), users, audit: () => undefined }
    const url = 'http://127.0.0.1/api/v1/auth/login'
    const response = await new AuthRoutes(parts).answer({
      request: new Request(url, post({ name: 'anna', password: 'x' })),
      path: new URL(url).pathname,
      search: new URLSearchParams(),
      address: '127.0.0.1',
      isHttps: false,
      by: 'own',
      identity: undefined,
    })
    expect([response?.status, await response?.json()]).toMatchObject([401, { code: 'wrong_password' }])
  })

  test('that is not met here is met by a test of the listener or of the live stream', () => {
    const root = path.join(import.meta.dir, '../../..')
    const files = [
      'src/api/openapi/contract.test.ts',
      'src/api/web/*.test.ts',
      'src/api/live/*.test.ts',
      'test/e2e/*.test.ts',
    ].flatMap((pattern) => [...new Bun.Glob(pattern).scanSync({ cwd: root, absolute: true })])
    const text = files.map((file) => readFileSync(file, 'utf8')).join('\n')
    expect(elsewhere.filter((code) => !text.includes(code))).toEqual([])
  })
})
