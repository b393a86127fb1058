import { expect, test } from 'bun:test'
import { hasBrowser, runCommand, whenLive, withDashboard } from '../dashboard-browser.ts'

/** How a person gets in, and out again. */
const user = { name: 'anna', password: 'correct horse battery staple', role: 'viewer' } as const
const dashboard = withDashboard({ user })

/** What Chromium itself writes when somebody who is not logged in is told so. */
const isDenial = (line: string): boolean => /\b401\b/.test(line)

test.skipIf(!hasBrowser)('the link logs in, once', async () => {
  const link = await dashboard.link('admin')
  const { pathname, search } = new URL(link)
  const page = await dashboard.open(pathname + search)
  await whenLive(page)
  expect(page.url()).toBe(`${dashboard.url}/`)
  const [cookie] = await page.context().cookies()
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' })
  const late = await dashboard.open(pathname + search, { isProvoked: isDenial })
  await late.getByRole('heading', { name: 'used already' }).waitFor()
  expect(await late.context().cookies()).toEqual([])
})

test.skipIf(!hasBrowser)('a user and a password log in, and lead to where one wanted to be', async () => {
  const page = await dashboard.open('/memory?range=15m', { isProvoked: isDenial })
  await page.getByLabel('User').fill(user.name)
  await page.getByLabel('Password').fill('wrong')
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('alert').getByText('User or password is wrong.').waitFor()
  await page.getByLabel('Password').fill(user.password)
  await page.getByRole('button', { name: 'Log in' }).click()
  await whenLive(page)
  expect(page.url()).toBe(`${dashboard.url}/memory?range=15m`)
  await page.getByRole('heading', { name: 'Memory', level: 1 }).waitFor()
})

test.skipIf(!hasBrowser)('logging out ends the session, for this browser and for whoever kept its cookie', async () => {
  const { pathname, search } = new URL(await dashboard.link('viewer'))
  const page = await dashboard.open(pathname + search, { isProvoked: isDenial })
  await whenLive(page)
  const [session] = await page.context().cookies()
  const me = (): Promise<Response> =>
    fetch(`${dashboard.url}/api/v1/auth/me`, { headers: { cookie: `${session?.name}=${session?.value}` } })
  expect((await me()).status).toBe(200)
  await runCommand(page, 'Log out')
  await page.getByRole('heading', { name: 'Log in to sysmon' }).waitFor()
  expect(await page.context().cookies()).toEqual([])
  expect((await me()).status).toBe(401)
  await page.goto(`${dashboard.url}/cpu`)
  await page.getByRole('heading', { name: 'Log in to sysmon' }).waitFor()
})
