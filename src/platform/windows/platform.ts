import { hostname } from 'node:os'
import type { Host } from '../host.ts'
import type { HostIdentity, Platform } from '../platform.ts'
import { isAbsent } from '../platform.ts'
import { readProcessorTimes } from './cpu.ts'
import { readBootTime, readIdentity, readSinceBootMs } from './identity.ts'
import type { Native } from './native.ts'
import { createWindowsProcesses } from './process/monitor.ts'
import { createWindowsSystem } from './system.ts'

/**
 * Windows 10, Server 2019 and later, x64 and arm64: documented calls and those of ntdll that every monitor uses. No
 * program is started, no WMI, no counters by localised names (W1, W7).
 */
export function createWindowsPlatform(host: Host, native: Native): Platform {
  const bootTime = readBootTime(native)
  const times = readProcessorTimes(native)
  const logicalCpus = isAbsent(times) ? 1 : times.cpus.length
  const processes = createWindowsProcesses(native, host.clock, bootTime, process.pid)
  let identity: HostIdentity | undefined
  return {
    os: 'windows',
    identity: () => {
      const parts = { hostName: hostname(), architecture: process.arch, logicalCpus }
      identity ??= readIdentity(native, bootTime, parts)
      return identity
    },
    sinceBootMs: () => readSinceBootMs(native),
    system: createWindowsSystem(native, host, logicalCpus, processes.totals),
    processes,
    limitations: () => processes.limitations(),
    raisePriority: () => native.raisePriority(),
    releaseMemory: () => Promise.resolve(0),
    close: () => native.close(),
  }
}
