import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import type { CreatedLink, CreatedToken } from '../../src/api/contract.ts'
import type { ServerMessage, Subscribe } from '../../src/api/live-contract.ts'
import { readServerMessage, writeSubscribe } from '../live-protobuf.ts'
import { removeDataDir, startDaemon, type TestDaemon } from './daemon.ts'

/** The live stream over the web listener of a real daemon, by clients that are let in and others. */
let daemon: TestDaemon
let url: string
let port: number
beforeAll(async () => {
  daemon = await startDaemon({ args: ['--web=127.0.0.1:0'] })
  url = (await daemon.logged(({ msg }) => msg === 'ready')).url as string
  port = Number(new URL(url).port)
})
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
  expect(daemon.log.filter(({ level }) => level === 'error')).toEqual([])
})
afterAll(async () => {
  await daemon.stop()
  await removeDataDir(daemon)
})

const json = { 'content-type': 'application/json' }
const made = async <T>(path: string, body: object): Promise<T> =>
  (await (await daemon.request(path, { method: 'POST', headers: json, body: JSON.stringify(body) })).json()) as T
async function cookie(): Promise<string> {
  const { url: link } = await made<CreatedLink>('/api/v1/auth/links', { role: 'viewer' })
  const response = await fetch(link, { redirect: 'manual' })
  return (response.headers.get('set-cookie') ?? '').split(';')[0] as string
}
async function bearer(): Promise<Record<string, string>> {
  const { token } = await made<CreatedToken>('/api/v1/auth/tokens', { role: 'viewer', seconds: 600 })
  return { authorization: `Bearer ${token}` }
}

interface Opened {
  readonly socket: WebSocket
  /** The next message that fits, of those not yet taken. */
  next(fits: (message: ServerMessage) => boolean): Promise<ServerMessage>
  readonly closed: Promise<number>
}

async function open(headers: Record<string, string>, protocols: string[] = []): Promise<Opened> {
  const address = `${url.replace('http', 'ws')}/ws/metrics`
  const socket = new WebSocket(address, { headers, protocols } as never)
  ends.push(() => socket.close())
  socket.binaryType = 'arraybuffer'
  const messages: ServerMessage[] = []
  let wake: () => void = () => undefined
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    messages.push(
      typeof data === 'string' ? (JSON.parse(data) as ServerMessage) : readServerMessage(new Uint8Array(data)),
    )
    wake()
  }
  const closed = new Promise<number>((resolve) => {
    socket.onclose = ({ code }) => resolve(code)
  })
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve()
    void closed.then((code) => reject(new Error(`not opened: ${code}`)))
  })
  const next = async (fits: (message: ServerMessage) => boolean): Promise<ServerMessage> => {
    for (;;) {
      while (messages.length > 0) {
        const message = messages.shift() as ServerMessage
        if (fits(message)) return message
      }
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return { socket, next, closed }
}
const isOf = (type: ServerMessage['type']) => (message: ServerMessage) => message.type === type
const subscribe = (message: Omit<Subscribe, 'type'> = {}): string => JSON.stringify({ type: 'subscribe', ...message })
const seqOf = (message: ServerMessage): number => ('seq' in message ? message.seq : Number.NaN)

describe('who is let in', () => {
  test('a page of ours with its cookie', async () => {
    const { socket, next } = await open({ cookie: await cookie(), origin: url })
    socket.send(subscribe({ metrics: ['system.cpu.*'] }))
    const snapshot = await next(isOf('snapshot'))
    expect(seqOf(await next(isOf('delta')))).toBe(seqOf(snapshot) + 1)
  })

  test('a program with a token', async () => {
    const { socket, next } = await open(await bearer(), ['sysmon.v1.json'])
    expect(socket.protocol).toBe('sysmon.v1.json')
    socket.send(subscribe())
    await next(isOf('snapshot'))
  })

  test.each<[string, string, string, () => Promise<Record<string, string>>]>([
    ['nobody', '', '401', async () => ({})],
    ['a wrong token', '', '401', async () => ({ authorization: 'Bearer x.y.z' })],
    ['a token in the address', '?token=x', '401', async () => ({})],
    ['a cookie whose page does not say that it is ours', '', '403', async () => ({ cookie: await cookie() })],
    ['a foreign page with the cookie', '', '403', async () => ({ cookie: await cookie(), origin: 'http://evil.test' })],
    ['a foreign page that wants binary', '', '403', async () => ({ origin: 'http://evil.test', ...(await bearer()) })],
    ['a name that is not ours', '', '421', async () => ({ host: 'evil.test', ...(await bearer()) })],
  ])('V4: not %s, and the refusal is hardened', async (_, search, status, headers) => {
    const answer = await upgradeAnswer(search, { 'sec-websocket-protocol': 'sysmon.v1.protobuf', ...(await headers()) })
    expect(answer).toStartWith(`HTTP/1.1 ${status}`)
    expect(answer).toMatch(/^content-security-policy: default-src 'self'/im)
    expect(answer).toMatch(/^x-content-type-options: nosniff/im)
    expect(answer).toMatch(/^cache-control: no-store/im)
    expect(answer).toMatch(/^content-type: application\/problem\+json/im)
  })

  test('V4: a request that is no upgrade is told so, hardened', async () => {
    const answer = await upgradeAnswer('', { ...(await bearer()), 'sec-websocket-version': '8' })
    expect(answer).toMatch(/^HTTP\/1\.1 (?:426|400)/)
    const plain = await fetch(`${url}/ws/metrics`, { headers: { ...(await bearer()), upgrade: 'h2c' } })
    expect([plain.status, plain.headers.get('x-frame-options')]).toEqual([426, 'DENY'])
  })
})

describe('binary by subprotocol', () => {
  test('says what JSON says', async () => {
    const headers = await bearer()
    const [text, binary] = [await open(headers), await open(headers, ['sysmon.v1.protobuf', 'sysmon.v1.json'])]
    expect([text.socket.protocol, binary.socket.protocol]).toEqual(['', 'sysmon.v1.protobuf'])
    const wanted = { metrics: ['system.*'], processes: { limit: 5, sort: 'cpu' } }
    text.socket.send(subscribe(wanted))
    binary.socket.send(writeSubscribe(wanted))
    const first = await text.next(isOf('snapshot'))
    await binary.next(isOf('snapshot'))
    // Numbers of series are those of the hub: the same for both.
    for (let seq = seqOf(first) + 2; seq < seqOf(first) + 4; seq++) {
      const isIt = (message: ServerMessage): boolean => message.type === 'delta' && message.seq === seq
      const [said, told] = [await text.next(isIt), await binary.next(isIt)]
      expect(told).toEqual(said)
      expect(await binary.next(isOf('processes'))).toEqual(await text.next(isOf('processes')))
    }
  })

  test('an unknown one is not agreed on, and what is sent is JSON', async () => {
    const answer = await upgradeAnswer('', { ...(await bearer()), 'sec-websocket-protocol': 'sysmon.v9.cbor' })
    expect(answer).toStartWith('HTTP/1.1 101')
    expect(answer).not.toMatch(/^sec-websocket-protocol/im)
  })

  test('what is no message is answered with a problem in its own encoding', async () => {
    const { socket, next } = await open(await bearer(), ['sysmon.v1.protobuf'])
    socket.send(subscribe())
    expect(await next(isOf('problem'))).toMatchObject({ code: 'invalid_request' })
    socket.send(writeSubscribe({ metrics: ['system.cpu.utilisation'] }))
    expect(await next(isOf('problem'))).toMatchObject({ code: 'unknown_metric' })
    socket.send(writeSubscribe({ metrics: [] }))
    expect(await next(isOf('snapshot'))).toMatchObject({ series: [] })
  })
})

test('after a break the snapshot says what was missed', async () => {
  const headers = await bearer()
  for (const [protocols, ask] of [
    [['sysmon.v1.json'], subscribe],
    [['sysmon.v1.protobuf'], writeSubscribe],
  ] as const) {
    const before = await open(headers, [...protocols])
    before.socket.send(ask({ metrics: [] }))
    const since = seqOf(await before.next(isOf('snapshot')))
    before.socket.close()
    const watching = await open(headers)
    watching.socket.send(subscribe({ metrics: [] }))
    await watching.next((message) => seqOf(message) >= since + 2)
    const after = await open(headers, [...protocols])
    after.socket.send(ask({ metrics: [], since }))
    const snapshot = await after.next(isOf('snapshot'))
    expect(snapshot).toMatchObject({ missed: seqOf(snapshot) - since - 1 })
  }
}, 30_000)

describe('frames of a client', () => {
  test('JSON that is none is a problem and the stream goes on', async () => {
    const { socket, next } = await open(await bearer())
    socket.send('{"type":')
    expect(await next(isOf('problem'))).toMatchObject({ code: 'invalid_request' })
    socket.send(new Uint8Array([1, 2, 3]))
    expect(await next(isOf('problem'))).toMatchObject({ code: 'invalid_request' })
    socket.send(subscribe())
    await next(isOf('snapshot'))
  })

  test('over 64 KiB end the connection with 1009', async () => {
    const { socket, closed } = await open(await bearer())
    socket.send('x'.repeat(64 * 1024 + 1))
    // Bun breaks the connection off when it sees the length, without a close frame.
    expect([1006, 1009]).toContain(await closed)
  })

  test('a ping is answered with a pong of the same bytes', async () => {
    const raw = await rawUpgrade()
    raw.write(frame(0x89, 'are you there'))
    const [head, payload] = await readFrame(raw)
    expect([head, payload]).toEqual([0x8a, 'are you there'])
  })

  test.each<[string, Buffer]>([
    ['that are not masked', Buffer.concat([Buffer.from([0x81, 2]), Buffer.from('{}')])],
    ['of an opcode that there is not', frame(0x83, '{}')],
    ['with a bit that nobody agreed on', frame(0xf1, '{}')],
    [
      'of control that are longer than may be',
      Buffer.concat([Buffer.from([0x89, 0xfe, 0, 126, 0, 0, 0, 0]), Buffer.alloc(126)]),
    ],
    ['of a length of 2^63', Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
    ['of text that is no UTF-8', Buffer.concat([Buffer.from([0x81, 0x82, 0, 0, 0, 0]), Buffer.from([0xff, 0xfe])])],
  ])('%s end that connection alone', async (_, bytes) => {
    const watching = await open(await bearer())
    watching.socket.send(subscribe({ metrics: [] }))
    const seq = seqOf(await watching.next(isOf('snapshot')))
    const raw = await rawUpgrade()
    const isGone = new Promise((resolve) => raw.once('close', resolve))
    raw.resume().write(bytes)
    await isGone
    await watching.next((message) => seqOf(message) > seq)
  })
})

/** Bytes of a client's frame (RFC 6455 5.2), masked with zeros. */
function frame(head: number, text: string): Buffer {
  return Buffer.concat([Buffer.from([head, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)])
}

const upgradeText = (search: string, headers: Record<string, string>): string => {
  const all = {
    host: `127.0.0.1:${port}`,
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-version': '13',
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `GET /ws/metrics${search} HTTP/1.1\r\n${lines.join('')}\r\n`
}

async function rawSocket(search: string, headers: Record<string, string>): Promise<readonly [Socket, string]> {
  const socket = connect(port, '127.0.0.1')
  ends.push(() => socket.destroy())
  socket.on('error', () => undefined)
  socket.write(upgradeText(search, headers))
  let text = ''
  await new Promise<void>((resolve) => {
    const look = (bytes: Buffer): void => {
      text += bytes.toString('latin1')
      if (!text.includes('\r\n\r\n')) return
      socket.off('data', look)
      resolve()
    }
    socket.on('data', look).once('close', resolve)
  })
  return [socket, text]
}
const upgradeAnswer = async (search: string, headers: Record<string, string>): Promise<string> =>
  (await rawSocket(search, headers))[1]

async function rawUpgrade(): Promise<Socket> {
  const [socket, answer] = await rawSocket('', await bearer())
  expect(answer).toStartWith('HTTP/1.1 101')
  return socket
}

async function readFrame(socket: Socket): Promise<readonly [number, string]> {
  const bytes = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
  return [bytes[0] as number, bytes.subarray(2).toString()]
}
