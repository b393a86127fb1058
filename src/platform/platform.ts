import type { cpuModes } from '../catalogue/cpu.ts'
import type { diskRoles } from '../catalogue/disk.ts'
import type { networkRoles, tcpStates } from '../catalogue/network.ts'
import type { ProcessTable } from '../frame/process-table.ts'

/**
 * The whole contract of an operating system. Each folder beside this file implements it with the same nouns;
 * `unsupported/` is the template that compiles. Nothing outside `platform/` knows an OS.
 *
 * Units are base units and stand in the names. A field that the system does not give is `undefined`, never 0. A whole
 * reading that cannot be had is an `Absent` with a reason a person can act on. Counters are raw.
 */
export interface Platform {
  readonly os: 'linux' | 'windows' | 'darwin' | 'unsupported'
  /** Facts that do not change while the machine is up. */
  identity(): HostIdentity
  /** Milliseconds since the machine started, time asleep included; `undefined` where the system does not tell. */
  sinceBootMs(): number | undefined
  readonly system: SystemMetrics
  readonly processes: ProcessMonitor
  /** What this process may not read, what is lost by it and the cure. For `sysmon doctor` and the start-up log. */
  limitations(): readonly Limitation[]
  /** Asks to run before others when CPU time is short; false: not allowed. Absent where the system has no such thing. */
  readonly raisePriority?: () => boolean
  /** Gives back memory that was needed only at start, where the system allows it; resolves to bytes given back. */
  releaseMemory(): Promise<number>
  close(): void
}

export interface Absent {
  readonly absent: string
}
/** A record, or the reason why there is none. */
export type Reading<T> = T | Absent
export const absent = (reason: string): Absent => ({ absent: reason })
export const isAbsent = (reading: object): reading is Absent => 'absent' in reading

export interface Limitation {
  readonly what: string
  readonly lost: string
  readonly cure: string
}

export interface HostIdentity {
  /** Unique to this boot: counters and start ticks compare only within one. */
  readonly bootId: string
  readonly hostName: string
  readonly kernel: string
  readonly osName: string
  readonly architecture: string
  /** Container or virtualisation scope in which the readings hold: `host`, or e.g. `container` under lxcfs. */
  readonly scope: 'host' | 'container'
  readonly logicalCpus: number
  readonly memoryBytes: number | undefined
}

/** Tick readings: cheap, synchronous, called each second. Slow readings may take long or hang and are asynchronous. */
export interface SystemMetrics {
  cpu(): Reading<CpuReading>
  load(): Reading<LoadReading>
  memory(): Reading<MemoryReading>
  paging(): Reading<PagingReading>
  pressure(): Reading<PressureReading>
  disks(): Reading<readonly DiskReading[]>
  networks(): Reading<readonly NetworkReading[]>
  protocols(): Reading<ProtocolReading>
  kernel(): Reading<KernelReading>
  cgroups(): Reading<readonly CgroupReading[]>
  /** Groups that the last reading left out because there are more than may be read (K11). */
  cgroupsLeftOut(): number
  self(): SelfReading

  frequencies(): Promise<Reading<readonly FrequencyReading[]>>
  filesystems(): Promise<Reading<readonly FilesystemReading[]>>
  diskSizes(): Promise<Reading<readonly DiskSizeReading[]>>
  links(): Promise<Reading<readonly LinkReading[]>>
  connections(): Promise<Reading<ConnectionReading>>
  sensors(): Promise<Reading<SensorReading>>
  entropy(): Promise<Reading<{ readonly availableBits: number }>>
}

export interface CpuReading {
  /** Per logical CPU online, ascending; times in seconds by mode, guest taken out of user and nice. */
  readonly cpus: readonly CpuTimes[]
  readonly contextSwitches: number | undefined
  readonly interrupts: number | undefined
  readonly softirqs: number | undefined
  readonly processesCreated: number | undefined
  readonly runQueue: number | undefined
  readonly blocked: number | undefined
}
export interface CpuTimes {
  readonly cpu: string
  readonly seconds: Readonly<Partial<Record<(typeof cpuModes)[number], number>>>
}

export interface LoadReading {
  readonly load1: number
  readonly load5: number
  readonly load15: number
  readonly threads: number | undefined
}

export interface MemoryReading {
  readonly totalBytes: number
  readonly usedBytes: number
  /** Both undefined where the system tells only their sum: the total less what is used. */
  readonly reclaimableBytes: number | undefined
  readonly freeBytes: number | undefined
  readonly availableBytes: number | undefined
  readonly buffersBytes: number | undefined
  readonly cachedBytes: number | undefined
  readonly sharedBytes: number | undefined
  readonly slabReclaimableBytes: number | undefined
  readonly slabUnreclaimableBytes: number | undefined
  readonly anonymousBytes: number | undefined
  readonly mappedBytes: number | undefined
  readonly kernelStackBytes: number | undefined
  readonly pageTablesBytes: number | undefined
  readonly perCpuBytes: number | undefined
  readonly vmallocBytes: number | undefined
  readonly dirtyBytes: number | undefined
  readonly writebackBytes: number | undefined
  readonly committedBytes: number | undefined
  readonly commitLimitBytes: number | undefined
  readonly hugepagesUsedBytes: number | undefined
  readonly hugepagesFreeBytes: number | undefined
  readonly zswapStoredBytes: number | undefined
  readonly zswapOriginalBytes: number | undefined
  readonly zfsArcBytes: number | undefined
  /** Both undefined when no swap is configured. */
  readonly swapUsedBytes: number | undefined
  readonly swapFreeBytes: number | undefined
  /** What only Windows tells. */
  readonly windows?: WindowsMemory
}
export interface WindowsMemory {
  readonly committedBytes: number | undefined
  readonly commitLimitBytes: number | undefined
  readonly standbyBytes?: number | undefined
  readonly modifiedBytes?: number | undefined
  readonly pagedPoolBytes: number | undefined
  readonly nonPagedPoolBytes: number | undefined
}

export interface PagingReading {
  readonly majorFaults: number | undefined
  readonly minorFaults: number | undefined
  readonly swappedInPages: number | undefined
  readonly swappedOutPages: number | undefined
  readonly pagedInBytes: number | undefined
  readonly pagedOutBytes: number | undefined
  readonly oomKills: number | undefined
  readonly scannedKswapdPages: number | undefined
  readonly scannedDirectPages: number | undefined
  readonly refaultsAnonymous: number | undefined
  readonly refaultsFile: number | undefined
}

export type PressureResource = 'cpu' | 'memory' | 'io' | 'irq'
export interface PressureTimes {
  readonly someSeconds: number | undefined
  readonly fullSeconds: number | undefined
}
export type PressureReading = Readonly<Partial<Record<PressureResource, PressureTimes>>>

export type DiskRole = (typeof diskRoles)[number]
export interface DiskFlow {
  readonly bytes: number
  readonly operations: number
  readonly merged: number | undefined
  readonly seconds: number
}
export interface DiskReading {
  readonly device: string
  readonly role: DiskRole
  readonly read: DiskFlow
  readonly write: DiskFlow
  readonly discard: DiskFlow | undefined
  readonly inFlight: number | undefined
  readonly ioSeconds: number | undefined
  readonly weightedIoSeconds: number | undefined
}
export interface DiskSizeReading {
  readonly device: string
  readonly role: DiskRole
  readonly bytes: number
}

export type NetworkRole = (typeof networkRoles)[number]
export interface NetworkFlow {
  readonly bytes: number
  readonly packets: number
  readonly errors: number | undefined
  readonly dropped: number | undefined
}
export interface NetworkReading {
  readonly device: string
  readonly role: NetworkRole
  readonly receive: NetworkFlow
  readonly transmit: NetworkFlow
}
export interface LinkReading {
  readonly device: string
  readonly role: NetworkRole
  readonly bytesPerSecond: number | undefined
  readonly up: boolean | undefined
}

export interface ProtocolReading {
  readonly tcpInSegments: number | undefined
  readonly tcpOutSegments: number | undefined
  readonly tcpRetransmits: number | undefined
  readonly tcpActiveOpens: number | undefined
  readonly tcpPassiveOpens: number | undefined
  readonly tcpAttemptsFailed: number | undefined
  readonly tcpEstablishedResets: number | undefined
  readonly tcpReceivedBad: number | undefined
  readonly tcpResetsSent: number | undefined
  readonly udpInDatagrams: number | undefined
  readonly udpOutDatagrams: number | undefined
  readonly udpNoPort: number | undefined
  readonly udpReceivedBad: number | undefined
  readonly udpReceiveBufferErrors: number | undefined
  readonly udpSendBufferErrors: number | undefined
  /** Sockets in use by protocol, IPv4 + IPv6. */
  readonly sockets: Readonly<Partial<Record<'tcp' | 'udp' | 'udplite' | 'raw' | 'frag', number>>>
  readonly tcpOrphans: number | undefined
  readonly tcpTimeWait: number | undefined
  readonly tcpAllocated: number | undefined
  readonly tcpMemoryBytes: number | undefined
}
export interface ConnectionReading {
  readonly tcp: Readonly<Partial<Record<(typeof tcpStates)[number], number>>> | undefined
  readonly listenOverflows: number | undefined
  readonly listenDropsOther: number | undefined
}

export interface KernelReading {
  readonly uptimeSeconds: number
  readonly fileDescriptors: number | undefined
  readonly fileDescriptorLimit: number | undefined
  /** Handles of all kinds, on Windows. */
  readonly handles?: number | undefined
  /** Threads, where they are not told with the load. */
  readonly threads?: number | undefined
}

export interface FrequencyReading {
  readonly cpu: string
  readonly hertz: number | undefined
  readonly throttles: number | undefined
}

export interface FilesystemReading {
  readonly mountpoint: string
  readonly device: string
  readonly type: string
  readonly readOnly: boolean
  /** true: it did not answer; the sizes are then undefined. */
  readonly stale: boolean
  readonly sizeBytes: number | undefined
  readonly usedBytes: number | undefined
  readonly freeBytes: number | undefined
  readonly reservedBytes: number | undefined
  readonly inodesUsed: number | undefined
  readonly inodesFree: number | undefined
}

export interface SensorReading {
  readonly temperatures: readonly {
    sensor: string
    celsius: number
    highCelsius: number | undefined
    criticalCelsius: number | undefined
  }[]
  readonly fans: readonly { sensor: string; rpm: number }[]
  readonly powers: readonly { sensor: string; watts: number }[]
  readonly energies: readonly { sensor: string; joules: number }[]
  readonly batteries: readonly { battery: string; charge: number | undefined; secondsLeft: number | undefined }[]
  readonly supplies: readonly { supply: string; online: boolean }[]
}

export interface CgroupReading {
  /** Path below the cgroup root; `self` for the group of this process. */
  readonly cgroup: string
  /** Unit, container or pod as a person calls it. */
  readonly name: string
  readonly userSeconds: number | undefined
  readonly systemSeconds: number | undefined
  readonly cpuLimit: number | undefined
  readonly periodsThrottled: number | undefined
  readonly periodsFree: number | undefined
  readonly throttledSeconds: number | undefined
  readonly anonymousBytes: number | undefined
  readonly sharedBytes: number | undefined
  readonly fileBytes: number | undefined
  readonly kernelBytes: number | undefined
  readonly workingSetBytes: number | undefined
  readonly memoryLimitBytes: number | undefined
  readonly swapBytes: number | undefined
  readonly memoryEvents: Readonly<Partial<Record<'high' | 'max' | 'oom' | 'oom_kill', number>>>
  readonly readBytes: number | undefined
  readonly writtenBytes: number | undefined
  readonly readOperations: number | undefined
  readonly writeOperations: number | undefined
  readonly pressure: PressureReading
  readonly processes: number | undefined
  readonly processLimit: number | undefined
}

export interface SelfReading {
  readonly userSeconds: number
  readonly systemSeconds: number
  readonly residentBytes: number | undefined
  readonly diskReadBytes: number | undefined
  readonly diskWrittenBytes: number | undefined
}

export interface ProcessIdentity {
  readonly pid: number
  /** `undefined`: whoever has the pid now (a person typed it). */
  readonly startTicks: number | undefined
}

export interface ScanResult {
  /** Processes that could be seen but not read in part (other user), by column group. */
  readonly denied: Readonly<Record<string, number>>
  /** Processes that vanished while being read; normal. */
  readonly vanished: number
  /** Set when the kernel hides other users' processes (hidepid): the table is partial. */
  readonly limitedView: string | undefined
}

export interface ProcessMonitor {
  /** Brings the table up to date (calls beginTick on it first). Reads only what may have changed; every column is at most `fullEveryTicks` ticks old. */
  scan(table: ProcessTable): ScanResult
  /** Details on demand. */
  details(identity: ProcessIdentity): Promise<Reading<ProcessDetails>>
  /** Sends the signal if the pid still is that process; race-free where the system allows it. */
  signal(identity: ProcessIdentity, signal: string): Promise<SignalResult>
  /** Descriptors that a process has open now; undefined: it may not be asked, or has ended. Absent where the system does not tell. */
  readonly openDescriptors?: (pid: number) => number | undefined
  /** Signals this system has, by name, most asked for first. */
  readonly signals: readonly string[]
  /** Length of one start tick in seconds. */
  readonly secondsPerTick: number
}

export type SignalResult =
  | { readonly outcome: 'sent' }
  | { readonly outcome: 'gone' | 'denied' | 'replaced' | 'refused'; readonly why: string }

export interface ProcessDetails {
  readonly pid: number
  readonly startTicks: number
  readonly executable: string | undefined
  readonly workingDirectory: string | undefined
  readonly proportionalBytes: number | undefined
  readonly sharedBytes: number | undefined
  readonly swapBytes: number | undefined
  readonly fileDescriptors: number | undefined
  readonly openFiles: Reading<readonly OpenFile[]>
  readonly sockets: Reading<readonly OpenSocket[]>
  readonly threads: Reading<readonly ThreadDetails[]>
  readonly limits: Reading<readonly ResourceLimit[]>
  /** What could not be read and why, in words. */
  readonly notes: readonly string[]
}
export interface OpenFile {
  readonly descriptor: number
  readonly path: string
}
export interface OpenSocket {
  readonly descriptor: number
  readonly protocol: string
  readonly local: string
  readonly remote: string
  readonly state: string
}
export interface ThreadDetails {
  readonly threadId: number
  readonly name: string
  readonly state: string
  readonly cpuSeconds: number
}
export interface ResourceLimit {
  readonly name: string
  readonly soft: string
  readonly hard: string
  readonly unit: string
}
