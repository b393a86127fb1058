import { expect, test } from 'bun:test'
import type { HealthResponse } from '../../api/contract.ts'
import { findingsOf, holdFindings, levelOf, shownFindings } from './findings.ts'
import type { LiveState } from './live.ts'

const state = (values: Readonly<Record<string, number>>): LiveState => ({
  seq: 1,
  unixMs: 1,
  series: new Map(),
  values: new Map(Object.entries(values)),
  missed: 0,
})

test('a machine at ease has nothing to say, nor has one that is not known', () => {
  expect(findingsOf(state({ 'system.cpu.utilization': 0.5, 'system.memory.utilization': 0.2 }), undefined)).toEqual([])
  expect(findingsOf(state({}), undefined)).toEqual([])
  expect(levelOf('system.cpu.utilization', undefined)).toBe('unknown')
})

test('the worst comes first', () => {
  const found = findingsOf(
    state({
      'system.memory.utilization': 0.91,
      'system.filesystem.utilization{mountpoint=/}': 0.99,
      'system.filesystem.inodes.utilization{mountpoint=/srv}': 0.95,
    }),
    { problems: ['the disk is slow'] } as unknown as HealthResponse,
  )
  expect(found.map(({ level, text }) => `${level}: ${text}`)).toEqual([
    'bad: / is 99 % full',
    'warning: Memory is 91 % full',
    'warning: inodes of /srv are 95 % full',
    'warning: the disk is slow',
  ])
})

test.each([
  [0.89, 'ok'],
  [0.9, 'warning'],
  [0.98, 'bad'],
] as const)('CPUs %p busy: %s', (value, level) => {
  expect(levelOf('system.cpu.utilization', value)).toBe(level)
})

test('a bad second alone says nothing, five do, and a good one in between changes nothing', () => {
  const busy = state({ 'system.cpu.utilization': 0.99 })
  const calm = state({ 'system.cpu.utilization': 0.1 })
  let held = holdFindings(undefined, findingsOf(calm, undefined), 0)
  const after = (next: LiveState, second: number): readonly string[] => {
    held = holdFindings(held, findingsOf(next, undefined), second * 1000)
    return shownFindings(held).map(({ key }) => key)
  }
  expect(after(busy, 1)).toEqual([])
  expect(after(calm, 3)).toEqual([])
  expect(after(busy, 6)).toEqual(['system.cpu.utilization'])
  expect(after(calm, 13)).toEqual(['system.cpu.utilization'])
  expect(after(calm, 14)).toEqual([])
})

test('what is there at the first look is told at once', () => {
  const found = findingsOf(state({ 'system.memory.utilization': 0.99 }), undefined)
  expect(shownFindings(holdFindings(undefined, found, 5)).map(({ text }) => text)).toEqual(['Memory is 99 % full'])
})
