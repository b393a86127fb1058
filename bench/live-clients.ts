import { percentile } from './part.ts'

/**
 * Clients of the live stream in a process of their own, driven by lines on its input: `bun live-clients.ts SOCKET`.
 * `connect N` prints `connected` when each of N more has its snapshot, `stick N` when N more have asked for everything
 * and will read nothing; `measure SECONDS` prints what was seen as a line of JSON. They speak WebSocket over plain
 * sockets and look at the first bytes of a message only, or the clients would be what is measured.
 */
export interface ClientsReport {
  readonly clients: number
  /** Of the sample to the moment at which a client has it, milliseconds. */
  readonly medianDelayMs: number
  readonly p99DelayMs: number
  readonly worstDelayMs: number
  /** Medians of the first and of the last to be connected: what lies between is the sending. */
  readonly firstDelayMs: number
  readonly lastDelayMs: number
  /** How late a timer of this process was, milliseconds: so much of a delay may be its own. */
  readonly p99LagMs: number
  /** Ticks that a client was not sent, of all clients. */
  readonly missed: number
  readonly bytesPerMessage: number
}

/** Connections that are being made at the same time: a listener's queue is not endless. */
const atOnce = 100
const lagPeriodMs = 5

/** The beginning of a delta or a snapshot. */
const head = /^\{"type":"(\w+)","seq":(\d+),"unixMs":(\d+)/
const headBytes = 100
const nowMs = (): number => performance.timeOrigin + performance.now()

/** A client's frame (RFC 6455 5.2), masked with zeros. */
function clientFrame(opcode: number, text: string): Buffer {
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)])
}
const handshake =
  'GET /ws/metrics HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n'

/** Splits what the server sends into messages without keeping them. */
class MessageHeads {
  #held: Buffer | undefined
  #rest = 0
  #isUpgraded = false

  constructor(private readonly onMessage: (opcode: number, head: string, bytes: number) => void) {}

  take(more: Buffer): void {
    const bytes = this.#held === undefined ? more : Buffer.concat([this.#held, more])
    // What is not whole yet comes again with what follows.
    const left = this.#split(bytes)
    this.#held = left.length === 0 ? undefined : Buffer.from(left)
  }

  #split(all: Buffer): Buffer {
    let bytes = all
    if (!this.#isUpgraded) {
      const end = bytes.indexOf('\r\n\r\n')
      if (end === -1) return bytes
      this.#isUpgraded = true
      bytes = bytes.subarray(end + 4)
    }
    while (bytes.length > 0) {
      const skipped = Math.min(this.#rest, bytes.length)
      this.#rest -= skipped
      bytes = bytes.subarray(skipped)
      if (bytes.length === 0) return bytes
      const short = (bytes[1] ?? 0) & 127
      const start = short < 126 ? 2 : short === 126 ? 4 : 10
      if (bytes.length < start) return bytes
      const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
      const wanted = Math.min(length, headBytes)
      if (bytes.length < start + wanted) return bytes
      this.onMessage((bytes[0] as number) & 15, bytes.toString('latin1', start, start + wanted), length)
      this.#rest = length
      bytes = bytes.subarray(start)
    }
    return bytes
  }
}

class Clients {
  readonly #delays: number[][] = []
  readonly #seqs: number[] = []
  #missed = 0
  #bytes = 0
  #isMeasuring = false

  constructor(private readonly socketPath: string) {}

  async connect(count: number): Promise<void> {
    for (let made = 0; made < count; made += atOnce) {
      await Promise.all(Array.from({ length: Math.min(atOnce, count - made) }, () => this.#one()))
    }
  }

  async #one(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const client = this.#delays.push([]) - 1
    const heads = new MessageHeads((opcode, text, bytes) => {
      if (opcode === 9) return void socket.write(clientFrame(10, ''))
      const atMs = nowMs()
      const [, type, seq, unixMs] = head.exec(text) ?? []
      if (type === 'snapshot') resolve()
      if (this.#isMeasuring && type === 'delta') {
        this.#delays[client]?.push(atMs - Number(unixMs))
        this.#bytes += bytes
      }
      const before = this.#seqs[client]
      if (this.#isMeasuring && before !== undefined) this.#missed += Math.max(0, Number(seq) - before - 1)
      this.#seqs[client] = Number(seq)
    })
    const socket = await Bun.connect({ unix: this.socketPath, socket: { data: (_, bytes) => heads.take(bytes) } })
    socket.write(handshake)
    socket.write(clientFrame(1, '{"type":"subscribe"}'))
    await promise
  }

  /** Subscribes to metrics and all processes, and never reads. */
  async stick(count: number): Promise<void> {
    for (let made = 0; made < count; made++) {
      // The daemon ends it before we do.
      const socket = await Bun.connect({
        unix: this.socketPath,
        socket: { data: () => undefined, error: () => undefined },
      })
      socket.pause()
      socket.write(handshake)
      socket.write(clientFrame(1, '{"type":"subscribe","processes":{}}'))
    }
  }

  async measure(seconds: number): Promise<ClientsReport> {
    this.#isMeasuring = true
    const lags = await lagsDuring(seconds * 1000)
    this.#isMeasuring = false
    const lastSeq = this.#seqs.reduce((last, seq) => Math.max(last, seq), 0)
    // The tick that is being sent at the end is nobody's loss.
    for (const seq of this.#seqs) this.#missed += Math.max(0, lastSeq - 1 - seq)
    const delays = this.#delays.flat()
    return {
      clients: this.#delays.length,
      medianDelayMs: percentile(delays, 0.5),
      p99DelayMs: percentile(delays, 0.99),
      worstDelayMs: delays.reduce((worst, delay) => Math.max(worst, delay), 0),
      firstDelayMs: percentile(this.#delays[0] ?? [], 0.5),
      lastDelayMs: percentile(this.#delays.at(-1) ?? [], 0.5),
      p99LagMs: percentile(lags, 0.99),
      missed: this.#missed,
      bytesPerMessage: this.#bytes / delays.length,
    }
  }
}

/** How much later than asked for a timer of this process came, again and again. */
async function lagsDuring(durationMs: number): Promise<number[]> {
  const lags: number[] = []
  const endMs = performance.now() + durationMs
  while (performance.now() < endMs) {
    const startMs = performance.now()
    await Bun.sleep(lagPeriodMs)
    lags.push(performance.now() - startMs - lagPeriodMs)
  }
  return lags
}

if (import.meta.main) {
  const clients = new Clients(process.argv[2] as string)
  for await (const line of console) {
    const [what, number] = line.split(' ')
    if (what === 'measure') console.log(JSON.stringify(await clients.measure(Number(number))))
    else {
      await (what === 'stick' ? clients.stick(Number(number)) : clients.connect(Number(number)))
      console.log('connected')
    }
  }
  process.exit(0)
}
