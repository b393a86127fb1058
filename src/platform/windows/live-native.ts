import { type Pointer, read } from 'bun:ffi'
import { addressOf, type Counter, lastError } from './foreign-call.ts'
import { GrowingBuffer, textList, wideBytes, zeroEndedText } from './growing-buffer.ts'
import { type Libraries, openLibraries } from './libraries.ts'
import { liveDrives } from './live-drives.ts'
import { isElevated, LiveProcesses } from './live-processes.ts'
import { type AddressFamily, type Answer, codes, type Native, type Result, type VolumeInformation } from './native.ts'
import {
  interfaceRow,
  interfaceTable,
  tcpStatistics,
  tcpStatisticsNarrow,
  udpStatistics,
  udpStatisticsNarrow,
} from './structures/network.ts'
import {
  memoryStatus,
  performanceSummary,
  powerStatus,
  processorPower,
  type SystemClass,
  systemClass,
  versionInformation,
} from './structures/system.ts'

/**
 * Windows itself. Each call has a buffer of its own that is kept for the next time; what Windows allocates is copied and
 * freed before the call returns. No address is kept longer than the buffer that it is of.
 */
export function createLiveNative(): Native {
  const libraries = openLibraries()
  const counter: Counter = { calls: 0 }
  // No window "there is no disk in the drive" on a machine that nobody sits at (F11).
  libraries.kernel32.SetErrorMode(failCriticalErrors)
  const drives = liveDrives(libraries, counter)
  const processes = new LiveProcesses(libraries, counter)
  return {
    get calls() {
      return counter.calls
    },
    ...systemCalls(libraries, counter),
    ...networkCalls(libraries, counter),
    ...volumeCalls(libraries, counter),
    drive: drives.ask,
    closeDrives: drives.close,
    process: processes,
    isElevated: () => isElevated(libraries),
    raisePriority: () => {
      const { kernel32 } = libraries
      return kernel32.SetPriorityClass(kernel32.GetCurrentProcess(), aboveNormalPriority) !== 0
    },
    close: drives.close,
  }
}

/** SEM_FAILCRITICALERRORS of SetErrorMode */
const failCriticalErrors = 1
/** ABOVE_NORMAL_PRIORITY_CLASS of SetPriorityClass */
const aboveNormalPriority = 0x8000
/** KUSER_SHARED_DATA is mapped at this address in every process; BootId lies at 0x2c4 (ntddk.h). */
const sharedBootId = 0x7ffe02c4 as Pointer
/** POWER_INFORMATION_LEVEL ProcessorInformation */
const processorInformation = 11

/** First sizes that need no second try on a usual machine. */
const firstBytes: Readonly<Record<SystemClass, number>> = {
  [systemClass.performance]: 512,
  [systemClass.timeOfDay]: 48,
  [systemClass.process]: 512 * 1024,
  [systemClass.processorPerformance]: 64 * 48,
  [systemClass.pageFile]: 1024,
  [systemClass.memoryList]: 176,
}

function systemCalls(libraries: Libraries, counter: Counter) {
  const { ntdll, kernel32 } = libraries
  const written = new Uint32Array(1)
  const groupInput = new Uint16Array(4)
  const buffers = new Map<number, GrowingBuffer>()
  const bufferOf = (kind: SystemClass): GrowingBuffer => {
    const known = buffers.get(kind)
    if (known !== undefined) return known
    const made = new GrowingBuffer(`NtQuerySystemInformation(${kind})`, firstBytes[kind], addressOf)
    buffers.set(kind, made)
    return made
  }
  const fixed = { status: memoryStatus, summary: performanceSummary, version: versionInformation, power: powerStatus }
  const buffer = Object.fromEntries(
    Object.entries(fixed).map(([name, { name: what, size }]) => [name, new GrowingBuffer(what, size, addressOf)]),
  ) as Record<keyof typeof fixed, GrowingBuffer>
  const frequencies = new GrowingBuffer('NtPowerInformation', processorPower.size, addressOf)
  /** Calls that want their own size in the first member. */
  const sized = (target: GrowingBuffer, call: (bytes: Uint8Array) => boolean): Answer =>
    target.fill((bytes) => {
      counter.calls++
      new DataView(bytes.buffer).setUint32(0, bytes.length, true)
      return { code: call(bytes) ? 0 : lastError(libraries), bytes: bytes.length }
    })
  return {
    system: (kind: SystemClass, group?: number): Answer =>
      bufferOf(kind).fill((bytes) => {
        counter.calls++
        written[0] = 0
        if (group === undefined) {
          const code = ntdll.NtQuerySystemInformation(kind, bytes, bytes.length, written)
          return { code, bytes: written[0] || bytes.length }
        }
        groupInput[0] = group
        const code =
          ntdll.NtQuerySystemInformationEx?.(kind, groupInput, 2, bytes, bytes.length, written) ??
          codes.procedureNotFound
        return { code, bytes: written[0] || bytes.length }
      }),
    groups: (): number => {
      counter.calls++
      return kernel32.GetActiveProcessorGroupCount()
    },
    uptimeMs: (): number => {
      counter.calls++
      return Number(kernel32.GetTickCount64())
    },
    bootNumber: (): number | undefined => read.u32(sharedBootId, 0) || undefined,
    memoryStatus: () => sized(buffer.status, (bytes) => kernel32.GlobalMemoryStatusEx(bytes) !== 0),
    performanceSummary: () =>
      sized(buffer.summary, (bytes) => kernel32.K32GetPerformanceInfo(bytes, bytes.length) !== 0),
    version: () => sized(buffer.version, (bytes) => ntdll.RtlGetVersion(bytes) === 0),
    powerStatus: () => sized(buffer.power, (bytes) => kernel32.GetSystemPowerStatus(bytes) !== 0),
    processorPower: (cpus: number): Answer =>
      frequencies.fill((bytes) => {
        const needed = cpus * processorPower.size
        if (bytes.length < needed) return { code: codes.statusBufferTooSmall, bytes: needed }
        counter.calls++
        const code =
          ntdll.NtPowerInformation?.(processorInformation, null, 0, bytes, bytes.length) ?? codes.procedureNotFound
        return { code, bytes: needed }
      }),
  }
}

/** winsock2.h; IPv6 is 23 on Windows. */
const familyNumber: Readonly<Record<AddressFamily, number>> = { 4: 2, 6: 23 }
/** TCP_TABLE_CLASS TCP_TABLE_OWNER_PID_ALL */
const tableOfAll = 5

function networkCalls({ ntdll, iphlpapi }: Libraries, counter: Counter) {
  const interfaces = new GrowingBuffer('GetIfTable2', 16 * 1024, addressOf)
  const slot = new BigUint64Array(1)
  const size = new Uint32Array(1)
  const statistics = new Map<string, GrowingBuffer>()
  const tables = new Map<AddressFamily, GrowingBuffer>()
  const statisticsOf = (protocol: 'tcp' | 'udp', family: AddressFamily): GrowingBuffer => {
    const key = `${protocol}${family}`
    const made = statistics.get(key) ?? new GrowingBuffer(`statistics of ${protocol} over IPv${family}`, 72, addressOf)
    statistics.set(key, made)
    return made
  }
  return {
    interfaceTable: (): Answer => {
      counter.calls += 3
      const code = iphlpapi.GetIfTable2(slot)
      if (code !== 0) return { failed: 'GetIfTable2', code }
      const table = Number(slot[0])
      try {
        const length = interfaceTable.rows + read.u32(table as Pointer, interfaceTable.count) * interfaceRow.size
        return interfaces.fill((bytes) => {
          if (bytes.length < length) return { code: codes.insufficientBuffer, bytes: length }
          ntdll.RtlMoveMemory(bytes, table, length)
          return { code: 0, bytes: length }
        })
      } finally {
        iphlpapi.FreeMibTable(table)
      }
    },
    protocolStatistics: (protocol: 'tcp' | 'udp', family: AddressFamily): Answer =>
      statisticsOf(protocol, family).fill((bytes) => {
        counter.calls++
        const number = familyNumber[family]
        if (protocol === 'tcp') {
          const code = iphlpapi.GetTcpStatisticsEx2?.(bytes, number)
          if (code !== undefined) return { code, bytes: tcpStatistics.size }
          return { code: iphlpapi.GetTcpStatisticsEx(bytes, number), bytes: tcpStatisticsNarrow.size }
        }
        const code = iphlpapi.GetUdpStatisticsEx2?.(bytes, number)
        if (code !== undefined) return { code, bytes: udpStatistics.size }
        return { code: iphlpapi.GetUdpStatisticsEx(bytes, number), bytes: udpStatisticsNarrow.size }
      }),
    tcpTable: (family: AddressFamily): Answer => {
      const table = tables.get(family) ?? new GrowingBuffer('GetExtendedTcpTable', 16 * 1024, addressOf)
      tables.set(family, table)
      return table.fill((bytes) => {
        counter.calls++
        size[0] = bytes.length
        const code = iphlpapi.GetExtendedTcpTable(bytes, size, 0, familyNumber[family], tableOfAll, 0)
        return { code, bytes: size[0] }
      })
    },
  }
}

/** FILE_READ_ONLY_VOLUME of GetVolumeInformationW */
const readOnlyVolume = 0x80000
/** `\\?\Volume{…}\` has 49 characters; MAX_PATH is room enough. */
const nameCharacters = 260

function volumeCalls(libraries: Libraries, counter: Counter) {
  const { kernel32 } = libraries
  const paths = new GrowingBuffer('GetVolumePathNamesForVolumeNameW', 1024, addressOf)
  const name = new Uint16Array(nameCharacters)
  const nameText = (): string => zeroEndedText(new DataView(name.buffer), 0, nameCharacters)
  const flags = new Uint32Array(1)
  const length = new Uint32Array(1)
  return {
    volumes: (): Result<readonly string[]> => {
      counter.calls += 2
      const found: string[] = []
      const search = Number(kernel32.FindFirstVolumeW(name, nameCharacters))
      if (search === -1) return { failed: 'FindFirstVolumeW', code: lastError(libraries) }
      try {
        do {
          counter.calls++
          found.push(nameText())
        } while (kernel32.FindNextVolumeW(search, name, nameCharacters) !== 0)
      } finally {
        kernel32.FindVolumeClose(search)
      }
      return found
    },
    volumePaths: (volume: string): Result<readonly string[]> => {
      const answer = paths.fill((bytes) => {
        counter.calls++
        const done = kernel32.GetVolumePathNamesForVolumeNameW(wideBytes(volume), bytes, bytes.length / 2, length)
        const characters = length[0] as number
        return { code: done === 0 ? lastError(libraries) : 0, bytes: characters * 2 }
      })
      return 'failed' in answer ? answer : textList(answer.view, answer.length)
    },
    driveLetters: (): readonly string[] => {
      counter.calls++
      const bits = kernel32.GetLogicalDrives()
      return [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].filter((_, bit) => ((bits >>> bit) & 1) === 1).map((l) => `${l}:\\`)
    },
    driveType: (path: string): number => {
      counter.calls++
      return kernel32.GetDriveTypeW(wideBytes(path))
    },
    volumeInformation: (path: string): Result<VolumeInformation> => {
      counter.calls++
      const done = kernel32.GetVolumeInformationW(wideBytes(path), null, 0, null, null, flags, name, nameCharacters)
      if (done === 0) return { failed: 'GetVolumeInformationW', code: lastError(libraries) }
      return {
        fileSystem: nameText(),
        readOnly: ((flags[0] as number) & readOnlyVolume) !== 0,
      }
    },
  }
}
