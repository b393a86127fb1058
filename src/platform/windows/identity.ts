import { sanitizeText } from '../../base/text.ts'
import type { HostIdentity } from '../platform.ts'
import { parseMemoryStatus } from './memory.ts'
import { type Block, isFailure, type Native, whole } from './native.ts'
import { memoryStatus, systemClass, timeOfDay, versionInformation } from './structures/system.ts'

/** Instants as FILETIME, 100 ns since 1601: too large for a number, so kept in halves. */
export interface FileTime {
  readonly low: number
  readonly high: number
}

/**
 * When the machine was started, by the clock of then: setting the clock moves BootTime and its bias alike, so their
 * difference stays (T3). It is the origin of start ticks and tells boots apart.
 */
export function parseBootTime({ view }: Block): FileTime {
  const { at } = timeOfDay
  const time = view.getBigUint64(at.BootTime, true) - view.getBigUint64(at.BootTimeBias, true)
  return { low: Number(time & 0xffffffffn), high: Number(time >> 32n) }
}

/** 100 ns from one to the other, exact as long as it is within 28 years. */
export const ticksBetween = (from: FileTime, low: number, high: number): number =>
  (high - from.high) * 2 ** 32 + (low - from.low)

export function readBootTime(native: Native): FileTime {
  const answer = whole(native.system(systemClass.timeOfDay), timeOfDay)
  return isFailure(answer) ? { low: 0, high: 0 } : parseBootTime(answer)
}

/**
 * Time since boot in milliseconds, asleep included; setting the clock moves both ends alike. Of the same origin as start
 * ticks, unlike GetTickCount64 under Wine, where the machine below has been up for longer.
 */
export function readSinceBootMs(native: Native): number {
  const answer = whole(native.system(systemClass.timeOfDay), timeOfDay)
  if (isFailure(answer)) return native.uptimeMs()
  const { view } = answer
  const { BootTime, CurrentTime } = timeOfDay.at
  const boot = { low: view.getUint32(BootTime, true), high: view.getUint32(BootTime + 4, true) }
  const ticks = ticksBetween(boot, view.getUint32(CurrentTime, true), view.getUint32(CurrentTime + 4, true))
  return Math.max(0, ticks) / 1e4
}

export interface Version {
  readonly kernel: string
  readonly name: string
}

/** wProductType of a workstation. */
const workstation = 1
/** First build of each, newest first. https://learn.microsoft.com/windows/release-health/release-information */
const servers: readonly (readonly [build: number, name: string])[] = [
  [26100, 'Windows Server 2025'],
  [20348, 'Windows Server 2022'],
  [17763, 'Windows Server 2019'],
  [14393, 'Windows Server 2016'],
]
const workstations: readonly (readonly [build: number, name: string])[] = [
  [22000, 'Windows 11'],
  [10240, 'Windows 10'],
]

/** OSVERSIONINFOEXW: Windows 11 still says that it is 10.0. */
export function parseVersion({ view }: Block): Version {
  const { at } = versionInformation
  const build = view.getUint32(at.dwBuildNumber, true)
  const number = `${view.getUint32(at.dwMajorVersion, true)}.${view.getUint32(at.dwMinorVersion, true)}`
  const known = view.getUint8(at.wProductType) === workstation ? workstations : servers
  const name = known.find(([first]) => build >= first)?.[1] ?? `Windows ${number}`
  return { kernel: `${number}.${build}`, name }
}

export interface IdentityParts {
  readonly hostName: string
  readonly architecture: string
  readonly logicalCpus: number
}

export function readIdentity(native: Native, bootTime: FileTime, parts: IdentityParts): HostIdentity {
  const answer = whole(native.version(), versionInformation)
  const version = isFailure(answer) ? { kernel: 'unknown', name: 'Windows' } : parseVersion(answer)
  const memory = whole(native.memoryStatus(), memoryStatus)
  const hex = (number: number): string => number.toString(16).padStart(8, '0')
  return {
    bootId: `${native.bootNumber() ?? 0}-${hex(bootTime.high)}${hex(bootTime.low)}`,
    hostName: sanitizeText(parts.hostName) || 'unknown',
    kernel: version.kernel,
    osName: version.name,
    architecture: parts.architecture,
    scope: 'host',
    logicalCpus: Math.max(1, parts.logicalCpus),
    memoryBytes: isFailure(memory) ? undefined : parseMemoryStatus(memory).totalBytes,
  }
}
