import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import type { Page } from 'playwright-core'
import type { AnomaliesResponse } from '../../src/api/anomaly-contract.ts'
import type { ExplainResponse } from '../../src/api/explain-contract.ts'
import type { ForecastResponse } from '../../src/api/forecast-contract.ts'
import { hasBrowser, runCommand, ticks, whenLive, withDashboard } from '../dashboard-browser.ts'
import { eventually } from './daemon.ts'

/** From a window to who took the machine down, and to the chart and the process that show it. */
const dashboard = withDashboard()
setDefaultTimeout(60_000)

/** Busy, in two processes for each CPU: whatever else runs, some wait. */
const loads: Bun.Subprocess[] = []
let startMs = 0
let endMs = 0
const busySeconds = 9

beforeAll(async () => {
  if (!hasBrowser) return
  const count = navigator.hardwareConcurrency * 2
  const now = async (): Promise<number> =>
    (await dashboard.daemon.get<{ unixMs: number }>('/api/v1/metrics/current')).unixMs
  startMs = await eventually(now, (ms) => ms > 0)
  for (let i = 0; i < count; i++)
    loads.push(Bun.spawn([process.execPath, '-e', 'for (;;);'], { argv0: 'sysmon-test-hog' }))
  endMs = await eventually(now, (ms) => ms >= startMs + busySeconds * 1000, 60_000)
  await endLoads()
}, 80_000)

async function endLoads(): Promise<void> {
  for (const load of loads) load.kill('SIGKILL')
  await Promise.all(loads.map(({ exited }) => exited))
}
afterAll(endLoads)

const findings = (page: Page) => page.getByRole('list', { name: 'Findings' })
const cpu = (page: Page) => findings(page).getByRole('listitem').filter({ hasText: /^CPU/ }).first()

test.skipIf(!hasBrowser)('a busy process is named, with the chart and the process that show it', async () => {
  const page = await dashboard.open(`/cpu?from=${startMs}&to=${endMs}`, { role: 'viewer' })
  await page.getByRole('button', { name: 'Explain this' }).click()
  await page.waitForURL(/\/explain\?from=/)
  await page.getByRole('heading', { name: 'Explain', level: 1 }).waitFor()
  const finding = cpu(page)
  await finding.waitFor()
  const culprit = finding.getByRole('region', { name: 'Used by' }).getByRole('button', { name: /^bun/ }).first()
  await culprit.waitFor()
  expect(await finding.textContent()).toMatch(/Since|for \d+ s of this time/)

  await culprit.click()
  await page.getByRole('complementary', { name: /^Process \d+/ }).waitFor()
  const { searchParams } = new URL(page.url())
  expect(Number(searchParams.get('at'))).toBeWithin(startMs - 1000, endMs + 1000)
  expect(searchParams.get('from')).toBe(String(startMs))
  await page.keyboard.press('Escape')

  await cpu(page).getByRole('list', { name: 'Evidence' }).getByRole('link').first().click()
  await page.waitForURL(/\/(?:cpu|pressure)\?from=/)
  await page.locator('.plot canvas').first().waitFor()
  await page.goBack()
  await cpu(page).waitFor()
})

test.skipIf(!hasBrowser)(
  'a second is explained by e, live from the palette, and two windows are compared',
  async () => {
    const middleMs = Math.round((startMs + endMs) / 2000) * 1000
    const page = await dashboard.open(`/?at=${middleMs}`, { role: 'viewer' })
    await whenLive(page)
    await page.keyboard.press('e')
    await page.waitForURL(new RegExp(`/explain\\?from=${middleMs - 30_000}&to=\\d+&at=${middleMs}`))
    await findings(page).waitFor()
    await page.getByLabel('Compare with').selectOption({ label: 'The time before' })
    await page.waitForURL(/against=previous/)
    await page.getByRole('region', { name: 'Compared' }).waitFor()
    await page.keyboard.press('l')
    await runCommand(page, 'Explain this')
    await page.getByText('The last 10 min').waitFor()
  },
)

test.skipIf(!hasBrowser)('what was not recorded is said so, and who does not answer is asked again', async () => {
  const page = await dashboard.open('/explain?from=1500000000000&to=1500000600000', {
    role: 'viewer',
    isProvoked: (line) => /50[23]|ERR_FAILED/.test(line),
  })
  await page.getByRole('heading', { name: 'Nothing was recorded then' }).waitFor()
  await page.route('**/api/v1/explain*', (route) => route.fulfill({ status: 503, body: '' }))
  await page.getByRole('button', { name: 'Look again' }).click()
  await page.getByRole('heading', { name: 'The daemon does not answer' }).waitFor()
  await page.unroute('**/api/v1/explain*')
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('heading', { name: 'Nothing was recorded then' }).waitFor()
})

const band = {
  startMs: 0,
  endMs: 0,
  isOpen: true,
  metric: 'system.cpu.utilization',
  labels: {},
  unit: '1',
  score: 0.9999,
  surprise: 6,
  value: 0.97,
  expectedLow: 0.02,
  expectedHigh: 0.11,
}

/** What needs hours of record to come about, as the daemon would tell it. */
async function pretend(page: Page): Promise<void> {
  const nowMs = (await dashboard.daemon.get<{ unixMs: number }>('/api/v1/metrics/current')).unixMs
  const bands = [{ ...band, startMs: nowMs - 60_000, endMs: nowMs + 60_000 }]
  const episode = { ...bands[0], rank: 1, score: 0.9999, sentence: 'CPU use was unlike itself', bands }
  const anomalies = { startMs: 0, endMs: nowMs, watch: { status: 'watching', series: 24 }, episodes: [episode], bands }
  const sentence = '/ is full in about 3 days (2 to 5 days) if it goes on as in the last day'
  const ending = {
    resource: 'filesystem',
    instance: '/',
    status: 'runs_out',
    metric: 'm',
    labels: {},
    value: 1,
    limit: 2,
  }
  const forecast = { unixMs: nowMs, forecasts: [{ ...ending, unit: 'By', sentence }] }
  await page.route('**/api/v1/anomalies*', (route) =>
    route.fulfill({ json: anomalies as unknown as AnomaliesResponse }),
  )
  await page.route('**/api/v1/forecast*', (route) => route.fulfill({ json: forecast as unknown as ForecastResponse }))
}

test.skipIf(!hasBrowser)('what was unlike itself is marked and listed; what runs out is foretold', async () => {
  const page = await dashboard.open('/signin', { role: 'viewer' })
  await pretend(page)
  await page.goto(dashboard.url)
  await page.getByRole('button', { name: '/ is full in about 3 days' }).waitFor()
  await page.getByRole('region', { name: 'CPU', exact: true }).getByText('unlike itself').waitFor()
  await page.getByRole('button', { name: '/ is full in about 3 days' }).click()
  await page.getByRole('region', { name: 'Forecast' }).getByText('about 3 days').waitFor()
  await page.getByRole('link', { name: 'Anomalies' }).click()
  const link = page.getByRole('link', { name: '97 %, usually 2.0 % to 11 %; it lasts' })
  await link.waitFor()
  await page.getByText('24 series are watched').waitFor()
  await link.click()
  await page.waitForURL(/\/cpu\?from=/)
})

test.skipIf(!hasBrowser)('a script that is gone after an upgrade asks for a reload; the rest goes on', async () => {
  const page = await dashboard.open('/signin', {
    role: 'viewer',
    isProvoked: (line) => /404|dynamically|module/.test(line),
  })
  await page.route('**/later-*.js', (route) => route.fulfill({ status: 404, body: '' }))
  await page.goto(`${dashboard.url}/alerts`)
  await page.getByRole('heading', { name: 'sysmon was updated' }).waitFor()
  await page.unroute('**/later-*.js')
  await page.getByRole('link', { name: 'CPU' }).click()
  await ticks(dashboard, page, 1)
  await page.locator('.plot canvas').first().waitFor()
})

test.skipIf(!hasBrowser)('a page that throws does not take the rest down', async () => {
  const page = await dashboard.open('/signin', { role: 'viewer', isProvoked: (line) => /TypeError|error/i.test(line) })
  const broken = { window: {}, findings: 7 } as unknown as ExplainResponse
  await page.route('**/api/v1/explain*', (route) => route.fulfill({ json: broken }))
  await page.goto(`${dashboard.url}/explain`)
  await page.getByRole('heading', { name: 'This page could not be shown' }).waitFor()
  await whenLive(page)
  await page.getByRole('link', { name: 'Memory' }).click()
  await page.locator('.plot canvas').first().waitFor()
})

test.skipIf(!hasBrowser)('an address that leads nowhere, or names no time, says so and leads back', async () => {
  const page = await dashboard.open('/no/such/page', { role: 'viewer', isProvoked: (line) => line.includes('404') })
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
  await page.getByRole('button', { name: 'To the overview' }).click()
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
  await page.goto(`${dashboard.url}/cpu?from=yesterday&to=never`)
  await page.getByText('The address names a time that cannot be read (from, to).').waitFor()
  await page.getByRole('button', { name: 'Understood' }).click()
  expect(new URL(page.url()).search).toBe('')
})
