import { expect, test } from 'bun:test'
import type { HealthResponse } from '../../api/contract.ts'
import { findingsOf, levelOf } from './findings.ts'
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
