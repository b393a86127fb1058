import { connect as connectRaw } from 'node:net'
import { percentile } from './part.ts'

/**
 * Many clients of the live stream in one process: `bun live-clients.ts SOCKET COUNT SECONDS STUCK`. Prints `ready` when
 * each has its snapshot, and after the seconds what they saw, as a line of JSON. So many more as are stuck ask for
 * everything and read nothing.
 */
export interface ClientsReport {
  readonly clients: number
  /** Of the sample to the moment at which a client has it, milliseconds. */
  readonly medianDelayMs: number
  readonly p99DelayMs: number
  readonly worstDelayMs: number
  /** Ticks that a client was not sent, of all clients. */
  readonly missed: number
  readonly messages: number
  readonly bytesPerMessage: number
}

/** Connections that are being made at the same time: a listener's queue is not endless. */
const atOnce = 100

/** The beginning of a delta or a snapshot; the rest is not parsed, or the clients would be what is measured. */
const head = /^\{"type":"(\w+)","seq":(\d+),"unixMs":(\d+)/

async function main(socketPath: string, count: number, seconds: number, stuck: number): Promise<void> {
  const url = `ws+unix://${socketPath}:/ws/metrics`
  const delays: number[] = []
  const lastSeqs: number[] = []
  let missed = 0
  let bytes = 0
  let isMeasuring = false
  const connect = (client: number): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const socket = new WebSocket(url)
    let seq = Number.NaN
    socket.onopen = () => socket.send('{"type":"subscribe"}')
    socket.onerror = () => reject(new Error('a client could not connect'))
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      const nowMs = performance.timeOrigin + performance.now()
      const [, type, ownSeq, unixMs] = head.exec(data.slice(0, 100)) ?? []
      if (type === 'snapshot') resolve()
      if (isMeasuring && type === 'delta') {
        delays.push(nowMs - Number(unixMs))
        bytes += data.length
      }
      if (isMeasuring && Number(ownSeq) > seq + 1) missed += Number(ownSeq) - seq - 1
      seq = Number(ownSeq)
      lastSeqs[client] = seq
    }
    return promise
  }
  for (let made = 0; made < count; made += atOnce) {
    await Promise.all(Array.from({ length: Math.min(atOnce, count - made) }, (_, n) => connect(made + n)))
  }
  await Promise.all(Array.from({ length: stuck }, () => connectStuck(socketPath)))
  console.log('ready')
  await Bun.sleep(2000)
  isMeasuring = true
  await Bun.sleep(seconds * 1000)
  const lastSeq = lastSeqs.reduce((last, seq) => Math.max(last, seq), 0)
  // The tick that is being sent at the end is nobody's loss.
  for (const seq of lastSeqs) missed += Math.max(0, lastSeq - 1 - seq)
  const report: ClientsReport = {
    clients: count,
    medianDelayMs: percentile(delays, 0.5),
    p99DelayMs: percentile(delays, 0.99),
    worstDelayMs: delays.reduce((worst, delay) => Math.max(worst, delay), 0),
    missed,
    messages: delays.length,
    bytesPerMessage: bytes / delays.length,
  }
  console.log(JSON.stringify(report))
  process.exit(0)
}

/** Subscribes to metrics and all processes, and never reads again. */
async function connectStuck(socketPath: string): Promise<void> {
  const socket = connectRaw(socketPath)
  // The daemon ends it before we do.
  socket.on('error', () => undefined)
  const key = 'dGhlIHNhbXBsZSBub25jZQ=='
  const headers = `Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}`
  socket.write(`GET /ws/metrics HTTP/1.1\r\n${headers}\r\nSec-WebSocket-Version: 13\r\n\r\n`)
  await new Promise((resolve) => socket.once('data', resolve))
  socket.pause()
  const payload = Buffer.from('{"type":"subscribe","processes":{}}')
  // A text frame masked with zeros (RFC 6455 5.2).
  socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]))
}

if (import.meta.main) {
  const [socketPath = '', count = '', seconds = '', stuck = ''] = process.argv.slice(2)
  await main(socketPath, Number(count), Number(seconds), Number(stuck))
}
