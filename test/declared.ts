import { expect } from 'bun:test'
import type { OpenApiDocument, Operation, ResponseDescription } from '../src/api/openapi/document.ts'
import { operationsOf } from '../src/api/openapi/reference-page.ts'
import { type JsonSchema, misfits, resolveReference } from './json-schema.ts'

/** `GET /health` in the document. Throws when it is not there. */
export function operationNamed(document: OpenApiDocument, name: string): Operation {
  const found = operationsOf(document).find(({ method, path }) => `${method} ${path}` === name)
  if (found === undefined) throw new Error(`${name} is not in the document`)
  return found.operation
}

/** The answer fits what the document says of the route, what all routes have in common with it. */
export async function expectDeclared(response: Response, document: OpenApiDocument, name: string): Promise<void> {
  const { responses } = operationNamed(document, name)
  const common = responses.default?.$ref
  const ofAll =
    common === undefined ? undefined : (resolveReference(common, document) as unknown as ResponseDescription)
  const declared = responses[response.status] ?? ofAll
  if (declared === undefined) throw new Error(`${response.status} is not declared: ${await response.text()}`)
  const media = response.headers.get('content-type')?.split(';')[0]
  if (declared.content === undefined) return expect(await response.text()).toBe('')
  const content = declared.content[media ?? '']
  if (content === undefined) throw new Error(`${name}: ${media} is not declared of ${response.status}`)
  const isOurs = content.schema.$ref !== undefined
  const value: unknown = isOurs ? await response.json() : await response.text()
  expect(misfits(value, content.schema as JsonSchema, document)).toEqual([])
  if (media !== 'application/problem+json') return
  // A status that is declared is declared with the codes that it comes with, or what stands in front has them.
  const known = [declared, ofAll].flatMap((one) => Object.keys(one?.content?.[media]?.examples ?? {}))
  expect(known).toContain((value as { code: string }).code)
}
