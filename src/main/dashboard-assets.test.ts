import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type BuiltFile, budgetBytes, buildDashboard, embeddedModule } from '../../scripts/build-dashboard.ts'
import { type Assets, assetsIn } from './dashboard-assets.ts'

let folder = ''
let files: readonly BuiltFile[] = []
let assets: Assets = () => undefined

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'dashboard-'))
  files = await buildDashboard(folder)
  assets = assetsIn(folder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const ask = (pathname: string, headers: Record<string, string> = { 'accept-encoding': 'gzip' }): Response | undefined =>
  assets(pathname, new Request(`http://localhost${pathname}`, { headers }))

test('all of it fits the budget', () => {
  expect(files.length).toBeGreaterThan(4)
  expect(files.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0)).toBeLessThanOrEqual(budgetBytes)
})

test('the page names its scripts and style, has none inline and asks nobody else', async () => {
  const page = await (ask('/', {}) as Response).text()
  const names = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] as string)
  expect(names.length).toBe(4)
  for (const name of names) expect(ask(name)?.status).toBe(200)
  expect(page).not.toMatch(/<style|<script(?![^>]* src=)|\son[a-z]+=|https?:/)
})

test('every page has the same document; files and routes of the API have not', () => {
  for (const pathname of ['/', '/cpu', '/processes', '/signin']) {
    expect(ask(pathname)?.headers.get('content-type')).toContain('text/html')
  }
  for (const pathname of [
    '/api/v1/metrics',
    '/main.js',
    '/../package.json',
    '/%2e%2e/x',
    '/index.html.gz',
    '/ws/metrics',
  ])
    expect(assets(pathname)).toBeUndefined()
})

test('who wants to read a page that is none is told so by the dashboard; a script that is gone is gone', async () => {
  const accept = 'text/html,application/xhtml+xml,*/*;q=0.8'
  const page = ask('/no/such/page', { accept, 'if-none-match': ask('/')?.headers.get('etag') ?? '' }) as Response
  expect([page.status, await page.text()]).toEqual([404, await (ask('/', {}) as Response).text()])
  expect(ask('/main-0a1b2c3d.js', { accept: '*/*' })).toBeUndefined()
})

test('gzipped for who takes it, plain for who does not, the same content', async () => {
  const { name } = files.find((file) => file.name.endsWith('.css')) as BuiltFile
  const zipped = ask(`/${name}`) as Response
  expect(zipped.headers.get('content-encoding')).toBe('gzip')
  const plain = ask(`/${name}`, { 'accept-encoding': 'br' }) as Response
  expect(plain.headers.get('content-encoding')).toBeNull()
  expect(
    Buffer.from(Bun.gunzipSync(new Uint8Array(await zipped.arrayBuffer()))).equals(Buffer.from(await plain.bytes())),
  ).toBe(true)
})

test('what changes has its hash in its name and may be kept; the page is asked for again and answered 304', () => {
  const { name } = files.find((file) => file.name.endsWith('.js')) as BuiltFile
  expect(ask(`/${name}`)?.headers.get('cache-control')).toContain('immutable')
  const page = ask('/') as Response
  expect(page.headers.get('cache-control')).toBe('no-cache')
  expect(ask('/', { 'if-none-match': page.headers.get('etag') as string })?.status).toBe(304)
  expect(ask('/', { 'if-none-match': '"other"' })?.status).toBe(200)
})

test('the module for the executable names every file', () => {
  const text = embeddedModule(files, folder)
  for (const { name } of files) expect(text).toContain(`${JSON.stringify(name)}: file`)
})
