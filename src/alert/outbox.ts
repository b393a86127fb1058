import type { NotificationBody } from '../api/alert-contract.ts'
import type { Clock, Timer } from '../base/clock.ts'
import { describeError } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import type { Channel } from '../rule/channel.ts'
import type { Resolve } from './channel/address-guard.ts'
import { openSender } from './channel/open.ts'
import { SendError, type Sender } from './channel/sender.ts'
import type { AlertDatabase, Delivery } from './database.ts'

/**
 * Carries what stands in the outbox to its receivers, at least once: a notification is crossed off after the receiver has
 * taken it, and keeps its id until then, over a kill too. Each channel by itself: one that is down delays no other.
 */
export interface OutboxParts {
  readonly database: AlertDatabase
  readonly clock: Clock
  readonly logger: Logger
  readonly channels: () => readonly Channel[]
  /** 0 to 1, for the jitter. */
  readonly random: () => number
  readonly resolve?: Resolve
  /** First wait after a failure; tests shorten it. */
  readonly firstRetryMs?: number
}

const firstRetryMs = 5000
const longestRetryMs = 10 * 60_000
/** Longer than any wait, jitter included; the database counts what is further ahead as due. */
const furthestMs = 900_000
/** Then it is given up: who reads it after three days reads history. */
const longestWaitMs = 3 * 86_400_000
/** What the receiver refuses as such is tried so often. */
const mostRefusals = 5
const mostWaiting = 1000
const usualTimeoutMs = 20_000
const mostKept = { deliveries: 2000, incidents: 10_000 } as const

export class Outbox {
  readonly #busy = new Set<string>()
  /** Monotonic times before which a channel that did not answer is left alone. */
  readonly #pausedUntil = new Map<string, number>()
  readonly #abort = new AbortController()
  #timer: Timer | undefined
  #isClosed = false
  sent = 0
  failed = 0
  givenUp = 0

  constructor(private readonly parts: OutboxParts) {}

  /** Within the caller's transaction: what is told of and that it was told stand or fall together. */
  put(channel: string, thread: string, body: NotificationBody): void {
    const { database, clock } = this.parts
    const waiting = database.waitingChannels().find((one) => one.channel === channel)
    if ((waiting?.count ?? 0) >= mostWaiting) {
      const oldest = database.oldestWaiting(channel)
      if (oldest !== undefined) this.#giveUp(oldest, `more than ${mostWaiting} wait for this channel`)
    }
    database.addDelivery({ id: body.id, channel, thread, body, createdMs: Math.round(clock.wallMs()) })
  }

  /** Goes to work on everything that is due, and comes back when more is. */
  kick(): void {
    if (this.#isClosed) return
    const { database, clock } = this.parts
    this.#timer?.cancel()
    this.#timer = undefined
    let soonestMs = Number.POSITIVE_INFINITY
    for (const { channel, nextMs } of database.waitingChannels()) {
      const pausedMs = (this.#pausedUntil.get(channel) ?? 0) - clock.monotonicMs()
      const dueMs = nextMs - clock.wallMs()
      // Further ahead than any wait: the wall clock was set back.
      const waitMs = Math.max(pausedMs, dueMs > furthestMs ? 0 : dueMs)
      if (waitMs > 0) soonestMs = Math.min(soonestMs, waitMs)
      else if (!this.#busy.has(channel)) void this.#work(channel)
    }
    if (soonestMs < Number.POSITIVE_INFINITY) {
      this.#timer = clock.after(Math.max(10, soonestMs), () => this.#guarded(() => this.kick()))
    }
  }

  get waiting(): number {
    return this.parts.database.waitingChannels().reduce((sum, { count }) => sum + count, 0)
  }

  async #work(channel: string): Promise<void> {
    const { database, clock } = this.parts
    this.#busy.add(channel)
    try {
      for (;;) {
        if (this.#isClosed || (this.#pausedUntil.get(channel) ?? 0) > clock.monotonicMs()) break
        const due = database.dueDelivery(channel, Math.round(clock.wallMs()))
        if (due === undefined) break
        await this.#attempt(due)
      }
    } catch (error) {
      this.parts.logger.limited('outbox', 'error', 'the outbox of alerts failed', { error })
      this.#pausedUntil.set(channel, clock.monotonicMs() + firstRetryMs)
    } finally {
      this.#busy.delete(channel)
      if (!this.#isClosed) this.#guarded(() => this.kick())
    }
  }

  async #attempt(delivery: Delivery): Promise<void> {
    const { database, clock, logger } = this.parts
    const channel = this.parts.channels().find(({ name }) => name === delivery.channel)
    if (channel === undefined) {
      this.#giveUp(delivery, 'there is no such channel any more')
      return
    }
    const problem = await this.send(channel, delivery.body)
    // Closed meanwhile: it stands in the outbox still, and goes out again at the next start.
    if (this.#isClosed) return
    const attempts = delivery.attempts + 1
    const nowMs = Math.round(clock.wallMs())
    if (problem === undefined) {
      this.sent++
      this.#pausedUntil.delete(channel.name)
      database.settleDelivery(delivery.seq, { status: 'sent', attempts, nextMs: nowMs, doneMs: nowMs })
      database.trim(mostKept.deliveries, mostKept.incidents)
      return
    }
    this.failed++
    const error = problem.message
    logger.limited(`channel ${channel.name}`, 'warn', 'a notification was not taken', { channel: channel.name, error })
    if (problem.isAboutMessage && attempts >= mostRefusals) this.#giveUp({ ...delivery, attempts }, error)
    else if (nowMs - delivery.createdMs > longestWaitMs) this.#giveUp({ ...delivery, attempts }, error)
    else {
      const waitMs = this.#retryMs(attempts)
      database.settleDelivery(delivery.seq, { status: 'waiting', attempts, nextMs: nowMs + waitMs, error })
      if (!problem.isAboutMessage) this.#pausedUntil.set(channel.name, clock.monotonicMs() + waitMs)
    }
  }

  /** Tries once; what went wrong, if anything. Never throws. */
  async send(channel: Channel, body: NotificationBody): Promise<SendError | undefined> {
    const { clock, resolve } = this.parts
    const timeoutMs =
      channel.type === 'webhook' && channel.timeout !== undefined ? channel.timeout * 1000 : usualTimeoutMs
    const late = new AbortController()
    const timer = clock.after(timeoutMs, () => late.abort())
    const signal = AbortSignal.any([late.signal, this.#abort.signal])
    try {
      const parts = { wallMs: () => clock.wallMs(), ...(resolve === undefined ? {} : { resolve }) }
      const sender: Sender = await openSender(channel, parts)
      await Promise.race([sender.send(body, signal), aborted(signal)])
      return undefined
    } catch (error) {
      if (error instanceof SendError) return error
      this.parts.logger.limited('sender', 'error', 'a channel failed in a way that was not foreseen', { error })
      return new SendError(describeError(error))
    } finally {
      timer.cancel()
    }
  }

  /** Doubles from one attempt to the next, a fifth more or less, so that many daemons do not come back all at once. */
  #retryMs(attempts: number): number {
    const first = this.parts.firstRetryMs ?? firstRetryMs
    const waitMs = Math.min(longestRetryMs, first * 2 ** Math.min(attempts - 1, 20))
    return Math.round(waitMs * (0.8 + this.parts.random() * 0.4))
  }

  #giveUp(delivery: Delivery, error: string): void {
    this.givenUp++
    const nowMs = Math.round(this.parts.clock.wallMs())
    const { seq, id, channel, attempts } = delivery
    this.parts.database.settleDelivery(seq, { status: 'given_up', attempts, nextMs: nowMs, doneMs: nowMs, error })
    this.parts.logger.error('a notification was given up', { id, channel, error })
  }

  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.parts.logger.limited('outbox', 'error', 'the outbox of alerts failed', { error })
    }
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#abort.abort()
  }
}

/** A receiver that does not even notice that nobody waits any more must not hold its channel. */
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new SendError('no answer in time')), { once: true })
  })
