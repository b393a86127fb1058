import { describe, expect, test } from 'bun:test'
import type { RollupKey, RollupTier } from '../../src/store/store.ts'
import { hourMs, minuteMs, secondMs, wholeHourMs } from './recording.ts'
import type { Subject } from './store.ts'
import { maintainAll } from './store-harness.ts'

const at = (second: number): number => wholeHourMs + second * secondMs
const minute = (index: number): number => wholeHourMs + index * minuteMs

interface Bucket {
  readonly startMs: number
  readonly min: number
  readonly max: number
  readonly sum: number
  readonly count: number
  readonly seconds: number
  readonly last: number
}

/** Buckets of one key as rows, absent ones left out unless all are wanted. */
async function bucketsOf(
  { store }: Subject,
  tier: RollupTier,
  key: RollupKey,
  range = { startMs: 0, endMs: Number.MAX_SAFE_INTEGER },
): Promise<Bucket[]> {
  const { startMs, buckets } = await store.readBuckets(tier, [key], range)
  const [own] = buckets
  return [...startMs].map((start, i) => {
    const of = (field: keyof NonNullable<typeof own>): number => own?.[field][i] as number
    return {
      startMs: start,
      min: of('min'),
      max: of('max'),
      sum: of('sum'),
      count: of('count'),
      seconds: of('seconds'),
      last: of('last'),
    }
  })
}

export function bucketTests(subject: () => Subject): void {
  const io = (): number =>
    subject().recording.id('system.network.io', { device: 'eth0', role: 'physical', direction: 'receive' })
  const limit = (): number => subject().recording.id('system.memory.limit', {})

  describe('of a counter', () => counterTests(subject, io))

  test('a gauge: of the samples themselves', async () => {
    const { recording, record, compact } = subject()
    const id = limit()
    record(120, (i) => recording.set(id, (i * 37) % 60))
    await compact()
    const [first, second] = await bucketsOf(subject(), '1m', { series: id })
    // 37 and 60 share no factor: each of 0 … 59 once a minute.
    expect(first).toEqual({
      startMs: minute(0),
      min: 0,
      max: 59,
      sum: 1770,
      count: 60,
      seconds: 59,
      last: (59 * 37) % 60,
    })
    expect(second).toMatchObject({ startMs: minute(1), sum: 1770, count: 60, seconds: 60 })
  })

  test('Q3: an hour of unequal minutes is the mean of its samples, never of its minutes', async () => {
    const { recording, record, compact } = subject()
    const id = limit()
    record(60, () => recording.set(id, 100))
    recording.set(id, 0)
    subject().store.append(recording.tick({ atMs: at(1800), gap: 'missed', elapsedMs: 1741_000 }))
    record(2)
    subject().store.append(recording.tick({ atMs: at(3600), gap: 'missed', elapsedMs: 1_797_000 }))
    await compact()
    const [hour] = await bucketsOf(subject(), '1h', { series: id })
    expect(hour).toMatchObject({ startMs: wholeHourMs, min: 0, max: 100, sum: 6000, count: 63, last: 0 })
  })

  test('Q4: a minute with few ticks is kept, with what it covers', async () => {
    const { recording, record, compact } = subject()
    const id = limit()
    record(7, () => recording.set(id, 4))
    recording.set(id, 9)
    subject().store.append(recording.tick({ atMs: at(130), gap: 'missed', elapsedMs: 124_000 }))
    await compact()
    const buckets = await bucketsOf(subject(), '1m', { series: id })
    expect(buckets.map(({ startMs, count, seconds, sum }) => [startMs, count, seconds, sum])).toEqual([
      [minute(0), 7, 6, 28],
      // The tick after the gap covers more than two minutes: as coverage it counts nothing.
      [minute(2), 1, 0, 9],
    ])
  })

  test('Q5: buckets begin on whole minutes and hours of UTC, and a tick on the edge belongs to the later', async () => {
    const { recording, record, compact } = subject()
    const id = limit()
    record(3600 + 61, (i) => recording.set(id, i))
    await compact()
    const minutes = await bucketsOf(subject(), '1m', { series: id })
    expect(minutes.map(({ startMs }) => startMs)).toEqual(Array.from({ length: 62 }, (_, i) => minute(i)))
    expect(minutes[1]).toMatchObject({ min: 60, max: 119, count: 60 })
    const hours = await bucketsOf(subject(), '1h', { series: id })
    expect(hours).toHaveLength(1)
    expect(hours[0]).toMatchObject({ startMs: wholeHourMs, min: 0, max: 3599, count: 3600, last: 3599 })
    const inner = await bucketsOf(subject(), '1m', { series: id }, { startMs: at(90), endMs: at(180) })
    expect(inner.map(({ startMs }) => startMs)).toEqual([minute(1), minute(2), minute(3)])
  })

  test('Q5: ticks that come late into a minute and an hour long rolled up are added, once', async () => {
    const { recording, record, compact, store } = subject()
    const id = limit()
    record(3600, () => recording.set(id, 1))
    await compact()
    recording.set(id, 5)
    store.append(recording.tick({ atMs: at(30), gap: 'clock_step', elapsedMs: 1000 }))
    record(9)
    store.append(recording.tick({ atMs: at(2 * 3600), gap: 'clock_step', elapsedMs: 1000 }))
    await compact()
    const check = async (): Promise<void> => {
      const [first] = await bucketsOf(subject(), '1m', { series: id })
      expect(first).toMatchObject({ startMs: minute(0), min: 1, max: 5, count: 70, sum: 110 })
      const [hour] = await bucketsOf(subject(), '1h', { series: id })
      expect(hour).toMatchObject({ startMs: wholeHourMs, count: 3610, sum: 3650, max: 5 })
    }
    await check()
    await maintainAll(subject().reopen(), recording.nowMs)
    await check()
  })

  test('T5: two hours back in the middle of rolling up: nothing is lost and nothing counts twice', async () => {
    const { recording, record, store } = subject()
    const id = limit()
    recording.set(id, 1)
    record(5400)
    store.maintain(recording.nowMs, 0)
    store.append(recording.tick({ atMs: recording.nowMs - 2 * hourMs, gap: 'clock_step', elapsedMs: 1000 }))
    store.maintain(recording.nowMs, 0)
    record(9000)
    await subject().compact()
    const hours = await bucketsOf(subject(), '1h', { series: id })
    const minutes = await bucketsOf(subject(), '1m', { series: id })
    const total = (buckets: readonly Bucket[]): number => buckets.reduce((sum, bucket) => sum + bucket.count, 0)
    expect(total(minutes)).toBe(5400 + 1 + 9000)
    expect(hours.map(({ startMs, count }) => [startMs, count])).toEqual([
      [wholeHourMs - hourMs, 1801],
      [wholeHourMs, 7200],
      [wholeHourMs + hourMs, 1800 + 3600],
    ])
  })

  test('buckets of a month are read from few long blocks, in order, without a hole', async () => {
    const { place } = subject()
    expect(place).toBeDefined()
    const recording = await subject().restart(wholeHourMs - 10 * hourMs, 30_000)
    const id = recording.id('system.memory.limit', {})
    subject().record(2 * 60 * 48, (i) => recording.set(id, i))
    await subject().compact()
    const minutes = await bucketsOf(subject(), '1m', { series: id })
    expect(minutes.map(({ startMs }) => startMs)).toEqual(
      Array.from({ length: 48 * 60 }, (_, i) => wholeHourMs - 10 * hourMs + i * minuteMs),
    )
    const hours = await bucketsOf(subject(), '1h', { series: id })
    expect(hours.map(({ count }) => count)).toEqual(new Array(48).fill(120))
    expect(hours.map(({ last }) => last)).toEqual(Array.from({ length: 48 }, (_, i) => 120 * i + 119))
  })

  test('a derived metric is rolled up under its labels, of the values of each tick', async () => {
    const { recording, record, compact, store } = subject()
    const used = recording.id('system.memory.usage', { state: 'used' })
    const all = limit()
    record(60, (i) => recording.set(all, 1000).set(used, i < 30 ? 200 : 600))
    await compact()
    expect(await store.derivedLabels(1004)).toEqual([{}])
    expect(await store.derivedLabels(1001)).toEqual([])
    const [bucket] = await bucketsOf(subject(), '1m', { derived: 'system.memory.utilization', labels: {} })
    expect(bucket).toMatchObject({ min: Math.fround(0.2), max: Math.fround(0.6), count: 60 })
    expect(bucket?.sum).toBeCloseTo(24, 5)
  })

  test('labels are the same in whatever order they are named', async () => {
    const { recording, record, compact } = subject()
    const id = recording.id('system.disk.io_time', { device: 'sda', role: 'physical' })
    record(60, (i) => recording.set(id, i / 2))
    await compact()
    const key = { derived: 'system.disk.utilization', labels: { role: 'physical', device: 'sda' } } as const
    expect((await bucketsOf(subject(), '1m', key))[0]).toMatchObject({ count: 59, min: 0.5, max: 0.5 })
  })

  test('up to where a tier is rolled up, it says', async () => {
    const { record, store, recording } = subject()
    expect(store.rolledUpToMs('1m')).toBe(Number.POSITIVE_INFINITY)
    record(650)
    expect(store.rolledUpToMs('1m')).toBe(at(0))
    await maintainAll(store, recording.nowMs)
    expect(store.rolledUpToMs('1m')).toBe(at(600))
    expect(store.rolledUpToMs('1h')).toBe(at(0))
    record(3600)
    await maintainAll(store, recording.nowMs)
    expect(store.rolledUpToMs('1m')).toBe(at(4200))
    expect(store.rolledUpToMs('1h')).toBe(at(3600))
  })
}

function counterTests(subject: () => Subject, io: () => number): void {
  test('extremes of the rate, growth and time covered: the true mean', async () => {
    const { recording, record, compact } = subject()
    const id = io()
    let total = 1e15
    record(121, (i) => {
      total += i === 30 ? 5000 : i >= 60 ? 200 : 100
      recording.set(id, total)
    })
    await compact()
    const [first, second] = await bucketsOf(subject(), '1m', { series: id })
    expect(first).toEqual({
      startMs: minute(0),
      min: 100,
      max: 5000,
      sum: 58 * 100 + 5000,
      count: 59,
      seconds: 59,
      last: 1e15 + 59 * 100 + 5000,
    })
    expect(second).toMatchObject({ min: 200, max: 200, sum: 12_000, count: 60, seconds: 60 })
  })

  test('T4: a late tick counts for the time that it covers', async () => {
    const { recording, record, compact, store } = subject()
    const id = io()
    record(10, (i) => recording.set(id, i * 100))
    recording.set(id, 900 + 1000)
    store.append(recording.tick({ atMs: at(14), gap: 'missed', elapsedMs: 5000 }))
    await compact()
    const [bucket] = await bucketsOf(subject(), '1m', { series: id })
    expect(bucket).toMatchObject({ min: 100, max: 200, sum: 1900, seconds: 9 + 5 })
  })

  test('N2, C6: a reset costs one tick its rate and the mean nothing', async () => {
    const { recording, record, compact } = subject()
    const id = io()
    record(60, (i) => recording.set(id, i < 30 ? 10e9 + i * 100 : 5000 + (i - 30) * 100))
    await compact()
    const [bucket] = await bucketsOf(subject(), '1m', { series: id })
    expect(bucket).toMatchObject({ min: 100, max: 100, sum: 5800, count: 58, seconds: 58, last: 5000 + 2900 })
  })

  test('Q8: the difference of totals beyond 2^53 is taken before anything else', async () => {
    const { recording, record, compact } = subject()
    const id = io()
    const start = 18_446_744_073_709_000_000
    record(60, (i) => recording.set(id, start + i * 4096))
    await compact()
    const [bucket] = await bucketsOf(subject(), '1m', { series: id })
    expect(bucket).toMatchObject({ min: 4096, max: 4096, sum: 59 * 4096 })
  })

  test('Q7, T2: growth over a suspend is that of no minute', async () => {
    const { recording, record, compact, store } = subject()
    const id = io()
    record(30, (i) => recording.set(id, i * 100))
    recording.set(id, 1e9)
    store.append(recording.tick({ atMs: at(8 * 3600), gap: 'suspend', elapsedMs: 8 * hourMs }))
    record(29, (i) => recording.set(id, 1e9 + (i + 1) * 100))
    await compact()
    const buckets = await bucketsOf(subject(), '1m', { series: id })
    expect(buckets.map(({ startMs, max, seconds }) => [startMs, max, seconds])).toEqual([
      [minute(0), 100, 29],
      [minute(480), 100, 29],
    ])
  })

  test('a rate goes on over the edge of a block, also after opening again', async () => {
    const { recording, record, compact } = subject()
    const id = io()
    record(310, (i) => recording.set(id, i * 100))
    await maintainAll(subject().store, recording.nowMs)
    subject().reopen()
    record(300, (i) => recording.set(id, (310 + i) * 100))
    await compact()
    const buckets = await bucketsOf(subject(), '1m', { series: id })
    expect(buckets.slice(0, 10).map(({ sum }) => sum)).toEqual([5900, ...new Array(9).fill(6000)])
  })

  test('absent for a while: no bucket of nothing, no growth across', async () => {
    const { recording, record, compact } = subject()
    const id = io()
    const other = recording.id('system.memory.limit', {})
    record(180, (i) => recording.set(other, 1).set(id, i >= 60 && i < 150 ? Number.NaN : i * 100))
    await compact()
    const buckets = await bucketsOf(subject(), '1m', { series: id })
    expect(buckets.map(({ count }) => count)).toEqual([59, 0, 29])
    expect(buckets[1]).toMatchObject({ min: Number.NaN, sum: Number.NaN, last: Number.NaN })
    expect(buckets[2]).toMatchObject({ sum: 2900, seconds: 29 })
  })
}
