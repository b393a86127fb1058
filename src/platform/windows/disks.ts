import type { HostClock } from '../host.ts'
import { absent, type DiskReading, type DiskRole, type DiskSizeReading, type Reading } from '../platform.ts'
import { type Block, codes, type Failure, isFailure, type Native, whyNot } from './native.ts'
import { diskGeometry, diskPerformance, storageDevice, virtualBuses } from './structures/disk.ts'
import { counter64, seconds64, unsigned64 } from './structures/structure.ts'
import { WideCounters } from './wide-counter.ts'

/** DISK_PERFORMANCE. Times are in 100 ns; counts of operations are of 32 bits. */
export interface DiskCounters {
  readonly readBytes: number
  readonly writtenBytes: number
  readonly readSeconds: number
  readonly writeSeconds: number
  readonly idleSeconds: number
  readonly reads: number
  readonly writes: number
  readonly inFlight: number
}

/** Nothing when the answer is too short to hold it (D10). */
export function parseDiskPerformance({ view, length }: Block): DiskCounters | undefined {
  const { at } = diskPerformance
  if (length < at.StorageManagerName) return undefined
  return {
    readBytes: counter64(view, at.BytesRead),
    writtenBytes: counter64(view, at.BytesWritten),
    readSeconds: seconds64(view, at.ReadTime),
    writeSeconds: seconds64(view, at.WriteTime),
    idleSeconds: seconds64(view, at.IdleTime),
    reads: view.getUint32(at.ReadCount, true),
    writes: view.getUint32(at.WriteCount, true),
    inFlight: view.getUint32(at.QueueDepth, true),
  }
}

/** DISK_GEOMETRY_EX: size in bytes. */
export const parseDiskSize = ({ view, length }: Block): number | undefined =>
  length < diskGeometry.at.Data ? undefined : unsigned64(view, diskGeometry.at.DiskSize) || undefined

/** STORAGE_DEVICE_DESCRIPTOR: what lies on other disks would count their bytes again. */
export const parseDiskRole = ({ view, length }: Block): DiskRole =>
  length >= storageDevice.at.RawPropertiesLength &&
  virtualBuses.includes(view.getUint32(storageDevice.at.BusType, true))
    ? 'virtual'
    : 'physical'

/** Numbers may have gaps where a drive was pulled out. */
const mostMissing = 4
const mostDrives = 64

interface Drive {
  readonly number: number
  readonly device: string
  readonly role: DiskRole
  readonly wide: WideCounters<'reads' | 'writes'>
  /** It does not count: not asked again until drives are looked for anew. */
  silent: Failure | undefined
  busySeconds: number
  last: { readonly idleSeconds: number; readonly atMs: number } | undefined
}

/** The drives of the machine, found now and then and asked each tick with one call each. */
export class Disks {
  readonly #drives = new Map<number, Drive>()
  #found = false

  constructor(
    private readonly native: Native,
    private readonly clock: HostClock,
  ) {}

  read(): Reading<readonly DiskReading[]> {
    if (!this.#found) this.#find()
    const readings: DiskReading[] = []
    let why: Failure | undefined
    for (const drive of this.#drives.values()) {
      const counters = drive.silent ?? this.#ask(drive)
      if (isFailure(counters)) why = counters
      else readings.push(this.#reading(drive, counters))
    }
    if (readings.length > 0) return readings
    return absent(why === undefined ? 'no \\\\.\\PhysicalDrive can be opened' : whyNot(why))
  }

  async sizes(): Promise<Reading<readonly DiskSizeReading[]>> {
    this.#find()
    const sizes = [...this.#drives.values()].flatMap(({ number, device, role }) => {
      const answer = this.native.drive(number, 'geometry')
      const bytes = isFailure(answer) ? undefined : parseDiskSize(answer)
      return bytes === undefined ? [] : [{ device, role, bytes }]
    })
    return sizes.length > 0 ? sizes : absent('no drive tells its size')
  }

  #find(): void {
    this.#found = true
    let missing = 0
    for (let number = 0; number < mostDrives && missing < mostMissing; number++) {
      const answer = this.native.drive(number, 'device')
      const isGone = isFailure(answer) && answer.code === codes.fileNotFound
      missing = isGone ? missing + 1 : 0
      if (isGone || (isFailure(answer) && !this.#opens(number))) {
        this.#drives.delete(number)
        continue
      }
      const known = this.#drives.get(number)
      const role = isFailure(answer) ? 'physical' : parseDiskRole(answer)
      if (known?.role === role) known.silent = undefined
      else this.#drives.set(number, newDrive(number, role))
    }
  }

  /** A drive that does not describe itself may count all the same. */
  #opens(number: number): boolean {
    return !isFailure(this.native.drive(number, 'geometry'))
  }

  #ask(drive: Drive): DiskCounters | Failure {
    const answer = this.native.drive(drive.number, 'performance')
    const counters = isFailure(answer) ? undefined : parseDiskPerformance(answer)
    if (counters !== undefined) return counters
    drive.silent = isFailure(answer) ? answer : { failed: 'IOCTL_DISK_PERFORMANCE', code: codes.insufficientBuffer }
    return drive.silent
  }

  /** Busy is what is not idle: the idle time of the drive against our own clock, so that setting the wall clock is no spike. */
  #reading(drive: Drive, counters: DiskCounters): DiskReading {
    const atMs = this.clock.monotonicMs()
    const { last } = drive
    const { idleSeconds } = counters
    if (last !== undefined) {
      const elapsed = (atMs - last.atMs) / 1000
      const idle = idleSeconds - last.idleSeconds
      if (idle >= 0) drive.busySeconds += Math.max(0, elapsed - idle)
    }
    drive.last = { idleSeconds, atMs }
    const flow = (bytes: number, operations: number, seconds: number) => ({
      bytes,
      operations,
      seconds,
      merged: undefined,
    })
    return {
      device: drive.device,
      role: drive.role,
      read: flow(counters.readBytes, drive.wide.next('reads', counters.reads), counters.readSeconds),
      write: flow(counters.writtenBytes, drive.wide.next('writes', counters.writes), counters.writeSeconds),
      discard: undefined,
      inFlight: counters.inFlight,
      ioSeconds: drive.busySeconds,
      weightedIoSeconds: undefined,
    }
  }
}

const newDrive = (number: number, role: DiskRole): Drive => ({
  number,
  device: `PhysicalDrive${number}`,
  role,
  wide: new WideCounters(),
  silent: undefined,
  busySeconds: 0,
  last: undefined,
})
