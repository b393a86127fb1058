import { describe, expect, test } from 'bun:test'
import { type FixtureHost, fixtureHost } from '../../../test/fixture-host.ts'
import { metricDef } from '../../catalogue/catalogue.ts'
import { derivedMetrics } from '../../catalogue/derived.ts'
import type { FrequencyReading } from '../platform.ts'
import { parseCpuinfoFrequencies, readFrequencies } from './cpufreq.ts'
import { createLinuxSystem } from './system.ts'

const folder = 'sys/devices/system/cpu/cpufreq'
const policy = (host: FixtureHost, number: number, cpus: string, kilohertz: number, most = 4_000_000): void => {
  host.put(`${folder}/policy${number}/affected_cpus`, `${cpus}\n`)
  host.put(`${folder}/policy${number}/scaling_cur_freq`, `${kilohertz}\n`)
  host.put(`${folder}/policy${number}/scaling_max_freq`, `${most}\n`)
}
const hertzOf = (readings: readonly FrequencyReading[]): (readonly [string, number | undefined])[] =>
  readings.map(({ cpu, hertz }) => [cpu, hertz])

describe('frequencies', () => {
  test('C13 a policy covers several CPUs, offline ones are in none, and cpu10 comes after cpu2', async () => {
    const host = fixtureHost()
    policy(host, 0, '0 1 2', 1_200_000)
    policy(host, 10, '10 11', 3_000_000)
    policy(host, 4, '', 0)
    policy(host, 5, '', 1_000_000)
    expect(hertzOf(await readFrequencies(host))).toEqual([
      ['0', 1.2e9],
      ['1', 1.2e9],
      ['2', 1.2e9],
      ['10', 3e9],
      ['11', 3e9],
    ])
  })

  test('C12 above the nominal maximum is boost, and told as it is', async () => {
    const host = fixtureHost()
    policy(host, 0, '0', 5_100_000, 4_000_000)
    expect(hertzOf(await readFrequencies(host))).toEqual([['0', 5.1e9]])
  })

  test('C10 a kernel that takes its time gets no more than a second and a half', async () => {
    const host = fixtureHost()
    for (let cpu = 0; cpu < 64; cpu++) {
      policy(host, cpu, String(cpu), 2_000_000)
      host.delay(`${folder}/policy${cpu}/scaling_cur_freq`, 100)
    }
    const readings = await readFrequencies(host)
    expect(host.clock.monotonicMs()).toBeLessThanOrEqual(1700)
    expect(readings.length).toBeGreaterThan(10)
    expect(readings.length).toBeLessThan(20)
  })

  test('C10, C11 frequencies are read in the slow lane, as a level of the instant that nothing is derived from', () => {
    expect(metricDef('system.cpu.frequency')).toMatchObject({ lane: 'slow', kind: 'gauge' })
    expect(metricDef('system.cpu.frequency').help).toContain('not a measure of load')
    for (const { from } of Object.values(derivedMetrics))
      expect(from as readonly string[]).not.toContain('system.cpu.frequency')
  })

  test('without cpufreq /proc/cpuinfo tells', async () => {
    const host = fixtureHost()
    host.put('proc/cpuinfo', 'processor\t: 0\ncpu MHz\t\t: 2899.998\n\nprocessor\t: 3\ncpu MHz\t\t: 1200.5\n')
    expect(hertzOf(await readFrequencies(host))).toEqual([
      ['0', 2_899_998_000],
      ['3', 1_200_500_000],
    ])
    expect(parseCpuinfoFrequencies('processor\t: 0\nBogoMIPS\t: 108.00\ncpu MHz: unknown\n').size).toBe(0)
  })

  test('without either they are absent with a reason', async () => {
    expect(await createLinuxSystem(fixtureHost(), 0).frequencies()).toEqual({
      absent: 'the kernel offers no CPU frequency here',
    })
  })

  test('throttles belong to their CPU', async () => {
    const host = fixtureHost()
    policy(host, 0, '0 1', 1_000_000)
    for (const cpu of [0, 1])
      host.put(`sys/devices/system/cpu/cpu${cpu}/thermal_throttle/core_throttle_count`, `${cpu + 5}\n`)
    expect((await readFrequencies(host)).map(({ throttles }) => throttles)).toEqual([5, 6])
  })
})
