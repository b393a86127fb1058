import type { Context, Hono } from 'hono'
import type * as v from 'valibot'
import { parseDuration } from '../../base/duration.ts'
import { QueryError } from '../../query/sources.ts'
import { StoreError } from '../../store/store.ts'
import type { ExchangeService, ImportFormat } from '../exchange-contract.ts'
import { describe } from '../openapi/describe.ts'
import { ApiError } from '../problems.ts'
import { check } from '../request-check.ts'
import { exportQuery, importQuery } from '../schemas.ts'

/** Export and import. The bodies go by in pieces: these routes stand before the bound on the size of a request. */
export interface ExchangeParts {
  /** Loads it when it is asked for first. */
  readonly exchange: () => Promise<ExchangeService>
  readonly parseTime: (text: string) => number
  readonly now: () => number
}

/** When the caller names no start. */
const defaultSpanMs = 15 * 60_000
/** Of one import, bytes. */
const mostBytes = 8 * 2 ** 30

export function exchangeRoutes(app: Hono, parts: ExchangeParts): void {
  app.get(
    '/api/v1/export',
    describe({
      tag: 'exchange',
      operationId: 'export',
      summary: 'The record as a file: CSV, JSON lines or Parquet',
      description:
        'One row a tick, one column a series, every number to the bit; counters are counts. With `resolution`, mean, least and most of each step. `content=processes` gives one row a process and tick.',
      answer: {
        media: ['text/csv', 'application/jsonl', 'application/vnd.apache.parquet'],
        what: 'The file, as it is made.',
      },
      problems: ['invalid_request', 'invalid_time', 'unknown_metric', 'store_unavailable'],
    }),
    check('query', exportQuery),
    (c) => answerExport(c, parts, c.req.valid('query')),
  )
  app.post(
    '/api/v1/import',
    describe({
      tag: 'exchange',
      operationId: 'import',
      summary: 'Read samples of the past into the record, all or nothing',
      description:
        'CSV, JSON lines and Parquet as exported, and Prometheus or OpenMetrics text with times. What the record has stays as it is: the same file twice is as once. `dry_run=true` only tells what would happen.',
      answer: 'ImportReport',
      problems: ['invalid_request', 'import_refused', 'import_running', 'body_too_large', 'store_unavailable'],
    }),
    check('query', importQuery),
    (c) => answerImport(c, parts, c.req.valid('query')),
  )
}

async function answerExport(
  c: Context,
  { exchange, parseTime, now }: ExchangeParts,
  query: v.InferOutput<typeof exportQuery>,
): Promise<Response> {
  const endMs = query.end === undefined ? now() : parseTime(query.end)
  const startMs = query.start === undefined ? endMs - defaultSpanMs : parseTime(query.start)
  if (startMs >= endMs) throw new ApiError('invalid_time', 'the start is not before the end')
  const content = query.content ?? 'samples'
  const metrics = (query.metric ?? '').split(',').filter((name) => name !== '')
  if (content === 'processes' && (metrics.length > 0 || query.resolution !== undefined)) {
    throw new ApiError('invalid_request', 'content=processes takes neither metric nor resolution')
  }
  const service = await exchange()
  const stepMs = stepOf(query.resolution)
  const format = query.format ?? 'csv'
  const answer = await told(() => service.export({ content, metrics, startMs, endMs, stepMs, format }))
  return c.body(streamOf(answer.bytes), 200, {
    'content-type': answer.mediaType,
    'content-disposition': `attachment; filename="${answer.fileName}"`,
    // It is made while it goes out: nobody keeps it, and nobody packs it.
    'cache-control': 'no-store, no-transform',
    ...(answer.expectedRows === undefined ? {} : { 'sysmon-expected-rows': String(answer.expectedRows) }),
  })
}

function stepOf(resolution: string | undefined): number | undefined {
  if (resolution === undefined || resolution === '1s') return undefined
  const stepMs = parseDuration(resolution)
  if (stepMs !== undefined && stepMs >= 1000) return stepMs
  throw new ApiError('invalid_request', `resolution: "${resolution}" is not a duration of at least 1s`)
}

async function answerImport(
  c: Context,
  { exchange }: ExchangeParts,
  query: v.InferOutput<typeof importQuery>,
): Promise<Response> {
  const format = query.format ?? formatOf(c.req.header('content-type'))
  if (format === undefined) {
    throw new ApiError('invalid_request', 'format: name csv, jsonl, parquet or openmetrics, or send its Content-Type')
  }
  const { body } = c.req.raw
  if (body === null) throw new ApiError('import_refused', 'there is no body')
  const service = await exchange()
  const answer = await told(() => service.import({ format, isDryRun: query.dry_run ?? false, body: bounded(body) }))
  if (answer === undefined) throw new ApiError('import_running', 'another import has not ended yet')
  if ('refused' in answer) throw new ApiError('import_refused', answer.refused.join('\n'))
  return c.json(answer)
}

const formats: Readonly<Record<string, ImportFormat>> = {
  'text/csv': 'csv',
  'application/jsonl': 'jsonl',
  'application/x-ndjson': 'jsonl',
  'application/vnd.apache.parquet': 'parquet',
  'application/openmetrics-text': 'openmetrics',
  'text/plain': 'openmetrics',
}
const formatOf = (type: string | undefined): ImportFormat | undefined =>
  formats[(type ?? '').split(';')[0]?.trim().toLowerCase() ?? '']

async function* bounded(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const part of body) {
    bytes += part.length
    if (bytes > mostBytes) throw new ApiError('body_too_large', `over ${mostBytes / 2 ** 30} GiB`)
    yield part
  }
}

/** Errors of the layers below as the API tells them. */
async function told<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof QueryError) throw new ApiError(error.code, error.message, error.cure)
    if (error instanceof StoreError) throw new ApiError('store_unavailable', error.message)
    throw error
  }
}

/** Made as fast as it is read and no faster; who goes away ends it. */
const streamOf = (bytes: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> =>
  new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await bytes.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await bytes.return(undefined)
      },
    },
    { highWaterMark: 1 },
  )
