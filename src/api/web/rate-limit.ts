import type { Clock } from '../../base/clock.ts'
import { problemResponse } from '../problem-response.ts'

interface Bucket {
  tokens: number
  atMs: number
}

/** Addresses kept; the one silent for longest goes first, and would at worst begin anew. */
const mostBuckets = 10_000
const minuteMs = 60_000

/** A token bucket for each key: `perMinute` at once, then one every so often. */
export class RateLimiter {
  readonly #buckets = new Map<string, Bucket>()

  constructor(
    private readonly clock: Pick<Clock, 'monotonicMs'>,
    private readonly perMinute: number,
    private readonly most = mostBuckets,
  ) {}

  get size(): number {
    return this.#buckets.size
  }

  /** 0: go on; else whole seconds until the next one. */
  take(key: string): number {
    const nowMs = this.clock.monotonicMs()
    const perMs = this.perMinute / minuteMs
    const before = this.#buckets.get(key)
    const tokens =
      before === undefined ? this.perMinute : Math.min(this.perMinute, before.tokens + (nowMs - before.atMs) * perMs)
    const isTaken = tokens >= 1
    this.#keep(key, { tokens: isTaken ? tokens - 1 : tokens, atMs: nowMs })
    return isTaken ? 0 : Math.max(1, Math.ceil((1 - tokens) / perMs / 1000))
  }

  #keep(key: string, bucket: Bucket): void {
    this.#buckets.delete(key)
    const oldest = this.#buckets.keys().next()
    if (this.#buckets.size >= this.most && oldest.done !== true) this.#buckets.delete(oldest.value)
    this.#buckets.set(key, bucket)
  }
}

/** Whom an address counts for: itself, or the /64 that one IPv6 subscriber has (RFC 6177). */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(address)?.[1]
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address
  const [before = '', after] = address.replace(/%.*$/, '').split('::')
  const head = before === '' ? [] : before.split(':')
  const tail = after === undefined || after === '' ? [] : after.split(':')
  const zeros = after === undefined ? [] : Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0')
  return `${[...head, ...zeros, ...tail].slice(0, 4).join(':')}::/64`
}

export const tooMany = (seconds: number): Response =>
  problemResponse('rate_limited', `the next one is answered in ${seconds} s`, undefined, {
    'retry-after': String(seconds),
  })
