import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { alertProvocations, alertSamples } from '../../../test/alert-requests.ts'
import { type ApiMachine, apiMachine } from '../../../test/api-machine.ts'
import { expectDeclared } from '../../../test/declared.ts'
import { misfits } from '../../../test/json-schema.ts'
import { listenerCodes } from '../../../test/listener-codes.ts'
import { StoreError } from '../../store/store.ts'
import type { HealthResponse, Problem } from '../contract.ts'
import { type ProblemCode, problems } from '../problems.ts'
import type { OpenApiDocument } from './document.ts'
import { answerExamples } from './examples.ts'
import { listenerRouteNames } from './listener-routes.ts'
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
  'GET /api/v1/explain': [['/api/v1/explain'], ['/api/v1/explain?at=-1s&against_start=-1m']],
  'GET /api/v1/anomalies': [['/api/v1/anomalies'], ['/api/v1/anomalies?start=-1m&end=now']],
  'GET /api/v1/forecast': [['/api/v1/forecast'], ['/api/v1/forecast?within=4h']],
  ...alertSamples(json),
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

/** Routes of the app, as the document names them; those of the listeners are under test in listener-contract.test.ts. */
const ofApp = (): string[] =>
  operationsOf(document)
    .map(({ method, path: route }) => `${method} ${route}`)
    .filter((name) => !listenerRouteNames.includes(name))
    .sort()

describe('every route that is', () => {
  test('is in the document', () => {
    const routes = api.app.routes.filter(({ method }) => method !== 'ALL')
    const named = new Set(routes.map((route) => `${route.method} ${route.path.replace(/:(\w+)/g, '{$1}')}`))
    expect(ofApp()).toEqual([...named].sort())
  })

  test('is tried here', () => {
    expect(Object.keys(samples).sort()).toEqual(ofApp())
  })

  test.each(Object.keys(samples))('%s answers as it is declared', async (name) => {
    for (const [asked, init] of samples[name] ?? []) {
      const response = await api.app.request(asked, init?.())
      const isEmpty = name.endsWith('signal') || name.startsWith('DELETE')
      expect([asked, response.status]).toEqual([asked, isEmpty ? 204 : 200])
      // The machine of the tests has no daemon whose health could be told.
      if (name !== 'GET /health') await expectDeclared(response, document, name)
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
  ...alertProvocations(json),
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

describe('every problem', () => {
  test.each(Object.entries(provocations))('%s is met, as it is declared', async (code, [route, asked, init]) => {
    const response = await api.app.request(asked, init?.())
    const problem = (await response.clone().json()) as Problem
    expect(problem).toMatchObject({ code, status: response.status })
    expect(problem.cure).toBeString()
    expect(misfits(problem, { $ref: '#/components/schemas/Problem' }, document)).toEqual([])
    if (route !== '') await expectDeclared(response, document, route)
  })

  test('that is in the catalogue is met, here or in listener-contract.test.ts', () => {
    const met = [...Object.keys(provocations), ...listenerCodes, 'too_many_messages', 'alerts_unavailable']
    expect(met.sort()).toEqual(Object.keys(problems).sort())
  })
})
