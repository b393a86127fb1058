import { absent, type FrequencyReading, type Reading, type SensorReading } from '../platform.ts'
import { type Block, isFailure, type Native, whole, whyNot } from './native.ts'
import { powerStatus, processorPower } from './structures/system.ts'

/** PROCESSOR_POWER_INFORMATION for each CPU, in MHz. Some firmware reports the base frequency whatever the clock is. */
export function parseFrequencies({ view, length }: Block): FrequencyReading[] {
  const { at, size } = processorPower
  return Array.from({ length: Math.floor(length / size) }, (_, index) => {
    const start = index * size
    const hertz = view.getUint32(start + at.CurrentMhz, true) * 1e6
    return { cpu: String(view.getUint32(start + at.Number, true)), hertz: hertz || undefined, throttles: undefined }
  })
}

export async function readFrequencies(native: Native, cpus: number): Promise<Reading<readonly FrequencyReading[]>> {
  const answer = native.processorPower(cpus)
  if (isFailure(answer)) return absent(whyNot(answer))
  const list = parseFrequencies(answer).filter(({ hertz }) => hertz !== undefined)
  return list.length > 0 ? list : absent('the firmware tells no CPU frequency')
}

/** SYSTEM_POWER_STATUS: 255 and 2^32-1 mean unknown (S6); the flag 128 that there is no battery. */
const unknownByte = 255
const unknownTime = 2 ** 32 - 1
const noBattery = 128
const charging = 8

/** `undefined`: a machine without a battery, which says nothing of its supply either that is worth to know. */
export function parsePower({ view }: Block): Pick<SensorReading, 'batteries' | 'supplies'> | undefined {
  const { at } = powerStatus
  const line = view.getUint8(at.ACLineStatus)
  const flag = view.getUint8(at.BatteryFlag)
  if (flag === unknownByte || (flag & noBattery) !== 0) return undefined
  const percent = view.getUint8(at.BatteryLifePercent)
  const secondsLeft = view.getUint32(at.BatteryLifeTime, true)
  return {
    batteries: [
      {
        battery: 'all',
        charge: percent === unknownByte ? undefined : Math.min(1, percent / 100),
        secondsLeft: secondsLeft === unknownTime || (flag & charging) !== 0 ? undefined : secondsLeft,
      },
    ],
    supplies: line === unknownByte ? [] : [{ supply: 'mains', online: line === 1 }],
  }
}

/** Windows tells temperatures and fans to drivers and, through WMI, to administrators: not without starting WMI (W7). */
export async function readSensors(native: Native): Promise<Reading<SensorReading>> {
  const answer = whole(native.powerStatus(), powerStatus)
  if (isFailure(answer)) return absent(whyNot(answer))
  const power = parsePower(answer)
  if (power === undefined) return absent('no battery; Windows tells temperatures and fans only to drivers of its own')
  return { temperatures: [], fans: [], powers: [], energies: [], ...power }
}
