import { expect, test } from 'bun:test'
import type { SeriesId } from '../../src/frame/frame.ts'
import type { Series } from '../../src/frame/series-table.ts'
import { type BackfillCounts, backfillSpanMs } from '../../src/store/backfill.ts'
import type { RollupKey, Store } from '../../src/store/store.ts'
import { secondMs, wholeHourMs } from './recording.ts'
import type { Subject } from './store.ts'
import { maintainAll } from './store-harness.ts'

const hourMs = 3_600_000
const at = (second: number): number => wholeHourMs + second * secondMs
const everything = { startMs: 0, endMs: Number.MAX_SAFE_INTEGER }
const limit: Series = { id: 0, metric: 'system.memory.limit', labels: {} }
const io: Series = {
  id: 1,
  metric: 'system.network.io',
  labels: { device: 'eth0', role: 'physical', direction: 'receive' },
}
const series = (id: SeriesId): Series | undefined => [limit, io].find((one) => one.id === id)

interface Given {
  readonly startMs: number
  readonly count: number
  /** Value of each series at a tick. */
  readonly values: Readonly<Record<SeriesId, (index: number) => number>>
}

/** Puts ticks in, span by span, as an import does. */
function fill(store: Store, { startMs, count, values }: Given, isTrial = false) {
  const backfill = store.backfill(isTrial)
  const total = { added: 0, known: 0, different: 0, settled: 0 }
  for (let from = 0; from < count; ) {
    const span = Math.floor((startMs + from * secondMs) / backfillSpanMs)
    let to = from
    while (to < count && Math.floor((startMs + to * secondMs) / backfillSpanMs) === span) to++
    const column = (of: (index: number) => number): Float64Array =>
      Float64Array.from({ length: to - from }, (_, i) => of(from + i))
    const steps = backfill.add({
      unixMs: column((i) => startMs + i * secondMs),
      elapsedMs: column((i) => (i === 0 ? 0 : secondMs)),
      columns: new Map(Object.entries(values).map(([id, of]) => [Number(id), column(of)])),
      series,
    })
    let step = steps.next()
    while (step.done !== true) step = steps.next()
    for (const key of Object.keys(total) as (keyof BackfillCounts)[]) total[key] += step.value[key]
    from = to
  }
  return { total, commit: () => backfill.commit([limit, io]), abandon: () => backfill.abandon() }
}

const limits = (from: number) => (index: number) => from + index
const bytes = (index: number) => 1e9 + index * 100

async function bucketsOf(store: Store, tier: '1m' | '1h', key: RollupKey) {
  const { startMs, buckets } = await store.readBuckets(tier, [key], everything)
  return { startMs: [...startMs], count: [...(buckets[0]?.count ?? [])], sum: [...(buckets[0]?.sum ?? [])] }
}

/** Ticks of the past, put in beside a record or into an empty one. */
export function backfillTests(subject: () => Subject): void {
  test('ticks put into an empty record are read as if recorded: samples, minutes, hours', async () => {
    const { store, reopen } = subject()
    const count = 2 * 3600 + 120
    const values = { 0: limits(0), 1: bytes }
    const given = fill(store, { startMs: at(0), count, values })
    expect((await store.readSamples([0], everything)).unixMs).toHaveLength(0)
    given.commit()
    expect(given.total).toEqual({ added: 2 * count, known: 0, different: 0, settled: 0 })
    await maintainAll(store, at(count))
    const filled = {
      samples: await store.readSamples([0, 1], everything),
      minutes: await bucketsOf(store, '1m', { series: 1 }),
      hours: await bucketsOf(store, '1h', { series: 1 }),
      stats: store.stats().frames,
    }
    expect(await reopen().series()).toEqual([limit, io])
    expect(filled.samples.unixMs).toEqual(Float64Array.from({ length: count }, (_, i) => at(i)))
    expect([...filled.samples.elapsedMs]).toEqual([0, ...new Array(count - 1).fill(1000)])
    expect(filled.samples.values[1]).toEqual(Float64Array.from({ length: count }, (_, i) => bytes(i)))
    expect(filled.stats).toBe(count)
    // The first tick has no rate; each of the rest is a hundred bytes.
    expect(filled.minutes.count).toEqual([59, ...new Array(121).fill(60)])
    expect(filled.minutes.sum).toEqual([5900, ...new Array(121).fill(6000)])
    expect(filled.hours.sum.slice(0, 2)).toEqual([359_900, 360_000])
  })

  test('Q5, Z1: the same put in twice is as if put in once, on trial and in earnest', async () => {
    const { store } = subject()
    const given = { startMs: at(0), count: 400, values: { 0: limits(5), 1: bytes } }
    expect(fill(store, given, true).total.added).toBe(800)
    expect(store.stats().frames).toBe(0)
    fill(store, given).commit()
    const before = await bucketsOf(store, '1m', { series: 1 })
    const again = fill(store, given)
    again.commit()
    expect(again.total).toEqual({ added: 0, known: 800, different: 0, settled: 0 })
    expect(store.stats().frames).toBe(400)
    expect(await bucketsOf(store, '1m', { series: 1 })).toEqual(before)
  })

  test('what was recorded stays as it is; what it lacks is filled in beside it', async () => {
    const { store, record, recording, compact } = subject()
    const id = recording.id('system.memory.limit', {})
    record(300, () => recording.set(id, 7))
    await compact()
    const mixed = fill(store, {
      startMs: at(-60),
      count: 180,
      values: { 0: (i) => (i === 100 ? 7 : 8), 1: bytes },
    })
    mixed.commit()
    expect(mixed.total).toEqual({ added: 180 + 60, known: 1, different: 119, settled: 0 })
    const back = await store.readSamples([0, 1], { startMs: at(-60), endMs: at(299) })
    expect(back.unixMs).toEqual(Float64Array.from({ length: 360 }, (_, i) => at(i - 60)))
    expect([...(back.values[0] as Float64Array)]).toEqual([...new Array(60).fill(8), ...new Array(300).fill(7)])
    expect([...(back.values[1] as Float64Array).subarray(0, 180)]).toEqual(
      Array.from({ length: 180 }, (_, i) => bytes(i)),
    )
    // Where one run ends and the other begins there is nothing to compare with.
    expect([...back.elapsedMs].flatMap((elapsed, i) => (elapsed === 0 ? [i] : []))).toEqual([0, 60])
    const minutes = await bucketsOf(store, '1m', { series: 0 })
    expect(minutes.sum.slice(0, 2)).toEqual([480, 420])
  })

  test('nothing counts before it is committed: neither after taking it back nor after a crash', async () => {
    const { store, reopen } = subject()
    fill(store, { startMs: at(0), count: 30, values: { 0: limits(0) } }).abandon()
    expect((await store.readSamples([0], everything)).unixMs).toHaveLength(0)
    fill(store, { startMs: at(0), count: 30, values: { 0: limits(0) } })
    const again = reopen()
    expect((await again.readSamples([0], everything)).unixMs).toHaveLength(0)
    await maintainAll(again, at(100))
    expect(again.stats().frames).toBe(0)
    expect(again.lastSeq()).toBe(-1)
  })

  test('what is recorded goes on from its own numbers, beside what is being put in', async () => {
    const { store, record, recording, compact } = subject()
    const id = recording.id('system.memory.limit', {})
    record(10, () => recording.set(id, 1))
    const given = fill(store, { startMs: at(-hourMs / secondMs), count: 600, values: { 0: limits(0) } })
    record(300)
    await compact()
    given.commit()
    record(5)
    expect(store.lastSeq()).toBe(315)
    const back = await store.readSamples([0], everything)
    expect(back.unixMs).toHaveLength(600 + 316)
    const restarted = subject().reopen()
    expect(restarted.lastSeq()).toBe(315)
  })

  test('a minute whose seconds have been dropped is not added to again', async () => {
    const kept = { secondsMs: 60_000, minutesMs: 30 * 86_400_000 }
    const store = subject().reopen(kept)
    const given = { startMs: at(0), count: 300, values: { 0: limits(0) } }
    fill(store, given).commit()
    const before = await bucketsOf(store, '1m', { series: 0 })
    subject().monotonicMs = 0
    await maintainAll(store, at(4000))
    subject().monotonicMs = 11 * 60_000
    await maintainAll(store, at(4000 + 11 * 60))
    expect(store.oldestMs('1s')).toBeUndefined()
    const again = fill(store, given)
    again.commit()
    expect(again.total).toEqual({ added: 0, known: 0, different: 0, settled: 300 })
    expect(await bucketsOf(store, '1m', { series: 0 })).toEqual(before)
  })
}
