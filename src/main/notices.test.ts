import { expect, test } from 'bun:test'
import { manualClock } from '../../test/manual-clock.ts'
import { createLogger } from '../base/log.ts'
import type { CollectorState } from '../collect/registry.ts'
import { type StoredEvent, StoreError } from '../store/store.ts'
import { Notices } from './notices.ts'

function noticesOver() {
  const state = { failure: undefined as Error | undefined, kept: [] as StoredEvent[], log: [] as string[] }
  const clock = manualClock(1_000_000)
  const logger = createLogger({
    level: 'debug',
    clock,
    sink: { write: (line) => state.log.push((JSON.parse(line) as { msg: string }).msg) },
  })
  const store = {
    appendEvent: (event: StoredEvent) => {
      if (state.failure !== undefined) throw state.failure
      state.kept.push(event)
    },
  }
  const notices = new Notices(clock, store, logger)
  const tell = (message: string): void => notices.event({ kind: 'gap', severity: 'info', message, data: {} })
  return { state, clock, notices, tell, kinds: () => state.kept.map(({ kind }) => kind) }
}
const full = new StoreError('full', 'database or disk is full')

test('an event has the time at which it happened', () => {
  const { state, clock, tell } = noticesOver()
  clock.advance(1500.4)
  tell('one')
  expect(state.kept).toEqual([{ unixMs: 1_001_500, kind: 'gap', severity: 'info', message: 'one', data: {} }])
})

test('Q6: events of the time in which the store could not write are kept when it can, in order, with their times', () => {
  const { state, clock, notices, tell } = noticesOver()
  state.failure = full
  notices.storeChanged('database or disk is full', 1)
  clock.advance(1000)
  tell('meanwhile')
  expect(state.kept).toEqual([])
  state.failure = undefined
  clock.advance(1000)
  notices.storeChanged(undefined, 0)
  expect(state.kept.map(({ unixMs, kind, message }) => [unixMs - 1_000_000, kind, message])).toEqual([
    [0, 'store_degraded', 'the store cannot write: database or disk is full'],
    [1000, 'gap', 'meanwhile'],
    [2000, 'store_recovered', 'the store writes again'],
  ])
})

test('what waits is bounded: the oldest goes, and the log says so', () => {
  const { state, tell } = noticesOver()
  state.failure = full
  for (let i = 0; i < 1003; i++) tell(`event ${i}`)
  state.failure = undefined
  tell('last')
  expect([state.kept.length, state.kept[0]?.message, state.kept.at(-1)?.message]).toEqual([1000, 'event 4', 'last'])
  expect(state.log).toEqual(['an event could not be kept'])
})

test('an event that the store will never take is told by the log and stands before no other', () => {
  const { state, tell } = noticesOver()
  state.failure = new Error('bug')
  tell('bad')
  state.failure = undefined
  tell('good')
  expect(state.kept.map(({ message }) => message)).toEqual(['good'])
  expect(state.log).toEqual(['an event could not be kept'])
})

const collector = (status: CollectorState['status'], why?: string): CollectorState => ({
  name: 'disk',
  status,
  why,
  failures: 0,
  durationSeconds: undefined,
})

test('a collector that fails and comes back makes one event each, however often it is tried between', () => {
  const { notices, kinds, state } = noticesOver()
  notices.collectorChanged(collector('failing', 'EIO'), 'ok')
  notices.collectorChanged(collector('backing_off', 'EIO'), 'failing')
  notices.collectorChanged(collector('failing', 'another'), 'backing_off')
  notices.collectorChanged(collector('ok'), 'failing')
  expect(kinds()).toEqual(['collector_failed', 'collector_recovered'])
  expect(state.kept[0]?.message).toBe('the collector disk fails: EIO')
})

test('a collector without data is a line in the log, no event', () => {
  const { notices, state } = noticesOver()
  notices.collectorChanged(collector('no_data', 'no disks here'), 'ok')
  expect([state.kept, state.log]).toEqual([[], ['a collector has no data']])
})

test.each<[number, boolean, string]>([
  [1, false, 'the kernel ended a process for want of memory'],
  [3, false, 'the kernel ended 3 processes for want of memory'],
  [2, true, 'the kernel ended 2 processes for want of memory while sysmon was not running'],
])('M13: %d killed, missed: %p', (by, wasMissed, message) => {
  const { notices, state } = noticesOver()
  notices.outOfMemory(by, wasMissed)
  expect(state.kept[0]).toMatchObject({ kind: 'oom_kill', severity: 'error', message, data: { count: by } })
})

test('V3: want of memory says how much and what is done about it, also where one of the two is not known', () => {
  const { notices, state, kinds } = noticesOver()
  notices.memoryShort('slow', { pressure: 0.123, groupUse: undefined }, 5)
  notices.memoryCalm()
  expect(kinds()).toEqual(['memory_short', 'memory_calm'])
  expect(state.kept[0]?.message).toBe('memory is short (stalled 12 %, own group -): a tick only every 5 intervals')
})
