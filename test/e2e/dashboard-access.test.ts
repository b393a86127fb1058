import { expect, test } from 'bun:test'
import path from 'node:path'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { menu } from '../../src/dashboard/titles.ts'
import { hasBrowser, painted, whenLive, withDashboard } from '../dashboard-browser.ts'

/** Nothing that axe-core knows hinders anybody: every page, light and dark, wide and on a phone, and what opens over it. */
const dashboard = withDashboard()
const axe = await Bun.file(path.join(import.meta.dir, '../../node_modules/axe-core/axe.min.js')).text()

const sizes = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
]

type Scheme = 'light' | 'dark'
/** Dark differs from light by its colours alone. */
const rules: Readonly<Record<Scheme, object>> = { light: {}, dark: { runOnly: ['color-contrast'] } }

async function violationsOf(page: Page, scheme: Scheme): Promise<readonly string[]> {
  const options = JSON.stringify({ ...rules[scheme], resultTypes: ['violations'] })
  const { violations } = await page.evaluate<AxeResults>(`axe.run(document, ${options})`)
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  )
}

/** In each of the four ways a page can look. */
async function judge(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe)
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const size of sizes) {
      await page.setViewportSize(size)
      await painted(page)
      for (const violation of await violationsOf(page, colorScheme))
        found.push(`${colorScheme} ${size.width}: ${violation}`)
    }
  }
  return found
}

test.skipIf(!hasBrowser).each(menu.map((name) => [name]))('%s', async (name) => {
  const page = await dashboard.open(name === 'overview' ? '/' : `/${name}`, { role: 'admin' })
  await whenLive(page)
  await page.locator('.top-table button, .process-table tbody tr').first().waitFor()
  expect(await judge(page)).toEqual([])
})

test.skipIf(!hasBrowser)('the drawer of a process, and the question before a signal', async () => {
  const page = await dashboard.open(`/processes?pid=${process.pid}`, { role: 'admin' })
  await whenLive(page)
  await page.locator('.drawer .spark canvas').first().waitFor()
  expect(await judge(page)).toEqual([])
  await page.getByRole('button', { name: 'Send…' }).click()
  await page.getByRole('dialog').waitFor()
  expect(await judge(page)).toEqual([])
})

test.skipIf(!hasBrowser)('commands and help', async () => {
  const page = await dashboard.open('/', { role: 'viewer' })
  await whenLive(page)
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog', { name: 'Commands' }).waitFor()
  expect(await judge(page)).toEqual([])
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Help' }).waitFor()
  expect(await judge(page)).toEqual([])
})

test.skipIf(!hasBrowser)('the log-in', async () => {
  const page = await dashboard.open('/signin')
  await page.getByRole('heading', { name: 'Log in to sysmon' }).waitFor()
  expect(await judge(page)).toEqual([])
})

test.skipIf(!hasBrowser)('a page without a name for its button is found', async () => {
  const page = await dashboard.open('/signin')
  await page.evaluate('document.body.append(document.createElement("button"))')
  expect((await judge(page)).filter((line) => line.includes('button-name')).length).toBe(2)
})
