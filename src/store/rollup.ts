import type { DerivedName } from '../catalogue/catalogue.ts'
import type { SeriesId } from '../frame/frame.ts'
import type { Series } from '../frame/series-table.ts'
import type { BucketSeries } from './store.ts'

/**
 * Roll-ups: buckets of a minute from ticks, buckets of an hour from those of a minute. Minimum, maximum, sum, count,
 * seconds covered and last value are kept, so that buckets of buckets are exact: never an average of averages (Q3).
 */

/** What the store must be told of metrics to roll them up; it derives nothing itself. */
export interface RollupRules {
  /** Counters are rolled up as rates. */
  isCounter(series: Series): boolean
  /** Growth between two readings; NaN when there is none to be told (first sight, reset, absent). */
  counterDelta(series: Series, previous: number, current: number): number
  /** Derived metrics over a run of ticks: one column each, made as it is asked for. */
  derive(input: DeriveInput): Iterable<DerivedColumn>
}
export interface DeriveInput {
  readonly elapsedMs: Float64Array
  /** Column of a series with the value before the first tick in front; `undefined` when it has none in this run. */
  column(id: SeriesId): { readonly before: number; readonly values: Float64Array } | undefined
}
export interface DerivedColumn {
  readonly derived: DerivedName
  readonly labels: Readonly<Record<string, string>>
  readonly values: Float64Array
}

export const bucketFields = ['min', 'max', 'sum', 'count', 'seconds', 'last'] as const
export type MutableBuckets = { readonly [K in (typeof bucketFields)[number]]: Float64Array }

export function emptyBuckets(length: number): MutableBuckets {
  const buckets = Object.fromEntries(
    bucketFields.map((field) => [field, new Float64Array(length).fill(Number.NaN)]),
  ) as unknown as MutableBuckets
  buckets.count.fill(0)
  return buckets
}

/** A tick that covers more buckets than this follows a gap (suspend, stall): its growth is that of no bucket (Q7, T2). */
export const mostBucketsATick = 2

/** Which ticks belong to which bucket: bucket starts, and for each tick the index of its bucket. */
export interface Bucketing {
  readonly bucketMs: number
  readonly starts: Float64Array
  readonly of: Uint32Array
}

/** Buckets lie on whole multiples of their length since the epoch (Q5); only those with a tick exist (Q4). */
export function bucketTicks(unixMs: Float64Array, bucketMs: number): Bucketing {
  const starts: number[] = []
  const of = new Uint32Array(unixMs.length)
  const known = new Map<number, number>()
  for (let i = 0; i < unixMs.length; i++) {
    const start = Math.floor((unixMs[i] as number) / bucketMs) * bucketMs
    let index = known.get(start)
    if (index === undefined) {
      index = starts.push(start) - 1
      known.set(start, index)
    }
    of[i] = index
  }
  return { bucketMs, starts: Float64Array.from(starts), of }
}

/** Gauges and derived values: of the samples themselves. */
export function rollGauge(
  values: Float64Array,
  elapsedMs: Float64Array,
  { bucketMs, starts, of }: Bucketing,
): MutableBuckets {
  const buckets = emptyBuckets(starts.length)
  const mostMs = mostBucketsATick * bucketMs
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    const covered = (elapsedMs[i] as number) > mostMs ? 0 : (elapsedMs[i] as number)
    if (!Number.isNaN(value)) addSample(buckets, of[i] as number, value, value, covered / 1000)
  }
  return buckets
}

/** Counters: minimum and maximum of the rate of each tick, the whole growth as the sum, the raw count as the last. */
export function rollCounter(
  values: Float64Array,
  before: number,
  elapsedMs: Float64Array,
  { bucketMs, starts, of }: Bucketing,
  delta: (previous: number, current: number) => number,
): MutableBuckets {
  const buckets = emptyBuckets(starts.length)
  const mostSeconds = (mostBucketsATick * bucketMs) / 1000
  let previous = before
  for (let i = 0; i < values.length; i++) {
    const current = values[i] as number
    const seconds = (elapsedMs[i] as number) / 1000
    const growth = seconds > 0 && seconds <= mostSeconds ? delta(previous, current) : Number.NaN
    const bucket = of[i] as number
    if (!Number.isNaN(growth)) addSample(buckets, bucket, Math.fround(growth / seconds), growth, seconds)
    if (!Number.isNaN(current)) buckets.last[bucket] = current
    previous = current
  }
  return buckets
}

/** Elapsed times are whole microseconds, and so are their sums, once rid of the noise of adding. */
const inMicroseconds = (seconds: number): number => Math.round(seconds * 1e6) / 1e6

/** Ticks in each bucket and the time that they cover: what most series of a block have in common. */
export type Coverage = Pick<MutableBuckets, 'count' | 'seconds'>

export const coverageOf = (elapsedMs: Float64Array, bucketing: Bucketing): Coverage =>
  rollGauge(new Float64Array(elapsedMs.length), elapsedMs, bucketing)

/** Rates and ratios need no more than seven digits, and take half the room (Q9: totals are not among them). */
export function inSinglePrecision(buckets: MutableBuckets): MutableBuckets {
  for (const field of ['min', 'max', 'sum', 'last'] as const) {
    const column = buckets[field]
    for (let i = 0; i < column.length; i++) column[i] = Math.fround(column[i] as number)
  }
  return buckets
}

function addSample(buckets: MutableBuckets, at: number, extreme: number, amount: number, seconds: number): void {
  const isFirst = buckets.count[at] === 0
  buckets.min[at] = isFirst ? extreme : Math.min(buckets.min[at] as number, extreme)
  buckets.max[at] = isFirst ? extreme : Math.max(buckets.max[at] as number, extreme)
  buckets.sum[at] = isFirst ? amount : (buckets.sum[at] as number) + amount
  buckets.seconds[at] = isFirst ? seconds : inMicroseconds((buckets.seconds[at] as number) + seconds)
  buckets.count[at] = (buckets.count[at] as number) + 1
  buckets.last[at] = amount
}

/** Adds bucket `from[index]` to bucket `into[at]`: the same for a longer bucket and for two halves of one. */
export function addBucket(into: MutableBuckets, at: number, from: BucketSeries, index: number): void {
  const last = from.last[index] as number
  if (!Number.isNaN(last)) into.last[at] = last
  if (!((from.count[index] as number) > 0)) return
  const isFirst = into.count[at] === 0
  into.min[at] = isFirst ? (from.min[index] as number) : Math.min(into.min[at] as number, from.min[index] as number)
  into.max[at] = isFirst ? (from.max[index] as number) : Math.max(into.max[at] as number, from.max[index] as number)
  into.sum[at] = (isFirst ? 0 : (into.sum[at] as number)) + (from.sum[index] as number)
  into.seconds[at] = inMicroseconds((isFirst ? 0 : (into.seconds[at] as number)) + (from.seconds[index] as number))
  into.count[at] = (into.count[at] as number) + (from.count[index] as number)
}
