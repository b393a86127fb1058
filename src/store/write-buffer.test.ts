import { expect, test } from 'bun:test'
import { Recording, wholeHourMs } from '../../test/conformance/recording.ts'
import { type StoredTick, StoreError } from './store.ts'
import { WriteBuffer } from './write-buffer.ts'

/** A store that can be told to fail, and a clock. */
function bufferOver(limit?: number) {
  const state = {
    monotonicMs: 0,
    failure: undefined as Error | undefined,
    tries: 0,
    kept: [] as StoredTick[],
    changes: [] as (string | undefined)[],
  }
  const buffer = new WriteBuffer(
    {
      append: (tick) => {
        state.tries++
        if (state.failure !== undefined) throw state.failure
        state.kept.push(tick)
      },
    },
    () => state.monotonicMs,
    (why) => state.changes.push(why),
    limit,
  )
  const recording = new Recording(wholeHourMs)
  const run = (count: number): void => {
    for (let i = 0; i < count; i++) {
      state.monotonicMs += 1000
      buffer.append(recording.tick())
    }
  }
  return { state, buffer, recording, run }
}
const full = new StoreError('full', 'database or disk is full')
const seqs = (ticks: readonly StoredTick[]): number[] => ticks.map((tick) => tick.seq)
const upTo = (count: number, first = 0): number[] => Array.from({ length: count }, (_, i) => first + i)

test('ticks pass straight through while the store writes', () => {
  const { state, buffer, run } = bufferOver()
  run(5)
  expect(seqs(state.kept)).toEqual(upTo(5))
  expect([buffer.stored, buffer.waiting, buffer.dropped, buffer.degraded]).toEqual([5, 0, 0, undefined])
  expect(state.changes).toEqual([])
})

test('Q6: while it cannot, they wait, and are written in order when it can again', () => {
  const { state, buffer, run } = bufferOver()
  run(3)
  state.failure = full
  run(50)
  expect([buffer.stored, buffer.waiting, buffer.degraded]).toEqual([3, 50, 'database or disk is full'])
  state.failure = undefined
  run(60)
  expect(seqs(state.kept)).toEqual(upTo(113))
  expect([buffer.stored, buffer.waiting, buffer.dropped, buffer.degraded]).toEqual([113, 0, 0, undefined])
  expect(state.changes).toEqual(['database or disk is full', undefined])
})

test('it is tried after 1, 2, 4 … seconds, at last each 30', () => {
  const { state, run } = bufferOver()
  state.failure = full
  const triedAt: number[] = []
  for (let second = 0; second < 130; second++) {
    const before = state.tries
    run(1)
    if (state.tries > before) triedAt.push(second)
  }
  expect(triedAt).toEqual([0, 1, 3, 7, 15, 31, 61, 91, 121])
})

test('after it has come back the first retry is soon again', () => {
  const { state, run } = bufferOver()
  state.failure = full
  run(40)
  state.failure = undefined
  run(40)
  state.failure = full
  run(1)
  const { tries } = state
  run(1)
  expect(state.tries).toBe(tries + 1)
})

test('a long queue is written in portions, a portion a tick', () => {
  const { state, buffer, run } = bufferOver()
  state.failure = full
  run(1000)
  state.failure = undefined
  let most = 0
  while (buffer.waiting > 0) {
    const before = state.tries
    run(1)
    most = Math.max(most, state.tries - before)
  }
  expect(most).toBe(200)
  expect(seqs(state.kept)).toEqual(upTo(state.kept.length))
})

test('past the limit the oldest run goes, up to the next key frame, and is counted', () => {
  const { state, buffer, recording, run } = bufferOver(500)
  run(10)
  state.failure = full
  const limit = recording.id('system.memory.limit', {})
  recording.set(limit, 1)
  run(600)
  expect(buffer.dropped).toBe(290)
  expect(buffer.waiting).toBe(310)
  state.failure = undefined
  buffer.flush()
  expect(seqs(state.kept)).toEqual([...upTo(10), ...upTo(310, 300)])
  const [first] = state.kept.slice(10)
  expect(first?.isKey).toBe(true)
  expect(first?.newSeries.map(({ metric }) => metric)).toEqual(['system.memory.limit'])
})

test('where no key frame waits all go, and what depends on them, until one comes', () => {
  const { state, buffer, recording, run } = bufferOver(20)
  run(10)
  state.failure = full
  recording.set(recording.id('system.memory.limit', {}), 1)
  run(21)
  expect([buffer.waiting, buffer.dropped, buffer.needsKey]).toEqual([0, 21, true])
  state.failure = undefined
  run(5)
  expect(buffer.dropped).toBe(26)
  buffer.append(recording.tick({ isKey: true }))
  expect(buffer.needsKey).toBe(false)
  state.monotonicMs += 60_000
  run(1)
  expect(seqs(state.kept)).toEqual([...upTo(10), 36, 37])
  expect(state.kept[10]?.newSeries).toHaveLength(1)
})

test('an error that is no failure of the store is passed on, and the tick does not stand in the way', () => {
  const { state, buffer, run } = bufferOver()
  state.failure = full
  run(3)
  state.failure = new TypeError('a mistake')
  state.monotonicMs += 60_000
  expect(() => run(1)).toThrow('a mistake')
  state.failure = undefined
  run(400)
  expect(buffer.waiting).toBe(0)
  expect(state.kept.every((tick, i) => i === 0 || tick.seq > (state.kept[i - 1] as StoredTick).seq)).toBe(true)
})
