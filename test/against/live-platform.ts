import { choosePlatform } from '../../src/platform/choose.ts'
import type { FilesystemSpace, Host } from '../../src/platform/host.ts'
import { createLiveHost } from '../../src/platform/live-host.ts'
import { isAbsent, type Platform, type Reading } from '../../src/platform/platform.ts'

/** The platform of this machine, also for a child process that a test starts elsewhere. */

const noMounts = (): Promise<FilesystemSpace> => Promise.reject(new Error('no network filesystem is asked here'))
export const hostAt = (procfs: string): Host => createLiveHost({ procfs, sysfs: '/sys', remoteSpace: noMounts })

export const livePlatform = (procfs = '/proc'): Promise<Platform> =>
  choosePlatform(hostAt(procfs), { cgroupLimit: 200 })

export function read<T extends object>(reading: Reading<T>): T {
  if (isAbsent(reading)) throw new Error(`absent: ${reading.absent}`)
  return reading
}
