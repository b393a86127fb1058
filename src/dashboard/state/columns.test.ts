import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { HistoryResponse } from '../../api/contract.ts'
import { appendTick, extentOf, nearestPlace, stack, toColumns } from './columns.ts'

const answer = (unixMs: readonly number[], avg: readonly (number | null)[], resolutionMs = 1000): HistoryResponse => ({
  metric: 'm',
  unit: '1',
  help: '',
  resolutionMs,
  tier: resolutionMs >= 60_000 ? '1m' : '1s',
  unixMs,
  series: [{ labels: {}, avg, min: avg, max: avg }],
})

test('a hole in time is a null, not a line across', () => {
  const columns = toColumns([answer([1000, 2001, 9000], [1, 2, 3])])
  expect(columns.seconds).toEqual([1, 2.001, 3.001, 9])
  expect(columns.lines[0]?.avg).toEqual([1, 2, null, 3])
})

test('one late tick is no hole', () => {
  expect(toColumns([answer([1000, 2700, 3000], [1, 2, 3])]).seconds).toHaveLength(3)
})

test('answers on different axes meet on one', () => {
  const columns = toColumns([answer([1000, 2000], [1, 2]), answer([2000, 3000], [20, 30])])
  expect(columns.lines.map((line) => line.avg)).toEqual([
    [1, 2, null],
    [null, 20, 30],
  ])
})

test('steps of more than a tick are roll-ups, with their band', () => {
  expect(toColumns([answer([0, 60_000], [1, 2], 60_000)]).isRolledUp).toBe(true)
  expect(toColumns([answer([0, 1000], [1, 2])]).isRolledUp).toBe(false)
})

test('a tick is added at the right, one leaves at the left, an absent value is null', () => {
  const columns = toColumns([answer([1000, 2000, 3000], [1, 2, 3])])
  const next = appendTick(columns, 4000, () => undefined, { startMs: 3000, endMs: 4000 })
  expect(next.seconds).toEqual([2, 3, 4])
  expect(next.lines[0]?.avg).toEqual([2, 3, null])
})

test('the same tick twice is one; a tick after a break leaves a hole', () => {
  const columns = toColumns([answer([1000, 2000], [1, 2])])
  const span = { startMs: 0, endMs: 9000 }
  expect(appendTick(columns, 2000, () => 9, span)).toBe(columns)
  expect(appendTick(columns, 8000, () => 9, span).lines[0]?.avg).toEqual([1, 2, null, 9])
})

test('columns keep one length and one order, whatever comes', () => {
  const ticks = fc.uniqueArray(fc.nat({ max: 100_000 }), { maxLength: 50 }).map((list) => list.sort((a, b) => a - b))
  fc.assert(
    fc.property(fc.array(ticks, { minLength: 1, maxLength: 4 }), (axes) => {
      const columns = toColumns(axes.map((axis) => answer(axis, axis)))
      expect([...columns.seconds].sort((a, b) => a - b)).toEqual([...columns.seconds])
      for (const [place, line] of columns.lines.entries()) {
        expect(line.avg).toHaveLength(columns.seconds.length)
        expect(line.avg.filter((value) => value !== null)).toEqual(axes[place] ?? [])
      }
    }),
  )
})

test('stacking: absent adds nothing, all absent stays absent', () => {
  expect(
    stack([
      [1, null, null],
      [2, 5, null],
    ]),
  ).toEqual([
    [1, null, null],
    [3, 5, null],
  ])
})

test('extent and nearest place', () => {
  expect(extentOf([[null, 3], [-1]])).toEqual({ min: -1, max: 3 })
  expect(extentOf([[null]])).toBeUndefined()
  expect([0, 1.4, 1.6, 9].map((second) => nearestPlace([1, 2, 3], second))).toEqual([0, 0, 1, 2])
  expect(nearestPlace([], 1)).toBe(-1)
})
