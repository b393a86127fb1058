import { afterEach, expect, setDefaultTimeout, test } from 'bun:test'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { hasBrowser, painted, ticks, whenLive, withDashboard } from '../dashboard-browser.ts'

/** Addresses and names that strangers chose are text, and lead to a calm page. That nothing is thrown, each test ends with. */
const dashboard = withDashboard()
setDefaultTimeout(60_000)
/** What Chromium itself writes of a process or second that the daemon does not have. */
const isUnknown = (line: string): boolean => /status of 40[04]/.test(line)
const script = '<img src=x onerror=globalThis.isTaken=1><script>globalThis.isTaken=1</script>'
const coded = encodeURIComponent(script)

const isTaken = (page: Page): Promise<boolean> =>
  page.evaluate(`globalThis.isTaken !== undefined || document.querySelector('img[src=x], #root script') !== null`)

/** What leads there, the address, and the heading of what is shown. */
const addresses = [
  ['bad times', '/?from=yesterday&to=never&at=soon', 'Overview'],
  ['times beyond every clock', `/cpu?from=${'9'.repeat(15)}&to=${'9'.repeat(40)}&at=-1`, 'CPU'],
  ['times the wrong way round, of long ago', '/memory?from=5000&to=0&at=3', 'Memory'],
  ['a range of nonsense', '/disks?range=1e9y', 'Disks'],
  ['a page that is none', '/nowhere', 'Not found'],
  ['a page of several words that is none', '/no/such/page.html', 'Not found'],
  ['a process that is none', '/processes?pid=999999999&start=12', 'Processes'],
  ['a process id that is text', `/processes?pid=${coded}&start=${coded}`, 'Processes'],
  [
    'script in every part',
    `/network?from=${coded}&to=${coded}&range=${coded}&at=${coded}&sort=${coded}&filter=${coded}&tree=${coded}`,
    'Network',
  ],
  ['script as a filter', `/processes?filter=${coded}`, 'Processes'],
  ['a column that is none', '/processes?sort=-constructor&tree=1', 'Processes'],
  ['script behind the hash', `/#${script}`, 'Overview'],
  ['percent signs that mean nothing', '/?filter=%E0%A4%A&at=%00%ff', 'Overview'],
] as const

test.skipIf(!hasBrowser)('addresses of strangers lead to a calm page', async () => {
  const page = await dashboard.open('/', { role: 'viewer', isProvoked: isUnknown })
  for (const [what, address, heading] of addresses) {
    await page.goto(`${dashboard.url}${address}`)
    await page.getByRole('heading', { name: heading, level: 1 }).waitFor()
    await page
      .getByRole('status')
      .getByText(/Live|Past/)
      .waitFor()
    await painted(page)
    expect([what, await isTaken(page)]).toEqual([what, false])
  }
})

test.skipIf(!hasBrowser)('a process that is none is told so; a filter of a stranger is text', async () => {
  const page = await dashboard.open('/processes?pid=999999999', { role: 'viewer', isProvoked: isUnknown })
  await page.getByRole('complementary').getByText('No such process at this time').first().waitFor()
  await page.goto(`${dashboard.url}/processes?filter=${coded}`)
  await page.getByText('No process fits the filter.').waitFor()
  expect(await page.getByRole('searchbox').inputValue()).toBe(script)
})

let folder: string | undefined
let program: Bun.Subprocess | undefined
afterEach(async () => {
  program?.kill('SIGKILL')
  await program?.exited
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
})

test.skipIf(!hasBrowser)('names of processes are text, whatever is in them', async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sysmon-names-'))
  const name = '<b>a\u001b[31m\u202e&b'
  const file = path.join(folder, name)
  copyFileSync(Bun.which('sleep') as string, file)
  program = Bun.spawn([file, '600'], { argv0: script })
  const page = await dashboard.open(`/processes?filter=${program.pid}`, { role: 'viewer' })
  await whenLive(page)
  const row = page.getByRole('row').filter({ has: page.getByRole('cell', { name: String(program.pid), exact: true }) })
  await row.waitFor()
  expect(await row.getByRole('button').textContent()).toMatch(/^<b>a.*\ufffd&b$/)
  await row.getByRole('button').click()
  await page.getByRole('complementary').getByText(script).waitFor()
  await ticks(dashboard, page, 1)
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Command' }).fill('<b>a')
  await page.getByRole('option', { name: '<b>a' }).first().waitFor()
  expect(await isTaken(page)).toBe(false)
  expect(await page.locator('.process-table b, .drawer .command img').count()).toBe(0)
})
