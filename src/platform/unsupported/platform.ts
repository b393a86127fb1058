import type { ProcessTable } from '../../frame/process-table.ts'
import { absent, type Platform, type SelfReading } from '../platform.ts'

/** Every part of the contract, giving nothing: the template from which a system is begun, and the answer on others. */
export function createUnsupportedPlatform(osName: string): Platform {
  const none = absent(`not read on ${osName} yet`)
  const later = (): Promise<typeof none> => Promise.resolve(none)
  return {
    os: 'unsupported',
    identity: () => ({
      bootId: 'unknown',
      hostName: 'unknown',
      kernel: 'unknown',
      osName,
      architecture: process.arch,
      scope: 'host',
      logicalCpus: 1,
      memoryBytes: undefined,
    }),
    sinceBootMs: () => undefined,
    system: {
      cpu: () => none,
      load: () => none,
      memory: () => none,
      paging: () => none,
      pressure: () => none,
      disks: () => none,
      networks: () => none,
      protocols: () => none,
      kernel: () => none,
      cgroups: () => none,
      cgroupsLeftOut: () => 0,
      self: readSelf,
      frequencies: later,
      filesystems: later,
      diskSizes: later,
      links: later,
      connections: later,
      sensors: later,
      entropy: later,
    },
    processes: {
      scan: (table: ProcessTable) => {
        table.beginTick()
        return { denied: {}, vanished: 0, limitedView: none.absent }
      },
      details: later,
      signal: () => Promise.resolve({ outcome: 'refused', why: none.absent }),
      signals: [],
      secondsPerTick: 0.01,
    },
    limitations: () => [{ what: osName, lost: 'every reading', cure: 'run sysmon on Linux' }],
    releaseMemory: () => Promise.resolve(0),
    close: () => undefined,
  }
}

function readSelf(): SelfReading {
  const usage = process.cpuUsage()
  return {
    userSeconds: usage.user / 1e6,
    systemSeconds: usage.system / 1e6,
    residentBytes: process.memoryUsage.rss(),
    diskReadBytes: undefined,
    diskWrittenBytes: undefined,
  }
}
