import type { MiddlewareHandler } from 'hono'
import { validator } from 'hono-openapi'
import type { BaseIssue, GenericSchema } from 'valibot'
import { nearest } from '../base/nearest.ts'
import { problemResponse } from './problem-response.ts'

/** Validation of one part of a request; the first thing that does not fit is named. */
export const check = <S extends GenericSchema, T extends 'query' | 'json' | 'param'>(target: T, schema: S) =>
  validator(target, schema, (result) => {
    if (result.success) return undefined
    const issue = result.error[0]
    const where = issue?.path?.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
    const unknown = unknownName(schema, issue as BaseIssue<unknown> | undefined)
    return problemResponse('invalid_request', `${where ?? target}: ${unknown ?? issue?.message ?? 'does not fit'}`)
  })

export const onlyJson: MiddlewareHandler = async (c, next) => {
  const type = c.req.header('content-type')
  if (/^application\/json\s*(?:;|$)/i.test(type ?? '')) return next()
  return problemResponse('unsupported_media', type === undefined ? 'it has no Content-Type' : `it is ${type}`)
}

/** What is said of a name that the object does not have. */
function unknownName(schema: GenericSchema, issue: BaseIssue<unknown> | undefined): string | undefined {
  if (issue?.type !== 'strict_object' || issue.expected !== 'never' || issue.path?.length !== 1) return undefined
  const known = Object.keys((schema as unknown as { entries?: object }).entries ?? {})
  const near = nearest(String(issue.path[0]?.key), known)
  return near === undefined ? `no such name; there are ${known.join(', ')}` : `no such name; did you mean "${near}"?`
}
