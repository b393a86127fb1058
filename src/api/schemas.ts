import * as v from 'valibot'

/** Request shapes: validation, types and the OpenAPI document derive from these. */

const wholeNumber = (minimum: number, maximum: number) =>
  v.pipe(
    v.string(),
    v.regex(/^\d{1,15}$/, 'a whole number is needed'),
    v.transform(Number),
    v.minValue(minimum, `at least ${minimum}`),
    v.maxValue(maximum, `at most ${maximum}`),
  )

const time = v.pipe(v.string(), v.maxLength(64, 'too long for a time'))
const flag = v.pipe(
  v.picklist(['true', 'false'], 'true or false'),
  v.transform((text) => text === 'true'),
)
const names = v.pipe(v.string(), v.maxLength(4096, 'too long'))

export const currentQuery = v.object({ metric: v.optional(names), at: v.optional(time) })

/** Every other parameter of the history route is a label filter. */
export const historyQuery = v.objectWithRest(
  { metric: names, start: v.optional(time), end: v.optional(time), resolution: v.optional(time) },
  v.string(),
)

const timeInBody = v.union([time, v.pipe(v.number(), v.finite())])
export const queryBody = v.strictObject({
  queries: v.pipe(
    v.array(
      v.strictObject({
        metric: names,
        labels: v.optional(v.record(v.string(), names)),
        start: v.optional(timeInBody),
        end: v.optional(timeInBody),
        resolution: v.optional(time),
      }),
    ),
    v.maxLength(100, 'at most 100 queries'),
  ),
})

export const processesQuery = v.object({
  at: v.optional(time),
  sort: v.optional(v.pipe(v.string(), v.maxLength(64))),
  limit: v.optional(wholeNumber(0, 1_000_000)),
})

export const pidParameter = v.object({ pid: wholeNumber(1, 2 ** 31 - 1) })
export const processQuery = v.object({ at: v.optional(time), details: v.optional(flag) })
export const processHistoryQuery = v.object({
  start: v.optional(time),
  end: v.optional(time),
  resolution: v.optional(time),
})
export const signalBody = v.strictObject({
  signal: v.pipe(v.string(), v.regex(/^[A-Z0-9]{2,16}$/, 'a signal name such as TERM')),
  startTicks: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
})

export const eventsQuery = v.object({
  start: v.optional(time),
  end: v.optional(time),
  limit: v.optional(wholeNumber(1, 10_000)),
})
