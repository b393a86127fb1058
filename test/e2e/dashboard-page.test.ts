import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { buildDashboard } from '../../scripts/build-dashboard.ts'
import { assetsIn } from '../../src/main/dashboard-assets.ts'

/** The built page in a real Chromium against a daemon that says what the test wants. */
const executablePath = Bun.which('chromium') ?? Bun.which('chromium-browser') ?? undefined
const hasNone = executablePath === undefined
const waitMs = 20_000
const csp = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'"

let mode: 'up' | 'away' | 'locked' = 'up'
let seq = 1
let folder = ''
let browser: Browser | undefined
let server: Bun.Server<undefined> | undefined

const host = { hostName: 'box', os: 'linux', osName: 'Debian', kernel: '6', bootId: 'b', scope: 'host', logicalCpus: 2 }
const row = { pid: 7, startTicks: 1, name: 'worker', commandLine: 'worker --all', user: 'me', state: 'R', cpu: 0.5 }
const firstMs = 1_800_000_000_000

function answer(pathname: string): unknown {
  const unixMs = firstMs + seq * 1000
  const value = { metric: 'system.cpu.utilization', labels: {}, value: 0.42, unit: '1' }
  const known = { name: value.metric, kind: 'derived', unit: '1', help: 'Busy share.', labels: [], series: [{}] }
  const accounting = { hostBusy: null, processes: null, reaped: null, unattributed: null }
  if (pathname === '/api/v1/metrics/current') return { unixMs, seq: seq++, elapsedSeconds: 1, host, values: [value] }
  if (pathname === '/api/v1/metrics') return { metrics: [known] }
  if (pathname === '/api/v1/metrics/query') return { results: [] }
  if (pathname === '/api/v1/processes') return { unixMs, total: 1, accounting, processes: [row] }
  return undefined
}

function respond(request: Request): Response {
  const { pathname } = new URL(request.url)
  const headers = { 'content-security-policy': csp }
  const page = assetsIn(folder)(pathname, request)
  if (page !== undefined) {
    page.headers.set('content-security-policy', csp)
    return page
  }
  if (mode === 'away') return new Response('', { status: 502, headers })
  if (mode === 'locked') return Response.json({ title: 'Log in' }, { status: 401, headers })
  const body = answer(pathname)
  return body === undefined ? new Response('', { status: 404, headers }) : Response.json(body, { headers })
}

beforeAll(async () => {
  if (hasNone) return
  folder = mkdtempSync(path.join(tmpdir(), 'dashboard-page-'))
  await buildDashboard(folder)
  server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: respond })
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
}, waitMs)
afterAll(async () => {
  await browser?.close()
  await server?.stop(true)
  if (folder !== '') rmSync(folder, { recursive: true, force: true })
})

/** Opens a page; what it threw, and whom else it asked, is collected. */
async function open(address: string): Promise<{ page: Page; wrong: string[] }> {
  const page = await browser!.newPage()
  page.setDefaultTimeout(waitMs)
  const wrong: string[] = []
  page.on('pageerror', (error) => wrong.push(error.message))
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) wrong.push(message.text())
  })
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(server!.url).host) wrong.push(request.url())
  })
  await page.goto(new URL(address, server!.url).href)
  return { page, wrong }
}

test.skipIf(hasNone)(
  'shows what the daemon says, says when it is away, and goes on by itself when it is back',
  async () => {
    mode = 'up'
    const { page, wrong } = await open('/')
    await page.getByRole('link', { name: 'CPU: 42 %' }).getByText('42 %').waitFor()
    await page.getByRole('button', { name: 'worker' }).waitFor()
    mode = 'away'
    await page.getByRole('status').getByText('Offline').waitFor()
    mode = 'up'
    await page.getByRole('status').getByText('Live').waitFor()
    expect(wrong).toEqual([])
    await page.close()
  },
  waitMs,
)

test.skipIf(hasNone)(
  'by keys alone: a page, the palette, a filter that is in the address',
  async () => {
    mode = 'up'
    const { page, wrong } = await open('/')
    await page.getByRole('status').getByText('Live').waitFor()
    await page.keyboard.press('2')
    await page.waitForURL('**/processes')
    await page.getByRole('button', { name: 'worker' }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('nobody')
    await page.getByText('No process fits the filter.').waitFor()
    expect(new URL(page.url()).search).toBe('?filter=nobody')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Command' }).fill('go to mem')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/memory?*')
    expect(wrong).toEqual([])
    await page.close()
  },
  waitMs,
)

test.skipIf(hasNone)(
  'without a session there is the log-in',
  async () => {
    mode = 'locked'
    const { page, wrong } = await open('/cpu')
    await page.getByLabel('User').fill('me')
    await page.getByLabel('Password').fill('wrong')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('alert').getByText('wrong').waitFor()
    expect(wrong).toEqual([])
    await page.close()
  },
  waitMs,
)
