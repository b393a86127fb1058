import { addBucket, emptyBuckets, type MutableBuckets } from '../store/rollup.ts'
import type { BucketSeries } from '../store/store.ts'

/**
 * Steps of equal length on whole multiples since the epoch, into which ticks and buckets are added. A mean is of all
 * that was added: by time covered for counters, by samples for the rest, never a mean of means (Q3).
 */
export class Grid {
  readonly #buckets: MutableBuckets
  readonly #firstStep: number
  readonly length: number

  constructor(
    startMs: number,
    endMs: number,
    readonly stepMs: number,
  ) {
    this.#firstStep = Math.floor(startMs / stepMs)
    this.length = Math.floor(endMs / stepMs) - this.#firstStep + 1
    this.#buckets = emptyBuckets(this.length)
  }

  startMs(index: number): number {
    return (this.#firstStep + index) * this.stepMs
  }

  indexOf(unixMs: number): number {
    return Math.floor(unixMs / this.stepMs) - this.#firstStep
  }

  addBucket(startMs: number, from: BucketSeries, index: number): void {
    const at = this.indexOf(startMs)
    if (at >= 0 && at < this.length) addBucket(this.#buckets, at, from, index)
  }

  /** `amount` is the growth of a counter, or the sample itself. */
  addSample(unixMs: number, value: number, amount: number, seconds: number): void {
    const at = this.indexOf(unixMs)
    if (at < 0 || at >= this.length || Number.isNaN(value)) return
    const b = this.#buckets
    const isFirst = b.count[at] === 0
    b.min[at] = isFirst ? value : Math.min(b.min[at] as number, value)
    b.max[at] = isFirst ? value : Math.max(b.max[at] as number, value)
    b.sum[at] = (isFirst ? 0 : (b.sum[at] as number)) + amount
    b.seconds[at] = (isFirst ? 0 : (b.seconds[at] as number)) + seconds
    b.count[at] = (b.count[at] as number) + 1
  }

  /** Counters: growth over time covered. Others: sum over samples. NaN where nothing was added. */
  mean(index: number, isCounter: boolean): number {
    const count = this.#buckets.count[index] as number
    if (!(count > 0)) return Number.NaN
    return (this.#buckets.sum[index] as number) / (isCounter ? (this.#buckets.seconds[index] as number) : count)
  }

  min(index: number): number {
    return this.#buckets.count[index] === 0 ? Number.NaN : (this.#buckets.min[index] as number)
  }

  max(index: number): number {
    return this.#buckets.count[index] === 0 ? Number.NaN : (this.#buckets.max[index] as number)
  }
}
