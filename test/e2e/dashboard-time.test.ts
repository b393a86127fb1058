import { expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import { hasBrowser, painted, ticks, whenLive, withDashboard } from '../dashboard-browser.ts'

/** One time for the whole page: a drag chooses a window, the address holds it, back and forward go through it. */
const dashboard = withDashboard()

const plotOf = (page: Page, title: string) => page.getByRole('region', { name: title, exact: true }).locator('.u-over')

/** From one share of a chart's width to another. */
async function drag(page: Page, title: string, from: number, to: number): Promise<void> {
  const box = await plotOf(page, title).boundingBox()
  if (box === null) throw new Error(`${title} is not drawn`)
  const y = box.y + box.height / 2
  await page.mouse.move(box.x + box.width * from, y)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * ((from + to) / 2), y)
  await page.mouse.move(box.x + box.width * to, y)
  await page.mouse.up()
}

interface Window {
  readonly fromMs: number
  readonly toMs: number
}
function windowOf(page: Page): Window | undefined {
  const { searchParams } = new URL(page.url())
  const [from, to] = [searchParams.get('from'), searchParams.get('to')]
  return from === null || to === null ? undefined : { fromMs: Number(from), toMs: Number(to) }
}

/** What every chart of the page says to a screen reader, and the processes beside them. */
const viewOf = (page: Page): Promise<string> =>
  page.evaluate(
    `[...document.querySelectorAll('.legend, .moment table, .moment h2')].map((part) => part.innerText).join('\\n---\\n')`,
  )

const whenPast = async (page: Page): Promise<void> => {
  await page.getByRole('status').getByText('Past').waitFor()
  await page.waitForLoadState('networkidle')
  await painted(page)
}

/** The drag goes over seconds before the daemon began, and Chromium writes that it has none of them. */
const isBeforeRecord = (line: string): boolean => line.includes('status of 404') && line.includes('/processes?at=')

test.skipIf(!hasBrowser)('a drag zooms in; back, forward and Live lead out and in again', async () => {
  const page = await dashboard.open('/memory?range=30s', { role: 'viewer', isProvoked: isBeforeRecord })
  await whenLive(page)
  await ticks(dashboard, page, 8)
  await plotOf(page, 'Memory').waitFor()
  const nowMs = Date.now()
  await drag(page, 'Memory', 0.5, 0.9)
  await whenPast(page)
  const chosen = windowOf(page)
  expect(Math.abs((chosen?.fromMs ?? 0) - (nowMs - 15_000))).toBeLessThan(3000)
  expect(Math.abs((chosen?.toMs ?? 0) - (nowMs - 3000))).toBeLessThan(3000)
  await drag(page, 'In use', 0.25, 0.75)
  await page.waitForURL((url) => url.searchParams.get('from') !== String(chosen?.fromMs))
  const within = windowOf(page)
  expect(within?.fromMs).toBeGreaterThan(chosen?.fromMs ?? 0)
  expect(within?.toMs).toBeLessThan(chosen?.toMs ?? 0)

  await page.goBack()
  expect(windowOf(page)).toEqual(chosen)
  await page.goBack()
  expect(windowOf(page)).toBeUndefined()
  await whenLive(page)
  await page.goForward()
  expect(windowOf(page)).toEqual(chosen)
  await page.getByRole('button', { name: 'Live' }).click()
  await whenLive(page)
  expect(windowOf(page)).toBeUndefined()
  await ticks(dashboard, page, 1)
})

test.skipIf(!hasBrowser)('a link shows somebody else the same view', async () => {
  const page = await dashboard.open('/memory?range=30s', { role: 'admin' })
  await whenLive(page)
  await ticks(dashboard, page, 3)
  await plotOf(page, 'Memory').waitFor()
  await drag(page, 'Memory', 0.6, 0.95)
  await whenPast(page)
  await plotOf(page, 'Memory').click()
  await page.waitForURL(/[?&]at=\d+/)
  await page.getByRole('button', { name: 'Unpin' }).waitFor()
  await page.mouse.move(0, 0)
  await whenPast(page)
  const other = await dashboard.open(new URL(page.url()).pathname + new URL(page.url()).search, { role: 'viewer' })
  await whenPast(other)
  expect(other.url()).toBe(page.url())
  const shown = await viewOf(page)
  expect(shown).toMatch(/Processes at \d\d:\d\d:\d\d/)
  expect(await viewOf(other)).toBe(shown)
})
