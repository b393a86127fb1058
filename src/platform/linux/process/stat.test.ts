import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { statLine } from '../../../../test/process-files.ts'
import { bytesOf } from '../../../../test/text-bytes.ts'
import { Cursor } from '../bytes.ts'
import { parseIo } from './io.ts'
import { parseSchedstat } from './schedstat.ts'
import { emptyStat, kernelThreadFlag, nameBytes, parseStat, type StatFields } from './stat.ts'

const parse = (bytes: Uint8Array): StatFields | undefined => {
  const into = emptyStat()
  return parseStat(new Cursor().of(bytes), into) ? into : undefined
}
const whole =
  '77 (tmux: server) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 -19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43\n'

describe('/proc/PID/stat', () => {
  test('every field has its place, counted as proc_pid_stat(5) counts', () => {
    expect(parse(bytesOf(whole))).toEqual({
      stateByte: 'S'.charCodeAt(0),
      parentPid: 4,
      flags: 9,
      minorFaults: 10,
      majorFaults: 12,
      userTicks: 14,
      systemTicks: 15,
      childrenTicks: 16 + 17,
      nice: -19,
      threads: 20,
      startTicks: 22,
      virtualBytes: 23,
      residentPages: 24,
      processor: 39,
      ioDelayTicks: 42,
    })
  })

  for (const name of ['a) S (b', ':-) 1 2 3', 'x)\nR 1', 'name) R 1 (\n\u001b]0;x', ') Z 0 0 0', '', ' ', '((((']) {
    test(`R1 a program that calls itself ${JSON.stringify(name)}`, () => {
      const line = statLine({ pid: 5, name, parentPid: 42, startTicks: 777 })
      expect(parse(line)).toMatchObject({ parentPid: 42, startTicks: 777, stateByte: 'S'.charCodeAt(0) })
      expect(new TextDecoder().decode(nameBytes(line))).toBe(name)
    })
  }

  test('R1 whatever bytes the name holds, the fields are those of the kernel', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(), fc.nat(), (name, userTicks, startTicks) => {
        const line = statLine({ pid: 5, name, userTicks, startTicks })
        expect(parse(line)).toMatchObject({ userTicks, startTicks, threads: 1 })
        expect(nameBytes(line)).toEqual(name)
      }),
    )
  })

  test('R6 kernel threads carry a flag', () => {
    const flags = parse(statLine({ pid: 2, flags: 2_129_984 }))?.flags ?? 0
    expect(flags & kernelThreadFlag).not.toBe(0)
    expect((parse(statLine({ pid: 2 }))?.flags ?? 0) & kernelThreadFlag).toBe(0)
  })

  test('a line that was cut off before the memory is none, and no byte makes it throw', () => {
    const end = whole.indexOf(' 24 ')
    for (let length = 0; length <= end; length++) expect(parse(bytesOf(whole.slice(0, length)))).toBeUndefined()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        parse(bytes)
        nameBytes(bytes)
      }),
    )
  })
})

describe('/proc/PID/schedstat and io', () => {
  const sched = (text: string): unknown => {
    const into = { runNs: 0, waitSeconds: 0, switches: 0 }
    return parseSchedstat(new Cursor().of(bytesOf(text)), into) ? into : undefined
  }
  test('time run, time waited, turns', () => {
    expect(sched('33684021 1184067 215\n')).toEqual({ runNs: 33_684_021, waitSeconds: 0.001184, switches: 215 })
    expect(sched('33684021 118')).toBeUndefined()
    expect(sched('')).toBeUndefined()
  })

  const io = (text: string): { readBytes: number; writtenBytes: number } | undefined => {
    const into = { readBytes: 0, writtenBytes: 0 }
    return parseIo(new Cursor().of(bytesOf(text)), into) ? into : undefined
  }
  const text =
    'rchar: 323934931\nwchar: 323929600\nsyscr: 632687\nsyscw: 632675\nread_bytes: 11\nwrite_bytes: 300\ncancelled_write_bytes: 100\n'

  test('R14 bytes from and to storage, not those of pipes and cache', () => {
    expect(io(text)).toEqual({ readBytes: 11, writtenBytes: 200 })
  })

  test('what was cancelled never makes less than nothing', () => {
    expect(io('read_bytes: 1\nwrite_bytes: 5\ncancelled_write_bytes: 9\n')).toEqual({ readBytes: 1, writtenBytes: 0 })
  })

  test('any bytes are read without a throw', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (any) => {
        io(any)
        io(text.slice(0, any.length))
        sched(any)
      }),
    )
  })
})
