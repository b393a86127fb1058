import { expect, test } from 'bun:test'
import { parseOwnMappings } from './own-memory.ts'

const maps = `00200000-01f5c000 r--p 00000000 fe:00 131081                             /usr/bin/sysmon
01f5c000-0485a000 r-xp 01d5b000 fe:00 131081                             /usr/bin/sysmon
0485a000-04a00000 rw-p 04658000 fe:00 131081                             /usr/bin/sysmon
7f1200000000-7f1200021000 r-xp 00000000 fe:00 222                        /usr/lib/libc.so.6
`

test('the segments of the executable itself, each by what it is', () => {
  expect(parseOwnMappings(maps, '/usr/bin/sysmon')).toEqual([
    { what: 'constants', start: 0x00200000n, bytes: 0x01d5c000n },
    { what: 'code', start: 0x01f5c000n, bytes: 0x28fe000n },
    { what: 'data', start: 0x0485a000n, bytes: 0x1a6000n },
  ])
})

test('constants with relocations applied in memory are left alone: they would be lost', () => {
  const line = '04a00000-04b00000 r--p 047fe000 fe:00 131081  /usr/bin/sysmon'
  expect(parseOwnMappings(line, '/usr/bin/sysmon')).toEqual([])
})

test('a path with spaces', () => {
  const line = '00400000-00500000 r-xp 00000000 fe:00 1  /home/a b/sysmon'
  expect(parseOwnMappings(line, '/home/a b/sysmon')).toHaveLength(1)
})

test('an executable that was replaced on disk is left alone', () => {
  const line = '00400000-00500000 r-xp 00000000 fe:00 1  /usr/bin/sysmon (deleted)'
  expect(parseOwnMappings(line, '/usr/bin/sysmon')).toEqual([])
})
