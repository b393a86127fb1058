import type { CpuAccounting, HostFacts, ProcessRow } from '../../api/contract.ts'

/**
 * The machine at one moment, arranged as people ask for it: what `sysmon status` shows and, with --json, gives. Pure: made
 * of the daemon’s answers only. A part that is absent is left out, and `absent` says why.
 */
export interface Status {
  readonly unixMs: number
  readonly elapsedSeconds: number
  readonly gap?: string
  readonly host: HostFacts
  readonly uptimeSeconds?: number
  readonly cpu: CpuStatus
  readonly memory: MemoryStatus
  readonly swap?: SwapStatus
  readonly pressure: readonly PressureStatus[]
  readonly disks: readonly DiskStatus[]
  readonly filesystems: readonly FilesystemStatus[]
  readonly networks: readonly NetworkStatus[]
  readonly temperatures: readonly TemperatureStatus[]
  readonly oomKillsPerSecond?: number
  readonly processes: ProcessStatus
  readonly sysmon: OwnStatus
  /** Why a part is absent, by part. */
  readonly absent: Readonly<Record<string, string>>
}
export interface CpuStatus {
  readonly busy?: number
  readonly modes: Readonly<Record<string, number>>
  readonly load?: readonly [number, number, number]
  readonly runQueue?: number
  readonly blocked?: number
}
export interface MemoryStatus {
  readonly totalBytes?: number
  readonly usedBytes?: number
  readonly reclaimableBytes?: number
  readonly freeBytes?: number
  readonly utilization?: number
}
export interface SwapStatus {
  readonly usedBytes: number
  readonly totalBytes: number
  readonly utilization?: number
  readonly inPagesPerSecond?: number
  readonly outPagesPerSecond?: number
}
export interface PressureStatus {
  readonly resource: string
  readonly some?: number
  readonly full?: number
}
export interface DiskStatus {
  readonly device: string
  readonly readBytesPerSecond?: number
  readonly writtenBytesPerSecond?: number
  readonly utilization?: number
  readonly readLatencySeconds?: number
  readonly writeLatencySeconds?: number
  readonly queue?: number
}
export interface FilesystemStatus {
  readonly mountpoint: string
  readonly type: string
  readonly sizeBytes?: number
  readonly usedBytes?: number
  readonly freeBytes?: number
  readonly utilization?: number
  readonly inodesUtilization?: number
  readonly readOnly: boolean
  /** It does not answer. */
  readonly stale: boolean
}
export interface NetworkStatus {
  readonly device: string
  readonly role: string
  readonly receivedBytesPerSecond?: number
  readonly transmittedBytesPerSecond?: number
  readonly limitBytesPerSecond?: number
  readonly up?: boolean
  readonly errorsPerSecond?: number
  readonly droppedPerSecond?: number
}
export interface TemperatureStatus {
  readonly sensor: string
  readonly celsius: number
  readonly highCelsius?: number
}
export interface ProcessStatus {
  readonly total: number
  readonly limitedView?: string
  readonly accounting: CpuAccounting
  readonly byCpu: readonly ProcessRow[]
  readonly byMemory: readonly ProcessRow[]
}
export interface OwnStatus {
  readonly health: 'healthy' | 'degraded'
  readonly problems: readonly string[]
  readonly version: string
  readonly uptimeSeconds: number
  readonly cpu?: number
  readonly residentBytes?: number
  readonly storeBytes?: number
  readonly oldestUnixMs?: number
  readonly newestUnixMs?: number
  readonly collectors: number
  readonly collectorsNotOk: Readonly<Record<string, string>>
}
