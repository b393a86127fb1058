import { expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import { hasBrowser, ticks, whenLive, withDashboard } from '../dashboard-browser.ts'

/** The overview moves with each tick, by itself and without a jump. */
const dashboard = withDashboard()

interface Sight {
  /** Everything that the tiles and legends say. */
  readonly numbers: string
  /** The first chart, as pixels. */
  readonly picture: string
}
const look = (page: Page): Promise<Sight> =>
  page.evaluate(`({
    numbers: [...document.querySelectorAll('.tile, .legend, .top-table')].map(({ textContent }) => textContent).join('|'),
    picture: document.querySelector('.plot canvas').toDataURL(),
  })`)

test.skipIf(!hasBrowser)('numbers and charts change with each tick, without a reload', async () => {
  const page = await dashboard.open('/', { role: 'viewer' })
  await whenLive(page)
  await page.locator('.plot canvas').first().waitFor()
  await page.evaluate('globalThis.isSamePage = true')
  const sights: Sight[] = []
  for (let count = 0; count < 4; count++) {
    await ticks(dashboard, page, 1)
    sights.push(await look(page))
  }
  expect(new Set(sights.map(({ numbers }) => numbers)).size).toBe(4)
  expect(new Set(sights.map(({ picture }) => picture)).size).toBe(4)
  expect(await page.evaluate('globalThis.isSamePage')).toBe(true)
  // Each tick came over the stream, none was asked for.
  const seqs = dashboard.streamed(page).flatMap(({ seq }) => (seq === undefined ? [] : [seq]))
  expect(seqs).toEqual(seqs.map((_, place) => (seqs[0] ?? 0) + place))
})

test.skipIf(!hasBrowser)('a process that begins to work is seen without anything being touched', async () => {
  const page = await dashboard.open('/', { role: 'viewer' })
  await whenLive(page)
  const busy = Bun.spawn(['sh', '-c', 'while :; do :; done'])
  try {
    const row = page
      .getByRole('complementary', { name: 'Processes' })
      .getByRole('row')
      .filter({ hasText: String(busy.pid) })
    await row.getByText(/^\d\d+ %$/).waitFor()
  } finally {
    busy.kill('SIGKILL')
    await busy.exited
  }
})

const watchShifts = `
  globalThis.shifts = []
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries())
      if (!hadRecentInput) globalThis.shifts.push({ value, what: sources.map(({ node, previousRect, currentRect }) => [node?.className || node?.textContent, ...[previousRect, currentRect].map(({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(' '))].join(' / ')) })
  }).observe({ type: 'layout-shift', buffered: true })`
interface Shift {
  readonly value: number
  readonly what: readonly string[]
}
/** What Web Vitals call good is 0.1 for all of a page's life; here next to nothing may move. */
const mostShift = 0.02

async function shiftsAt(viewport: { readonly width: number; readonly height: number }): Promise<readonly Shift[]> {
  const page = await dashboard.open('/signin', { role: 'viewer', viewport })
  await page.addInitScript(watchShifts)
  await page.goto(`${dashboard.url}/`)
  await whenLive(page)
  await ticks(dashboard, page, 5)
  return await page.evaluate('globalThis.shifts')
}

test.skipIf(!hasBrowser)('nothing jumps while the first five ticks come, wide and narrow', async () => {
  const sizes = [
    { width: 1440, height: 900 },
    { width: 390, height: 844 },
  ]
  for (const shifts of await Promise.all(sizes.map(shiftsAt))) {
    const sum = shifts.reduce((total, { value }) => total + value, 0)
    expect({ isStill: sum < mostShift, ...(sum < mostShift ? {} : { shifts }) }).toEqual({ isStill: true })
  }
})
