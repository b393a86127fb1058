import type { SystemClass } from './structures/system.ts'

/**
 * Every call into Windows, injected: nothing else in this folder knows of the foreign function interface. Answers are
 * the bytes as Windows wrote them, for parsers that are pure. Who implements it owns all buffers: they live as long as it
 * does, and no address leaves it except as a number to subtract.
 */
export interface Native {
  /** Calls into Windows since the start. */
  readonly calls: number
  /** NtQuerySystemInformation; of a processor group, NtQuerySystemInformationEx. */
  system(kind: SystemClass, group?: number): Answer
  /** GetActiveProcessorGroupCount */
  groups(): number
  /** GetTickCount64: milliseconds since boot, time asleep included. */
  uptimeMs(): number
  /** KUSER_SHARED_DATA.BootId: how often this Windows has been started; `undefined` where it is not kept. */
  bootNumber(): number | undefined
  /** GlobalMemoryStatusEx: MEMORYSTATUSEX */
  memoryStatus(): Answer
  /** GetPerformanceInfo: PERFORMANCE_INFORMATION */
  performanceSummary(): Answer
  /** RtlGetVersion: OSVERSIONINFOEXW, which unlike GetVersionEx tells the truth to everyone. */
  version(): Answer
  /** GetIfTable2: MIB_IF_TABLE2 */
  interfaceTable(): Answer
  /** GetTcpStatisticsEx2 and GetUdpStatisticsEx2; without them the narrow ones, told by the length of the answer. */
  protocolStatistics(protocol: 'tcp' | 'udp', family: AddressFamily): Answer
  /** GetExtendedTcpTable, TCP_TABLE_OWNER_PID_ALL */
  tcpTable(family: AddressFamily): Answer
  /** NtPowerInformation(ProcessorInformation) for so many CPUs. */
  processorPower(cpus: number): Answer
  /** GetSystemPowerStatus: SYSTEM_POWER_STATUS */
  powerStatus(): Answer
  /** DeviceIoControl on \\.\PhysicalDriveN, opened without any access right and kept open. */
  drive(number: number, control: DriveControl): Answer
  closeDrives(): void
  /** FindFirstVolumeW…: \\?\Volume{GUID}\ of every volume of this machine. */
  volumes(): Result<readonly string[]>
  /** GetVolumePathNamesForVolumeNameW: letters and folders it is mounted at; may be none. */
  volumePaths(volume: string): Result<readonly string[]>
  /** GetLogicalDrives, as `C:\`. */
  driveLetters(): readonly string[]
  /** GetDriveTypeW: does not touch the drive. */
  driveType(path: string): number
  /** GetVolumeInformationW. Touches the drive. */
  volumeInformation(path: string): Result<VolumeInformation>
  /** What Windows answers about one process. */
  readonly process: NativeProcesses
  /** TokenElevation of sysmon itself. */
  isElevated(): boolean
  /** SetPriorityClass(ABOVE_NORMAL_PRIORITY_CLASS) on sysmon itself. */
  raisePriority(): boolean
  close(): void
}

export interface NativeProcesses {
  /** OpenProcess with PROCESS_QUERY_LIMITED_INFORMATION, and PROCESS_TERMINATE to terminate. To be closed. */
  open(pid: number, purpose: 'look' | 'terminate'): Result<ProcessHandle>
  close(handle: ProcessHandle): void
  /** KERNEL_USER_TIMES */
  times(handle: ProcessHandle): Answer
  /** ProcessCommandLineInformation (Windows 8.1): a UNICODE_STRING and its text. */
  commandLine(handle: ProcessHandle): Answer
  /** TokenUser of its token: TOKEN_USER and the SID. */
  user(handle: ProcessHandle): Answer
  /** QueryFullProcessImageNameW */
  executable(handle: ProcessHandle): Result<string>
  /** IsProcessCritical (Windows 8.1): without it the system stops. */
  isCritical(handle: ProcessHandle): boolean
  /** TerminateProcess with exit code 1. */
  terminate(handle: ProcessHandle): Result<true>
  /** LookupAccountSidW: DOMAIN\name. May ask a domain controller. */
  accountOf(sid: Uint8Array): Result<string>
}

export type ProcessHandle = number & { readonly handle: 'process' }
export type AddressFamily = 4 | 6
export type DriveControl = 'performance' | 'geometry' | 'device'

export interface VolumeInformation {
  readonly fileSystem: string
  readonly readOnly: boolean
}

/** What a call wrote. Valid until the same call is made again. */
export interface Block {
  readonly view: DataView
  /** Bytes that are the answer; the view may be longer. */
  readonly length: number
  /** Where it lies: pointers in it are told by their distance. */
  readonly address: number
}
/** A call that failed, and what Windows said. */
export interface Failure {
  readonly failed: string
  readonly code: number
}
export type Result<T> = T | Failure
export type Answer = Result<Block>

export const isFailure = (result: unknown): result is Failure =>
  typeof result === 'object' && result !== null && 'failed' in result

/** An answer that does not hold the whole structure is none. */
export const whole = (answer: Answer, { name, size }: { readonly name: string; readonly size: number }): Answer =>
  isFailure(answer) || answer.length >= size ? answer : { failed: name, code: codes.moreData }

/** NTSTATUS (ntstatus.h) and Win32 error codes (winerror.h) that are acted on. */
export const codes = {
  invalidFunction: 1,
  fileNotFound: 2,
  accessDenied: 5,
  insufficientBuffer: 122,
  invalidParameter: 87,
  moreData: 234,
  noMoreFiles: 18,
  procedureNotFound: 127,
  statusInfoLengthMismatch: 0xc0000004,
  statusBufferOverflow: 0x80000005,
  statusBufferTooSmall: 0xc0000023,
} as const

const reasons: Readonly<Record<number, string>> = {
  [codes.invalidFunction]: 'this device does not tell it',
  [codes.fileNotFound]: 'there is none',
  [codes.accessDenied]: 'access is denied',
  [codes.invalidParameter]: 'there is none',
  [codes.procedureNotFound]: 'this Windows does not have the call',
  21: 'the device is not ready',
  50: 'it is not supported here',
  1168: 'it was not found',
  3221225474: 'this Windows does not have it',
  3221225475: 'this Windows does not have it',
  3221225506: 'access is denied',
  3221225569: 'a privilege is missing',
  3221225659: 'it is not supported here',
}

/** For a person: which call, and why not. */
export const whyNot = ({ failed, code }: Failure): string =>
  `${failed}: ${reasons[code] ?? `error 0x${code.toString(16).padStart(8, '0')}`}`
