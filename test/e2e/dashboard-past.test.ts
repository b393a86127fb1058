import { expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import type { ProcessesResponse, ProcessRow } from '../../src/api/contract.ts'
import { hasBrowser, ticks, whenLive, withDashboard } from '../dashboard-browser.ts'
import { runProgram } from './program-run.ts'

/** The process table of a second that has gone by: in the browser as at the command line. */
const dashboard = withDashboard()

/** Cells as they are read, by the title of their column. */
type ShownRow = Readonly<Record<string, string>>
/** With a window so high that all rows are in sight: others are not in the page. */
async function shownRows(page: Page): Promise<readonly ShownRow[]> {
  const table = page.getByRole('region', { name: 'Table of processes' }).getByRole('table')
  const count = Number(await table.getAttribute('aria-rowcount')) - 1
  await page.setViewportSize({ width: 1440, height: 600 + count * 28 })
  await table.getByRole('row').nth(count).waitFor()
  const titles = (await table.getByRole('columnheader').allInnerTexts()).map((title) => title.replace(/ [↑↓]$/, ''))
  const cells = await page.evaluate<readonly (readonly string[])[]>(
    `[...document.querySelectorAll('.process-table tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))`,
  )
  expect(cells.length).toBe(count)
  return cells.map((texts) => Object.fromEntries(titles.map((title, place) => [title, texts[place] ?? ''])))
}

const scales: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  '%': 0.01,
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
  PiB: 2 ** 50,
}
/** Whether a number is shown as the text says: equal but for what was rounded off its last digit. */
function isShownAs(text: string, value: number | undefined): boolean {
  if (value === undefined) return text === '–'
  if (text === '<0.1 %') return value > 0 && value < 0.001
  const [, digits = '', unit = ''] = /^(-?[\d.]+)(?: ?([^/]*))?(?:\/s)?$/.exec(text) ?? []
  const scale = scales[unit.trim()]
  if (digits === '' || scale === undefined) return false
  const decimals = digits.split('.')[1]?.length ?? 0
  return Math.abs(Number(digits) * scale - value) <= 0.5000001 * 10 ** -decimals * scale
}

type Numeric = {
  [Key in keyof ProcessRow]-?: ProcessRow[Key] extends number | undefined ? Key : never
}[keyof ProcessRow]
const numbers: Readonly<Record<string, Numeric>> = {
  CPU: 'cpu',
  Waits: 'runQueueWait',
  Memory: 'residentBytes',
  Reads: 'readBytesPerSecond',
  Writes: 'writtenBytesPerSecond',
  Threads: 'threads',
}
const textsOf = ({ pid, name, user, state, service, commandLine }: ProcessRow): ShownRow => ({
  PID: String(pid),
  Name: name,
  User: user,
  S: state,
  Service: service ?? '–',
  Command: commandLine,
})

/** What differs between a row as shown and as it is; nothing should. */
function differences(shown: ShownRow | undefined, row: ProcessRow): readonly string[] {
  if (shown === undefined) return [`${row.pid} ${row.name} is not shown`]
  const texts = Object.entries(textsOf(row)).filter(([title, text]) => shown[title] !== text)
  const values = Object.entries(numbers).filter(([title, key]) => !isShownAs(shown[title] ?? '', row[key]))
  return [
    ...texts.map(([title, text]) => `${row.pid} ${title}: ${shown[title]} for ${text}`),
    ...values.map(([title, key]) => `${row.pid} ${title}: ${shown[title]} for ${row[key]}`),
  ]
}

test('a number that was rounded is told from another one', () => {
  expect([isShownAs('1.2 KiB/s', 1250), isShownAs('1.2 KiB/s', 1300)]).toEqual([true, false])
  expect([isShownAs('12 %', 0.124), isShownAs('12 %', 0.13), isShownAs('<0.1 %', 0.02)]).toEqual([true, false, false])
  expect([isShownAs('–', undefined), isShownAs('0', undefined), isShownAs('–', 0)]).toEqual([true, false, false])
})

test.skipIf(!hasBrowser)('the table of a past second is that of sysmon ps --at', async () => {
  const page = await dashboard.open('/processes?range=30s&sort=-startUnixMs', { role: 'viewer' })
  await whenLive(page)
  const gone = Bun.spawn(['sleep', '600'])
  try {
    await page.getByRole('cell', { name: String(gone.pid), exact: true }).waitFor()
    await ticks(dashboard, page, 2)
  } finally {
    gone.kill('SIGKILL')
    await gone.exited
  }
  const thenMs = dashboard.streamed(page).findLast(({ type }) => type === 'delta')?.unixMs ?? 0
  await page.getByRole('cell', { name: String(gone.pid), exact: true }).waitFor({ state: 'detached' })
  await choose(page, thenMs)
  const at = Number(new URL(page.url()).searchParams.get('at'))
  expect(Math.abs(at - thenMs)).toBeLessThanOrEqual(1500)
  await page.getByRole('cell', { name: String(gone.pid), exact: true }).waitFor()

  const run = await runProgram('sysmon', [...ofDaemon(), 'ps', '--at', new Date(at).toISOString(), '--json'])
  const { processes } = JSON.parse(run.stdout) as ProcessesResponse
  const shown = await shownRows(page)
  expect(shown.map(({ PID }) => Number(PID)).sort(ascending)).toEqual(processes.map(({ pid }) => pid).sort(ascending))
  const byPid = new Map(shown.map((row) => [row.PID, row]))
  expect(processes.flatMap((row) => differences(byPid.get(String(row.pid)), row))).toEqual([])
  expect(shown.map(({ PID }) => Number(PID))).toEqual([...processes].sort(youngestFirst).map(({ pid }) => pid))
})

const ofDaemon = (): readonly string[] => ['--data-dir', dashboard.daemon.dataDir]
const ascending = (one: number, other: number): number => one - other
const youngestFirst = (one: ProcessRow, other: ProcessRow): number =>
  (other.startUnixMs ?? 0) - (one.startUnixMs ?? 0) || one.pid - other.pid

/** A click on the chart where that time is now. */
async function choose(page: Page, unixMs: number): Promise<void> {
  const box = await page.locator('.u-over').first().boundingBox()
  const newestMs = dashboard.streamed(page).findLast(({ type }) => type === 'delta')?.unixMs ?? 0
  if (box === null) throw new Error('there is no chart')
  await page.mouse.click(box.x + box.width * (1 - (newestMs - unixMs) / 30_000), box.y + box.height / 2)
  await page.waitForURL(/[?&]at=\d+/)
}
