import * as v from 'valibot'
import { nearest } from '../../base/nearest.ts'
import { derivedNames, metricNames } from '../../catalogue/catalogue.ts'
import { nameFilter } from '../../query/current.ts'
import { selectMetric } from '../../query/selection.ts'
import { QueryError } from '../../query/sources.ts'
import { ApiError } from '../problems.ts'
import { orderOf } from '../process-answers.ts'

/** What one client wants, checked. Two that want the same have the same keys, and are sent the same bytes. */
export interface Subscription {
  readonly key: string
  readonly wants: (metric: string) => boolean
  readonly table: TableQuery | undefined
  /** Last sequence number that the client has seen. */
  readonly since: number | undefined
}
export interface TableQuery {
  readonly key: string
  readonly limit: number | undefined
  readonly sort: string | undefined
}

/** A list as long as the catalogue is better written with `*`. */
const mostNames = 256
const longestName = 128
/** No machine has more processes (PID_MAX_LIMIT of Linux is 2^22). */
const mostProcesses = 2 ** 22

const wholeNumber = v.pipe(
  v.number('a number is needed'),
  v.integer('a whole number is needed'),
  v.minValue(0, 'at least 0'),
)
const message = v.strictObject({
  type: v.literal('subscribe', 'the only message that a client may send is "subscribe"'),
  metrics: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.maxLength(longestName, 'too long for a name')), 'a list of names is needed'),
      v.maxLength(mostNames, `at most ${mostNames} names; "*" at the end of one takes all that begin so`),
    ),
  ),
  processes: v.optional(
    v.strictObject({
      limit: v.optional(v.pipe(wholeNumber, v.maxValue(mostProcesses, `at most ${mostProcesses}`))),
      sort: v.optional(v.pipe(v.string(), v.maxLength(longestName, 'too long for an order'))),
    }),
  ),
  since: v.optional(v.pipe(wholeNumber, v.maxValue(Number.MAX_SAFE_INTEGER, 'too large for a sequence number'))),
})

/** Of a message as it was read. Throws ApiError: what does not fit, and the nearest right name. */
export function checkSubscription(read: unknown): Subscription {
  const result = v.safeParse(message, read)
  if (!result.success) {
    const [issue] = result.issues
    const where = v.getDotPath(issue)
    throw new ApiError('invalid_request', where === null ? issue.message : `${where}: ${issue.message}`)
  }
  const { metrics, processes, since } = result.output
  const names = metrics === undefined ? ['*'] : normalised(metrics)
  return {
    key: names.join(','),
    wants: names.length === 0 ? () => false : nameFilter(names),
    table: processes === undefined ? undefined : tableQuery(processes.limit, processes.sort),
    since,
  }
}

/** Sorted, each once, and none that another takes in. */
function normalised(names: readonly string[]): string[] {
  for (const name of names) checkName(name)
  const prefixes = names.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1))
  const isTaken = (name: string): boolean => {
    const own = name.endsWith('*') ? name.slice(0, -1) : name
    return prefixes.some((prefix) => own.startsWith(prefix) && `${prefix}*` !== name)
  }
  return [...new Set(names)].filter((name) => !isTaken(name)).sort()
}

const everyName: readonly string[] = [...metricNames, ...derivedNames]

function checkName(name: string): void {
  if (!name.endsWith('*')) {
    try {
      selectMetric(name, {})
    } catch (error) {
      throw error instanceof QueryError ? new ApiError(error.code, error.message, error.cure) : error
    }
    return
  }
  const prefix = name.slice(0, -1)
  if (everyName.some((known) => known.startsWith(prefix))) return
  const near = nearest(prefix, new Set(everyName.flatMap(prefixesOf)))
  const hint = near === undefined ? '' : `; did you mean "${near}*"?`
  throw new ApiError('unknown_metric', `no metric begins with "${prefix}"${hint}`)
}

/** `system.cpu.time`: `system.`, `system.cpu.`. */
const prefixesOf = (name: string): string[] => [...name.matchAll(/\./g)].map(({ index }) => name.slice(0, index + 1))

function tableQuery(limit: number | undefined, sort: string | undefined): TableQuery {
  orderOf(sort)
  return { key: `${limit ?? ''} ${sort ?? ''}`, limit, sort }
}
