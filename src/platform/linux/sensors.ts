import { naturalOrder } from '../../base/natural-order.ts'
import { sanitizeText } from '../../base/text.ts'
import { type Host, HostError } from '../host.ts'
import type { SensorReading } from '../platform.ts'

/**
 * /sys/class/hwmon, thermal, power_supply and powercap (Documentation/hwmon/sysfs-interface.rst). Read in the slow lane
 * only; a file that failed is asked less and less often (S2). hwmonN is renumbered at each boot, so a sensor is named by
 * chip, device and label (S3). Nothing here wakes a sleeping device: those whose runtime power state is suspended are
 * left alone (S4).
 */
type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer I)[] ? I[] : T[K] }

/** What no working sensor gives, by quantity (S1). */
const plausible = {
  celsius: (value: number): boolean => value >= -40 && value <= 150 && value !== 0 && value !== 127,
  limitCelsius: (value: number): boolean => value > 0 && value <= 150 && value !== 127,
  rpm: (value: number): boolean => value >= 0 && value < 60_000,
  watts: (value: number): boolean => value >= 0 && value < 20_000,
}

export class Sensors {
  readonly #failures = new Map<string, { count: number; nextRun: number }>()
  #run = 0

  constructor(private readonly host: Host) {}

  async read(): Promise<SensorReading> {
    this.#run++
    const reading: Mutable<SensorReading> = {
      temperatures: [],
      fans: [],
      powers: [],
      energies: [],
      batteries: [],
      supplies: [],
    }
    const { sysfs } = this.host
    for (const chip of await this.#folders(`${sysfs}/class/hwmon`)) await this.#readChip(chip, reading)
    if (reading.temperatures.length === 0) {
      for (const zone of await this.#folders(`${sysfs}/class/thermal`)) await this.#readZone(zone, reading)
    }
    for (const supply of await this.#folders(`${sysfs}/class/power_supply`)) await this.#readSupply(supply, reading)
    for (const domain of await this.#folders(`${sysfs}/class/powercap`)) await this.#readDomain(domain, reading)
    return reading
  }

  async #readChip(folder: string, reading: Mutable<SensorReading>): Promise<void> {
    if ((await this.#text(`${folder}/device/power/runtime_status`)) === 'suspended') return
    const chip = (await this.#text(`${folder}/name`)) ?? 'unknown'
    const device = this.#deviceName(folder)
    for (const { kind, input, label } of await this.#inputs(folder)) {
      const value = await this.#number(`${folder}/${input}_input`)
      if (value === undefined) continue
      const sensor = sanitizeText(`${chip} ${device} ${label}`.replace(/\s+/g, ' '))
      if (kind === 'temp') await this.#addTemperature(reading, sensor, value, `${folder}/${input}`)
      else if (kind === 'fan' && plausible.rpm(value)) reading.fans.push({ sensor, rpm: value })
      else if (kind === 'power' && plausible.watts(value / 1e6)) reading.powers.push({ sensor, watts: value / 1e6 })
      else if (kind === 'energy') reading.energies.push({ sensor, joules: value / 1e6 })
    }
  }

  /** What a chip measures; labels that it gives twice are told apart by the input (S3). */
  async #inputs(folder: string): Promise<{ kind: string; input: string; label: string }[]> {
    const inputs: { kind: string; input: string; label: string }[] = []
    for (const file of await this.#names(folder)) {
      const [, input, kind] = /^((temp|fan|power|energy)\d+)_input$/.exec(file) ?? []
      if (input === undefined || kind === undefined) continue
      inputs.push({ kind, input, label: (await this.#text(`${folder}/${input}_label`)) ?? input })
    }
    const isRepeated = (label: string): boolean => inputs.filter((other) => other.label === label).length > 1
    return inputs.map((one) => (isRepeated(one.label) ? { ...one, label: `${one.label} ${one.input}` } : one))
  }

  async #addTemperature(reading: Mutable<SensorReading>, sensor: string, milli: number, base: string): Promise<void> {
    const celsius = milli / 1000
    if (!plausible.celsius(celsius)) return
    const high = await this.#number(`${base}_max`)
    const critical = await this.#number(`${base}_crit`)
    const limit = (value: number | undefined): number | undefined =>
      value !== undefined && plausible.limitCelsius(value / 1000) ? value / 1000 : undefined
    reading.temperatures.push({ sensor, celsius, highCelsius: limit(high), criticalCelsius: limit(critical) })
  }

  async #readZone(folder: string, reading: Mutable<SensorReading>): Promise<void> {
    const milli = await this.#number(`${folder}/temp`)
    const type = await this.#text(`${folder}/type`)
    if (milli === undefined || !plausible.celsius(milli / 1000)) return
    const sensor = sanitizeText(`${type ?? 'thermal'} ${folder.slice(folder.lastIndexOf('/') + 1)}`)
    reading.temperatures.push({ sensor, celsius: milli / 1000, highCelsius: undefined, criticalCelsius: undefined })
  }

  async #readSupply(folder: string, reading: Mutable<SensorReading>): Promise<void> {
    const name = sanitizeText(folder.slice(folder.lastIndexOf('/') + 1))
    const type = await this.#text(`${folder}/type`)
    if (type === 'Battery') {
      const number = (file: string): Promise<number | undefined> => this.#number(`${folder}/${file}`)
      // Watt hours with watts, or ampere hours with amperes: never one of each.
      const energy = await number('energy_now')
      const [now, full, draw] =
        energy === undefined
          ? [await number('charge_now'), await number('charge_full'), await number('current_now')]
          : [energy, await number('energy_full'), await number('power_now')]
      const status = await this.#text(`${folder}/status`)
      reading.batteries.push({ battery: name, ...batteryOf(now, full, draw, await number('capacity'), status) })
      this.#addBatteryPower(reading, name, await number('power_now'))
      return
    }
    const online = await this.#number(`${folder}/online`)
    if (online !== undefined) reading.supplies.push({ supply: name, online: online > 0 })
  }

  /** Many kernels show the draw of a battery as a chip of hwmon as well. */
  #addBatteryPower(reading: Mutable<SensorReading>, battery: string, microwatts: number | undefined): void {
    if (microwatts === undefined || !plausible.watts(microwatts / 1e6)) return
    if (reading.powers.some(({ sensor }) => sensor.startsWith(`${battery} `))) return
    reading.powers.push({ sensor: battery, watts: microwatts / 1e6 })
  }

  async #readDomain(folder: string, reading: Mutable<SensorReading>): Promise<void> {
    const microjoules = await this.#number(`${folder}/energy_uj`)
    if (microjoules === undefined) return
    const name = (await this.#text(`${folder}/name`)) ?? ''
    const sensor = sanitizeText(`${folder.slice(folder.lastIndexOf('/') + 1)} ${name}`)
    reading.energies.push({ sensor, joules: microjoules / 1e6 })
  }

  /** The last part of the device's own path: the bus address, which stays when numbers change. */
  #deviceName(folder: string): string {
    try {
      const target = this.host.readLink(`${folder}/device`)
      return target.slice(target.lastIndexOf('/') + 1)
    } catch (error) {
      if (error instanceof HostError) return ''
      throw error
    }
  }

  async #folders(parent: string): Promise<string[]> {
    return (await this.#names(parent)).map((name) => `${parent}/${name}`)
  }

  async #names(folder: string): Promise<string[]> {
    if (!this.host.exists(folder)) return []
    return (await this.host.listSlowly(folder)).sort(naturalOrder)
  }

  async #number(path: string): Promise<number | undefined> {
    const text = await this.#text(path)
    const value = Number(text)
    return text === undefined || text === '' || Number.isNaN(value) ? undefined : value
  }

  /** A file that is not there or fails is asked again after 1, 2, 4 … 64 runs. */
  async #text(path: string): Promise<string | undefined> {
    const failed = this.#failures.get(path)
    if (failed !== undefined && this.#run < failed.nextRun) return undefined
    try {
      const text = (await this.host.readTextSlowly(path, 1000)).trim()
      this.#failures.delete(path)
      return text
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      const count = (failed?.count ?? 0) + 1
      this.#failures.set(path, { count, nextRun: this.#run + 2 ** Math.min(6, count) })
      return undefined
    }
  }
}

/** Negative and all-ones readings are how firmware says that it does not know (S6). */
export function batteryOf(
  now: number | undefined,
  full: number | undefined,
  draw: number | undefined,
  capacityPercent: number | undefined,
  status: string | undefined,
): { charge: number | undefined; secondsLeft: number | undefined } {
  const known = (value: number | undefined): value is number => value !== undefined && value >= 0 && value < 0xffff_ffff
  const ratio = known(now) && known(full) && full > 0 ? now / full : undefined
  const stated = known(capacityPercent) && capacityPercent <= 100 ? capacityPercent / 100 : undefined
  const charge = ratio !== undefined ? Math.min(1, ratio) : stated
  const drains = status === 'Discharging' && known(now) && known(draw) && draw > 0
  return { charge, secondsLeft: drains ? Math.round((now / draw) * 3600) : undefined }
}
