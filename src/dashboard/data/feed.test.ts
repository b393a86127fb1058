import { afterAll, beforeAll, describe, expect, jest, test } from 'bun:test'
import { openPaperWindow } from '../../../test/paper-window.ts'
import { sampleCurrent, sampleHost, sampleProcessesAnswer } from '../../../test/sample-answers.ts'
import type { Delta, LiveProcesses, ServerMessage, Snapshot, Subscribe } from '../../api/live-contract.ts'

/** One page from its first question on, on a clock that the tests move, in the order in which they stand. */
const paper = openPaperWindow('/')
const { host, link, live, processes, startFeed, topLimit, wantAllProcesses } = await import('./feed.ts')

/** What the daemon says to a question; undefined: nobody answers. */
let answer: (path: string) => Response | undefined = () => undefined
const asked: string[] = []

class PaperSocket {
  static readonly OPEN = 1
  static readonly all: PaperSocket[] = []
  readyState = 0
  readonly sent: Subscribe[] = []
  isClosed = false
  onopen = (): void => undefined
  onmessage = (_: { readonly data: string }): void => undefined
  onclose = (): void => undefined
  constructor(readonly url: string) {
    PaperSocket.all.push(this)
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text) as Subscribe)
  }
  close(): void {
    this.isClosed = true
  }
  open(): void {
    this.readyState = PaperSocket.OPEN
    this.onopen()
  }
  say(message: ServerMessage): void {
    this.onmessage({ data: JSON.stringify(message) })
  }
}
const newest = (): PaperSocket => PaperSocket.all.at(-1) as PaperSocket

const real = { fetch: globalThis.fetch, WebSocket: globalThis.WebSocket }
let onVisible = (): void => undefined
beforeAll(() => {
  link.set('connecting')
  for (const cell of [host, live, processes]) cell.set(undefined)
  jest.useFakeTimers()
  const fetch = async (path: string): Promise<Response> => {
    asked.push(path)
    const said = answer(path)
    if (said === undefined) throw new TypeError('connection refused')
    return said
  }
  const listen = (_: string, listener: () => void): void => {
    onVisible = listener
  }
  Object.assign(globalThis, {
    fetch,
    WebSocket: PaperSocket,
    document: { addEventListener: listen, visibilityState: 'visible' },
  })
})
afterAll(() => {
  jest.useRealTimers()
  Object.assign(globalThis, real)
  Reflect.deleteProperty(globalThis, 'document')
  paper.close()
})

/** Lets what was answered arrive. */
async function arrive(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}
async function pass(ms: number): Promise<void> {
  jest.advanceTimersByTime(ms)
  await arrive()
}
let seq = 100
const current = (): Response =>
  Response.json({ ...sampleCurrent, seq: ++seq, unixMs: sampleCurrent.unixMs + seq * 1000 })
const isWell = (path: string): Response =>
  path.includes('/processes') ? Response.json(sampleProcessesAnswer) : current()
const refused =
  (status: number, headers: Record<string, string> = {}) =>
  (): Response =>
    Response.json({ status, title: 'no' }, { status, headers })

const tick = (number: number) => ({ seq: number, unixMs: sampleCurrent.unixMs + number * 1000, elapsedSeconds: 1 })
const snapshot = (number: number): Snapshot => ({
  ...tick(number),
  type: 'snapshot',
  host: sampleHost,
  series: [{ id: 1, metric: 'system.cpu.utilization', labels: {}, unit: '1' }],
  values: [0.25],
})
const delta = (number: number, changes: Delta['changes']): Delta => ({ ...tick(number), type: 'delta', changes })
const cpu = (): number | undefined => live.get()?.values.get('system.cpu.utilization')

describe('the feed of one page', () => {
  test('a daemon that is away is offline, and is asked ever more rarely', async () => {
    startFeed()
    await arrive()
    expect(link.get()).toBe('offline')
    const before = asked.length
    await pass(1000)
    await pass(1000)
    expect(asked.length - before).toBe(1)
    await pass(60_000)
    expect(asked.length - before).toBeLessThan(12)
    expect(live.get()).toBeUndefined()
  })

  test('who comes back to the page has it asked at once', async () => {
    answer = isWell
    onVisible()
    await arrive()
    expect(link.get()).toBe('polling')
    expect(cpu()).toBe(0.372)
    expect(host.get()?.hostName).toBe(sampleHost.hostName)
    expect(processes.get()?.total).toBe(sampleProcessesAnswer.total)
  })

  test('it is polled each second, the table every third, while the stream is being opened', async () => {
    expect(newest().url).toEndWith('/ws/metrics')
    asked.length = 0
    for (let i = 0; i < 6; i++) await pass(1000)
    expect(asked.filter((path) => path === '/api/v1/metrics/current')).toHaveLength(6)
    expect(asked.filter((path) => path.startsWith('/api/v1/processes'))).toHaveLength(2)
  })

  test('a stream that is open ends the polling; it says what was seen last', async () => {
    newest().open()
    expect(newest().sent).toEqual([
      { type: 'subscribe', processes: { limit: topLimit, sort: 'cpu' }, since: live.get()?.seq as number },
    ])
    newest().say(snapshot(200))
    expect(link.get()).toBe('stream')
    asked.length = 0
    await pass(5000)
    expect(asked).toEqual([])
    expect(cpu()).toBe(0.25)
  })

  test('a delta changes what is other; null takes away', () => {
    newest().say(delta(201, [[1, 0.5]]))
    expect(cpu()).toBe(0.5)
    newest().say(delta(202, [[1, null]]))
    expect(cpu()).toBeUndefined()
  })

  test('a delta of a series that nobody named is answered with a question for a whole picture', () => {
    const before = newest().sent.length
    newest().say(delta(203, [[99, 1]]))
    expect(newest().sent).toHaveLength(before + 1)
    expect(live.get()?.seq).toBe(202)
    newest().say(snapshot(204))
    expect(cpu()).toBe(0.25)
  })

  test('a page that shows all processes asks for all, and no more when it is left', () => {
    wantAllProcesses(true)
    expect(newest().sent.at(-1)?.processes).toEqual({})
    const table: LiveProcesses = { ...sampleProcessesAnswer, type: 'processes', total: 77 }
    newest().say(table)
    expect(processes.get()?.total).toBe(77)
    wantAllProcesses(false)
    expect(newest().sent.at(-1)?.processes).toEqual({ limit: topLimit, sort: 'cpu' })
  })

  test('who asked too often asks again a second later', async () => {
    const before = newest().sent.length
    newest().say({ type: 'problem', code: 'too_many_messages' } as unknown as ServerMessage)
    expect(newest().sent).toHaveLength(before)
    await pass(1200)
    expect(newest().sent).toHaveLength(before + 1)
  })

  test('a connection that is dead without a word is left for polling', async () => {
    newest().say(snapshot(210))
    const dead = newest()
    await pass(9000)
    expect(link.get()).toBe('stream')
    await pass(1500)
    expect(dead.isClosed).toBe(true)
    expect(link.get()).toBe('polling')
    expect(newest()).not.toBe(dead)
  })

  test('what a stream that was given up still says is not believed to be its end', async () => {
    newest().open()
    newest().say(snapshot(300))
    PaperSocket.all.at(-2)?.onclose()
    expect(link.get()).toBe('stream')
  })

  test('a daemon that asks for a pause gets it, and is not called away', async () => {
    answer = refused(429, { 'retry-after': '7' })
    newest().onclose()
    await arrive()
    expect(link.get()).toBe('connecting')
    asked.length = 0
    await pass(6500)
    expect(asked).toEqual([])
    answer = isWell
    await pass(600)
    expect(link.get()).toBe('polling')
  })

  test('a session that has ended ends the asking', async () => {
    answer = refused(401)
    await pass(1000)
    expect(link.get()).toBe('denied')
  })
})
