import type { Hono } from 'hono'
import { openApiDocument } from './document.ts'
import { referencePage, style } from './reference-page.ts'

/** The description of the app, written once. */
export async function writePages(app: Hono): Promise<{ document: string; reference: string; policy: string }> {
  const document = await openApiDocument(app)
  // The one style sheet is named by its hash; nothing else is loaded, and no script runs.
  const hash = new Bun.CryptoHasher('sha256').update(style).digest('base64')
  return {
    document: JSON.stringify(document),
    reference: referencePage(document),
    policy: `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  }
}
