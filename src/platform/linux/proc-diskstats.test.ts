import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { bytesOf } from '../../../test/text-bytes.ts'
import type { DiskReading } from '../platform.ts'
import { DiskstatsParser } from './proc-diskstats.ts'

const parser = (): DiskstatsParser => new DiskstatsParser(() => 'physical')
const parse = (text: string): DiskReading[] => parser().parse(bytesOf(text))
/** One device whose milliseconds of reading, I/O and queue are given. */
const line = (read: number, io = read, weighted = read): string =>
  ` 8 0 sda 10 0 80 ${read} 20 0 160 0 0 ${io} ${weighted}\n`

describe('/proc/diskstats', () => {
  test('each field has its place', () => {
    expect(parse(' 254 0 vda 11 12 13 14 21 22 23 24 3 31 32 41 42 43 44 51 52\n')).toEqual([
      {
        device: 'vda',
        role: 'physical',
        read: { operations: 11, merged: 12, bytes: 13 * 512, seconds: 0.014 },
        write: { operations: 21, merged: 22, bytes: 23 * 512, seconds: 0.024 },
        inFlight: 3,
        ioSeconds: 0.031,
        weightedIoSeconds: 0.032,
        discard: { operations: 41, merged: 42, bytes: 43 * 512, seconds: 0.044 },
      },
    ])
  })

  test('D2 a sector is 512 bytes', () => expect(parse(line(1))[0]?.read.bytes).toBe(80 * 512))

  test('D3 4294967290 ms and then 10 ms is 16 ms more', () => {
    const disks = parser()
    const before = disks.parse(bytesOf(line(4_294_967_290)))[0]!
    const after = disks.parse(bytesOf(line(10)))[0]!
    expect(after.read.seconds - before.read.seconds).toBeCloseTo(0.016, 6)
    expect(after.ioSeconds! - before.ioSeconds!).toBeCloseTo(0.016, 6)
    expect(after.weightedIoSeconds! - before.weightedIoSeconds!).toBeCloseTo(0.016, 6)
  })

  test('D3 whatever wraps whenever: the seconds grow by the milliseconds that passed', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 32 - 1 }), fc.array(fc.nat({ max: 3_600_000 })), (start, steps) => {
        const disks = parser()
        let ms = start
        let expected = start / 1000
        disks.parse(bytesOf(line(ms)))
        for (const step of steps) {
          ms = (ms + step) % 2 ** 32
          expected += step / 1000
          expect(disks.parse(bytesOf(line(ms)))[0]?.ioSeconds).toBeCloseTo(expected, 2)
        }
      }),
    )
  })

  test('D3, D8 a device that starts again from 0 is no wrap', () => {
    const disks = parser()
    disks.parse(bytesOf(line(500_000)))
    expect(disks.parse(bytesOf(line(20)))[0]?.ioSeconds).toBe(500)
    expect(disks.parse(bytesOf(line(30)))[0]?.ioSeconds).toBe(500.01)
  })

  test('D8 a device that went away and came back has a new beginning', () => {
    const disks = parser()
    disks.parse(bytesOf(line(500_000)))
    expect(disks.parse(bytesOf(''))).toEqual([])
    expect(disks.parse(bytesOf(line(20)))[0]?.ioSeconds).toBe(0.02)
  })

  for (const [what, text, discard] of [
    ['11 fields of Linux 4.14', '8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n', undefined],
    ['15 fields of Linux 4.18', '8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n', 12],
    ['17 fields of Linux 5.5', '8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n', 12],
    ['more than are known', '8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20\n', 12],
  ] as const) {
    test(`D4 ${what}`, () => {
      const [disk, ...others] = parse(`${text}8 16 sdb 1 2 3 4 5 6 7 8 9 10 11\n`)
      expect(disk).toMatchObject({ device: 'sda', inFlight: 9, ioSeconds: 0.01 })
      expect(disk?.discard?.operations).toBe(discard as never)
      expect(others.map(({ device }) => device)).toEqual(['sdb'])
    })
  }

  test('D4 a partition line of four fields, a short one and a broken one are left out', () => {
    expect(parse('8 1 sda1 9 8 7 6\n8 2 sda2\n8 3 sda3 1 2 x 4 5 6 7 8 9 10 11\n\n')).toEqual([])
  })

  test('D6 operations in flight are a level: they go down again', () => {
    const disks = parser()
    const levels = [7, 0].map((level) => disks.parse(bytesOf(`8 0 sda 1 0 8 1 1 0 8 1 ${level} 1 1\n`))[0]?.inFlight)
    expect(levels).toEqual([7, 0])
  })

  test('a device that has never done anything is left out', () => {
    expect(parse('7 0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n')).toEqual([])
  })

  test('any bytes are read without a throw and give no negative count', () => {
    const piece = fc.oneof(
      fc.constantFrom('8 0 sda ', '1 2 3 4 5 6 7 8 9 10 11', '\n', '18446744073709551615 '),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        for (const { read, write, ioSeconds } of parse(pieces.join('').replaceAll('-', ' ')))
          for (const value of [...Object.values(read), ...Object.values(write), ioSeconds])
            expect(value).toBeGreaterThanOrEqual(0)
      }),
    )
  })
})
