import * as v from 'valibot'

/**
 * Request shapes: validation, types and the OpenAPI document derive from these. What a parameter is as JSON Schema, where
 * that is not what its text must look like, stands beside it as `openapi`, before it is transformed.
 */

export const wholeNumber = (minimum: number, maximum: number, description: string, example: number) =>
  v.pipe(
    v.string(),
    v.metadata({ openapi: { type: 'integer', minimum, maximum, description, examples: [example] } }),
    v.regex(/^\d{1,15}$/, 'a whole number is needed'),
    v.transform(Number),
    v.minValue(minimum, `at least ${minimum}`),
    v.maxValue(maximum, `at most ${maximum}`),
  )

/** A moment as every route takes it. */
export const momentParameter = (description: string, example: string) =>
  v.pipe(
    v.string(),
    v.maxLength(64, 'too long for a time'),
    v.metadata({
      openapi: {
        type: 'string',
        maxLength: 64,
        description: `${description} RFC 3339, Unix milliseconds, or relative: \`-15m\`, \`now\`.`,
        examples: [example],
      },
    }),
  )
export const start = momentParameter('Begin of the time asked for.', '-15m')
export const end = momentParameter('End of the time asked for; left out: now.', 'now')
const at = momentParameter('The moment asked for; left out: now.', '-1m')
const resolution = v.pipe(
  v.string(),
  v.maxLength(64, 'too long for a resolution'),
  v.description('Length of a step: `auto` (at most 600 steps), `1s`, `1m`, `1h` or any duration.'),
  v.examples(['auto', '15s']),
)
const flag = (description: string) =>
  v.pipe(
    v.picklist(['true', 'false'], 'true or false'),
    v.metadata({ openapi: { type: 'boolean', description } }),
    v.transform((text) => text === 'true'),
  )
const name = v.pipe(v.string(), v.maxLength(4096, 'too long'))
const metric = v.pipe(
  name,
  v.description('Name of a metric, as `GET /api/v1/metrics` lists them.'),
  v.examples(['system.cpu.utilization']),
)

export const nothing = v.strictObject({})

export const currentQuery = v.strictObject({
  metric: v.optional(
    v.pipe(
      name,
      v.description('Names of metrics between commas; `*` at the end of one takes all that begin so. Left out: all.'),
      v.examples(['system.cpu.utilization,system.memory.*']),
    ),
  ),
  at: v.optional(at),
})

/** Every other parameter of the history route is a label filter. */
export const historyQuery = v.objectWithRest(
  { metric, start: v.optional(start), end: v.optional(end), resolution: v.optional(resolution) },
  v.string(),
)

/** Of one request for several histories. */
export const mostQueries = 100
export const timeInBody = v.union([
  v.pipe(v.string(), v.maxLength(64, 'too long for a time')),
  v.pipe(v.number(), v.finite()),
])
export const queryBody = v.strictObject({
  queries: v.pipe(
    v.array(
      v.strictObject({
        metric,
        labels: v.optional(v.record(v.string(), name)),
        start: v.optional(timeInBody),
        end: v.optional(timeInBody),
        resolution: v.optional(resolution),
      }),
    ),
    v.maxLength(mostQueries, `at most ${mostQueries} queries`),
  ),
})

export const processesQuery = v.strictObject({
  at: v.optional(at),
  sort: v.optional(
    v.pipe(
      v.string(),
      v.maxLength(64, 'too long'),
      v.description('Field to sort by, largest first; a leading `-` turns it round. Left out: by pid.'),
      v.examples(['cpu', '-residentBytes']),
    ),
  ),
  limit: v.optional(wholeNumber(0, 1_000_000, 'How many rows at most; left out: all.', 10)),
})

export const pidParameter = v.object({ pid: wholeNumber(1, 2 ** 31 - 1, 'Process ID.', 812) })
export const processQuery = v.strictObject({
  at: v.optional(at),
  details: v.optional(flag('Also files, sockets, threads and limits; only of now, and read when asked for.')),
})
export const processHistoryQuery = v.strictObject({
  start: v.optional(start),
  end: v.optional(end),
  resolution: v.optional(resolution),
})
export const signalBody = v.strictObject({
  signal: v.pipe(
    v.string(),
    v.regex(/^[A-Z0-9]{2,16}$/, 'a signal name such as TERM'),
    v.description('Name of the signal, without SIG.'),
    v.examples(['TERM']),
  ),
  startTicks: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.description('Identity of the process as the client saw it; refused when another has its pid now.'),
    ),
  ),
})

export const exportQuery = v.strictObject({
  content: v.optional(
    v.pipe(v.picklist(['samples', 'processes']), v.description('Values of metrics, or the table of processes.')),
  ),
  metric: v.optional(
    v.pipe(
      name,
      v.description('Names of metrics between commas. Left out: every one that is stored.'),
      v.examples(['system.memory.usage,system.cpu.utilization']),
    ),
  ),
  start: v.optional(start),
  end: v.optional(end),
  resolution: v.optional(
    v.pipe(
      v.string(),
      v.maxLength(64, 'too long for a resolution'),
      v.description('Length of a step. Left out or `1s`: every tick as it is, which can be read in again.'),
      v.examples(['1m', '1h']),
    ),
  ),
  format: v.optional(v.pipe(v.picklist(['csv', 'jsonl', 'parquet']), v.description('Left out: `csv`.'))),
})

export const importQuery = v.strictObject({
  format: v.optional(
    v.pipe(v.picklist(['csv', 'jsonl', 'parquet', 'openmetrics']), v.description('Left out: what Content-Type says.')),
  ),
  dry_run: v.optional(flag('Only tell what would happen.')),
})

export const eventsQuery = v.strictObject({
  start: v.optional(start),
  end: v.optional(end),
  limit: v.optional(wholeNumber(1, 10_000, 'How many at most, the latest; left out: 200.', 50)),
})
