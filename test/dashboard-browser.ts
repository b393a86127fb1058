import { afterAll, afterEach, beforeAll, expect } from 'bun:test'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import type { CreatedLink } from '../src/api/contract.ts'
import { hashPassword } from '../src/api/web/passwords.ts'
import { removeDataDir, startDaemon, type TestDaemon } from './e2e/daemon.ts'
import { requireThat } from './tools.ts'

/**
 * A daemon with the web on and a real Chromium before it, one of each for a file of tests. After every test, whatever it
 * was about: the page has thrown nothing, the console has neither errors nor warnings, and nobody but the daemon was asked.
 */
const executablePath = ['chromium', 'chromium-browser', 'google-chrome'].map((name) => Bun.which(name)).find(Boolean)
export const hasBrowser = requireThat(Boolean(executablePath), 'there is no Chromium for the tests of the dashboard')

/** Longest that a state is waited for, ms; what is asked for here comes with the next tick or two. */
export const patienceMs = 20_000

export type Role = 'admin' | 'viewer'
export interface OpenOptions {
  /** Whose session the browser has; none: it is not logged in. */
  readonly role?: Role | undefined
  readonly viewport?: { readonly width: number; readonly height: number }
  readonly colorScheme?: 'light' | 'dark'
  /** Lines of the console that the test provokes: what a browser itself writes of an answer of 4xx, for instance. */
  readonly isProvoked?: (line: string) => boolean
}

export interface DashboardSetup {
  /** Who may log in with a password. */
  readonly user?: { readonly name: string; readonly password: string; readonly role: Role }
}

export interface Dashboard {
  readonly daemon: TestDaemon
  readonly browser: Browser
  /** Of the listener, without a path. */
  readonly url: string
  /** A fresh browser context (no cookies, no storage of others) with one page at the path; closed after the test. */
  open(path: string, options?: OpenOptions): Promise<Page>
  /** What the browser sends to be known as one with this role: `name=value`. */
  cookie(role: Role): Promise<string>
  /** A link that logs in once. */
  link(role: Role): Promise<string>
  /** Messages of the live stream that the page was sent, newest last. */
  streamed(page: Page): readonly StreamMessage[]
  /** Ends the daemon without a word, as a power cut does. */
  kill(): Promise<void>
  /** Starts it again over the same data, at the same address. */
  startAgain(): Promise<void>
}
export interface StreamMessage {
  readonly type: string
  readonly seq?: number
  readonly unixMs?: number
}

export function withDashboard(setup: DashboardSetup = {}): Dashboard {
  const machine = new Machine(setup)
  if (!hasBrowser) return machine
  beforeAll(() => machine.start(), patienceMs)
  afterEach(() => machine.endTest())
  afterAll(() => machine.stop(), patienceMs)
  return machine
}

class Machine implements Dashboard {
  #daemon: TestDaemon | undefined
  #browser: Browser | undefined
  #url = ''
  #folder = ''
  readonly #cookies = new Map<Role, Promise<string>>()
  readonly #contexts: BrowserContext[] = []
  readonly #messages = new WeakMap<Page, StreamMessage[]>()
  #wrong: string[] = []

  constructor(private readonly setup: DashboardSetup) {}

  get daemon(): TestDaemon {
    if (this.#daemon === undefined) throw new Error('the daemon runs within tests only')
    return this.#daemon
  }
  get browser(): Browser {
    if (this.#browser === undefined) throw new Error('the browser runs within tests only')
    return this.#browser
  }
  get url(): string {
    return this.#url
  }

  async start(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'sysmon-dashboard-'))
    await writeFile(join(this.#folder, 'config.yaml'), await this.#config(), { mode: 0o600 })
    const launched = chromium.launch({ executablePath: executablePath as string, args: ['--no-sandbox'] })
    this.#daemon = await startDaemon({ args: this.#args('127.0.0.1:0') })
    this.#url = (await this.#daemon.logged(({ msg }) => msg === 'ready')).url as string
    this.#browser = await launched
  }

  #args(listen: string): readonly string[] {
    return ['--config', join(this.#folder, 'config.yaml'), `--web=${listen}`]
  }

  async #config(): Promise<string> {
    const { user } = this.setup
    if (user === undefined) return ''
    const { name, role, password } = user
    return `web: {users: [{name: ${name}, role: ${role}, password: "${await hashPassword(password)}"}]}\n`
  }

  async stop(): Promise<void> {
    await this.#browser?.close()
    await this.#daemon?.stop()
    if (this.#daemon !== undefined) await removeDataDir(this.#daemon)
    if (this.#folder !== '') await rm(this.#folder, { recursive: true, force: true })
  }

  async endTest(): Promise<void> {
    await Promise.all(this.#contexts.splice(0).map((context) => context.close()))
    const wrong = this.#wrong
    this.#wrong = []
    expect(wrong).toEqual([])
  }

  async open(path: string, { role, isProvoked, ...options }: OpenOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
    this.#contexts.push(context)
    context.setDefaultTimeout(patienceMs)
    if (role !== undefined) {
      const [name = '', value = ''] = (await this.cookie(role)).split(/=(.*)/s)
      await context.addCookies([{ name, value, url: this.#url, httpOnly: true, sameSite: 'Strict' }])
    }
    context.on('request', (request) => this.#judgeAddress(request.url()))
    context.on('page', (page) => this.#watch(page, isProvoked ?? (() => false)))
    const page = await context.newPage()
    await page.goto(`${this.#url}${path}`)
    return page
  }

  #watch(page: Page, isProvoked: (line: string) => boolean): void {
    const messages: StreamMessage[] = []
    this.#messages.set(page, messages)
    page.on('pageerror', (error) => this.#wrong.push(`thrown: ${error.message}`))
    page.on('dialog', (dialog) => {
      this.#wrong.push(`a dialog of a script: ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('console', (message) => {
      const line = `${message.type()}: ${message.text()} (${message.location().url})`
      if (!['log', 'info', 'debug'].includes(message.type()) && !isProvoked(line)) this.#wrong.push(line)
    })
    page.on('websocket', (socket) => {
      this.#judgeAddress(socket.url())
      socket.on('framereceived', ({ payload }) => messages.push(JSON.parse(String(payload)) as StreamMessage))
    })
  }

  #judgeAddress(address: string): void {
    if (new URL(address).host !== new URL(this.#url).host) this.#wrong.push(`asked somebody else: ${address}`)
  }

  streamed(page: Page): readonly StreamMessage[] {
    return this.#messages.get(page) ?? []
  }

  async link(role: Role): Promise<string> {
    const body = JSON.stringify({ role })
    const headers = { 'content-type': 'application/json' }
    const response = await this.daemon.request('/api/v1/auth/links', { method: 'POST', headers, body })
    return ((await response.json()) as CreatedLink).url
  }

  cookie(role: Role): Promise<string> {
    const known = this.#cookies.get(role)
    if (known !== undefined) return known
    const made = this.link(role).then(async (link) => {
      const response = await fetch(link, { redirect: 'manual' })
      return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    })
    this.#cookies.set(role, made)
    return made
  }

  async kill(): Promise<void> {
    await this.daemon.kill()
  }

  async startAgain(): Promise<void> {
    const { dataDir } = this.daemon
    this.#daemon = await startDaemon({ dataDir, args: this.#args(new URL(this.#url).host) })
  }
}

/** The page follows the live stream: what follows is newer than now. */
export const whenLive = (page: Page): Promise<void> => page.getByRole('status').getByText('Live').waitFor()

/** Waits until so many more ticks have come over the live stream, and were painted. */
export async function ticks(dashboard: Dashboard, page: Page, count: number): Promise<void> {
  const isTick = ({ type }: StreamMessage): boolean => type === 'delta' || type === 'snapshot'
  const seen = (): number => dashboard.streamed(page).filter(isTick).length
  const wanted = seen() + count
  const endMs = performance.now() + patienceMs
  while (seen() < wanted) {
    if (performance.now() > endMs) throw new Error(`only ${seen()} of ${wanted} ticks came`)
    await painted(page)
  }
  await painted(page)
}

/** Two frames: what was rendered before is on the screen. */
export const painted = (page: Page): Promise<unknown> =>
  page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')

/** By the command palette, as somebody does who knows what it is called. */
export async function runCommand(page: Page, command: string): Promise<void> {
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Command' }).fill(command)
  await page.keyboard.press('Enter')
}

/** Waits until an expression is true in the page. Playwright's own waiting evaluates text there, which the policy forbids. */
export async function until(page: Page, expression: string): Promise<void> {
  const endMs = performance.now() + patienceMs
  while ((await page.evaluate(expression)) !== true) {
    if (performance.now() > endMs) throw new Error(`not true in the page: ${expression}`)
    await painted(page)
  }
}
