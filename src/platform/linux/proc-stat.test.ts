import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { fixtureHost } from '../../../test/fixture-host.ts'
import { bytesOf } from '../../../test/text-bytes.ts'
import type { CpuReading } from '../platform.ts'
import { parseProcStat } from './proc-stat.ts'
import { createLinuxSystem } from './system.ts'

const parse = (text: string): CpuReading => parseProcStat(bytesOf(text))
const cpu0 = (line: string): CpuReading['cpus'][number]['seconds'] | undefined => parse(line).cpus[0]?.seconds
const statOf = (cpus: readonly number[]): string =>
  `cpu  ${cpus.length} 0 0 9 0 0 0 0 0 0\n${cpus.map((n) => `cpu${n} ${n + 1} 0 0 9 0 0 0 0 0 0\n`).join('')}`

describe('/proc/stat', () => {
  test('each field has its mode', () => {
    expect(cpu0('cpu0 1105 202 301 95421 512 60 7 3 40 1\n')).toEqual({
      user: 10.65,
      nice: 2.01,
      system: 3.01,
      idle: 954.21,
      iowait: 5.12,
      interrupt: 0.6,
      softirq: 0.07,
      steal: 0.03,
      guest: 0.4,
      guest_nice: 0.01,
    })
  })

  test('C1 the modes add up to the total of the kernel: guest time is in no other', () => {
    const ticks = [1105, 202, 301, 95_421, 512, 60, 7, 3, 900, 150]
    const parts = Object.values(cpu0(`cpu0 ${ticks.join(' ')}`) ?? {})
    const total = ticks.slice(0, 8).reduce((sum, value) => sum + value, 0) / 100
    expect(parts.reduce((sum, value) => sum + value, 0)).toBeCloseTo(total, 6)
  })

  test('C2 a guest share that was rounded up leaves 0, not one tick less', () => {
    expect(cpu0('cpu0 1000 20 0 0 0 0 0 0 1001 21')).toMatchObject({ user: 0, nice: 0, guest: 10.01, guest_nice: 0.21 })
  })

  test('C7 offline CPUs leave holes in the numbers', () => {
    expect(parse(statOf([0, 1, 4, 5, 8])).cpus.map(({ cpu, seconds }) => [cpu, seconds.user])).toEqual([
      ['0', 0.01],
      ['1', 0.02],
      ['4', 0.05],
      ['5', 0.06],
      ['8', 0.09],
    ])
  })

  test('C19 more than 1024 CPUs are each told apart', () => {
    const { cpus } = parse(statOf(Array.from({ length: 1500 }, (_, n) => n)))
    expect(cpus).toHaveLength(1500)
    expect(cpus[1499]).toMatchObject({ cpu: '1499', seconds: { user: 15 } })
  })

  test('C20 the total of interrupts is the first number of its line, not the last', () => {
    const reading = parse(
      'intr 9382741 11 22 33 44\nctxt 5\nprocesses 6\nprocs_running 7\nprocs_blocked 8\nsoftirq 90 1 2',
    )
    expect(reading).toEqual({
      cpus: [],
      interrupts: 9_382_741,
      contextSwitches: 5,
      processesCreated: 6,
      runQueue: 7,
      blocked: 8,
      softirqs: 90,
    })
  })

  test('fields that an old kernel does not have are absent', () => {
    expect(cpu0('cpu0 100 2 3 400\n')).toEqual({
      user: 1,
      nice: 0.02,
      system: 0.03,
      idle: 4,
      iowait: undefined,
      interrupt: undefined,
      softirq: undefined,
      steal: undefined,
      guest: undefined,
      guest_nice: undefined,
    } as never)
  })

  test('lines that it does not know are left alone', () => {
    expect(parse('cpu 1 2\ncpufreq 1\npage 1 2\nbtime 1700000000\nctxt\n')).toEqual(parse(''))
  })

  test('any bytes give numbers that are whole and not negative, or nothing', () => {
    const line = fc.oneof(fc.string(), fc.constantFrom('cpu0 ', 'cpu1 1 2 3', 'intr ', 'cpu0 x y', 'softirq 1', '\n'))
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
        const { cpus, ...whole } = parse(lines.join('\n').replaceAll('-', ''))
        for (const value of [...Object.values(whole), ...cpus.flatMap(({ seconds }) => Object.values(seconds))]) {
          if (value !== undefined) expect(value).toBeGreaterThanOrEqual(0)
        }
      }),
    )
  })

  test('counts near 2^64 and a file that was cut off do no harm', () => {
    const whole = 'cpu0 18446744073709551615 0 0 18446744073709551615 0 0 0 0 0 0\nctxt 18446744073709551615\n'
    for (let length = 0; length <= whole.length; length++) {
      const { cpus, contextSwitches } = parse(whole.slice(0, length))
      for (const value of [contextSwitches, ...cpus.flatMap(({ seconds }) => Object.values(seconds))])
        if (value !== undefined) expect(value).toBeGreaterThanOrEqual(0)
    }
  })
})

describe('reading it', () => {
  test('C8 once a tick, from a file that stays open', () => {
    const host = fixtureHost()
    host.put('proc/stat', statOf([0, 1]))
    const system = createLinuxSystem(host, 0)
    for (let tick = 0; tick < 5; tick++) system.cpu()
    // Opening is counted as one read.
    expect(host.reads('proc/stat')).toBe(6)
    expect(host.openFiles).toBe(1)
  })

  test('C9 the number of CPUs may be another at the next reading', () => {
    const host = fixtureHost()
    const system = createLinuxSystem(host, 0)
    const counts = [28, 4, 28].map((count) => {
      host.put('proc/stat', statOf(Array.from({ length: count }, (_, n) => n)))
      const reading = system.cpu()
      return 'absent' in reading ? undefined : reading.cpus.length
    })
    expect(counts).toEqual([28, 4, 28])
  })
})
