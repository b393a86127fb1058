import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import fc from 'fast-check'
import type { CurrentResponse, CurrentValue } from '../../src/api/contract.ts'
import { behindLimitMs } from '../../src/api/live/connection.ts'
import type { ServerMessage } from '../../src/api/live-contract.ts'
import { knownOf, LiveReader, liveMachine, serveLive, value } from '../live-stream.ts'
import { eventually, removeDataDir, startDaemon, type TestDaemon } from './daemon.ts'

/** A real WebSocket client and what it was sent. */
class Client {
  readonly reader = new LiveReader()
  readonly texts: string[] = []
  readonly messages: ServerMessage[] = []
  closed: { readonly code: number; readonly reason: string } | undefined
  broken: unknown
  readonly #socket: WebSocket
  #wake: () => void = () => undefined

  constructor(url: string) {
    this.#socket = new WebSocket(url)
    this.#socket.onmessage = ({ data }) => {
      try {
        this.texts.push(String(data))
        this.messages.push(this.reader.take(String(data)))
      } catch (error) {
        this.broken = error
      }
      this.#wake()
    }
    this.#socket.onclose = ({ code, reason }) => {
      this.closed = { code, reason }
      this.#wake()
    }
    this.#socket.onopen = () => this.#wake()
  }

  async until(fits: () => boolean): Promise<void> {
    while (!fits()) {
      if (this.broken !== undefined) throw this.broken
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async opened(): Promise<this> {
    await this.until(() => this.#socket.readyState !== WebSocket.CONNECTING)
    return this
  }
  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(data)
  }
  subscribe(message: Record<string, unknown> = {}): void {
    this.send(JSON.stringify({ type: 'subscribe', ...message }))
  }
  close(): void {
    this.#socket.close()
  }
}

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

function stage(limits = {}) {
  const machine = liveMachine(limits)
  const server = serveLive(machine)
  ends.push(server.stop)
  const client = async (): Promise<Client> => {
    const made = new Client(`ws://127.0.0.1:${server.port}/ws/metrics`)
    ends.push(() => made.close())
    return await made.opened()
  }
  return { machine, server, client }
}

/** A client of which the test decides when it reads; the handshake is done when it resolves. */
async function rawClient(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  ends.push(() => socket.destroy())
  socket.on('error', () => undefined)
  const key = 'dGhlIHNhbXBsZSBub25jZQ=='
  socket.write(
    `GET /ws/metrics HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  )
  await new Promise((resolve) => socket.once('data', resolve))
  return socket
}

/** A text frame of a client (RFC 6455 5.2), masked with zeros. */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  const length =
    payload.length < 126 ? [0x80 | payload.length] : [0x80 | 126, payload.length >> 8, payload.length & 255]
  return Buffer.concat([Buffer.from([0x81, ...length, 0, 0, 0, 0]), payload])
}

const series = fc.record({
  metric: fc.constantFrom('system.cpu.utilization', 'system.memory.usage', 'system.disk.io'),
  label: fc.constantFrom('a', 'b', 'ü', '"', '\n'),
  of: fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.constantFrom(0, 1, 2 ** 53),
  ),
})
const frame = fc
  .uniqueArray(series, { selector: ({ metric, label }) => `${metric} ${label}`, maxLength: 12 })
  .map((all): CurrentValue[] => all.map(({ metric, label, of }) => value(metric, of, { device: label })))

describe('over a real connection', () => {
  test('a client that applies what it gets knows what the server knows, whatever the ticks bring', async () => {
    const { machine, client } = stage()
    machine.next([])
    const all = await client()
    const some = await client()
    all.subscribe()
    some.subscribe({ metrics: ['system.memory.*', 'system.disk.io'] })
    for (const one of [all, some]) await one.until(() => one.reader.tick !== undefined)
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 8 }), async (frames) => {
        for (const values of frames) {
          machine.next(values)
          for (const one of [all, some]) await one.until(() => one.reader.tick?.seq === machine.tick?.seq)
          expect(all.reader.known).toEqual(knownOf(values))
          expect(some.reader.known).toEqual(knownOf(values.filter(({ metric }) => metric !== 'system.cpu.utilization')))
        }
      }),
      { numRuns: 60 },
    )
    expect([all.reader.snapshots, some.reader.snapshots]).toEqual([1, 1])
    expect(machine.errors).toEqual([])
  })

  test('many clients of one subscription get the same bytes', async () => {
    const { machine, client } = stage()
    machine.next([value('system.cpu.utilization', 0)])
    const clients = await Promise.all(Array.from({ length: 300 }, client))
    for (const one of clients) one.subscribe()
    for (const one of clients) await one.until(() => one.texts.length === 1)
    for (let i = 1; i <= 3; i++) {
      machine.next([value('system.cpu.utilization', i)])
      for (const one of clients) await one.until(() => one.texts.length === 1 + i)
    }
    for (const one of clients) expect(one.texts).toEqual(clients[0]?.texts as string[])
  })

  test('V6: a client that stops reading delays nobody, is given the latest when it reads again, else dropped', async () => {
    const { machine, server, client } = stage()
    const crowd = (of: number): CurrentValue[] =>
      Array.from({ length: 3000 }, (_, n) =>
        value('system.memory.usage', of + n, { state: `state-of-some-length-${n}` }),
      )
    machine.next(crowd(0))
    const [patient, hopeless] = [await rawClient(server.port), await rawClient(server.port)]
    for (const raw of [patient, hopeless]) {
      raw.pause()
      raw.write(textFrame('{"type":"subscribe"}'))
    }
    const reading = await client()
    reading.subscribe()
    await reading.until(() => reading.reader.tick !== undefined)
    // Until the kernel's buffers are full and bytes stay with the server.
    const readUntil = performance.now() + 20_000
    for (let i = 1; machine.hub.stats().behind < 2 && performance.now() < readUntil; i++) {
      // Time stands still, or they would be dropped before the buffers are full.
      machine.clock.advance(-1000)
      machine.next(crowd(i))
      await reading.until(() => reading.reader.tick?.seq === machine.tick?.seq)
    }
    expect(machine.hub.stats()).toMatchObject({ behind: 2, connections: 3 })

    let latest = ''
    patient.on('data', (bytes) => {
      latest = (latest + bytes.toString('latin1')).slice(-400_000)
    })
    patient.resume()
    await eventually(
      async () => latest,
      (text) => text.includes(`{"type":"snapshot","seq":${machine.tick?.seq},`),
    )
    expect(machine.hub.stats().behind).toBe(1)

    const isGone = new Promise((resolve) => hopeless.once('close', resolve))
    machine.clock.advance(behindLimitMs)
    machine.next(crowd(-1))
    expect(machine.hub.stats()).toMatchObject({ connections: 2, droppedSlow: 1 })
    await reading.until(() => reading.reader.tick?.seq === machine.tick?.seq)
    expect(reading.reader.snapshots).toBe(1)
    hopeless.resume()
    await isGone
  }, 60_000)

  test('whatever a client sends, it is told what is wrong with it and the stream goes on', async () => {
    const { machine, client } = stage()
    machine.next([value('system.cpu.utilization', 0)])
    const watching = await client()
    watching.subscribe()
    const junk = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.json(),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => new Uint8Array(bytes)),
      fc
        .record(
          {
            type: fc.constantFrom('subscribe', 'unsubscribe', '', '__proto__'),
            metrics: fc.anything(),
            processes: fc.anything(),
            since: fc.anything(),
            more: fc.anything(),
          },
          { requiredKeys: ['type'] },
        )
        .map((message) => {
          try {
            return JSON.stringify(message, (_, part) => (typeof part === 'bigint' ? String(part) : part))
          } catch {
            return '{'
          }
        }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(junk, { minLength: 1, maxLength: 10 }), async (messages) => {
        const one = await client()
        for (const message of messages) one.send(message)
        one.subscribe()
        await one.until(() => one.reader.tick !== undefined)
        await one.until(() => one.reader.problems.length + one.reader.snapshots >= messages.length + 1)
        one.close()
      }),
      { numRuns: 60 },
    )
    machine.next([value('system.cpu.utilization', 1)])
    await watching.until(() => watching.reader.tick?.seq === 2)
    expect(machine.errors).toEqual([])
  })

  test('frames that are none end that connection alone', async () => {
    const { machine, server, client } = stage()
    machine.next([value('system.cpu.utilization', 0)])
    const watching = await client()
    watching.subscribe()
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
        const raw = await rawClient(server.port)
        raw.write(bytes)
        raw.end()
        await new Promise((resolve) => raw.once('close', resolve).resume())
      }),
      { numRuns: 40 },
    )
    const large = await client()
    large.send('x'.repeat(64 * 1024 + 1))
    await large.until(() => large.closed !== undefined)
    machine.next([value('system.cpu.utilization', 1)])
    await watching.until(() => watching.reader.tick?.seq === 2)
    expect(machine.errors).toEqual([])
    await eventually(
      async () => machine.hub.stats().connections,
      (connections) => connections === 1,
    )
  })

  test('one more than may connect is answered with a problem', async () => {
    const { server, client, machine } = stage({ connections: 1 })
    const plain = await fetch(`http://127.0.0.1:${server.port}/ws/metrics`)
    expect([plain.status, plain.headers.get('upgrade')]).toEqual([426, 'websocket'])
    expect(await plain.json()).toMatchObject({ code: 'upgrade_required', status: 426 })
    await client()
    const full = await fetch(`http://127.0.0.1:${server.port}/ws/metrics`)
    expect([full.status, full.headers.get('retry-after')]).toEqual([503, '30'])
    expect(await full.json()).toMatchObject({ code: 'too_many_connections', status: 503 })
    expect(machine.hub.stats()).toMatchObject({ connections: 1, refused: 1 })
  })
})

describe('of a real daemon', () => {
  let daemon: TestDaemon
  beforeAll(async () => {
    daemon = await startDaemon()
  })
  afterAll(async () => {
    await daemon.kill()
    await removeDataDir(daemon)
  })

  test('is what the current values are, comes each second, and ends with the daemon', async () => {
    const client = await new Client(`ws+unix://${daemon.socket}:/ws/metrics`).opened()
    client.subscribe({ processes: { limit: 3, sort: 'cpu' } })
    await client.until(() => (client.reader.tick?.seq ?? -1) >= 1)
    const current = await eventually(
      async () => {
        const answer = await daemon.get<CurrentResponse>('/api/v1/metrics/current')
        await client.until(() => (client.reader.tick?.seq ?? -1) >= answer.seq)
        return { answer, tick: client.reader.tick, known: client.reader.known }
      },
      ({ answer, tick }) => tick?.seq === answer.seq,
    )
    expect(current.known).toEqual(knownOf(current.answer.values))
    await client.until(() => client.messages.filter(({ type }) => type === 'processes').length >= 2)
    const tables = client.messages.filter((message) => message.type === 'processes')
    expect(tables.map(({ processes }) => processes.length)).toEqual(tables.map(() => 3))

    client.subscribe({ metrics: ['system.cpu.utilisation'] })
    await client.until(() => client.reader.problems.length > 0)
    expect(client.reader.problems[0]).toEqual({
      type: 'problem',
      code: 'unknown_metric',
      detail: 'no metric "system.cpu.utilisation"; did you mean "system.cpu.utilization"?',
    })
    expect(await daemon.stop()).toBe(0)
    await client.until(() => client.closed !== undefined)
    expect(client.closed).toEqual({ code: 1001, reason: 'sysmond stops' })
    expect(daemon.log.filter(({ level }) => level === 'error')).toEqual([])
  })
})
