/**
 * Retakes docs/screenshots: every page, light and dark, wide and narrow, in the Chromium of this machine.
 * `node scripts/run.mjs scripts/screenshots.ts`, as root on Linux after `npm run build`, starts a machine of its own to
 * take them of (scripts/demo-machine.sh) and lets it run for a while. `--link URL`, as `sysmon web` prints it: of that
 * daemon instead. `--only overview,cpu` some pages; `--full` down to their ends; `--folder F` elsewhere; `--png`.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { type Browser, chromium, type Page } from 'playwright-core'
import { analysis, menu } from '../src/dashboard/titles.ts'
import { executableName } from './house/executable.ts'
import { root } from './house/files.ts'

const { values: options } = parseArgs({
  options: {
    link: { type: 'string' },
    only: { type: 'string' },
    folder: { type: 'string', default: path.join(root, 'docs/screenshots') },
    full: { type: 'boolean', default: false },
    png: { type: 'boolean', default: false },
    /** How long the machine runs before the first picture: the charts show five minutes. */
    seconds: { type: 'string', default: '310' },
  },
})

interface Shot {
  readonly name: string
  readonly address: string
  readonly act?: (page: Page) => Promise<unknown>
}
const pages = [...menu, ...analysis]
const shots: readonly Shot[] = [
  ...pages.map((name) => ({ name, address: name === 'overview' ? '/' : `/${name}` })),
  { name: 'rules', address: '/alerts?part=rules' },
  { name: 'login', address: '/signin' },
  { name: 'process', address: '/processes', act: (page) => page.locator('tbody .plain').first().click() },
  { name: 'palette', address: '/', act: (page) => page.keyboard.press('Control+k') },
  { name: 'help', address: '/', act: (page) => page.keyboard.press('?') },
]
const sizes = [
  { size: 'wide', width: 1440, height: 900 },
  { size: 'narrow', width: 390, height: 844 },
] as const

const isAnalysis = (name: string): boolean => [...analysis, 'rules'].includes(name)

/** Something to see on each: numbers in legends and rows in tables, or the reason why there are none. */
async function settle(page: Page, { name, act }: Shot): Promise<void> {
  if (name === 'login') return page.getByLabel('Password').waitFor()
  if (isAnalysis(name)) return page.locator('.found, .calm h2, .rows.is-tall li').first().waitFor()
  await page.locator('.legend b, .absent').first().waitFor()
  await page.locator('.table-row .plain, .top-table .plain').first().waitFor()
  await page.locator('body:not(:has(.is-loading))').waitFor()
  await act?.(page)
  if (name === 'process') await page.locator('.drawer .spark canvas').first().waitFor()
  if (name === 'palette' || name === 'help') await page.getByRole('dialog').waitFor()
}

/** WebP of 72 is a quarter of the PNG; playwright takes none, the browser does. */
async function shoot(page: Page, name: string): Promise<void> {
  const file = path.join(options.folder, `${name}.${options.png ? 'png' : 'webp'}`)
  if (options.png) {
    await page.screenshot({ path: file, fullPage: options.full })
    return
  }
  const browserOwn = await page.context().newCDPSession(page)
  const { data } = await browserOwn.send('Page.captureScreenshot', { format: 'webp', quality: 72 })
  await Bun.write(file, Buffer.from(data, 'base64'))
}

async function shootAll(browser: Browser, link: string): Promise<number> {
  const entrance = await browser.newContext()
  const first = await entrance.newPage()
  await first.goto(link)
  await first.locator('.legend b').first().waitFor()
  const storageState = await entrance.storageState()
  await entrance.close()
  const wanted = shots.filter(({ name }) => options.only === undefined || options.only.split(',').includes(name))
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const { size, width, height } of sizes) {
      const page = await browser.newPage({ viewport: { width, height }, colorScheme, storageState })
      for (const shot of wanted) {
        await page.goto(new URL(shot.address, link).href)
        await settle(page, shot)
        await shoot(page, `${shot.name}-${size}-${colorScheme}`)
      }
      await page.close()
    }
  }
  return wanted.length * sizes.length * 2
}

interface Machine {
  readonly link: string
  readonly end: () => Promise<void>
}

/** Ends with its standard input, so also when this script is killed. */
async function startMachine(): Promise<Machine> {
  const executable = path.join(root, 'dist', executableName('sysmon', false))
  const folder = mkdtempSync(path.join(tmpdir(), 'demo-'))
  const probe = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } })
  const { port } = probe
  probe.stop()
  const apart = ['unshare', '--mount', '--pid', '--uts', '--fork', '--kill-child', '--mount-proc']
  const machine = Bun.spawn([...apart, path.join(root, 'scripts/demo-machine.sh'), executable, folder, String(port)], {
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'inherit',
  })
  console.log(`the machine runs; pictures in ${options.seconds} s`)
  await Bun.sleep(Number(options.seconds) * 1000)
  const { stdout } = Bun.spawnSync([executable, 'web', '--json', '--data-dir', path.join(folder, 'data')])
  const end = async (): Promise<void> => {
    machine.stdin.end()
    await machine.exited
    rmSync(folder, { recursive: true, force: true })
  }
  return { link: (JSON.parse(stdout.toString()) as { url: string }).url, end }
}

const executablePath = ['chromium', 'chromium-browser', 'google-chrome'].map((name) => Bun.which(name)).find(Boolean)
if (executablePath === undefined || executablePath === null) {
  console.error('there is no Chromium on this machine')
  process.exit(2)
}
mkdirSync(options.folder, { recursive: true })
const machine = options.link === undefined ? await startMachine() : undefined
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
try {
  const count = await shootAll(browser, options.link ?? machine?.link ?? '')
  console.log(`${count} screenshots in ${options.folder}`)
} finally {
  await browser.close()
  await machine?.end()
}
