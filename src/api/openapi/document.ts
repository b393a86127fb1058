import { toJsonSchema, toJsonSchemaDefs } from '@valibot/to-json-schema'
import type { Hono } from 'hono'
import { generateSpecs, loadVendor } from 'hono-openapi'
import type { GenericSchema } from 'valibot'
import { version } from '../../base/version.ts'
import { answerSchemas } from '../answer-schemas.ts'
import { answerExamples } from './examples.ts'
import { listenerPaths, refusedByListener, securitySchemes } from './listener-routes.ts'

/** What of OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1.html) the reference pages read. */
export interface OpenApiDocument {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>
    readonly responses: Readonly<Record<string, ResponseDescription>>
    readonly securitySchemes: Readonly<Record<string, object>>
  }
}
export interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly required?: boolean; readonly content: Readonly<Record<string, Content>> }
  readonly responses: Readonly<Record<string, ResponseDescription>>
  readonly externalDocs?: { readonly url: string; readonly description: string }
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[]
  /** `web` or `local`: the one listener that has the route. */
  readonly 'x-listener'?: string
}
export interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema: JsonSchema
}
export interface ResponseDescription {
  readonly $ref?: string
  readonly description: string
  readonly content?: Readonly<Record<string, Content>>
}
export interface Content {
  readonly schema: JsonSchema
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>
}
export interface JsonSchema {
  readonly [keyword: string]: unknown
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly additionalProperties?: JsonSchema | boolean
}

const tags = [
  { name: 'metrics', description: 'Numbers of the machine: now, over time, and what there is.' },
  { name: 'processes', description: 'The table of processes at any recorded second.' },
  { name: 'events', description: 'What happened.' },
  { name: 'alerts', description: 'What is not well, and who is told.' },
  { name: 'exchange', description: 'The record out of the house and back in.' },
  { name: 'live', description: 'Each tick as it comes.' },
  { name: 'access', description: 'Logging in and out of the web listener.' },
  { name: 'daemon', description: 'sysmon itself.' },
  { name: 'description', description: 'This description.' },
] as const

const description = `What sysmon knows, over HTTP. Times go out as Unix milliseconds and come in as RFC 3339, Unix
milliseconds or relative times; units are base units, ratios 0 to 1. What is absent is left out of objects and null in
arrays, never 0. Every error is a problem document (RFC 9457) with a code and a cure.`

/** The description of all routes of the app that describe themselves. */
export async function openApiDocument(app: Hono): Promise<OpenApiDocument> {
  loadVendor('valibot', {
    toJSONSchema: (schema) => asMeant(toJsonSchema(schema as GenericSchema, conversion)) as never,
  })
  const schemas = toJsonSchemaDefs(answerSchemas, {
    ...conversion,
    overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  })
  const document = (await generateSpecs(app, {
    documentation: {
      info: { title: 'sysmon', version, description: description.replaceAll('\n', ' ') },
      servers: [{ url: '/' }],
      tags: [...tags],
      components: { schemas: schemas as never },
    },
    excludeStaticFile: false,
    defaultValidationErrorResponse: false,
  })) as unknown as OpenApiDocument
  const paths = { ...mapValues(document.paths, (methods) => mapValues(methods, completed)), ...listenerPaths() }
  return {
    ...document,
    paths: mapValues(paths, (methods) => mapValues(methods, refusable)),
    components: { ...document.components, responses: { Refused: refusedByListener }, securitySchemes },
    // On the local socket neither is needed.
    security: [{ token: [] }, { session: [] }, {}],
  } as OpenApiDocument
}

const conversion = {
  target: 'draft-2020-12',
  // What a caller may send, before it is transformed.
  typeMode: 'input',
  errorMode: 'ignore',
} as const

/** What a schema gives as its meaning (schemas.ts) in its place. */
function asMeant(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(asMeant)
  if (typeof schema !== 'object' || schema === null) return schema
  if ('openapi' in schema) return schema.openapi
  return mapValues(schema as Readonly<Record<string, unknown>>, asMeant)
}

const refused: ResponseDescription = {
  $ref: '#/components/responses/Refused',
  description: refusedByListener.description,
}

/** On the web listener anything may be refused before it reaches the route. */
const refusable = (operation: Operation): Operation =>
  operation['x-listener'] === 'local'
    ? operation
    : { ...operation, responses: { ...operation.responses, default: refused } }

/** With an example of each answer. */
const completed = (operation: Operation): Operation => ({
  ...operation,
  responses: mapValues(operation.responses, (response) =>
    response.content === undefined ? response : { ...response, content: mapValues(response.content, exemplified) },
  ),
})

function exemplified(content: Content): Content {
  const name = content.schema.$ref?.split('/').at(-1)
  const example = name === undefined ? undefined : answerExamples[name]
  return example === undefined ? content : { ...content, example }
}

const mapValues = <T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
