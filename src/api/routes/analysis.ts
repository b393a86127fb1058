import type { Hono } from 'hono'
import { anomaliesQuery, forecastQuery } from '../analysis-schemas.ts'
import type { AnalysisService } from '../analysis-service.ts'
import type { AnomaliesParameters } from '../anomaly-contract.ts'
import type { ForecastParameters } from '../forecast-contract.ts'
import { describe } from '../openapi/describe.ts'
import { check } from '../request-check.ts'

const noCache = { 'cache-control': 'no-cache' }
/** Parameters that were given. */
const given = (query: object): object =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined))

export function analysisRoutes(app: Hono, service: AnalysisService): void {
  app.get(
    '/api/v1/anomalies',
    describe({
      tag: 'events',
      operationId: 'listAnomalies',
      summary: 'When the machine was unlike itself, and in what',
      description:
        'Episodes in which metrics were unusual together, ranked, each with value and expected range; and the same as bands for charts. Shown, never sent.',
      answer: 'Anomalies',
      problems: ['invalid_request', 'invalid_time', 'store_unavailable'],
    }),
    check('query', anomaliesQuery),
    async (c) => c.json(await service.anomalies(given(c.req.valid('query')) as AnomaliesParameters), 200, noCache),
  )
  app.get(
    '/api/v1/forecast',
    describe({
      tag: 'events',
      operationId: 'forecast',
      summary: 'What runs out at the present trend, and when',
      description:
        'Filesystems, inodes, memory, swap, descriptors: the time at which each reaches its limit, with the span in which it lies in 9 of 10 cases; `no_trend` where none can be told from chance.',
      answer: 'Forecast',
      problems: ['invalid_request', 'store_unavailable'],
    }),
    check('query', forecastQuery),
    async (c) => c.json(await service.forecast(given(c.req.valid('query')) as ForecastParameters), 200, noCache),
  )
}
