import { expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import { hasBrowser, painted, ticks, until, whenLive, withDashboard } from '../dashboard-browser.ts'
import { eventually } from './daemon.ts'

/** The page outlives its daemon: it says so, comes back by itself, and shows as a gap what nobody recorded. */
const dashboard = withDashboard()
/** What Chromium itself writes when nobody listens. */
const isNobody = (line: string): boolean => /ERR_CONNECTION|ERR_EMPTY_RESPONSE|WebSocket connection to/.test(line)

/** Of `range=1m` in the address. */
const spanMs = 60_000
interface Column {
  readonly unixMs: number
  readonly isPainted: boolean
}
/** Which columns of the memory chart are filled: memory is never 0, so where nothing is painted nothing is known. */
async function paintedColumns(page: Page, endMs: number): Promise<readonly Column[]> {
  await painted(page)
  const columns = await page.evaluate<readonly boolean[]>(`(() => {
    const region = document.querySelector('section[aria-label="Memory"]')
    const canvas = region.querySelector('canvas')
    const over = region.querySelector('.u-over').getBoundingClientRect()
    const whole = canvas.getBoundingClientRect()
    const scale = canvas.width / whole.width
    const [left, width] = [Math.round((over.left - whole.left) * scale), Math.round(over.width * scale)]
    const bottom = Math.round((over.bottom - whole.top) * scale) - 4
    const { data } = canvas.getContext('2d').getImageData(left, bottom, width, 1)
    return Array.from({ length: width }, (_, x) => {
      const [red, green, blue, alpha] = data.slice(x * 4, x * 4 + 4)
      return alpha > 60 && Math.max(red, green, blue) - Math.min(red, green, blue) > 24
    })
  })()`)
  return columns.map((isPainted, x) => ({ isPainted, unixMs: endMs - spanMs * (1 - (x + 0.5) / columns.length) }))
}
const shareWithin = (columns: readonly Column[], fromMs: number, toMs: number): number => {
  const within = columns.filter(({ unixMs }) => unixMs >= fromMs && unixMs <= toMs)
  return within.filter(({ isPainted }) => isPainted).length / within.length
}

test.skipIf(!hasBrowser)(
  'killed and started again under the page: offline, live, what was missed, and a gap',
  async () => {
    const page = await dashboard.open('/memory?range=1m', { role: 'viewer', isProvoked: isNobody })
    await whenLive(page)
    await ticks(dashboard, page, 4)
    await page.evaluate('globalThis.isSamePage = true')
    const newestMs = (): number => dashboard.streamed(page).findLast(({ seq }) => seq !== undefined)?.unixMs ?? 0
    const diedMs = newestMs()
    await dashboard.kill()
    await page.getByRole('status').getByText('Offline').waitFor()
    // The gap is to be wide enough to be seen: two ticks and more are missing.
    await until(page, `Date.now() > ${diedMs + 4000}`)
    await dashboard.startAgain()
    const { unixMs: firstMs } = await eventually(
      () => dashboard.daemon.get<{ unixMs: number }>('/api/v1/metrics/current'),
      ({ unixMs }) => unixMs > diedMs,
    )
    await whenLive(page)
    await ticks(dashboard, page, 3)
    expect(await page.evaluate('globalThis.isSamePage')).toBe(true)

    const columns = await paintedColumns(page, newestMs())
    expect(shareWithin(columns, diedMs - 2000, diedMs - 500)).toBe(1)
    expect(shareWithin(columns, diedMs + 1200, firstMs - 1200)).toBe(0)
    expect(shareWithin(columns, firstMs + 500, newestMs() - 500)).toBe(1)
  },
)
