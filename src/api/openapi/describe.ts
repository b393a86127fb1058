import type { MiddlewareHandler } from 'hono'
import { describeRoute } from 'hono-openapi'
import { type ProblemCode, problemOf, problems } from '../problems.ts'

/**
 * What a route says of itself. Only names of answer shapes stand here: the shapes (answer-schemas.ts) and all that turns
 * them into a document are loaded when somebody asks for the document.
 */
export interface RouteDescription {
  readonly tag:
    | 'metrics'
    | 'processes'
    | 'events'
    | 'alerts'
    | 'exchange'
    | 'access'
    | 'live'
    | 'daemon'
    | 'description'
  readonly summary: string
  readonly description?: string
  readonly operationId: string
  /** Name of the shape, or media types of an answer that is no JSON of ours. */
  readonly answer: string | { readonly media: readonly string[]; readonly what: string } | undefined
  /** Beside those that every route has. */
  readonly problems?: readonly ProblemCode[]
  /** Answers 304 to who has it already. */
  readonly isConditional?: boolean
}

/** What can be the answer of any route. */
const everywhere: readonly ProblemCode[] = ['internal']

export function describe(route: RouteDescription): MiddlewareHandler {
  return describeRoute({
    tags: [route.tag],
    operationId: route.operationId,
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    responses: { ...success(route), ...problemsByStatus([...(route.problems ?? []), ...everywhere]) },
  })
}

export type Responses = Record<string, { description: string; content?: Record<string, object> }>

function success({ answer, isConditional = false }: RouteDescription): Responses {
  const unchanged: Responses = isConditional ? { 304: { description: 'What the client has is still right.' } } : {}
  if (answer === undefined) return { 204: { description: 'Done.' } }
  if (typeof answer === 'string')
    return { 200: { description: 'The answer.', content: { 'application/json': shape(answer) } }, ...unchanged }
  const content = Object.fromEntries(answer.media.map((type) => [type, { schema: { type: 'string' } }]))
  return { 200: { description: answer.what, content }, ...unchanged }
}

export const shape = (name: string) => ({ schema: { $ref: `#/components/schemas/${name}` } })

/** Codes of the same status are the examples of one response. */
export function problemsByStatus(codes: readonly ProblemCode[]): Responses {
  const responses: Responses = {}
  for (const code of codes) {
    const { status, title } = problems[code]
    const known = responses[status]
    const examples = (known?.content?.['application/problem+json'] as { examples?: object } | undefined)?.examples
    responses[status] = {
      description: known === undefined ? `${title} (\`${code}\`)` : `${known.description}; ${title} (\`${code}\`)`,
      content: {
        'application/problem+json': {
          ...shape('Problem'),
          examples: { ...examples, [code]: { value: problemOf(code, title) } },
        },
      },
    }
  }
  return responses
}
