import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { ProcessRow } from '../../api/contract.ts'
import { listProcesses } from './process-list.ts'

const row = (pid: number, parentPid: number, more: Partial<ProcessRow> = {}): ProcessRow => ({
  pid,
  parentPid,
  startTicks: pid,
  name: `p${pid}`,
  commandLine: '',
  user: 'root',
  state: 'S',
  ...more,
})
const options = { sort: 'cpu', isAscending: false, filter: '', isTree: false }
const pids = (rows: readonly ProcessRow[], more = {}): number[] =>
  listProcesses(rows, { ...options, ...more }).map((shown) => shown.row.pid)

test('absent is last in either direction', () => {
  const rows = [row(1, 0), row(2, 0, { cpu: 0 }), row(3, 0, { cpu: 2 })]
  expect(pids(rows)).toEqual([3, 2, 1])
  expect(pids(rows, { isAscending: true })).toEqual([2, 3, 1])
})

test('equal ones keep their order, so that rows do not dance', () => {
  expect(pids([row(9, 0, { cpu: 0 }), row(4, 0, { cpu: 0 })])).toEqual([4, 9])
})

test('all words must occur, one with a minus must not', () => {
  const rows = [row(1, 0, { commandLine: '/usr/bin/node server.js' }), row(2, 0, { commandLine: 'node other.js' })]
  expect(pids(rows, { filter: 'node js' })).toEqual([1, 2])
  expect(pids(rows, { filter: 'NODE -other' })).toEqual([1])
})

test('a tree: children under parents, the way to a match is kept', () => {
  const rows = [row(1, 0), row(2, 1), row(3, 2, { name: 'wanted' }), row(4, 1)]
  expect(listProcesses(rows, { ...options, isTree: true }).map(({ row: one, depth }) => [one.pid, depth])).toEqual([
    [1, 0],
    [2, 1],
    [3, 2],
    [4, 1],
  ])
  expect(pids(rows, { isTree: true, filter: 'wanted' })).toEqual([1, 2, 3])
})

test('every process is in the tree exactly once, whatever the parents say', () => {
  const rows = fc.uniqueArray(fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 30 })), { selector: ([pid]) => pid })
  fc.assert(
    fc.property(rows, (list) => {
      const shown = pids(
        list.map(([pid, parent]) => row(pid, parent)),
        { isTree: true },
      )
      expect(shown.sort((a, b) => a - b)).toEqual(list.map(([pid]) => pid).sort((a, b) => a - b))
    }),
  )
})
