import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { bytesOf } from '../../../test/text-bytes.ts'
import {
  parseCpuMax,
  parseCpuStat,
  parseIoStat,
  parseLimit,
  parseMemoryEvents,
  parseMemoryStat,
} from './cgroup-files.ts'

describe('files of a control group', () => {
  test('cpu.stat with and without throttling', () => {
    const text = 'usage_usec 30\nuser_usec 11\nsystem_usec 19\n'
    expect({ ...parseCpuStat(bytesOf(text)) }).toMatchObject({ user_usec: 11, system_usec: 19, nr_periods: Number.NaN })
    expect({ ...parseCpuStat(bytesOf(`${text}nr_periods 5\nnr_throttled 2\nthrottled_usec 7\n`)) }).toMatchObject({
      nr_periods: 5,
      nr_throttled: 2,
      throttled_usec: 7,
    })
  })

  test('memory.stat and memory.events', () => {
    const stat = 'anon 11\nfile 12\nkernel 13\nkernel_stack 14\nshmem 15\nfile_mapped 1\ninactive_file 16\nslab 17\n'
    expect({ ...parseMemoryStat(bytesOf(stat)) }).toEqual({
      anon: 11,
      file: 12,
      kernel: 13,
      kernel_stack: 14,
      shmem: 15,
      inactive_file: 16,
      slab: 17,
    })
    expect({ ...parseMemoryEvents(bytesOf('low 9\nhigh 1\nmax 2\noom 3\noom_kill 4\noom_group_kill 5\n')) }).toEqual({
      high: 1,
      max: 2,
      oom: 3,
      oom_kill: 4,
    })
  })

  for (const [text, limit] of [
    ['max\n', undefined],
    ['1073741824\n', 1_073_741_824],
    ['0\n', 0],
    ['9223372036854771712\n', undefined],
    [`${0x7fff_ffff_ffff_f000n}\n`, undefined],
    ['-1\n', undefined],
    ['', undefined],
    ['many\n', undefined],
  ] as const) {
    test(`K3 a limit of ${JSON.stringify(text)}`, () => expect(parseLimit(text)).toBe(limit as never))
  }

  for (const [text, cpus] of [
    ['50000 100000\n', 0.5],
    ['400000 100000\n', 4],
    ['50000', 0.5],
    ['max 100000\n', undefined],
    ['', undefined],
    ['50000 0\n', undefined],
  ] as const) {
    test(`K3 cpu.max of ${JSON.stringify(text)}`, () => expect(parseCpuMax(text)).toBe(cpus as never))
  }

  const io =
    '8:0 rbytes=1000 wbytes=200 rios=10 wios=2 dbytes=7 dios=1\n' +
    '253:0 rbytes=1000 wbytes=200 rios=10 wios=2 dbytes=7 dios=1\n8:16 rbytes=30 wbytes=4 rios=3 wios=4\n'

  test('K6 bytes that a disk and the device mapper both have are counted at the disk', () => {
    expect(parseIoStat(io, (device) => device.startsWith('8:'))).toEqual({
      readBytes: 1030,
      writtenBytes: 204,
      readOperations: 13,
      writeOperations: 6,
    })
  })

  test('any text gives numbers', () => {
    const piece = fc.oneof(fc.constantFrom('8:0 ', 'rbytes=', '12 ', 'toString=1', '\n', 'max', '=', ' '), fc.string())
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const text = pieces.join('')
        for (const value of Object.values(parseIoStat(text, () => true))) expect(value).not.toBeNaN()
        for (const value of [parseLimit(text), parseCpuMax(text)])
          if (value !== undefined) expect(value).toBeGreaterThanOrEqual(0)
        parseCpuStat(bytesOf(text))
        parseMemoryStat(bytesOf(text))
        parseMemoryEvents(bytesOf(text))
      }),
    )
  })
})
