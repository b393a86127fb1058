import { expect, test } from 'bun:test'
import type { Delta, Snapshot } from '../../api/live-contract.ts'
import { applyCurrent, applyDelta, applySnapshot, type LiveState, seriesKey } from './live.ts'

const host: Snapshot['host'] = {
  hostName: 'box',
  os: 'linux',
  osName: 'Debian 13',
  kernel: '6.12',
  architecture: 'x64',
  bootId: 'b',
  scope: 'host',
  logicalCpus: 2,
}
const snapshot: Snapshot = {
  type: 'snapshot',
  seq: 10,
  unixMs: 10_000,
  elapsedSeconds: 1,
  host,
  series: [
    { id: 1, metric: 'load', labels: {}, unit: '1' },
    { id: 2, metric: 'io', labels: { device: 'vda', direction: 'read' }, unit: 'By/s' },
  ],
  values: [0.5, null],
}
const delta = (seq: number, changes: Delta['changes'], more: Partial<Delta> = {}): Delta => ({
  type: 'delta',
  seq,
  unixMs: seq * 1000,
  elapsedSeconds: 1,
  changes,
  ...more,
})
const io = seriesKey('io', { direction: 'read', device: 'vda' })

test('absent in the snapshot is absent, not 0', () => {
  const state = applySnapshot(undefined, snapshot)
  expect(state.values.get('load')).toBe(0.5)
  expect(state.values.has(io)).toBe(false)
  expect(state.missed).toBe(0)
})

test('a delta changes what it names and nothing else; null takes away', () => {
  const first = applySnapshot(undefined, snapshot)
  const second = applyDelta(first, delta(11, [[2, 700]])) as LiveState
  expect([second.values.get('load'), second.values.get(io), second.unixMs]).toEqual([0.5, 700, 11_000])
  const third = applyDelta(second, delta(12, [[1, null]])) as LiveState
  expect(third.values.has('load')).toBe(false)
  expect(first.values.get('load')).toBe(0.5)
})

test('a series that appears is named once and known after', () => {
  const first = applySnapshot(undefined, snapshot)
  const more = { series: [{ id: 3, metric: 'new', labels: {}, unit: '1' }] }
  const second = applyDelta(first, delta(11, [[3, 1]], more)) as LiveState
  expect(applyDelta(second, delta(12, [[3, 2]]))?.values.get('new')).toBe(2)
})

test('a delta of a series nobody named asks for a snapshot', () => {
  expect(applyDelta(applySnapshot(undefined, snapshot), delta(11, [[99, 1]]))).toBeUndefined()
})

test('coalesced ticks are counted as missed; old ones change nothing', () => {
  const first = applySnapshot(undefined, snapshot)
  expect(applyDelta(first, delta(15, []))?.missed).toBe(4)
  expect(applyDelta(first, delta(9, [[1, 7]]))).toBe(first)
})

test('a gap is of its tick only', () => {
  const first = applySnapshot(undefined, { ...snapshot, gap: 'suspend' })
  expect(first.gap).toBe('suspend')
  expect(applyDelta(first, delta(11, []))?.gap).toBeUndefined()
})

test('polling gives the same values; a restarted daemon is a break', () => {
  const first = applySnapshot(undefined, snapshot)
  const answer = { unixMs: 12_000, seq: 12, elapsedSeconds: 1, host, values: [] }
  expect(applyCurrent(first, answer).missed).toBe(1)
  expect(applyCurrent(first, { ...answer, seq: 1 }).missed).toBe(1)
  const again = applyCurrent(first, answer)
  expect(applyCurrent(again, answer)).toBe(again)
})
