import { Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import { validator } from 'hono-openapi'
import type { GenericSchema } from 'valibot'
import type { HistoryQuery, SignalRequest } from './contract.ts'
import { contentTypes, negotiate } from './exposition/text.ts'
import { ApiError, problemOf, problems } from './problems.ts'
import {
  currentQuery,
  eventsQuery,
  historyQuery,
  pidParameter,
  processesQuery,
  processHistoryQuery,
  processQuery,
  queryBody,
  signalBody,
} from './schemas.ts'
import type { MonitorService } from './service.ts'

/** Largest request body, bytes: a hundred queries fit many times over. */
const bodyLimitBytes = 1024 * 1024

export interface AppOptions {
  readonly service: MonitorService
  /** Reads `at`, `start`, `end`. Throws ApiError invalid_time. */
  readonly parseTime: (text: string) => number
  /** Told of errors that are ours. */
  readonly onInternalError: (error: Error, path: string) => void
}

/**
 * The routes. They validate, call the service and turn what it throws into problem documents; they know no store and no
 * operating system. The same app answers on the local socket and on the web listener.
 */
export function createApp({ service, parseTime, onInternalError }: AppOptions): Hono {
  const app = new Hono()
  app.use(bodyLimit({ maxSize: bodyLimitBytes, onError: () => problemResponse('body_too_large', 'over 1 MiB') }))
  app.notFound((c) => problemResponse('unknown_route', `${c.req.method} ${c.req.path}`))
  app.onError((error, c) => {
    if (error instanceof ApiError) return problemResponse(error.code, error.message, error.cure)
    if (error instanceof HTTPException && error.status === 400) {
      return problemResponse('invalid_request', 'the body is not valid JSON')
    }
    onInternalError(error, c.req.path)
    return problemResponse('internal', 'something went wrong while answering')
  })
  metricRoutes(app, service, parseTime)
  processRoutes(app, service)
  app.get('/api/v1/events', check('query', eventsQuery), async (c) =>
    c.json(await service.events(c.req.valid('query'))),
  )
  app.get('/health', (c) => c.json(service.health()))
  app.get('/metrics', (c) => {
    const format = negotiate(c.req.header('accept'))
    return c.body(service.exposition(format), 200, { 'content-type': contentTypes[format], vary: 'Accept' })
  })
  return app
}

function metricRoutes(app: Hono, service: MonitorService, parseTime: AppOptions['parseTime']): void {
  app.get('/api/v1/metrics', async (c) => c.json(await service.metrics()))
  app.get('/api/v1/metrics/current', check('query', currentQuery), async (c) => {
    const { metric, at } = c.req.valid('query')
    const filter = metric === undefined ? [] : metric.split(',').filter((name) => name !== '')
    return c.json(await service.current(filter, at === undefined ? undefined : parseTime(at)))
  })
  app.get('/api/v1/metrics/history', check('query', historyQuery), async (c) => {
    const { metric, start, end, resolution, ...labels } = c.req.valid('query')
    return c.json(await service.history(withoutUndefined({ metric, labels, start, end, resolution })))
  })
  app.post('/api/v1/metrics/query', onlyJson, check('json', queryBody), async (c) => {
    const { queries } = c.req.valid('json')
    const results = await Promise.all(queries.map((query) => service.history(withoutUndefined(query))))
    return c.json({ results })
  })
}

function processRoutes(app: Hono, service: MonitorService): void {
  app.get('/api/v1/processes', check('query', processesQuery), async (c) =>
    c.json(await service.processes(c.req.valid('query'))),
  )
  app.get('/api/v1/processes/:pid', check('param', pidParameter), check('query', processQuery), async (c) =>
    c.json(await service.process(c.req.valid('param').pid, c.req.valid('query'))),
  )
  app.get(
    '/api/v1/processes/:pid/history',
    check('param', pidParameter),
    check('query', processHistoryQuery),
    async (c) => c.json(await service.processHistory(c.req.valid('param').pid, c.req.valid('query'))),
  )
  app.post(
    '/api/v1/processes/:pid/signal',
    onlyJson,
    check('param', pidParameter),
    check('json', signalBody),
    async (c) => {
      await service.signal(c.req.valid('param').pid, c.req.valid('json') as SignalRequest)
      return c.body(null, 204)
    },
  )
}

const onlyJson: MiddlewareHandler = async (c, next) => {
  const type = c.req.header('content-type')
  if (/^application\/json\s*(?:;|$)/i.test(type ?? '')) return next()
  return problemResponse('unsupported_media', type === undefined ? 'it has no Content-Type' : `it is ${type}`)
}

/** Validation of one part of a request; the first thing that does not fit is named. */
const check = <S extends GenericSchema, T extends 'query' | 'json' | 'param'>(target: T, schema: S) =>
  validator(target, schema, (result) => {
    if (result.success) return undefined
    const issue = result.error[0]
    const where = issue?.path?.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
    return problemResponse('invalid_request', `${where ?? target}: ${issue?.message ?? 'does not fit'}`)
  })

function problemResponse(code: keyof typeof problems, detail: string, cure?: string): Response {
  return new Response(JSON.stringify(problemOf(code, detail, cure)), {
    status: problems[code].status,
    headers: { 'content-type': 'application/problem+json' },
  })
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
