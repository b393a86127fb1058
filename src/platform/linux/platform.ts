import { type Host, HostError, type KeptFile } from '../host.ts'
import type { Platform } from '../platform.ts'
import { Cursor } from './bytes.ts'
import { OwnPages } from './own-memory.ts'
import { raisePriority } from './priority.ts'
import { createLinuxProcesses } from './process/process-monitor.ts'
import { createLinuxSystem, linuxIdentity } from './system.ts'

export interface LinuxOptions {
  readonly cgroupLimit: number
}

/** Linux: /proc and /sys, cgroup v2, netlink. Nothing is started, nothing is shelled out to. */
export function createLinuxPlatform(host: Host, { cgroupLimit }: LinuxOptions): Platform {
  const isOwnRoot = host.procfs === '/proc'
  const processes = createLinuxProcesses(host, {
    ownPid: process.pid,
    ownUid: process.getuid?.() ?? 0,
    passwd: isOwnRoot ? '/etc/passwd' : undefined,
  })
  const system = createLinuxSystem(host, cgroupLimit)
  const ownPages = new OwnPages(host, process.execPath)
  return {
    os: 'linux',
    identity: () => linuxIdentity(host),
    sinceBootMs: uptimeReader(host),
    system,
    processes,
    limitations: () => processes.limitations(),
    raisePriority,
    releaseMemory: () => ownPages.release(),
    close: () => {
      system.close()
      processes.close()
    },
  }
}

/** /proc/uptime, first number: seconds since boot with hundredths, CLOCK_BOOTTIME (proc_uptime(5)). */
function uptimeReader(host: Host): () => number | undefined {
  const cursor = new Cursor()
  let file: KeptFile | undefined
  return () => {
    try {
      file ??= host.open(`${host.procfs}/uptime`)
      return cursor.of(file.read(64)).decimal() * 1000
    } catch (error) {
      if (error instanceof HostError) return undefined
      throw error
    }
  }
}
