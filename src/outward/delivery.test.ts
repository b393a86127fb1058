import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type ManualClock, manualClock } from '../../test/manual-clock.ts'
import { requireThat } from '../../test/tools.ts'
import type { OutwardTarget } from '../config/outward.ts'
import { Delivery } from './delivery.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

type Answer = (request: Request, body: string) => Response | Promise<Response>

/** A delivery to a receiver that answers as the test wants; ticks are sent as their numbers. */
interface Tls {
  readonly cert: string
  readonly key: string
}

function delivering(answer: Answer, { url, ...changes }: Partial<OutwardTarget> = {}, tls?: Tls) {
  const requests: { readonly body: string; readonly headers: Headers }[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    ...(tls === undefined ? {} : { tls }),
    fetch: async (request) => {
      const body = await request.text()
      requests.push({ body, headers: request.headers })
      return answer(request, body)
    },
  })
  closing.push(() => server.stop(true))
  const clock: ManualClock = manualClock(1_767_600_000_000)
  const told: (string | undefined)[] = []
  const delivery = new Delivery({
    clock,
    target: {
      url: url ?? `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${server.port}/write`,
      intervalMs: 1000,
      username: undefined,
      password: undefined,
      token: undefined,
      headers: {},
      caFile: undefined,
      queue: 5,
      ...changes,
    },
    encode: (ticks) => ({
      body: new TextEncoder().encode(ticks.map(({ unixMs }) => unixMs).join(' ')),
      headers: { 'content-type': 'text/plain' },
      samples: ticks.length,
    }),
    rejected: () => 0,
    version: '1.2.3',
    onChange: (why) => told.push(why),
    random: () => 1,
  })
  closing.push(() => delivery.close())
  return { delivery, requests, clock, told, offer: (n: number) => delivery.offer(tick(n)) }
}

const tick = (unixMs: number) => ({ unixMs, values: Float64Array.of(1) })

async function until(fits: () => boolean): Promise<void> {
  for (let i = 0; i < 2000 && !fits(); i++) await Bun.sleep(1)
  if (!fits()) throw new Error('it never came')
}

test('ticks go out in order, one request at a time, and what came meanwhile goes together', async () => {
  const gate = Promise.withResolvers<void>()
  const { delivery, requests, offer } = delivering(async () => {
    await gate.promise
    return new Response()
  })
  offer(1)
  await until(() => requests.length === 1)
  offer(2)
  offer(3)
  expect(delivery.figures).toEqual({ sent: 0, dropped: 0, failed: 0, waiting: 3 })
  gate.resolve()
  await until(() => delivery.figures.waiting === 0)
  expect(requests.map(({ body }) => body)).toEqual(['1', '2 3'])
  expect(delivery.figures).toEqual({ sent: 3, dropped: 0, failed: 0, waiting: 0 })
})

test('a receiver that is away is asked ever more rarely; the oldest is dropped and counted, the rest arrives', async () => {
  let isAway = true
  const { delivery, requests, clock, told, offer } = delivering(() => new Response('', { status: isAway ? 503 : 204 }))
  offer(1)
  for (const waitMs of [1000, 2000, 4000]) {
    const before = requests.length
    await until(() => requests.length === Math.max(1, before) && clock.pendingTimers === 1)
    clock.advance(waitMs - 1)
    await Bun.sleep(5)
    expect(requests).toHaveLength(Math.max(1, before))
    clock.advance(1)
    await until(() => requests.length === Math.max(1, before) + 1)
  }
  await until(() => clock.pendingTimers === 1)
  for (let n = 2; n <= 8; n++) offer(n)
  expect(delivery.figures).toEqual({ sent: 0, dropped: 3, failed: 0, waiting: 5 })
  isAway = false
  clock.advance(8000)
  await until(() => delivery.figures.waiting === 0)
  expect(requests.at(-1)?.body).toBe('4 5 6 7 8')
  expect(delivery.figures.sent).toBe(5)
  expect(told).toEqual(['it answered 503', undefined])
})

test('Retry-After is kept to, in seconds and as a date, and bounded', async () => {
  const waits = ['7', new Date(1_767_600_000_000 + 7000 + 30_000).toUTCString(), '86400']
  const { requests, clock, offer } = delivering(() => {
    const wait = waits.shift()
    return wait === undefined ? new Response() : new Response('', { status: 429, headers: { 'retry-after': wait } })
  })
  offer(1)
  for (const [i, waitMs] of [7000, 30_000, 300_000].entries()) {
    await until(() => requests.length === i + 1 && clock.pendingTimers === 1)
    clock.advance(waitMs - 1)
    await Bun.sleep(5)
    expect(requests).toHaveLength(i + 1)
    clock.advance(1)
  }
  await until(() => requests.length === 4)
})

describe('what a receiver says no to', () => {
  test('for good is counted, and the next is sent', async () => {
    const { delivery, requests, told, offer } = delivering(
      (_, body) => new Response('bad\n line', { status: body === '1' ? 400 : 200 }),
    )
    offer(1)
    await until(() => delivery.figures.failed === 1)
    offer(2)
    await until(() => delivery.figures.sent === 1)
    expect([requests.length, told]).toEqual([2, ['it answered 400: bad line', undefined]])
  })

  test('as too large comes again in halves', async () => {
    let isUp = false
    const { delivery, requests, clock, offer } = delivering((_, body) =>
      isUp ? new Response('', { status: body.length > 3 ? 413 : 200 }) : new Response('', { status: 500 }),
    )
    offer(1)
    await until(() => clock.pendingTimers === 1)
    for (const n of [2, 3, 4, 5]) offer(n)
    isUp = true
    clock.advance(1000)
    await until(() => delivery.figures.waiting === 0)
    expect(requests.slice(1).map(({ body }) => body)).toEqual(['1', '2 3 4 5', '2 3', '4 5'])
  })

  test('by sending somewhere else is not followed: nobody named that place', async () => {
    const { delivery, told, offer } = delivering(
      () => new Response('', { status: 307, headers: { location: '/other' } }),
    )
    offer(1)
    await until(() => delivery.figures.failed === 1)
    expect(told).toEqual(['it answered 307'])
  })
})

test('who sends says who he is, in the way that is configured', async () => {
  for (const [changes, expected] of [
    [{ username: 'anna', password: 'pä:ss' }, `Basic ${Buffer.from('anna:pä:ss').toString('base64')}`],
    [{ token: 't0ken' }, 'Bearer t0ken'],
    [{ headers: { 'X-Scope-OrgID': 'team', authorization: 'Token x' } }, 'Token x'],
  ] as const) {
    const { requests, offer } = delivering(() => new Response(), changes)
    offer(1)
    await until(() => requests.length === 1)
    expect(requests[0]?.headers.get('authorization')).toBe(expected)
    expect(requests[0]?.headers.get('user-agent')).toBe('sysmon/1.2.3')
  }
})

test('nobody there, and closing while something is under way', async () => {
  const { delivery, told, offer, clock } = delivering(() => new Response(), { url: 'http://127.0.0.1:1/' })
  offer(1)
  await until(() => clock.pendingTimers === 1)
  expect(told).toEqual(['nobody listens there'])
  delivery.close()
  expect(clock.pendingTimers).toBe(0)
  const slow = delivering(() => new Promise<Response>(() => undefined))
  slow.offer(1)
  await until(() => slow.requests.length === 1)
  slow.delivery.close()
  await Bun.sleep(5)
  expect(slow.delivery.figures).toMatchObject({ sent: 0, failed: 0 })
})

const openssl = Bun.which('openssl')
test.skipIf(!requireThat(openssl !== null, 'no openssl'))(
  'TLS: only a receiver whose certificate is believed',
  async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sysmon-tls-'))
    closing.push(() => rmSync(folder, { recursive: true, force: true }))
    const [keyFile, caFile] = [path.join(folder, 'key.pem'), path.join(folder, 'ca.pem')]
    const made = Bun.spawnSync(
      [
        ...[openssl as string, 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
        ...['-days', '2', '-subj', '/CN=receiver', '-addext', 'subjectAltName=IP:127.0.0.1'],
        ...['-keyout', keyFile, '-out', caFile],
      ],
      { stdio: ['ignore', 'ignore', 'ignore'] },
    )
    expect(made.exitCode).toBe(0)
    const tls = { cert: readFileSync(caFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
    const believed = delivering(() => new Response(), { caFile }, tls)
    believed.offer(1)
    await until(() => believed.delivery.figures.sent === 1)
    const strange = delivering(() => new Response(), {}, tls)
    strange.offer(1)
    await until(() => strange.clock.pendingTimers === 1)
    expect([strange.requests.length, strange.told]).toEqual([0, [expect.stringMatching(/certificate/i)]])
    const lost = delivering(() => new Response(), { caFile: '/nonexistent/ca.pem' }, tls)
    lost.offer(1)
    await until(() => lost.clock.pendingTimers === 1)
    expect(lost.told).toEqual([expect.stringContaining('/nonexistent/ca.pem')])
  },
)
