import { expect, test } from 'bun:test'
import { spentLink } from './spent-link.ts'

const ask = (accept: string): Response => spentLink(new Request('http://localhost/login', { headers: { accept } }))

test('a person with a spent link sees a page whose one style its policy allows, and nothing else', async () => {
  const answer = ask('text/html,application/xhtml+xml')
  const page = await answer.text()
  const style = /<style>([\s\S]*)<\/style>/.exec(page)?.[1] ?? ''
  const hash = new Bun.CryptoHasher('sha256').update(style).digest('base64')
  expect(answer.status).toBe(401)
  expect(page).toContain('used already or is too old')
  expect(page).not.toContain('<script')
  expect(answer.headers.get('content-security-policy')).toContain(
    `default-src 'none'; img-src 'self'; style-src 'sha256-${hash}'`,
  )
})

test('a program with a spent link gets a problem document', async () => {
  const answer = ask('*/*')
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([401, 'link_spent'])
})
