import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type ApiMachine, apiMachine } from '../../test/api-machine.ts'
import { maintainAll } from '../../test/conformance/store-harness.ts'
import { busyShare, receivedPerSecond } from '../../test/pipeline-machine.ts'
import { StoreError } from '../store/store.ts'
import type { CurrentResponse, EventsResponse, HistoryResponse, MetricsResponse } from './contract.ts'
import { readTime } from './monitor.ts'
import { ApiError } from './problems.ts'

let api: ApiMachine
beforeEach(async () => {
  api = await apiMachine()
})
afterEach(() => api.close())

const ticks = (count: number): void => {
  for (let i = 0; i < count; i++) api.machine.tick()
}
const now = (): number => api.machine.clock.wallMs()
const current = (query = ''): Promise<CurrentResponse> => api.get(`/api/v1/metrics/current${query}`)
const valueIn = ({ values }: CurrentResponse, metric: string, labels = {}): number | undefined =>
  values.find((one) => one.metric === metric && Bun.deepMatch(labels, one.labels))?.value
const eth0 = { device: 'eth0', direction: 'receive' }

describe('now', () => {
  test('before the first tick there is nothing, and that is said', async () => {
    expect(await api.problem('/api/v1/metrics/current')).toMatchObject({ code: 'not_recorded', status: 404 })
  })

  test('C15 the first tick has levels, no rates, and says that it is the first', async () => {
    ticks(1)
    const tick = await current()
    expect(tick).toMatchObject({ unixMs: now(), seq: 0, elapsedSeconds: 0, gap: 'start' })
    expect(valueIn(tick, 'system.memory.usage', { state: 'used' })).toBeGreaterThan(0)
    expect(valueIn(tick, 'system.cpu.utilization')).toBeUndefined()
    expect(valueIn(tick, 'system.network.io', eth0)).toBeUndefined()
  })

  test('the second has rates, the machine’s facts, and no gap', async () => {
    ticks(2)
    const tick = await current()
    expect(valueIn(tick, 'system.cpu.utilization')).toBeCloseTo(busyShare, 6)
    expect(valueIn(tick, 'system.network.io', eth0)).toBeCloseTo(receivedPerSecond, 6)
    expect(tick.host).toMatchObject({ os: 'linux', logicalCpus: expect.any(Number), bootId: expect.any(String) })
    expect(tick).not.toHaveProperty('gap')
  })

  test('only what is asked for, by names and beginnings', async () => {
    ticks(2)
    const names = new Set(
      (await current('?metric=system.cpu.utilization,system.memory.*,')).values.map((v) => v.metric),
    )
    expect(names).toContain('system.cpu.utilization')
    expect(names).toContain('system.memory.usage')
    expect([...names].filter((name) => !/^system\.(memory\.|cpu\.utilization$)/.test(name))).toEqual([])
    expect((await current('?metric=no.such')).values).toEqual([])
  })

  test('at a recorded second it is what it was then, packed or not', async () => {
    ticks(209)
    const then = now()
    const lived = await current('?metric=system.*')
    ticks(5)
    const same = { unixMs: then, elapsedSeconds: 1, host: lived.host }
    const found = await current(`?at=${then}&metric=system.*`)
    expect(found).toMatchObject(same)
    expect(found.values).toEqual(lived.values)
    await maintainAll(api.machine.store, now())
    expect((await current(`?at=${then}&metric=system.*`)).values).toEqual(lived.values)
    expect((await current('?at=-6s')).unixMs).toBe(now() - 6000)
  })

  test('outside the record there is none', async () => {
    ticks(2)
    expect(await api.problem('/api/v1/metrics/current?at=-1h')).toMatchObject({ code: 'not_recorded' })
  })
})

describe('history', () => {
  const history = (query: string): Promise<HistoryResponse> => api.get(`/api/v1/metrics/history?${query}`)

  test('of one series at each tick, by its labels', async () => {
    ticks(12)
    const query = 'metric=system.network.io&device=eth0&direction=receive&start=-5s&resolution=1s'
    const { series, unixMs, unit, tier } = await history(query)
    expect({ unit, tier, count: series.length }).toEqual({ unit: 'By/s', tier: '1s', count: 1 })
    expect(unixMs.at(-1)).toBe(now())
    expect(series[0]?.labels).toMatchObject(eth0)
    for (const rate of series[0]?.avg ?? []) expect(rate).toBeCloseTo(receivedPerSecond, 6)
  })

  test('of a quarter of an hour up to now when nothing else is said', async () => {
    ticks(3)
    const { unixMs, resolutionMs } = await history('metric=system.cpu.utilization')
    expect(unixMs.length).toBeGreaterThan(0)
    expect(Math.min(...unixMs)).toBeGreaterThanOrEqual(now() - 15 * 60_000 - resolutionMs)
  })

  test('several at once, each as if it were alone', async () => {
    ticks(5)
    const queries = [
      { metric: 'system.cpu.utilization', start: '-4s', resolution: '1s' },
      { metric: 'system.network.io', labels: eth0, start: now() - 4000, end: now(), resolution: '1s' },
    ]
    const response = await api.post('/api/v1/metrics/query', { queries })
    expect(response.status).toBe(200)
    const { results } = (await response.json()) as { results: HistoryResponse[] }
    expect(results[0]).toEqual(await history('metric=system.cpu.utilization&start=-4s&resolution=1s'))
    expect(results[1]?.series).toHaveLength(1)
  })

  test.each([
    ['metric=system.cpu.utilisation', 'unknown_metric', 404, 'system.cpu.utilization'],
    ['metric=constructor', 'unknown_metric', 404, 'no metric "constructor"'],
    ['metric=system.network.io&devise=eth0', 'unknown_label', 400, 'did you mean "device"?'],
    ['metric=system.network.io&direction=up', 'unknown_label', 400, 'is none of'],
    ['metric=system.cpu.utilization&resolution=often', 'invalid_request', 400, 'resolution'],
    ['metric=system.cpu.utilization&resolution=1s&start=-400d', 'too_much', 400, 'points'],
    ['start=-5s', 'invalid_request', 400, 'metric'],
  ])('a question that cannot be answered says why: %s', async (query, code, status, words) => {
    ticks(2)
    const problem = await api.problem(`/api/v1/metrics/history?${query}`)
    expect(problem).toMatchObject({ code, status })
    expect(problem.detail).toContain(words)
    expect(problem.cure).toBeString()
  })
})

describe('times', () => {
  test.each([
    ['start=yesterdayish', '"yesterdayish" is no time'],
    ['end=soon', '"soon" is no time'],
    ['start=-5s&end=-10s', 'the start is not before the end'],
    ['start=now&end=now', 'the start is not before the end'],
    ['end=%2B2m', 'is in the future'],
    ['start=-999999999y', 'is before 1970'],
    ['start=2026-02-30T00:00:00Z', 'is no time'],
  ])('that make no sense are refused everywhere: %s', async (query, detail) => {
    ticks(2)
    const routes = [
      '/api/v1/metrics/history?metric=system.cpu.utilization&',
      '/api/v1/events?',
      '/api/v1/processes/300/history?',
    ]
    for (const route of routes) {
      const problem = await api.problem(`${route}${query}`)
      expect(problem).toMatchObject({ code: 'invalid_time', status: 400 })
      expect(problem.detail).toContain(detail)
    }
  })

  test.each(['/api/v1/metrics/current', '/api/v1/processes', '/api/v1/processes/300'])(
    'of one moment, too: %s',
    async (route) => {
      ticks(2)
      expect(await api.problem(`${route}?at=whenever`)).toMatchObject({ code: 'invalid_time' })
      expect(await api.problem(`${route}?at=%2B5m`)).toMatchObject({ code: 'invalid_time' })
    },
  )

  test('a clock that is a little ahead is no mistake', () => {
    const nowMs = Date.UTC(2026, 0, 5, 12)
    expect(readTime(nowMs + 59_000, nowMs, 'UTC')).toBe(nowMs + 59_000)
    expect(() => readTime(nowMs + 61_000, nowMs, 'UTC')).toThrow(ApiError)
    expect(() => readTime('-999999999y', nowMs, 'UTC')).toThrow(ApiError)
    expect(readTime('-15m', nowMs, 'UTC')).toBe(nowMs - 900_000)
    expect(readTime('11:30', nowMs, 'Europe/Berlin')).toBe(Date.UTC(2026, 0, 5, 10, 30))
  })
})

describe('the list of metrics', () => {
  test('has all of the catalogue, with the series that exist', async () => {
    ticks(2)
    const { metrics } = await api.get<MetricsResponse>('/api/v1/metrics')
    const of = (name: string) => metrics.find((one) => one.name === name)
    expect(of('system.network.io')).toMatchObject({
      kind: 'counter',
      unit: 'By/s',
      labels: expect.arrayContaining(['device']),
    })
    expect(of('system.network.io')?.series).toContainEqual(expect.objectContaining(eth0))
    expect(of('system.cpu.utilization')).toMatchObject({ kind: 'derived', unit: '1', series: [{}] })
    expect(of('system.cpu.utilization')?.formula).toBeString()
    expect(of('system.memory.usage')?.kind).toBe('gauge')
    expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length)
    for (const { help } of metrics) expect(help.length).toBeGreaterThan(5)
  })
})

describe('events', () => {
  const keep = (unixMs: number, message: string): void =>
    api.machine.store.appendEvent({ unixMs, kind: 'start', severity: 'info', message, data: { pid: 7 } })
  const messages = async (query = ''): Promise<string[]> =>
    (await api.get<EventsResponse>(`/api/v1/events${query}`)).events.map(({ message }) => message)

  test('of the last day, or of the time asked for', async () => {
    keep(now() - 25 * 3_600_000, 'long ago')
    keep(now() - 3_600_000, 'an hour ago')
    keep(now() - 1000, 'just now')
    expect((await messages()).toSorted()).toEqual(['an hour ago', 'just now'])
    expect(await messages('?start=-30m')).toEqual(['just now'])
    expect(await messages('?start=-2d&end=-24h')).toEqual(['long ago'])
    expect((await api.get<EventsResponse>('/api/v1/events?start=-30m')).events[0]).toEqual({
      unixMs: now() - 1000,
      kind: 'start',
      severity: 'info',
      message: 'just now',
      data: { pid: 7 },
    })
  })

  test('no more than the limit, the latest of them', async () => {
    for (let i = 0; i < 5; i++) keep(now() - 5000 + i * 1000, `event ${i}`)
    expect((await messages('?limit=2')).toSorted()).toEqual(['event 3', 'event 4'])
    expect(await api.problem('/api/v1/events?limit=0')).toMatchObject({ code: 'invalid_request' })
    expect(await api.problem('/api/v1/events?limit=many')).toMatchObject({ code: 'invalid_request' })
  })
})

describe('signals', () => {
  const send = (pid: number, body: unknown): Promise<Response> => api.post(`/api/v1/processes/${pid}/signal`, body)

  test('that may not be sent are refused, and told to the log', async () => {
    ticks(1)
    const refused = await send(1, { signal: 'TERM' })
    expect(refused.status).toBe(409)
    expect(await refused.json()).toMatchObject({ code: 'signal_refused' })
    expect(await (await send(300, { signal: 'NOSUCH' })).json()).toMatchObject({ code: 'signal_refused' })
    expect(api.signals).toEqual(['TERM 1 refused', 'NOSUCH 300 refused'])
  })

  test.each([
    [{}],
    [{ signal: 'term' }],
    [{ signal: 'TERM', startTicks: -1 }],
    [{ signal: 'TERM', force: true }],
    [[]],
    [null],
  ])('a request that does not fit is not sent: %j', async (body) => {
    const response = await send(300, body)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'invalid_request' })
    expect(api.signals).toEqual([])
  })
})

test('Q6 a store that cannot be read is a problem of its own, and now is answered all the same', async () => {
  ticks(2)
  const { store } = api.machine
  const fail = (): never => {
    throw new StoreError('io', 'disk I/O error')
  }
  store.readSamples = fail
  store.readProcesses = fail
  store.readEvents = fail
  const past = '/api/v1/metrics/history?metric=system.cpu.utilization&start=-2h'
  for (const path of [past, '/api/v1/processes?at=-1s', '/api/v1/events']) {
    expect(await api.problem(path)).toMatchObject({ code: 'store_unavailable', status: 503, detail: 'disk I/O error' })
  }
  expect((await current()).unixMs).toBe(now())
  expect(api.internalErrors).toEqual([])
})
