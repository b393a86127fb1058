import type { DiskFlow, DiskReading, DiskRole } from '../platform.ts'
import { Cursor } from './bytes.ts'

/**
 * One line of /proc/diskstats (Documentation/admin-guide/iostats.rst):
 * ` 254 0 vda 24520 9 1606426 4412 35811 32019 2467744 26731 0 12345 31143 0 0 0 0 1200 950`
 * major minor name, then: reads, merged, sectors, ms; writes likewise; in flight; ms of I/O; weighted ms; since 4.18
 * discards likewise; since 5.5 flushes. Before 2.6.25 partitions had four fields: such lines are left out (D4).
 * A sector here is always 512 bytes (D2). The ms fields are 32 bits wide even on 64-bit kernels and wrap (D3).
 */
const sectorBytes = 512
const wrapMs = 2 ** 32
/** Fields that a whole line has at least. */
const fewestFields = 11

/** Milliseconds that wrap at 2^32, made into seconds that do not: each step is taken modulo 2^32. */
class Unwrapped {
  #lastMs = Number.NaN
  #seconds = 0

  /** An implausible step, of more than a day at once, is a device reset: the count goes on without it. */
  next(ms: number): number {
    const step = Number.isNaN(this.#lastMs) ? ms : (ms - this.#lastMs + wrapMs) % wrapMs
    if (Number.isNaN(this.#lastMs) || step < mostPlausibleStepMs) this.#seconds += step / 1000
    this.#lastMs = ms
    return Math.round(this.#seconds * 1000) / 1000
  }
}
const mostPlausibleStepMs = 86_400_000

interface Device {
  readonly read: Unwrapped
  readonly write: Unwrapped
  readonly discard: Unwrapped
  readonly io: Unwrapped
  readonly weighted: Unwrapped
  lastSeen: number
}

export class DiskstatsParser {
  readonly #cursor = new Cursor()
  readonly #devices = new Map<string, Device>()
  #run = 0

  constructor(private readonly roleOf: (device: string) => DiskRole) {}

  /** Devices that have never done anything (unused loops, ram disks) are left out. */
  parse(bytes: Uint8Array): DiskReading[] {
    const cursor = this.#cursor.of(bytes)
    const disks: DiskReading[] = []
    this.#run++
    while (!cursor.done) {
      cursor.skipFields(2)
      const name = cursor.word()
      const disk = name === '' ? undefined : this.#parseDevice(name.replaceAll('!', '/'))
      if (disk !== undefined) disks.push(disk)
      cursor.nextLine()
    }
    for (const [name, device] of this.#devices) if (device.lastSeen !== this.#run) this.#devices.delete(name)
    return disks
  }

  #parseDevice(name: string): DiskReading | undefined {
    const cursor = this.#cursor
    const fields: number[] = []
    while (!cursor.atLineEnd && fields.length < 15) fields.push(cursor.number())
    const isWhole = fields.length >= fewestFields && !fields.some(Number.isNaN)
    if (!isWhole || (fields[0] === 0 && fields[4] === 0)) return undefined
    const device = this.#deviceOf(name)
    const flow = (at: number, time: Unwrapped): DiskFlow => ({
      operations: fields[at] as number,
      merged: fields[at + 1],
      bytes: (fields[at + 2] as number) * sectorBytes,
      seconds: time.next(fields[at + 3] as number),
    })
    return {
      device: name,
      role: this.roleOf(name),
      read: flow(0, device.read),
      write: flow(4, device.write),
      inFlight: fields[8],
      ioSeconds: device.io.next(fields[9] as number),
      weightedIoSeconds: device.weighted.next(fields[10] as number),
      discard: fields.length >= 15 ? flow(11, device.discard) : undefined,
    }
  }

  #deviceOf(name: string): Device {
    let device = this.#devices.get(name)
    if (device === undefined) {
      const unwrapped = (): Unwrapped => new Unwrapped()
      device = {
        read: unwrapped(),
        write: unwrapped(),
        discard: unwrapped(),
        io: unwrapped(),
        weighted: unwrapped(),
        lastSeen: 0,
      }
      this.#devices.set(name, device)
    }
    device.lastSeen = this.#run
    return device
  }
}
