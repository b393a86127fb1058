import type { Host } from '../host.ts'
import type { Platform } from '../platform.ts'
import { releaseCodePages } from './own-memory.ts'
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
  return {
    os: 'linux',
    identity: () => linuxIdentity(host),
    system: createLinuxSystem(host, cgroupLimit),
    processes,
    limitations: () => processes.limitations(),
    releaseMemory: () => releaseCodePages(host, process.execPath),
    close: () => processes.close(),
  }
}
