import { expect, setDefaultTimeout, test } from 'bun:test'
import path from 'node:path'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { analysis, menu, pageTitles } from '../../src/dashboard/titles.ts'
import { hasBrowser, painted, whenLive, withDashboard } from '../dashboard-browser.ts'

/**
 * Nothing that axe-core knows hinders anybody: every page, light and dark, wide and on a phone, and what opens over it.
 * One page of the browser goes through all pages of the dashboard, as a person does.
 */
const dashboard = withDashboard()
setDefaultTimeout(120_000)
const axe = await Bun.file(path.join(import.meta.dir, '../../node_modules/axe-core/axe.min.js')).text()

const wide = { width: 1440, height: 900 }
const phone = { width: 390, height: 844 }
const looks = [
  ['light', wide],
  ['dark', wide],
  ['light', phone],
] as const

type Look = (typeof looks)[number]
/** The same elements stand on a phone, elsewhere; dark differs from light by its colours alone. */
const placing = [
  'color-contrast',
  'scrollable-region-focusable',
  'target-size',
  'link-in-text-block',
  'page-has-heading-one',
]
const rulesOf = ([scheme, { width }]: Look): object =>
  scheme === 'dark' ? { runOnly: ['color-contrast'] } : width === phone.width ? { runOnly: placing } : {}

async function violationsOf(page: Page, look: Look, exclude: readonly string[]): Promise<readonly string[]> {
  const context = JSON.stringify({ include: [['html']], exclude: exclude.map((one) => [one]) })
  const options = JSON.stringify({ ...rulesOf(look), resultTypes: ['violations'], preload: false })
  const { violations } = await page.evaluate<AxeResults>(`axe.run(${context}, ${options})`)
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  )
}

/** Dark on a phone is the colours of the one and the places of the other. */
async function judge(page: Page, name = '', exclude: readonly string[] = []): Promise<readonly string[]> {
  const found: string[] = []
  for (const look of looks) {
    const [colorScheme, size] = look
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize(size)
    await painted(page)
    for (const violation of await violationsOf(page, look, exclude))
      found.push(`${name} ${colorScheme} ${size.width}: ${violation}`)
  }
  return found
}

/** What each page has to show before it is judged. */
const content: Readonly<Record<string, string>> = {
  processes: '.process-table tbody tr',
  explain: '.found, .calm h2',
  alerts: '.calm h2, .found',
  anomalies: '.calm h2',
}

test.skipIf(!hasBrowser)('every page', async () => {
  const page = await dashboard.open('/', { role: 'admin' })
  await whenLive(page)
  await page.evaluate(axe)
  const found: string[] = []
  for (const name of [...menu, ...analysis]) {
    await page.getByRole('navigation').getByRole('link', { name: pageTitles[name] }).first().click()
    await page
      .locator(content[name] ?? '.top-table button')
      .first()
      .waitFor()
    // The menu and the bar are the same on all.
    found.push(...(await judge(page, name, name === 'overview' ? [] : ['.navigation', '.top-bar'])))
  }
  expect(found).toEqual([])
})

test.skipIf(!hasBrowser)('parts of the alerts, forms and all; an address that is none', async () => {
  const page = await dashboard.open('/alerts', { role: 'admin' })
  await page.evaluate(axe)
  const part = (name: string) => page.getByRole('button', { name, exact: true }).click()
  const found: string[] = []
  await part('Silences')
  await page.getByRole('button', { name: 'Silence', exact: true }).waitFor()
  found.push(...(await judge(page, 'silences')))
  await part('Rules')
  await page.getByRole('button', { name: 'New rule…' }).click()
  await page.getByRole('switch').first().waitFor()
  found.push(...(await judge(page, 'rules')))
  await page.evaluate("history.pushState(null, '', '/nowhere?at=soon'); dispatchEvent(new PopStateEvent('popstate'))")
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
  found.push(...(await judge(page, 'nowhere')))
  expect(found).toEqual([])
})

test.skipIf(!hasBrowser)('the drawer of a process and the question before a signal; commands and help', async () => {
  const page = await dashboard.open(`/processes?pid=${process.pid}`, { role: 'admin' })
  await whenLive(page)
  await page.evaluate(axe)
  await page.locator('.drawer .spark canvas').first().waitFor()
  const found = [...(await judge(page, 'drawer'))]
  await page.getByRole('button', { name: 'Send…' }).click()
  await page.getByRole('dialog').waitFor()
  found.push(...(await judge(page, 'signal', ['#content'])))
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog', { name: 'Commands' }).waitFor()
  found.push(...(await judge(page, 'commands', ['#content', '.drawer'])))
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.locator('#content').focus()
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Help' }).waitFor()
  found.push(...(await judge(page, 'help', ['#content', '.drawer'])))
  expect(found).toEqual([])
})

test.skipIf(!hasBrowser)('the log-in, and there a button without a name is found', async () => {
  const page = await dashboard.open('/signin')
  await page.getByRole('heading', { name: 'Log in to sysmon' }).waitFor()
  await page.evaluate(axe)
  expect(await judge(page)).toEqual([])
  await page.evaluate('document.body.append(document.createElement("button"))')
  expect((await judge(page)).filter((line) => line.includes('button-name')).length).toBe(1)
})
