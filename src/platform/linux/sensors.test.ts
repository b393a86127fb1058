import { describe, expect, test } from 'bun:test'
import { type FixtureHost, fixtureHost } from '../../../test/fixture-host.ts'
import { isAbsent, type SensorReading } from '../platform.ts'
import { batteryOf, Sensors } from './sensors.ts'
import { createLinuxSystem } from './system.ts'

/** A chip of hwmon with its files. */
function chip(host: FixtureHost, number: number, device: string, files: Readonly<Record<string, string>>): string {
  const folder = `sys/class/hwmon/hwmon${number}`
  for (const [name, text] of Object.entries(files)) host.put(`${folder}/${name}`, text)
  host.putLink(`${folder}/device`, `../../../${device}`)
  return folder
}
const read = (host: FixtureHost): Promise<SensorReading> => new Sensors(host).read()
const temperatures = async (host: FixtureHost): Promise<Record<string, number>> =>
  Object.fromEntries((await read(host)).temperatures.map(({ sensor, celsius }) => [sensor, celsius]))

describe('values', () => {
  for (const milli of ['-273150', '-128000', '127000', '3892314000', '-650788984', '0', 'N/A', '']) {
    test(`S1 a temperature of "${milli}" is none`, async () => {
      const host = fixtureHost()
      chip(host, 0, 'x.0', { name: 'x', temp1_input: milli, temp2_input: '40500\n' })
      expect(await temperatures(host)).toEqual({ 'x x.0 temp2': 40.5 })
    })
  }

  test('S1 a limit that no chip means is none, and the temperature stays', async () => {
    const host = fixtureHost()
    chip(host, 0, 'x.0', { name: 'x', temp1_input: '41000', temp1_max: '65261850', temp1_crit: '105000' })
    expect((await read(host)).temperatures).toEqual([
      { sensor: 'x x.0 temp1', celsius: 41, highCelsius: undefined, criticalCelsius: 105 },
    ])
  })

  test('fans that stand still turn at 0, and power is in watts', async () => {
    const host = fixtureHost()
    chip(host, 0, 'x.0', {
      name: 'x',
      fan1_input: '0',
      fan2_input: '65535000',
      power1_input: '15500000',
      energy1_input: '2000000',
    })
    expect(await read(host)).toMatchObject({
      fans: [{ sensor: 'x x.0 fan1', rpm: 0 }],
      powers: [{ sensor: 'x x.0 power1', watts: 15.5 }],
      energies: [{ sensor: 'x x.0 energy1', joules: 2 }],
    })
  })
})

describe('names', () => {
  const core = { name: 'coretemp\n', temp1_label: 'Package id 0\n', temp1_input: '50000\n' }

  test('S3 a chip has the same name whatever its number at this boot', async () => {
    const names = async (number: number): Promise<string[]> => {
      const host = fixtureHost()
      chip(host, number, 'coretemp.0', core)
      return Object.keys(await temperatures(host))
    }
    expect(await names(3)).toEqual(['coretemp coretemp.0 Package id 0'])
    expect(await names(7)).toEqual(await names(3))
  })

  test('S3 two chips of a kind are told apart by their devices, labels given twice by their inputs', async () => {
    const host = fixtureHost()
    chip(host, 0, 'coretemp.0', core)
    chip(host, 1, 'coretemp.1', {
      ...core,
      temp2_label: 'Core 0',
      temp2_input: '41000',
      temp3_label: 'Core 0',
      temp3_input: '42000',
    })
    expect(await temperatures(host)).toEqual({
      'coretemp coretemp.0 Package id 0': 50,
      'coretemp coretemp.1 Package id 0': 50,
      'coretemp coretemp.1 Core 0 temp2': 41,
      'coretemp coretemp.1 Core 0 temp3': 42,
    })
  })

  test('R12 labels that a terminal would obey are harmless', async () => {
    const host = fixtureHost()
    chip(host, 0, 'x.0', { name: 'x', temp1_input: '41000', temp1_label: '\u001b]52;c;evil\u0007' })
    expect(Object.keys(await temperatures(host))).toEqual(['x x.0 \ufffd]52;c;evil\ufffd'])
  })
})

describe('files that fail', () => {
  test('S2 one that fails is asked less and less often, and the others are read', async () => {
    const host = fixtureHost()
    const folder = chip(host, 0, 'x.0', { name: 'x', temp1_input: '41000', temp2_input: '42000' })
    host.fail(`${folder}/temp1_input`, 'EINVAL')
    const sensors = new Sensors(host)
    for (let run = 0; run < 100; run++) expect((await sensors.read()).temperatures).toHaveLength(1)
    expect(host.reads(`${folder}/temp1_input`)).toBeLessThan(10)
    expect(host.reads(`${folder}/temp2_input`)).toBe(100)
  })

  test('S2 one that hangs is given up after a second', async () => {
    const host = fixtureHost()
    const folder = chip(host, 0, 'x.0', { name: 'x', temp1_input: '41000', temp2_input: '42000' })
    host.hang(`${folder}/temp1_input`)
    const reading = read(host)
    while (host.clock.pendingTimers === 0) await Promise.resolve()
    host.clock.advance(1000)
    expect((await reading).temperatures).toEqual([expect.objectContaining({ sensor: 'x x.0 temp2' })])
  })

  test('S4 a device that sleeps is left alone', async () => {
    const host = fixtureHost()
    const folder = chip(host, 0, 'gpu', { name: 'amdgpu', temp1_input: '41000' })
    host.put('sys/gpu/power/runtime_status', 'suspended\n')
    host.putLink(`${folder}/device`, '../../../gpu')
    expect((await read(host)).temperatures).toEqual([])
    expect(host.reads(`${folder}/temp1_input`)).toBe(0)
    host.put('sys/gpu/power/runtime_status', 'active\n')
    expect((await read(host)).temperatures).toHaveLength(1)
  })

  test('thermal zones stand in when no chip has a temperature', async () => {
    const host = fixtureHost()
    host.put('sys/class/thermal/thermal_zone0/type', 'x86_pkg_temp\n')
    host.put('sys/class/thermal/thermal_zone0/temp', '61000\n')
    host.put('sys/class/thermal/cooling_device0/type', 'Processor\n')
    expect(await temperatures(host)).toEqual({ 'x86_pkg_temp thermal_zone0': 61 })
    chip(host, 0, 'coretemp.0', { name: 'coretemp', temp1_input: '50000' })
    expect(await temperatures(host)).toEqual({ 'coretemp coretemp.0 temp1': 50 })
  })

  test('a machine without any says so', async () => {
    const reading = await createLinuxSystem(fixtureHost(), 0).sensors()
    expect(isAbsent(reading)).toBe(true)
  })

  test('energy that only root may read is absent', async () => {
    const host = fixtureHost()
    for (const domain of ['intel-rapl:0', 'intel-rapl:1']) {
      host.put(`sys/class/powercap/${domain}/name`, 'package-0\n')
      host.put(`sys/class/powercap/${domain}/energy_uj`, '123000000\n')
    }
    host.fail('sys/class/powercap/intel-rapl:0/energy_uj', 'EACCES')
    expect((await read(host)).energies).toEqual([{ sensor: 'intel-rapl:1 package-0', joules: 123 }])
  })
})

describe('batteries', () => {
  for (const [what, args, expected] of [
    ['half full', [30, 60, 10, 50, 'Discharging'], { charge: 0.5, secondsLeft: 10_800 }],
    ['charging', [30, 60, 10, 50, 'Charging'], { charge: 0.5, secondsLeft: undefined }],
    ['negative draw', [30, 60, -10, 50, 'Discharging'], { charge: 0.5, secondsLeft: undefined }],
    ['draw of 4294967295', [30, 60, 4_294_967_295, 50, 'Discharging'], { charge: 0.5, secondsLeft: undefined }],
    ['no draw', [30, 60, 0, 50, 'Discharging'], { charge: 0.5, secondsLeft: undefined }],
    ['negative charge', [-5, 60, 10, 44, 'Discharging'], { charge: 0.44, secondsLeft: undefined }],
    ['more than full', [61, 60, 10, 100, 'Full'], { charge: 1, secondsLeft: undefined }],
    ['capacity only', [undefined, undefined, undefined, 87, 'Full'], { charge: 0.87, secondsLeft: undefined }],
    ['capacity absurd', [undefined, undefined, undefined, 255, 'Full'], { charge: undefined, secondsLeft: undefined }],
  ] as const) {
    test(`S6 ${what}`, () => {
      const [now, full, draw, capacity, status] = args
      expect(batteryOf(now, full, draw, capacity, status)).toEqual(expected as never)
    })
  }

  const battery = (host: FixtureHost, name: string, files: Readonly<Record<string, string>>): void => {
    for (const [file, text] of Object.entries({ type: 'Battery', ...files }))
      host.put(`sys/class/power_supply/${name}/${file}`, `${text}\n`)
  }

  test('S6 several stand side by side, and mains power apart', async () => {
    const host = fixtureHost()
    battery(host, 'BAT0', { status: 'Discharging', energy_now: '20', energy_full: '40', power_now: '10' })
    battery(host, 'BAT1', { status: 'Unknown', charge_now: '9', charge_full: '10', current_now: '1' })
    host.put('sys/class/power_supply/AC/type', 'Mains\n')
    host.put('sys/class/power_supply/AC/online', '0\n')
    expect(await read(host)).toMatchObject({
      batteries: [
        { battery: 'BAT0', charge: 0.5, secondsLeft: 7200 },
        { battery: 'BAT1', charge: 0.9, secondsLeft: undefined },
      ],
      supplies: [{ supply: 'AC', online: false }],
    })
  })

  test('the draw of a battery is a power, once', async () => {
    const host = fixtureHost()
    battery(host, 'BAT0', { status: 'Discharging', energy_now: '20', energy_full: '40', power_now: '10000000' })
    battery(host, 'BAT1', { status: 'Discharging', energy_now: '20', energy_full: '40', power_now: '-5' })
    expect((await read(host)).powers).toEqual([{ sensor: 'BAT0', watts: 10 }])
    chip(host, 0, 'BAT0', { name: 'BAT0', power1_input: '10000000' })
    expect((await read(host)).powers).toEqual([{ sensor: 'BAT0 BAT0 power1', watts: 10 }])
  })

  test('S6 ampere hours are not divided by watts', async () => {
    const host = fixtureHost()
    battery(host, 'BAT0', { status: 'Discharging', charge_now: '20', charge_full: '40', power_now: '10' })
    expect((await read(host)).batteries).toEqual([{ battery: 'BAT0', charge: 0.5, secondsLeft: undefined }])
  })
})
