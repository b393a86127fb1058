import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { secondMs, wholeHourMs } from '../../test/conformance/recording.ts'
import { sqlitePlace } from '../../test/conformance/sqlite-place.ts'
import { openSubject, type Subject } from '../../test/conformance/store.ts'
import { FrameRing } from '../frame/ring.ts'
import type { TimeRange } from '../store/store.ts'
import { history } from './history.ts'
import { slicesOf, ticksPerSlice } from './slices.ts'
import type { Sources } from './sources.ts'

let subject: Subject
/** Ranges that the store was asked for. */
let reads: TimeRange[]
let sources: Sources
beforeEach(() => {
  subject = openSubject(sqlitePlace())
  reads = []
  const { store } = subject
  const read = store.readSamples.bind(store)
  store.readSamples = (ids, range) => {
    reads.push(range)
    return read(ids, range)
  }
  sources = {
    ring: new FrameRing(),
    store,
    series: subject.recording.table,
    intervalMs: secondMs,
    now: () => subject.recording.nowMs,
  }
})
afterEach(() => {
  subject.store.close()
  subject.place.remove()
})

const at = (second: number): number => wholeHourMs + second * secondMs

/** A counter that grows as the squares do, with no tick in the minute in which one slice ends and the next begins. */
async function recordAcross(): Promise<number> {
  const id = subject.recording.id('system.network.io', { device: 'eth0', role: 'physical', direction: 'receive' })
  const keep = (second: number, more: { readonly elapsedMs?: number } = {}): void => {
    subject.recording.set(id, second * second)
    subject.store.append(subject.recording.tick({ atMs: at(second), ...more }))
  }
  for (let second = 0; second < ticksPerSlice - 30; second++) keep(second)
  keep(ticksPerSlice + 30, { elapsedMs: 61_000 })
  for (let second = ticksPerSlice + 31; second < 3 * ticksPerSlice; second++) keep(second)
  await subject.compact()
  return id
}

describe('a range in slices', () => {
  test('is as if it had been read whole, over a gap too', async () => {
    const id = await recordAcross()
    const range = { startMs: at(10), endMs: at(3 * ticksPerSlice) }
    const whole = await subject.store.readSamples([id], { ...range, startMs: at(9) })
    const values = whole.values[0] as Float64Array
    const rate = (i: number): number =>
      ((values[i] as number) - (values[i - 1] as number)) / ((whole.elapsedMs[i] as number) / 1000)
    const answer = await history(sources, { metric: 'system.network.io', resolution: '1s', range })
    expect(answer.unixMs).toEqual([...whole.unixMs.slice(1)])
    expect(answer.series[0]?.avg).toEqual(Array.from({ length: values.length - 1 }, (_, i) => rate(i + 1)))
  })

  test('gives the same steps', async () => {
    await recordAcross()
    const range = { startMs: at(0), endMs: at(3 * ticksPerSlice - 1) }
    const { series, unixMs } = await history(sources, { metric: 'system.network.io', resolution: '30s', range })
    const from = unixMs.indexOf(at(600))
    // Growth of squares over the thirty seconds before 601 … 630, each less the one before.
    expect(series[0]?.avg[from]).toBeCloseTo((629 ** 2 - 599 ** 2) / 30, 6)
    expect(reads.length).toBeGreaterThan(2)
  })

  test('lets others have their turn between two of them, so that no tick waits for all', async () => {
    const id = await recordAcross()
    let turns = 0
    let isOver = false
    const others = (async () => {
      while (!isOver) {
        turns++
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    const seen: number[] = []
    for await (const { samples, from } of slicesOf(sources, [id], {
      startMs: at(0),
      endMs: at(3 * ticksPerSlice - 1),
    })) {
      expect(samples.unixMs.length - from).toBeLessThanOrEqual(ticksPerSlice)
      seen.push(turns)
    }
    isOver = true
    await others
    expect(seen).toHaveLength(3)
    expect(new Set(seen).size).toBe(3)
  })

  test('begins where the record does, however early it is asked for', async () => {
    await recordAcross()
    await history(sources, {
      metric: 'system.network.io',
      resolution: '1s',
      range: { startMs: 0, endMs: at(100) },
    }).catch(() => undefined)
    for await (const _ of slicesOf(sources, [], { startMs: 0, endMs: at(100) }));
    expect(reads.length).toBeLessThan(5)
  })

  test('of no record is none', async () => {
    for await (const _ of slicesOf(sources, [], { startMs: 0, endMs: at(0) })) throw new Error('there is nothing')
    expect(reads).toEqual([])
  })
})
