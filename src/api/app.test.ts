import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type ApiMachine, apiMachine } from '../../test/api-machine.ts'
import type { Problem } from './contract.ts'
import { problems } from './problems.ts'

let api: ApiMachine
beforeEach(async () => {
  api = await apiMachine()
  api.machine.tick()
  api.machine.tick()
})
afterEach(() => api.close())

const json = { 'content-type': 'application/json' }
const query = '/api/v1/metrics/query'

describe('problem documents', () => {
  test('have all that RFC 9457 and a person ask for', async () => {
    const problem = await api.problem('/api/v1/nothing?here')
    expect(problem).toEqual({
      type: 'urn:sysmon:problem:unknown_route',
      code: 'unknown_route',
      title: problems.unknown_route.title,
      status: 404,
      detail: 'GET /api/v1/nothing',
      cure: problems.unknown_route.cure,
    })
  })

  test.each([
    ['DELETE', '/api/v1/processes/300', 'GET, HEAD'],
    ['POST', '/api/v1/processes', 'GET, HEAD'],
    ['GET', query, 'POST'],
    ['GET', '/api/v1/processes/300/signal', 'POST'],
    ['OPTIONS', '/openapi.json', 'GET, HEAD'],
  ])('%s %s is answered with what can be asked: %s', async (method, path, allow) => {
    expect(await api.problem(path, { method })).toMatchObject({
      code: 'method_not_allowed',
      detail: `${method} ${path}`,
    })
    expect((await api.app.request(path, { method })).headers.get('allow')).toBe(allow)
  })

  test('a path that no route has is none with any method', async () => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      expect(await api.problem('/openapi_json', { method })).toMatchObject({ code: 'unknown_route' })
      expect(await api.problem('/api/v1/processes/300/signal/', { method })).toMatchObject({ code: 'unknown_route' })
    }
  })

  test('what is our fault says so without saying what, and is told to the log', async () => {
    api.machine.store.readEvents = () => {
      throw new TypeError('secret detail')
    }
    const problem = await api.problem('/api/v1/events')
    expect(problem).toMatchObject({ code: 'internal', status: 500 })
    expect(JSON.stringify(problem)).not.toContain('secret')
    expect(api.internalErrors).toMatchObject([{ path: '/api/v1/events', error: { message: 'secret detail' } }])
  })

  test('JSON of ours that cannot be read is our fault, not the caller’s', async () => {
    api.machine.store.readEvents = () => JSON.parse('{')
    expect(await api.problem('/api/v1/events')).toMatchObject({ code: 'internal', status: 500 })
  })
})

describe('bodies', () => {
  test.each(['{', '', 'queries', '{"queries":[}'])('that are no JSON are refused: %j', async (body) => {
    const problem = await api.problem(query, { method: 'POST', headers: json, body })
    expect(problem).toMatchObject({ code: 'invalid_request', status: 400, detail: 'the body is not valid JSON' })
  })

  test('that do not say they are JSON are refused before they are read', async () => {
    const types = [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonp',
    ]
    for (const type of types) {
      const init = { method: 'POST', headers: { 'content-type': type }, body: '{"queries":[]}' }
      expect(await api.problem(query, init)).toMatchObject({
        code: 'unsupported_media',
        status: 415,
        detail: `it is ${type}`,
      })
      expect(await api.problem('/api/v1/processes/300/signal', init)).toMatchObject({ code: 'unsupported_media' })
    }
    expect(await api.problem(query, { method: 'POST' })).toMatchObject({ detail: 'it has no Content-Type' })
  })

  test('that say it with a charset are read', async () => {
    const headers = { 'content-type': 'application/json; charset=utf-8' }
    const response = await api.app.request(query, { method: 'POST', headers, body: '{"queries":[]}' })
    expect(await response.json()).toEqual({ results: [] })
  })

  test.each([
    ['{}', 'queries'],
    ['{"queries":{}}', 'queries'],
    ['{"queries":[{}]}', 'queries.0.metric'],
    ['{"queries":[{"metric":"a","start":null}]}', 'queries.0.start'],
    ['{"queries":[{"metric":"a","labels":{"b":1}}]}', 'queries.0.labels.b'],
    ['{"queries":[{"metric":"a","more":1}]}', 'queries.0.more'],
    ['{"queries":[],"more":1}', 'more'],
    [JSON.stringify({ queries: Array(101).fill({ metric: 'a' }) }), 'queries: at most 100 queries'],
  ])('that do not fit say where: %s', async (body, where) => {
    const problem = await api.problem(query, { method: 'POST', headers: json, body })
    expect(problem).toMatchObject({ code: 'invalid_request', status: 400 })
    expect(problem.detail).toStartWith(where)
  })

  test('over 1 MiB are refused, whether they say how long they are or not', async () => {
    const body = JSON.stringify({ queries: [{ metric: 'x'.repeat(1024 * 1024) }] })
    const told = await api.problem(query, {
      method: 'POST',
      headers: { ...json, 'content-length': `${body.length}` },
      body,
    })
    expect(told).toMatchObject({ code: 'body_too_large', status: 413 })
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        for (let i = 0; i < 20; i++) controller.enqueue(new Uint8Array(65_536).fill(0x20))
        controller.close()
      },
    })
    const untold = new Request(`http://host${query}`, { method: 'POST', headers: json, body: stream })
    const response = await api.app.fetch(untold)
    expect(response.status).toBe(413)
    expect(((await response.json()) as Problem).code).toBe('body_too_large')
  })

  test('that end before they are whole are no error of ours', async () => {
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new DOMException('The connection was closed.', 'AbortError')),
    })
    const response = await api.app.fetch(new Request(`http://host${query}`, { method: 'POST', headers: json, body }))
    expect([response.status, ((await response.json()) as Problem).code]).toEqual([400, 'invalid_request'])
    expect(api.internalErrors).toEqual([])
  })

  test('that ask for too much in all are refused, each being small enough', async () => {
    const one = { metric: 'system.cpu.utilization', start: '-48h', resolution: '2s' }
    const response = await api.post(query, { queries: Array(30).fill(one) })
    expect([response.status, await response.json()]).toMatchObject([400, { code: 'too_much' }])
    expect((await api.post(query, { queries: [one] })).status).toBe(200)
  })

  test('one query that fails is the answer to all, with its own problem', async () => {
    const response = await api.post(query, { queries: [{ metric: 'system.cpu.utilization' }, { metric: 'no.such' }] })
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ code: 'unknown_metric' })
  })
})

describe('parameters', () => {
  test.each([
    ['/api/v1/processes/0', 'pid: at least 1'],
    ['/api/v1/processes/-1', 'pid: a whole number is needed'],
    ['/api/v1/processes/self', 'pid: a whole number is needed'],
    ['/api/v1/processes/1e3', 'pid: a whole number is needed'],
    ['/api/v1/processes/99999999999', 'pid: at most 2147483647'],
    ['/api/v1/processes/300?details=yes', 'details: true or false'],
    ['/api/v1/processes?limit=-1', 'limit: a whole number is needed'],
    ['/api/v1/processes?limit=2.5', 'limit: a whole number is needed'],
    ['/api/v1/processes?limt=5', 'limt: no such name; did you mean "limit"?'],
    ['/api/v1/metrics?x=1', 'x: no such name'],
    ['/api/v1/events?colour=red', 'colour: no such name; there are start, end, limit'],
    [`/api/v1/processes?at=${'9'.repeat(65)}`, 'at: too long for a time'],
    ['/api/v1/metrics/history?metric=a&metric=b', 'metric: '],
  ])('that do not fit say which: %s', async (path, detail) => {
    const problem = await api.problem(path)
    expect(problem).toMatchObject({ code: 'invalid_request', status: 400 })
    expect(problem.detail).toStartWith(detail)
  })

  test('health is answered as the daemon has it', async () => {
    expect(await api.get<object>('/health')).toEqual({ status: 'healthy' })
  })
})
