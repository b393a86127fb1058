import type { Hono } from 'hono'
import { describe } from '../openapi/describe.ts'

/** Loaded at the first question: a daemon that nobody asks does not carry the description with it. */
interface Pages {
  readonly document: string
  readonly reference: string
  readonly policy: string
}

export function descriptionRoutes(app: Hono): void {
  let pages: Promise<Pages> | undefined
  const loaded = (): Promise<Pages> => {
    pages ??= import('../openapi/pages.ts').then(({ writePages }) => writePages(app))
    return pages
  }
  app.get(
    '/openapi.json',
    describe({
      tag: 'description',
      operationId: 'openApi',
      summary: 'This description, for programs: OpenAPI 3.1',
      answer: { media: ['application/json'], what: 'An OpenAPI document.' },
      isConditional: true,
    }),
    async (c) =>
      c.body((await loaded()).document, 200, { 'content-type': 'application/json', 'cache-control': 'no-cache' }),
  )
  app.get(
    '/docs',
    describe({
      tag: 'description',
      operationId: 'referencePage',
      summary: 'This description, for people',
      answer: { media: ['text/html'], what: 'One page that loads nothing else.' },
      isConditional: true,
    }),
    async (c) => {
      const { reference, policy } = await loaded()
      return c.body(reference, 200, {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache',
        'content-security-policy': policy,
      })
    },
  )
}
