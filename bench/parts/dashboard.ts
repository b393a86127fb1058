import { readdirSync, statSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { dashboardFolder } from '../../scripts/build-dashboard.ts'
import type { CreatedLink } from '../../src/api/contract.ts'
import { removeDataDir, startDaemon, type TestDaemon } from '../../test/e2e/daemon.ts'
import { type Load, type OpenPage, openPage } from '../dashboard-page.ts'
import { isolate } from '../live-crowd.ts'
import type { BenchPart, Figure } from '../part.ts'
import { percentile } from '../part.ts'

/** Loads of each kind; the medians are told. */
const loads = 5
/** So that the charts have something to show and the daemon has come to rest. */
const warmUpMs = 10_000
/** The page is looked at so often while it is open. */
const samplesPerMinute = 6
/** Heap after the first samples only: what a page keeps for good is not there at once. */
const settledShare = 0.3

/**
 * The dashboard in a real Chromium against a real daemon with the web on: how soon it is of use, what it asks for, and
 * what it costs to leave open (SYSMON_BENCH_ISOLATED=1 keeps other work of the machine out of it). Interactive: the first chart shows data and the page has answered what was posted to it.
 */
export const part: BenchPart = {
  name: 'dashboard',
  about: 'the dashboard in Chromium against a daemon on loopback',
  async run({ minutes = 1, progress }) {
    const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
      .map((name) => Bun.which(name))
      .find(Boolean)
    if (executablePath === undefined || executablePath === null) {
      progress('there is no Chromium on this machine: left out')
      return []
    }
    // Daemon and browser are children of the bench and have what it has.
    if (isolate(process.pid)) progress('the bench goes before all other work of this machine')
    const daemon = await startDaemon({ args: ['--web=127.0.0.1:0'] })
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
    try {
      const url = (await daemon.logged(({ msg }) => msg === 'ready')).url as string
      progress(`the daemon warms up: ${warmUpMs / 1000} s`)
      await Bun.sleep(warmUpMs)
      const figures = bytesOfAll()
      progress(`${loads} loads with an empty cache, ${loads} with a full one`)
      figures.push(...(await loadFigures(daemon, browser, url)))
      progress(`the page stays open for ${minutes} min`)
      figures.push(...(await openFigures(daemon, browser, url, minutes)))
      return figures
    } finally {
      await browser.close()
      await daemon.stop()
      await removeDataDir(daemon)
    }
  },
}

function bytesOfAll(): Figure[] {
  const files = readdirSync(dashboardFolder).filter((name) => name.endsWith('.gz'))
  const bytes = files.reduce((sum, name) => sum + statSync(join(dashboardFolder, name)).size, 0)
  return [{ name: 'all files, gzipped', value: bytes / 1024, unit: 'KiB', target: 150 }]
}

/** A page of a browser that knows nothing but who is logged in. */
async function freshPage(daemon: TestDaemon, browser: Browser): Promise<OpenPage> {
  const answer = await daemon.request('/api/v1/auth/links', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ role: 'viewer' }),
  })
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const { url } = (await answer.json()) as CreatedLink
  await context.request.get(url, { maxRedirects: 0 })
  return await openPage(context)
}

async function loadFigures(daemon: TestDaemon, browser: Browser, url: string): Promise<Figure[]> {
  const cold: Load[] = []
  const warm: Load[] = []
  for (let i = 0; i < loads; i++) {
    const { page, load } = await freshPage(daemon, browser)
    cold.push(await load(url))
    warm.push(await load(url))
    await page.context().close()
  }
  const median = (of: readonly Load[], read: (load: Load) => number): number => percentile(of.map(read), 0.5)
  // Times of a browser grow with whatever else runs: a busy machine says so beside them.
  const note = `load of the machine ${(loadavg()[0] ?? 0).toFixed(1)}`
  const timesOf = (kind: string, of: readonly Load[]): Figure[] => [
    { name: `${kind}: first contentful paint`, value: median(of, (load) => load.firstPaintMs), unit: 'ms' },
    { name: `${kind}: scripts are there`, value: median(of, (load) => load.scriptsLoadedMs), unit: 'ms' },
    { name: `${kind}: interactive`, value: median(of, (load) => load.interactiveMs), unit: 'ms', target: 500, note },
    { name: `${kind}: bytes until then`, value: median(of, (load) => load.bytes) / 1024, unit: 'KiB' },
  ]
  return [...timesOf('empty cache', cold), ...timesOf('full cache', warm), ...requestFigures([...cold, ...warm])]
}

/** The requests for data of one load: when they were asked, how long the daemon took. */
function requestFigures(all: readonly Load[]): Figure[] {
  const requests = all.flatMap((load) => load.requests).filter(({ path }) => /^\/(?:api|health)/.test(path))
  return [...new Set(requests.map(({ path }) => path))].map((path) => {
    const same = requests.filter((request) => request.path === path)
    const startMs = percentile(
      same.map((request) => request.startMs),
      0.5,
    )
    const serverMs = same.map((request) => request.serverMs)
    const times = Math.round(same.length / all.length)
    const note = `${times} a load, asked at ${startMs.toFixed(0)} ms; worst ${Math.max(...serverMs).toFixed(0)} ms`
    return { name: `${path}: answered within`, value: percentile(serverMs, 0.5), unit: 'ms', target: 30, note }
  })
}

/** A page that is left open. */
async function openFigures(daemon: TestDaemon, browser: Browser, url: string, minutes: number): Promise<Figure[]> {
  const { page, session, load, watch } = await freshPage(daemon, browser)
  await load(url)
  const workSeconds = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN
  }
  const heapBytes = async (): Promise<number> => {
    await session.send('HeapProfiler.collectGarbage')
    return (await session.send('Runtime.getHeapUsage')).usedSize
  }
  const before = (await watch()).longTasksMs.length
  const heap: { readonly minute: number; readonly bytes: number }[] = []
  const samples = Math.max(3, Math.round(minutes * samplesPerMinute))
  const startMs = performance.now()
  let work = 0
  for (let i = 1; i <= samples; i++) {
    const beforeSeconds = await workSeconds()
    await Bun.sleep((minutes * 60_000) / samples)
    work += (await workSeconds()) - beforeSeconds
    // The bench's own collection of garbage is a task of the page too: it is not counted.
    heap.push({ minute: (performance.now() - startMs) / 60_000, bytes: await heapBytes() })
  }
  const { longTasksMs } = await watch()
  const own = longTasksMs.slice(before)
  await page.context().close()
  const settled = heap.slice(Math.floor(heap.length * settledShare))
  return [
    {
      name: 'longest task while live',
      value: own.reduce((longest, ms) => Math.max(longest, ms), 0),
      unit: 'ms',
      target: 50,
      note: own.length === 0 ? 'none of 50 ms or more' : `${own.length} of 50 ms or more`,
    },
    { name: 'CPU of the page while live', value: (work / (minutes * 60)) * 100, unit: '% of a core' },
    { name: `script heap after ${minutes} min`, value: (heap.at(-1)?.bytes ?? Number.NaN) / 1e6, unit: 'MB' },
    { name: 'script heap, slope', value: slope(settled) / 1e3, unit: 'kB/min' },
  ]
}

/** Least squares, bytes a minute. */
function slope(points: readonly { readonly minute: number; readonly bytes: number }[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const x = mean(points.map(({ minute }) => minute))
  const y = mean(points.map(({ bytes }) => bytes))
  const covariance = mean(points.map(({ minute, bytes }) => (minute - x) * (bytes - y)))
  return covariance / mean(points.map(({ minute }) => (minute - x) ** 2))
}
