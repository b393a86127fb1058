import type { Hono } from 'hono'
import type { HistoryQuery, HistoryResponse } from '../contract.ts'
import { contentTypes, negotiate } from '../exposition/text.ts'
import { historyJson } from '../history-json.ts'
import { describe } from '../openapi/describe.ts'
import { ApiError } from '../problems.ts'
import { check, onlyJson } from '../request-check.ts'
import { currentQuery, historyQuery, nothing, queryBody } from '../schemas.ts'
import type { MonitorService } from '../service.ts'

type ParseTime = (text: string) => number

/** Values in one answer at most, over all its series: about 40 MB of text. */
export const mostValues = 2_000_000
/** A tick this old is stored, or lost for good. */
const settledMs = 10_000

export function metricRoutes(app: Hono, service: MonitorService, parseTime: ParseTime): void {
  const tag = 'metrics'
  app.get(
    '/api/v1/metrics',
    describe({
      tag,
      operationId: 'listMetrics',
      summary: 'The catalogue, with the series that exist',
      answer: 'Metrics',
      problems: ['invalid_request', 'store_unavailable'],
      isConditional: true,
    }),
    check('query', nothing),
    async (c) => c.json(await service.metrics(), 200, { 'cache-control': 'no-cache' }),
  )
  app.get(
    '/api/v1/metrics/current',
    describe({
      tag,
      operationId: 'currentMetrics',
      summary: 'All values of the last tick, or of the one at a moment',
      description: 'Derived values with units: levels as they are, counters as rates per second. Absent is left out.',
      answer: 'Current',
      problems: ['invalid_request', 'invalid_time', 'not_recorded', 'store_unavailable'],
    }),
    check('query', currentQuery),
    async (c) => {
      const { metric, at } = c.req.valid('query')
      const filter = metric === undefined ? [] : metric.split(',').filter((name) => name !== '')
      return c.json(await service.current(filter, at === undefined ? undefined : parseTime(at)))
    },
  )
  historyRoutes(app, service, parseTime)
  app.get(
    '/metrics',
    describe({
      tag,
      operationId: 'scrape',
      summary: 'The last tick for Prometheus',
      description: 'Raw values, counters as they are. OpenMetrics 1.0 to who accepts it, else Prometheus text 0.0.4.',
      answer: { media: ['text/plain', 'application/openmetrics-text'], what: 'One line a series.' },
    }),
    (c) => {
      const format = negotiate(c.req.header('accept'))
      return c.body(service.exposition(format), 200, { 'content-type': contentTypes[format], vary: 'Accept' })
    },
  )
}

function historyRoutes(app: Hono, service: MonitorService, parseTime: ParseTime): void {
  const problems = [
    'invalid_request',
    'invalid_time',
    'unknown_metric',
    'unknown_label',
    'too_much',
    'store_unavailable',
  ] as const
  app.get(
    '/api/v1/metrics/history',
    describe({
      tag: 'metrics',
      operationId: 'metricHistory',
      summary: 'One metric over time, columnar',
      description:
        'One array of times, and for each series average, least and most of each step. Any other parameter is a label that must have that value.',
      answer: 'History',
      problems,
      isConditional: true,
    }),
    check('query', historyQuery),
    async (c) => {
      const { metric, start, end, resolution, ...labels } = c.req.valid('query')
      const answer = await service.history(withoutUndefined({ metric, labels, start, end, resolution }))
      bounded([answer])
      const cacheControl = isSettled(start, end, service.now(), parseTime) ? 'private, max-age=60' : 'no-cache'
      return c.body(await historyJson(answer), 200, {
        'content-type': 'application/json',
        'cache-control': cacheControl,
      })
    },
  )
  app.post(
    '/api/v1/metrics/query',
    describe({
      tag: 'metrics',
      operationId: 'queryMetrics',
      summary: 'Several histories in one request',
      answer: 'QueryResults',
      problems: [...problems, 'body_too_large', 'unsupported_media'],
    }),
    onlyJson,
    check('json', queryBody),
    async (c) => {
      const results: HistoryResponse[] = []
      for (const query of c.req.valid('json').queries) {
        results.push(await service.history(withoutUndefined(query)))
        bounded(results)
      }
      const texts: string[] = []
      for (const result of results) texts.push(await historyJson(result))
      const text = `{"results":[${texts.join(',')}]}`
      return c.body(text, 200, { 'content-type': 'application/json' })
    },
  )
}

function bounded(results: readonly HistoryResponse[]): void {
  const values = results.reduce((sum, { unixMs, series }) => sum + unixMs.length * series.length, 0)
  if (values > mostValues)
    throw new ApiError('too_much', `over ${mostValues.toLocaleString('en')} values in one answer`)
}

/** Whether the same question will have the same answer for a while: named by the clock, and over. */
function isSettled(start: string | undefined, end: string | undefined, nowMs: number, parseTime: ParseTime): boolean {
  if (start === undefined || end === undefined) return false
  const isAbsolute = [start, end].every((text) => /^(?:\d{12,}$|\d{4}-\d\d-\d\d[T ])/.test(text))
  return isAbsolute && parseTime(end) <= nowMs - settledMs
}

function withoutUndefined(query: {
  metric: string
  labels?: Readonly<Record<string, string>> | undefined
  start?: string | number | undefined
  end?: string | number | undefined
  resolution?: string | undefined
}): HistoryQuery {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as unknown as HistoryQuery
}
