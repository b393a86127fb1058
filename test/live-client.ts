import { type LiveConnection, type LiveIdentity, queueLimitBytes } from '../src/api/live/connection.ts'
import { type LiveMachine, LiveReader, value } from './live-stream.ts'

/** A socket of which a test decides how fast its client reads. */
export class FakeClient {
  readonly texts: string[] = []
  readonly binaries: Uint8Array[] = []
  readonly reader = new LiveReader()
  closed: { readonly code: number; readonly reason: string } | undefined
  isTerminated = false
  pings = 0
  queued = 0
  /** The server's end of it. */
  readonly socket = {
    data: undefined as unknown as LiveConnection,
    sendText: (text: string): number => {
      if (this.queued > queueLimitBytes) return 0
      this.texts.push(text)
      if (!this.isStuck) this.reader.take(text)
      else {
        this.#unread.push(text)
        this.queued += text.length
      }
      return text.length
    },
    sendBinary: (bytes: Uint8Array): number => {
      if (this.queued > queueLimitBytes) return 0
      this.binaries.push(bytes)
      if (this.isStuck) this.queued += bytes.length
      return bytes.length
    },
    getBufferedAmount: () => this.queued,
    close: (code: number, reason: string) => {
      this.closed = { code, reason }
      this.handler('close', code, reason)
    },
    ping: () => {
      this.pings++
    },
    terminate: () => {
      this.isTerminated = true
      this.handler('close', 1006, '')
    },
  }
  isStuck = false
  #unread: string[] = []

  constructor(
    private readonly machine: LiveMachine,
    identity: LiveIdentity = { isCurrent: () => true },
    headers: Record<string, string> = {},
  ) {
    const request = new Request('http://localhost/ws/metrics', { headers })
    this.isUpgraded = machine.hub.upgrade(
      {
        upgrade: (_, options) => {
          this.socket.data = options.data
          this.headers = options.headers
          return true
        },
      },
      request,
      identity,
    )
    if (this.isUpgraded) this.handler('open')
  }
  readonly isUpgraded: boolean
  headers: Record<string, string> | undefined

  handler(event: 'open' | 'message' | 'drain' | 'pong' | 'close', ...rest: unknown[]): void {
    const run = this.machine.hub.websocket[event] as unknown as (...all: unknown[]) => void
    run(this.socket, ...rest)
  }

  subscribe(message: Record<string, unknown> = {}): this {
    this.handler('message', JSON.stringify({ type: 'subscribe', ...message }))
    return this
  }

  /** Reads all that waits. */
  drain(): void {
    this.isStuck = false
    this.queued = 0
    for (const text of this.#unread.splice(0)) this.reader.take(text)
    this.handler('drain')
  }

  take(): unknown[] {
    return this.texts.splice(0).map((text) => JSON.parse(text) as unknown)
  }
}

/** Lets what was begun come to its end: process tables are made in promises. */
export const settled = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
}

export const cpu = (of: number) => value('system.cpu.utilization', of)
export const memory = (of: number, state = 'used') => value('system.memory.usage', of, { state })
