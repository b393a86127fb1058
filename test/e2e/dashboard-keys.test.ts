import { expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import { hasBrowser, until, whenLive, withDashboard } from '../dashboard-browser.ts'

/** All of it without a mouse; where the keys go can always be seen. */
const user = { name: 'anna', password: 'correct horse battery staple', role: 'viewer' } as const
const dashboard = withDashboard({ user })

interface Focus {
  readonly what: string
  /** A ring around it, within the window. */
  readonly isSeen: boolean
}
const focus = (page: Page): Promise<Focus> =>
  page.evaluate(`(() => {
    const element = document.activeElement
    const { outlineStyle, outlineWidth } = getComputedStyle(element)
    const { width, height, bottom, right, top, left } = element.getBoundingClientRect()
    const isInside = width > 0 && height > 0 && bottom > 0 && right > 0 && top < innerHeight && left < innerWidth
    const what = element.getAttribute('aria-label') ?? element.textContent
    return { what, isSeen: element.matches('body') || (isInside && outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) }
  })()`)

/** By Tab to what fits, seen at every stop. */
async function tabTo(page: Page, fits: (what: string) => boolean, most = 80): Promise<void> {
  for (let count = 0; count < most; count++) {
    await page.keyboard.press('Tab')
    const { what, isSeen } = await focus(page)
    if (!isSeen) throw new Error(`the focus on "${what}" is not to be seen`)
    if (fits(what)) return
  }
  throw new Error('Tab does not lead there')
}

test.skipIf(!hasBrowser)('from the log-in to a process and on, by keys alone', async () => {
  const page = await dashboard.open('/', { isProvoked: (line) => line.includes('401') })
  await page.getByLabel('User').waitFor()
  if (!(await page.evaluate('document.activeElement.matches("input")'))) await page.keyboard.press('Tab')
  await page.keyboard.type(user.name)
  await page.keyboard.press('Tab')
  await page.keyboard.type(user.password)
  await page.keyboard.press('Enter')
  await whenLive(page)

  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Help' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })

  await page.keyboard.press('2')
  await page.waitForURL('**/processes')
  await page.getByRole('searchbox').waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type(`${process.pid}`)
  await page.waitForURL(new RegExp(`/processes\\?filter=${process.pid}$`))
  await tabTo(page, (what) => what.startsWith('PID'))
  await page.keyboard.press('Enter')
  await page.waitForURL(/sort=-pid/)
  await page.getByRole('columnheader', { name: 'PID' }).and(page.locator('[aria-sort=descending]')).waitFor()

  const name = (await page.locator('.process-table tbody button').first().textContent()) ?? ''
  await tabTo(page, (what) => what === name)
  await page.keyboard.press('Enter')
  const drawer = page.locator('.drawer')
  await drawer.waitFor()
  await until(page, 'document.activeElement.closest(".drawer") !== null')

  // Under a dialog everything stays as it is.
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog', { name: 'Commands' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expect(await drawer.isVisible()).toBe(true)
  expect(await page.evaluate('document.activeElement.closest(".drawer") !== null')).toBe(true)

  await page.keyboard.press('Escape')
  await drawer.waitFor({ state: 'detached' })
  expect((await focus(page)).what).toBe(name)

  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Command' }).waitFor()
  await page.keyboard.type('go to mem')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/memory**')
})

test.skipIf(!hasBrowser).each(['/', '/processes?filter=bun', '/sysmon', `/processes?pid=${process.pid}&filter=bun`])(
  'Tab goes through %s and comes round',
  async (address) => {
    const page = await dashboard.open(address, { role: 'admin' })
    await whenLive(page)
    await page.locator('.legend b').first().waitFor()
    await tabTo(page, (what) => what === 'To the content', 400)
    await tabTo(page, (what) => what === 'Help', 400)
    await tabTo(page, (what) => what === 'To the content', 400)
  },
)
