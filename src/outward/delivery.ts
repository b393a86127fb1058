import { readFileSync } from 'node:fs'
import type { Clock, Timer } from '../base/clock.ts'
import { describeError, errnoCode } from '../base/errors.ts'
import type { OutwardTarget } from '../config/outward.ts'
import type { Encode, Encoded, Snapshot } from './snapshot.ts'

/**
 * Brings ticks to one receiver: one request at a time, in order, what waits is bounded and the oldest goes first. It
 * promises that nobody waits for it. A receiver that is away is asked again ever more rarely, and then gets what waited.
 */
export interface DeliveryParts {
  readonly clock: Clock
  readonly target: OutwardTarget & { readonly url: string }
  readonly encode: Encode
  /** Values of an answer that says yes which were not taken all the same. */
  readonly rejected: (answer: Uint8Array) => number
  readonly version: string
  /** Told when it begins to fail, and when it works again: `undefined`. */
  readonly onChange: (why: string | undefined) => void
  /** 0 to 1, for the spread of waits. */
  readonly random: () => number
}

export interface DeliveryFigures {
  readonly sent: number
  /** Never sent: they waited too long, or were too many. */
  readonly dropped: number
  /** The receiver said no for good. */
  readonly failed: number
  /** Ticks that wait. */
  readonly waiting: number
}

/** Ticks in one request at most; fewer where the receiver finds it too large. */
const mostTicks = 20
const timeoutMs = 10_000
const firstWaitMs = 1000
const longestWaitMs = 5 * 60_000
/** Of an answer, bytes that are looked at. */
const mostAnswerBytes = 64 * 1024

type Outcome =
  | { readonly kind: 'taken'; readonly rejected: number }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'too_large'; readonly why: string }
  | { readonly kind: 'later'; readonly why: string; readonly afterMs: number | undefined }

export class Delivery {
  readonly #queue: Snapshot[] = []
  /** What is being sent, or was and is sent again; in the queue no more. */
  #underWay: readonly Snapshot[] = []
  #encoded: Encoded | undefined
  readonly #stop = new AbortController()
  #timer: Timer | undefined
  #isSending = false
  #failures = 0
  #ticksAtOnce = mostTicks
  #isTrouble = false
  #sent = 0
  #dropped = 0
  #failed = 0

  constructor(private readonly parts: DeliveryParts) {}

  get figures(): DeliveryFigures {
    const waiting = this.#queue.length + this.#underWay.length
    return { sent: this.#sent, dropped: this.#dropped, failed: this.#failed, waiting }
  }

  offer(snapshot: Snapshot): void {
    this.#queue.push(snapshot)
    while (this.#queue.length + this.#underWay.length > this.parts.target.queue) {
      if (this.#isSending && this.#queue.length === 1) break
      this.#dropOldest()
    }
    this.#go()
  }

  close(): void {
    this.#timer?.cancel()
    this.#stop.abort()
  }

  /** Of what is being sent nothing: whether it was taken is not known yet. */
  #dropOldest(): void {
    if (!this.#isSending && this.#underWay.length > 0) this.#putBack()
    const gone = this.#queue.shift()
    if (gone !== undefined) this.#dropped += countOf(gone)
  }

  #putBack(): void {
    this.#queue.unshift(...this.#underWay)
    this.#underWay = []
    this.#encoded = undefined
  }

  #go(): void {
    if (this.#isSending || this.#timer !== undefined || this.#stop.signal.aborted) return
    if (this.#queue.length + this.#underWay.length === 0) return
    this.#isSending = true
    void this.#send().finally(() => {
      this.#isSending = false
      this.#go()
    })
  }

  async #send(): Promise<void> {
    if (this.#underWay.length === 0) this.#underWay = this.#queue.splice(0, this.#ticksAtOnce)
    this.#encoded ??= this.parts.encode(this.#underWay)
    const { body, headers, samples } = this.#encoded
    const outcome = samples === 0 ? ({ kind: 'taken', rejected: 0 } as const) : await this.#post(body, headers)
    if (this.#stop.signal.aborted) return
    if (outcome.kind === 'later') return this.#wait(outcome)
    if (outcome.kind === 'too_large' && this.#underWay.length > 1) {
      this.#ticksAtOnce = Math.ceil(this.#underWay.length / 2)
      return this.#putBack()
    }
    this.#underWay = []
    this.#encoded = undefined
    this.#failures = 0
    if (outcome.kind === 'taken') {
      this.#sent += samples - outcome.rejected
      this.#failed += outcome.rejected
      this.#tell(outcome.rejected === 0 ? undefined : `${outcome.rejected} values were not taken`)
    } else {
      this.#failed += samples
      this.#tell(outcome.why)
    }
  }

  /** RFC 9110 10.2.3, or twice as long as the last time, spread so that not all ask at once. */
  #wait({ why, afterMs }: { readonly why: string; readonly afterMs: number | undefined }): void {
    const usual = Math.min(longestWaitMs, firstWaitMs * 2 ** this.#failures++)
    const waitMs = afterMs ?? usual * (0.5 + this.parts.random() / 2)
    this.#tell(why)
    this.#timer = this.parts.clock.after(waitMs, () => {
      this.#timer = undefined
      this.#go()
    })
  }

  #tell(why: string | undefined): void {
    const isTrouble = why !== undefined
    if (isTrouble === this.#isTrouble) return
    this.#isTrouble = isTrouble
    this.parts.onChange(why)
  }

  async #post(body: Uint8Array<ArrayBuffer>, headers: Readonly<Record<string, string>>): Promise<Outcome> {
    const { target, version } = this.parts
    try {
      const response = await fetch(target.url, {
        method: 'POST',
        body,
        headers: { 'user-agent': `sysmon/${version}`, ...headers, ...authorization(target), ...target.headers },
        // What is sent elsewhere than where the user said would be a leak.
        redirect: 'manual',
        signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(timeoutMs)]),
        ...(target.caFile === undefined ? {} : { tls: { ca: readFileSync(target.caFile, 'utf8') } }),
      })
      const answer = new Uint8Array(await response.arrayBuffer()).subarray(0, mostAnswerBytes)
      return this.#judge(response, answer)
    } catch (error) {
      return { kind: 'later', why: whyNot(error), afterMs: undefined }
    }
  }

  #judge({ status, headers }: Response, answer: Uint8Array): Outcome {
    if (status >= 200 && status < 300) return { kind: 'taken', rejected: this.parts.rejected(answer) }
    const said = new TextDecoder().decode(answer.subarray(0, 200)).replaceAll(/\s+/g, ' ').trim()
    const why = said === '' ? `it answered ${status}` : `it answered ${status}: ${said}`
    if (status === 413) return { kind: 'too_large', why }
    if (status === 429 || status >= 500) {
      return { kind: 'later', why, afterMs: retryAfterMs(headers.get('retry-after'), this.parts.clock.wallMs()) }
    }
    return { kind: 'refused', why }
  }
}

const countOf = ({ values }: Snapshot): number => values.reduce((n, value) => (Number.isNaN(value) ? n : n + 1), 0)

/** RFC 7617, RFC 6750. */
function authorization({ username, password, token }: OutwardTarget): Record<string, string> {
  if (token !== undefined) return { authorization: `Bearer ${token}` }
  if (username === undefined) return {}
  const bytes = new TextEncoder().encode(`${username}:${password ?? ''}`)
  return { authorization: `Basic ${bytes.toBase64()}` }
}

/** Seconds, or a date; bounded, since nobody waits for a year. */
function retryAfterMs(text: string | null, nowMs: number): number | undefined {
  if (text === null) return undefined
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - nowMs
  return Number.isNaN(ms) ? undefined : Math.min(longestWaitMs, Math.max(firstWaitMs, ms))
}

const reasons: Readonly<Record<string, string>> = {
  ConnectionRefused: 'nobody listens there',
  ECONNREFUSED: 'nobody listens there',
  FailedToOpenSocket: 'its name is not known, or it cannot be reached',
  ECONNRESET: 'it closed the connection',
  ConnectionClosed: 'it closed the connection',
}

function whyNot(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return `it did not answer within ${timeoutMs} ms`
  const code = errnoCode(error)
  return (code === undefined ? undefined : reasons[code]) ?? describeError(error)
}
