import { expect, test } from 'bun:test'
import { Recording, type TickOptions } from '../../test/conformance/recording.ts'
import type { Frame, SeriesId } from '../frame/frame.ts'
import { StoreError } from '../store/store.ts'
import { CounterWatch } from './watch-counter.ts'

const metric = 'system.linux.memory.oom_kills'

/** A store's small values, which may fail. */
function memoryMeta() {
  const values = new Map<string, string>()
  const state = { failure: undefined as Error | undefined, writes: 0 }
  return {
    values,
    state,
    getMeta: (key: string) => values.get(key),
    setMeta: (key: string, value: string) => {
      state.writes++
      if (state.failure !== undefined) throw state.failure
      values.set(key, value)
    },
  }
}
type Meta = ReturnType<typeof memoryMeta>
type Told = [by: number, wasMissed: boolean]

/** One run of a daemon in one boot. */
function started(meta: Meta, boot: string) {
  const told: Told[] = []
  const watch = new CounterWatch(metric, boot, meta, (by, wasMissed) => told.push([by, wasMissed]))
  const recording = new Recording()
  const other = recording.id('system.memory.limit', {})
  let id: SeriesId | undefined
  const tick = (kills: number | undefined, options: TickOptions = {}): void => {
    id ??= kills === undefined ? undefined : recording.id(metric, {})
    if (id !== undefined) recording.set(id, kills ?? Number.NaN)
    recording.set(other, 1).tick(options)
    watch.look(recording.frame as Frame, recording.table)
  }
  return { told, tick }
}

test('the first value ever seen is no event: nobody knows when it was reached', () => {
  const { told, tick } = started(memoryMeta(), 'boot-1')
  tick(7)
  tick(7)
  expect(told).toEqual([])
})

test('each step is told once, with its size', () => {
  const { told, tick } = started(memoryMeta(), 'boot-1')
  for (const kills of [0, 1, 1, 4, 4]) tick(kills)
  expect(told).toEqual([
    [1, false],
    [3, false],
  ])
})

test('M13: what the kernel killed while nobody watched, sysmon itself perhaps, is told once after the restart', () => {
  const meta = memoryMeta()
  started(meta, 'boot-1').tick(2)
  const second = started(meta, 'boot-1')
  second.tick(3)
  second.tick(3)
  expect(second.told).toEqual([[1, true]])
  const third = started(meta, 'boot-1')
  third.tick(3)
  expect(third.told).toEqual([])
})

test('M13: after a restart of the machine the counter begins anew, and nothing is told of the boot before', () => {
  const meta = memoryMeta()
  started(meta, 'boot-1').tick(5)
  const { told, tick } = started(meta, 'boot-2')
  tick(9)
  expect(told).toEqual([])
  tick(10)
  expect(told).toEqual([[1, false]])
})

test('a counter that falls within a boot is a new beginning', () => {
  const { told, tick } = started(memoryMeta(), 'boot-1')
  for (const kills of [5, 2, 3]) tick(kills)
  expect(told).toEqual([[1, false]])
})

test('absent is not 0: a counter that is away for some ticks comes back without an event', () => {
  const { told, tick } = started(memoryMeta(), 'boot-1')
  for (const kills of [4, undefined, undefined, 4, 5]) tick(kills)
  expect(told).toEqual([[1, false]])
})

test('a machine that does not count is watched in peace', () => {
  const meta = memoryMeta()
  const { told, tick } = started(meta, 'boot-1')
  for (let i = 0; i < 3; i++) tick(undefined)
  expect([told, meta.state.writes]).toEqual([[], 0])
})

test('the value is written when it changes, not each tick', () => {
  const meta = memoryMeta()
  const { tick } = started(meta, 'boot-1')
  for (const kills of [1, 1, 1, 2, 2]) tick(kills)
  expect(meta.state.writes).toBe(2)
})

test('M13, Q6: with a store that cannot write the kill is told at once, and kept when it can again', () => {
  const meta = memoryMeta()
  const first = started(meta, 'boot-1')
  first.tick(0)
  meta.state.failure = new StoreError('full', 'database or disk is full')
  first.tick(1)
  first.tick(1)
  expect(first.told).toEqual([[1, false]])
  meta.state.failure = undefined
  first.tick(1)
  expect(first.told).toEqual([[1, false]])
  const second = started(meta, 'boot-1')
  second.tick(1)
  expect(second.told).toEqual([])
})

test('an error that is not the store’s is not swallowed', () => {
  const meta = memoryMeta()
  const { tick } = started(meta, 'boot-1')
  meta.state.failure = new Error('bug')
  expect(() => tick(1)).toThrow('bug')
})
