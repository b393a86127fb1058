import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { type ApiMachine, apiMachine } from '../../../test/api-machine.ts'
import { resolveReference } from '../../../test/json-schema.ts'
import { problems } from '../problems.ts'
import { harden } from '../web/response-headers.ts'
import type { JsonSchema, OpenApiDocument } from './document.ts'
import { operationsOf, referencePage, style } from './reference-page.ts'

let api: ApiMachine
let document: OpenApiDocument
beforeEach(async () => {
  api = await apiMachine()
  document = await api.get<OpenApiDocument>('/openapi.json')
})
afterEach(() => api.close())

/** Every value of a key, however deep. */
function valuesOf(key: string, value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => valuesOf(key, item))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => (name === key ? [inner] : valuesOf(key, inner)))
}

describe('the document', () => {
  test('is valid by the schema that the OpenAPI Initiative publishes for 3.1', async () => {
    const { valid, errors } = await new Validator().validate({ ...structuredClone(document) })
    expect([errors, valid]).toEqual([undefined, true])
  })

  test('would not be with a mistake in it', async () => {
    const responses = { 2000: { description: 'no status' } }
    const paths = { '/health': { get: { ...document.paths['/health']?.get, responses } } }
    expect((await new Validator().validate({ ...structuredClone(document), paths })).valid).toBe(false)
  })

  test('has what OpenAPI 3.1 asks for', () => {
    expect(document.openapi).toBe('3.1.0')
    expect(document.info).toMatchObject({ title: 'sysmon', version: expect.any(String) })
    expect(Object.keys(document.paths).every((route) => route.startsWith('/'))).toBe(true)
    const operations = operationsOf(document)
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    const tags = document.tags.map(({ name }) => name)
    for (const { operation } of operations) {
      expect(operation.summary).not.toBe('')
      expect(operation.tags.every((tag) => tags.includes(tag))).toBe(true)
      expect(Object.keys(operation.responses).some((status) => /^[123]/.test(status))).toBe(true)
      for (const [status, { description }] of Object.entries(operation.responses)) {
        expect(status).toMatch(/^(?:[1-5]\d\d|default)$/)
        expect(description).not.toBe('')
      }
    }
  })

  test('declares each parameter of a path once, and describes all', () => {
    for (const { path, operation } of operationsOf(document)) {
      const parameters = operation.parameters ?? []
      const inPath = parameters.filter((parameter) => parameter.in === 'path')
      expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? [])
      expect(inPath.every(({ required }) => required === true)).toBe(true)
      expect(new Set(parameters.map(({ name }) => name)).size).toBe(parameters.length)
      for (const { name, description, schema } of parameters)
        expect([path, name, description, schema.type]).toEqual([path, name, expect.any(String), expect.any(String)])
    }
  })

  test('refers only to what is in it, and every shape is used', () => {
    const references = valuesOf('$ref', document) as string[]
    for (const reference of references) expect(resolveReference(reference, document)).toBeObject()
    const used = new Set(references.map((reference) => reference.split('/').at(-1)))
    expect(Object.keys(document.components.schemas).filter((name) => !used.has(name))).toEqual([])
  })

  test('knows only types of JSON', () => {
    const types = new Set(valuesOf('schema', document).flatMap((schema) => (schema as JsonSchema).type ?? []))
    const known = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']
    expect([...types].filter((type) => !known.includes(type))).toEqual([])
  })

  test('holds the problems that a route can answer with, each with an example', () => {
    const responses = document.paths['/api/v1/processes/{pid}/signal']?.post?.responses
    expect(Object.keys(responses ?? {})).toEqual(['204', '400', '403', '404', '409', '413', '415', '500', 'default'])
    const examples = responses?.['409']?.content?.['application/problem+json']?.examples ?? {}
    expect(Object.keys(examples)).toEqual(['process_replaced', 'signal_refused'])
  })
})

describe('the page', () => {
  test('has every route and every shape, and all its links lead somewhere on it', async () => {
    const page = await (await api.app.request('/docs')).text()
    for (const { path, operation } of operationsOf(document)) {
      expect(page).toContain(`<article id="${operation.operationId}">`)
      expect(page).toContain(path)
    }
    const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
    for (const [, id] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(id)
    for (const name of Object.keys(document.components.schemas)) expect(ids).toContain(`shape-${name}`)
  })

  test('loads nothing and runs nothing; its one style is the one that its policy names', async () => {
    const response = await api.app.request('/docs')
    const page = await response.text()
    expect(page).not.toMatch(/<script|<link|<img|<iframe|\son\w+=|javascript:|(?:src|href)="?https?:|@import|url\(/i)
    expect(page).not.toContain(' style=')
    const hash = new Bun.CryptoHasher('sha256').update(style).digest('base64')
    expect(response.headers.get('content-security-policy')).toContain(`style-src 'sha256-${hash}'`)
    expect(page.match(/<style>([\s\S]*?)<\/style>/)?.[1]).toBe(style)
  })

  test('keeps its policy behind the listener, which sets one where there is none', async () => {
    const policyOf = async (path: string) => {
      const hardened = harden(await api.app.request(path), { hasStrictTransport: false, cache: 'no-store' })
      return hardened.headers.get('content-security-policy')
    }
    expect(await policyOf('/docs')).toStartWith("default-src 'none'; style-src 'sha256-")
    expect(await policyOf('/health')).toStartWith("default-src 'self'")
  })

  test('says which listener has a route that not both have', async () => {
    const page = await (await api.app.request('/docs')).text()
    const article = (id: string): string => page.split(`<article id="${id}">`)[1]?.split('</article>')[0] ?? ''
    expect(article('createLink')).toContain('Only on the local socket.')
    expect(article('logIn')).toContain('Only on the web listener.')
    expect(article('health')).not.toContain('Only on')
  })

  test('has every problem with its cure', async () => {
    const page = await (await api.app.request('/docs')).text()
    const told = page.slice(page.indexOf('<section id="problems">'))
    const plain = (text: string): string => text.replace(/<[^>]+>/g, '').replaceAll('`', '')
    for (const [code, { status, title, cure }] of Object.entries(problems)) {
      expect(told).toContain(`<td><code>${code}</code></td><td>${status}</td><td>${title}</td>`)
      expect(plain(told)).toContain(plain(cure))
    }
  })

  test('shows text as text', () => {
    const info = { ...document.info, description: '<b onclick="x()">&`<i>`' }
    const page = referencePage({ ...document, info })
    expect(page).toContain('<p>&lt;b onclick=&quot;x()&quot;&gt;&amp;<code>&lt;i&gt;</code></p>')
  })

  test('is light or dark as the reader has it', () => {
    expect(style).toContain('@media (prefers-color-scheme: dark)')
  })
})
