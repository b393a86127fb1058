import { closeCodes } from '../live-contract.ts'
import type { LiveEncoding, LiveFrame } from './encoding.ts'
import type { LiveGroup } from './group.ts'
import type { TableQuery } from './subscription.ts'

/** What is needed of a WebSocket of the server. */
export interface LiveSocket {
  /** Bytes sent; -1: queued behind others; 0: not sent. */
  sendText(text: string): number
  sendBinary(bytes: Uint8Array<ArrayBuffer>): number
  getBufferedAmount(): number
  close(code: number, reason: string): void
  terminate(): void
  ping(): unknown
}

/** What the listener knows of who connected: whether he still may. Asked at each tick. */
export interface LiveIdentity {
  isCurrent(): boolean
}

/** Bytes that may wait for a client before nothing more is added to them: a few ticks of everything. */
export const queueBoundBytes = 64 * 1024
/** A client for whom this much waits is dropped at once: no snapshot is as large. */
export const queueLimitBytes = 8 * 1024 * 1024
/** A client that has not read what waits for it for so long is dropped, milliseconds. */
export const behindLimitMs = 30_000

/**
 * A client that says nothing is pinged so often, and is gone after as long as three, milliseconds. The server's own
 * idle timeout does not tell: each message that is sent begins it anew, also one that goes nowhere (Bun 1.4.5).
 */
export const pingEveryMs = 20_000
const silenceLimitMs = 3 * pingEveryMs

/** Messages that a client may send at once, and then one in `messageEveryMs`. */
const messageBurst = 20
const messageEveryMs = 1000
/** Messages too many that are answered before the connection is closed. */
const patience = 20

/** One client. Knows what it was sent last, and never has more queued than a tick above the bound (V6). */
export class LiveConnection {
  group: LiveGroup | undefined
  table: TableQuery | undefined
  /** Tick that the client is at; `undefined`: it needs a snapshot. */
  seq: number | undefined
  /** What the client said that it has seen; told with its next snapshot. */
  since: number | undefined
  /** Closed because the client did not read. */
  wasTooSlow = false
  #socket: LiveSocket | undefined
  #behindSinceMs: number | undefined
  #silentMs = 0
  #allowance = messageBurst
  #refilledMs: number

  constructor(
    readonly identity: LiveIdentity,
    /** How it is spoken to; `undefined`: what that takes is being loaded. */
    public encoding: LiveEncoding | undefined,
    nowMs: number,
  ) {
    this.#refilledMs = nowMs
  }

  opened(socket: LiveSocket): void {
    this.#socket = socket
  }

  closed(): void {
    this.#socket = undefined
  }

  /** The client has sent something, if only the answer to a ping. */
  heard(): void {
    this.#silentMs = 0
  }

  /** Time has gone by. */
  passed(ms: number): void {
    const pings = Math.floor(this.#silentMs / pingEveryMs)
    this.#silentMs += ms
    if (this.#silentMs >= silenceLimitMs) this.#socket?.terminate()
    else if (Math.floor(this.#silentMs / pingEveryMs) > pings) this.#socket?.ping()
  }

  get isBehind(): boolean {
    return this.#behindSinceMs !== undefined
  }

  /** Whether anything may be sent; one that has been behind for too long is dropped here. */
  isReady(nowMs: number): boolean {
    const queued = this.#socket?.getBufferedAmount()
    if (queued === undefined) return false
    if (queued > queueLimitBytes) return this.#drop()
    if (this.#behindSinceMs === undefined) {
      if (queued <= queueBoundBytes) return true
      this.#fallBehind(nowMs)
      return false
    }
    if (queued === 0) {
      this.#behindSinceMs = undefined
      return true
    }
    return nowMs - this.#behindSinceMs >= behindLimitMs ? this.#drop() : false
  }

  #fallBehind(nowMs: number): void {
    this.#behindSinceMs = nowMs
    this.seq = undefined
  }

  #drop(): false {
    this.wasTooSlow = true
    this.close(closeCodes.tooSlow, 'too slow')
    return false
  }

  send(frame: LiveFrame, nowMs: number): void {
    if (this.#put(frame) === 0) this.#fallBehind(nowMs)
  }

  problem(code: string, detail: string): void {
    if (this.encoding !== undefined) this.#put(this.encoding.problem(code, detail))
  }

  #put(frame: LiveFrame): number | undefined {
    return typeof frame === 'string' ? this.#socket?.sendText(frame) : this.#socket?.sendBinary(frame)
  }

  close(code: number, reason: string): void {
    const socket = this.#socket
    this.#socket = undefined
    // An orderly end waits for the client to read all (16 s, Bun 1.4.5), and holds descriptor and queue so long.
    if ((socket?.getBufferedAmount() ?? 0) > 0) socket?.terminate()
    else socket?.close(code, reason)
  }

  /** Counts a message; `refused`: it is to be left unheard, `hopeless`: so are all that follow. */
  admit(nowMs: number): 'admitted' | 'refused' | 'hopeless' {
    const earned = (nowMs - this.#refilledMs) / messageEveryMs
    this.#allowance = Math.min(messageBurst, this.#allowance + earned) - 1
    this.#refilledMs = nowMs
    if (this.#allowance >= 0) return 'admitted'
    return this.#allowance >= -patience ? 'refused' : 'hopeless'
  }
}
