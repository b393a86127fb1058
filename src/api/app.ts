import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import type { AlertService } from './alert-contract.ts'
import type { AnalysisService } from './analysis-service.ts'
import { deliver } from './delivery.ts'
import type { ExchangeService } from './exchange-contract.ts'
import type { ExplainService } from './explain-answers.ts'
import { methodsOf } from './methods.ts'
import { describe } from './openapi/describe.ts'
import { isHungUp, problemResponse } from './problem-response.ts'
import { ApiError } from './problems.ts'
import { check } from './request-check.ts'
import { alertRoutes } from './routes/alerts.ts'
import { analysisRoutes } from './routes/analysis.ts'
import { descriptionRoutes } from './routes/description.ts'
import { exchangeRoutes } from './routes/exchange.ts'
import { explainRoutes } from './routes/explain.ts'
import { metricRoutes } from './routes/metrics.ts'
import { processRoutes } from './routes/processes.ts'
import { eventsQuery } from './schemas.ts'
import type { MonitorService } from './service.ts'

/** Largest request body, bytes: a hundred queries fit many times over. */
const bodyLimitBytes = 1024 * 1024

export interface AppOptions {
  readonly service: MonitorService
  /** Reads `at`, `start`, `end`. Throws ApiError invalid_time. */
  readonly parseTime: (text: string) => number
  /** Export and import; loaded at the first request. */
  readonly exchange?: () => Promise<ExchangeService>
  readonly explain?: ExplainService
  readonly analysis?: AnalysisService
  /** Loaded at the first question. */
  readonly alerts?: () => Promise<AlertService>
  /** Told of errors that are ours. */
  readonly onInternalError: (error: Error, path: string) => void
}

/**
 * The routes. They validate, call the service and turn what it throws into problem documents; they know no store and no
 * operating system. The same app answers on the local socket and on the web listener.
 */
export function createApp({
  service,
  parseTime,
  onInternalError,
  exchange = noExchange,
  explain,
  analysis,
  alerts = noAlerts,
}: AppOptions): Hono {
  const app = new Hono()
  const allowed = methodsOf(app)
  app.use(deliver)
  exchangeRoutes(app, { exchange, parseTime, now: () => service.now() })
  app.use(bodyLimit({ maxSize: bodyLimitBytes, onError: () => problemResponse('body_too_large', 'over 1 MiB') }))
  app.notFound((c) => {
    const asked = `${c.req.method} ${c.req.path}`
    const methods = allowed(c.req.path)
    if (methods.length === 0) return problemResponse('unknown_route', asked)
    const allow = methods.join(', ')
    return problemResponse('method_not_allowed', asked, `It can be asked with ${allow}.`, { allow })
  })
  app.onError((error, c) => {
    if (error instanceof ApiError) return problemResponse(error.code, error.message, error.cure)
    if (error instanceof HTTPException && error.status === 400) {
      return problemResponse('invalid_request', 'the body is not valid JSON')
    }
    // Nobody reads the answer any more; and whoever can hang up must not fill the log.
    if (isHungUp(error)) return problemResponse('invalid_request', 'the body was cut short')
    onInternalError(error, c.req.path)
    return problemResponse('internal', 'something went wrong while answering')
  })
  metricRoutes(app, service, parseTime)
  processRoutes(app, service)
  if (explain !== undefined) explainRoutes(app, explain)
  if (analysis !== undefined) analysisRoutes(app, analysis)
  alertRoutes(app, { alerts, parseTime, now: () => service.now() })
  daemonRoutes(app, service)
  descriptionRoutes(app)
  return app
}

const noExchange = (): Promise<ExchangeService> =>
  Promise.reject(new ApiError('store_unavailable', 'there is no record here that could be exchanged'))

function daemonRoutes(app: Hono, service: MonitorService): void {
  app.get(
    '/api/v1/events',
    describe({
      tag: 'events',
      operationId: 'listEvents',
      summary: 'What happened, oldest first',
      answer: 'Events',
      problems: ['invalid_request', 'invalid_time', 'store_unavailable'],
    }),
    check('query', eventsQuery),
    async (c) => c.json(await service.events(c.req.valid('query'))),
  )
  app.get(
    '/health',
    describe({
      tag: 'daemon',
      operationId: 'health',
      summary: 'How sysmon itself does, and what it may not read',
      answer: 'Health',
    }),
    (c) => c.json(service.health()),
  )
}

const noAlerts = (): Promise<AlertService> =>
  Promise.reject(new ApiError('alerts_unavailable', 'there are no alerts here'))
