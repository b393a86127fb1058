import { addressOf, type Counter, lastError } from './foreign-call.ts'
import { GrowingBuffer, wideBytes } from './growing-buffer.ts'
import type { Libraries } from './libraries.ts'
import type { Answer, DriveControl, Failure } from './native.ts'
import { diskGeometry, diskPerformance, storageDevice } from './structures/disk.ts'

/** winioctl.h; all three are FILE_ANY_ACCESS, so a handle without any right is enough and nobody need be administrator. */
const controls: Readonly<Record<DriveControl, { readonly code: number; readonly bytes: number }>> = {
  /** IOCTL_DISK_PERFORMANCE. Some drivers want more room than the structure has (D10). */
  performance: { code: 0x70020, bytes: diskPerformance.size + 64 },
  /** IOCTL_DISK_GET_DRIVE_GEOMETRY_EX: partition and detection follow the structure. */
  geometry: { code: 0x700a0, bytes: diskGeometry.size + 216 },
  /** IOCTL_STORAGE_QUERY_PROPERTY: vendor, product and serial follow the structure. */
  device: { code: 0x2d1400, bytes: storageDevice.size + 472 },
}
/** STORAGE_PROPERTY_QUERY with StorageDeviceProperty and PropertyStandardQuery, both 0. */
const deviceProperty = new Uint8Array(12)

const shareAll = 3
const openExisting = 3
const invalidHandle = -1

/** Drives stay open: a tick costs one call each. */
export function liveDrives(libraries: Libraries, counter: Counter) {
  const { kernel32 } = libraries
  const handles = new Map<number, number>()
  const written = new Uint32Array(1)
  const buffers = Object.fromEntries(
    Object.entries(controls).map(([name, { bytes }]) => [
      name,
      new GrowingBuffer(`DeviceIoControl(${name})`, bytes, addressOf),
    ]),
  ) as Record<DriveControl, GrowingBuffer>

  function open(number: number): number | Failure {
    const known = handles.get(number)
    if (known !== undefined) return known
    counter.calls++
    const path = wideBytes(`\\\\.\\PhysicalDrive${number}`)
    const handle = Number(kernel32.CreateFileW(path, 0, shareAll, null, openExisting, 0, 0))
    if (handle === invalidHandle) return { failed: `PhysicalDrive${number}`, code: lastError(libraries) }
    handles.set(number, handle)
    return handle
  }

  function ask(number: number, control: DriveControl): Answer {
    const handle = open(number)
    if (typeof handle !== 'number') return handle
    const { code } = controls[control]
    const input = control === 'device' ? deviceProperty : null
    const answer = buffers[control].fill((bytes) => {
      counter.calls++
      const done = kernel32.DeviceIoControl(handle, code, input, input?.length ?? 0, bytes, bytes.length, written, null)
      return { code: done === 0 ? lastError(libraries) : 0, bytes: written[0] as number }
    })
    // It may have been pulled out: opened anew next time.
    if ('failed' in answer) forget(number)
    return answer
  }

  function forget(number: number): void {
    const handle = handles.get(number)
    if (handle === undefined) return
    kernel32.CloseHandle(handle)
    handles.delete(number)
  }

  return {
    ask,
    close: (): void => {
      for (const number of [...handles.keys()]) forget(number)
    },
  }
}
