import { afterEach, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import type { Page, Request } from 'playwright-core'
import type { SignalRequest } from '../../src/api/contract.ts'
import { hasBrowser, type Role, whenLive, withDashboard } from '../dashboard-browser.ts'

/** A process is ended from its drawer: by an admin, after a question, and never another one than was looked at. */
const dashboard = withDashboard()

let victim: Bun.Subprocess | undefined
afterEach(async () => {
  victim?.kill('SIGKILL')
  await victim?.exited
})
const begin = (): Bun.Subprocess => (victim = Bun.spawn(['sleep', '600']))

/** Field 22 of /proc/PID/stat (proc_pid_stat(5)): when it began, in ticks since boot. */
const startTicksOf = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19])

async function openDrawer(page: Page, pid: number): Promise<ReturnType<Page['locator']>> {
  await whenLive(page)
  await page.getByRole('searchbox').fill(String(pid))
  const row = page.getByRole('row').filter({ has: page.getByRole('cell', { name: String(pid), exact: true }) })
  await row.getByRole('button', { name: 'sleep' }).click()
  const drawer = page.getByRole('complementary', { name: `Process ${pid}` })
  await drawer.getByText('sleep 600').waitFor()
  return drawer
}

const isSignal = (request: Request): boolean => request.method() === 'POST' && request.url().endsWith('/signal')

test.skipIf(!hasBrowser)('an admin ends a process, after a question, and sees that it has ended', async () => {
  const { pid, exited } = begin()
  const page = await dashboard.open('/processes', { role: 'admin' })
  const signals: Request[] = []
  page.on('request', (request) => void (isSignal(request) && signals.push(request)))
  const drawer = await openDrawer(page, pid)
  const ask = drawer.getByRole('button', { name: 'Send…' })
  await ask.click()
  const question = page.getByRole('dialog', { name: 'Send a signal' })
  await question.getByText(`Send TERM to sleep (${pid})?`).waitFor()
  await question.getByRole('button', { name: 'Cancel' }).click()
  await question.waitFor({ state: 'hidden' })
  expect(signals).toEqual([])

  await ask.click()
  await question.getByRole('button', { name: 'Send TERM' }).click()
  await drawer.getByText('TERM sent.').waitFor()
  await exited
  expect(victim?.signalCode).toBe('SIGTERM')
  expect(signals.map((request) => request.postDataJSON() as SignalRequest)).toEqual([
    { signal: 'TERM', startTicks: expect.any(Number) },
  ])
  await drawer.getByText('This process has ended.').waitFor()
})

test.skipIf(!hasBrowser)('what is sent names the process that was looked at, not only its id', async () => {
  const { pid } = begin()
  const startTicks = startTicksOf(pid)
  const page = await dashboard.open('/processes', { role: 'admin', isProvoked: (line) => line.includes('409') })
  await page.route('**/signal', async (route) => {
    const asked = route.request().postDataJSON() as SignalRequest
    expect(asked.startTicks).toBe(startTicks)
    // As if the id had been given to another process since the page was drawn.
    await route.continue({ postData: JSON.stringify({ ...asked, startTicks: startTicks - 1 }) })
  })
  const drawer = await openDrawer(page, pid)
  await drawer.getByRole('button', { name: 'Send…' }).click()
  await page.getByRole('button', { name: 'Send TERM' }).click()
  await drawer
    .getByRole('status')
    .filter({ hasText: /another process|has ended|other/i })
    .waitFor()
  expect(victim?.exitCode).toBeNull()
  expect(victim?.signalCode).toBeNull()
})

/** Waits until the daemon has seen the process. */
async function known(pid: number): Promise<void> {
  const page = await dashboard.open('/processes', { role: 'viewer' })
  await whenLive(page)
  await page.getByRole('searchbox').fill(String(pid))
  await page.getByRole('cell', { name: String(pid), exact: true }).waitFor()
}

test.skipIf(!hasBrowser)('a link to a process whose id another has now offers no signal', async () => {
  const { pid } = begin()
  await known(pid)
  // Of the process that is meant there is no history: the browser says so when it was asked in time.
  const isProvoked = (line: string): boolean => line.includes('404') && line.includes(`/processes/${pid}/history`)
  const page = await dashboard.open(`/processes?pid=${pid}&start=1`, { role: 'admin', isProvoked })
  const drawer = page.getByRole('complementary', { name: `Process ${pid}` })
  await drawer.getByText('Another process has this id now').waitFor()
  expect(await drawer.getByRole('button', { name: 'Send…' }).count()).toBe(0)
})

test.skipIf(!hasBrowser)('a viewer has no button, and the daemon refuses him too', async () => {
  const { pid } = begin()
  const page = await dashboard.open('/processes', { role: 'viewer' })
  const drawer = await openDrawer(page, pid)
  await drawer.getByText('you are a viewer').waitFor()
  expect(await drawer.getByRole('button', { name: 'Send…' }).count()).toBe(0)
  const send = async (role: Role): Promise<number> => {
    const headers = { cookie: await dashboard.cookie(role), origin: dashboard.url, 'content-type': 'application/json' }
    const body = JSON.stringify({ signal: 'TERM', startTicks: startTicksOf(pid) } satisfies SignalRequest)
    return (await fetch(`${dashboard.url}/api/v1/processes/${pid}/signal`, { method: 'POST', headers, body })).status
  }
  expect(await send('viewer')).toBe(403)
  expect([victim?.exitCode, victim?.signalCode]).toEqual([null, null])
  // The same request of an admin is not refused: it was the role.
  expect(await send('admin')).toBe(204)
})
