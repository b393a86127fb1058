import type { BrowserContext, CDPSession, Page } from 'playwright-core'

/** One dashboard load in a real browser, as the page and the browser tell it. Milliseconds since the navigation began. */
export interface Load {
  readonly firstPaintMs: number
  /** The first chart has lines and its legend values, and the page has answered what was posted to it then. */
  readonly interactiveMs: number
  /** Of the module script: all bytes of scripts are there. */
  readonly scriptsLoadedMs: number
  /** Over the wire, headers included. */
  readonly bytes: number
  readonly requests: readonly LoadRequest[]
}
export interface LoadRequest {
  readonly path: string
  readonly startMs: number
  readonly endMs: number
  /** From the request sent to the first byte of the answer. */
  readonly serverMs: number
}

export interface Watch {
  /** Tasks of the page that took 50 ms or longer (W3C Long Tasks). */
  readonly longTasksMs: readonly number[]
}

/** Runs in the page before anything of it: notes what only it can see. */
const observer = `
  window.benchPage = { longTasksMs: [], interactiveMs: undefined };
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.benchPage.longTasksMs.push(duration);
  }).observe({ type: 'longtask', buffered: true });
  const look = () => {
    const panel = [...document.querySelectorAll('.panel')].find((one) => one.querySelector('canvas'));
    if (!panel?.querySelector('.legend b')?.textContent) return requestAnimationFrame(look);
    const { port1, port2 } = new MessageChannel();
    port2.onmessage = () => { window.benchPage.interactiveMs = performance.now(); };
    port1.postMessage(0);
  };
  requestAnimationFrame(look);
`

interface PageState extends Watch {
  readonly interactiveMs: number | undefined
}
declare const window: { readonly benchPage: PageState }

export interface OpenPage {
  readonly page: Page
  readonly session: CDPSession
  /** Loads the address; with what was loaded before, unless it is the first time. */
  load(url: string): Promise<Load>
  watch(): Promise<Watch>
}

export async function openPage(context: BrowserContext): Promise<OpenPage> {
  const page = await context.newPage()
  await page.addInitScript(observer)
  const session = await context.newCDPSession(page)
  await session.send('Network.enable')
  await session.send('Performance.enable')
  let bytes = 0
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength
  })
  return {
    page,
    session,
    load: async (url) => {
      bytes = 0
      await page.goto(url, { waitUntil: 'commit' })
      await page.waitForFunction(() => window.benchPage?.interactiveMs !== undefined)
      const seen = await page.evaluate(timings)
      return { ...seen, bytes }
    },
    watch: () => page.evaluate(() => ({ longTasksMs: window.benchPage.longTasksMs })),
  }
}

interface Entry {
  readonly name: string
  readonly initiatorType: string
  readonly startTime: number
  readonly requestStart: number
  readonly responseStart: number
  readonly responseEnd: number
}
declare const performance: {
  getEntriesByType(type: string): readonly Entry[]
  getEntriesByName(name: string): readonly { readonly startTime: number }[]
}
declare const URL: { new (address: string): { readonly pathname: string } }

/** In the page. */
function timings(): Omit<Load, 'bytes'> {
  const interactiveMs = window.benchPage.interactiveMs ?? Number.NaN
  const entries = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  const before = entries.filter(({ startTime }) => startTime <= interactiveMs)
  return {
    firstPaintMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
    interactiveMs,
    scriptsLoadedMs: Math.max(
      ...before.filter(({ name }) => name.endsWith('.js')).map(({ responseEnd }) => responseEnd),
    ),
    requests: before.map(({ name, startTime, requestStart, responseStart, responseEnd }) => ({
      path: new URL(name).pathname,
      startMs: startTime,
      endMs: responseEnd,
      serverMs: responseStart - requestStart,
    })),
  }
}
