/**
 * Retakes docs/screenshots: every page, light and dark, wide and narrow, in the Chromium of this machine.
 * `node scripts/run.mjs scripts/screenshots.ts URL`, with the link that `sysmon web` prints.
 */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { chromium } from 'playwright-core'
import { root } from './house/files.ts'

const [url] = process.argv.slice(2)
const executablePath = ['chromium', 'chromium-browser', 'google-chrome'].map((name) => Bun.which(name)).find(Boolean)
if (url === undefined || executablePath === undefined || executablePath === null) {
  console.error(url === undefined ? 'usage: scripts/screenshots.ts URL' : 'there is no Chromium on this machine')
  process.exit(2)
}

const pages = [
  ['overview', '/'],
  ['cpu', '/cpu'],
  ['memory', '/memory'],
  ['disks', '/disks'],
  ['network', '/network'],
  ['pressure', '/pressure'],
  ['services', '/services'],
  ['sensors', '/sensors'],
  ['processes', '/processes'],
  ['process', '/processes?pid=1'],
  ['sysmon', '/sysmon'],
  ['signin', '/signin'],
] as const
const sizes = [
  ['wide', 1440, 900],
  ['narrow', 390, 844],
] as const

const folder = path.join(root, 'docs/screenshots')
mkdirSync(folder, { recursive: true })
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
const entrance = await browser.newContext()
await (await entrance.newPage()).goto(url)
const storageState = await entrance.storageState()
for (const colorScheme of ['light', 'dark'] as const) {
  for (const [size, width, height] of sizes) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme, storageState })
    for (const [name, address] of pages) {
      await page.goto(new URL(address, url).href)
      if (name !== 'signin') await page.locator('.legend b, .process-table tbody tr').first().waitFor()
      if (name === 'process') await page.locator('.drawer .spark canvas').first().waitFor()
      await page.screenshot({ path: path.join(folder, `${name}-${size}-${colorScheme}.png`) })
    }
    await page.close()
  }
}
await browser.close()
console.log(`${pages.length * sizes.length * 2} screenshots in ${path.relative(root, folder)}`)
