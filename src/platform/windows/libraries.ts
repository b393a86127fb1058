import { dlopen, FFIType } from 'bun:ffi'

/**
 * The functions of Windows that sysmon calls, as the headers declare them. A HANDLE is an i64, so that
 * INVALID_HANDLE_VALUE is -1. What older versions lack is asked for by itself and is then `undefined`.
 */
const { i32, u16, u32, i64_fast, u64_fast, ptr, void: nothing } = FFIType
const handle = i64_fast

const ntdll = {
  NtQuerySystemInformation: { args: [i32, ptr, u32, ptr], returns: u32 },
  NtQueryInformationProcess: { args: [handle, i32, ptr, u32, ptr], returns: u32 },
  RtlGetVersion: { args: [ptr], returns: u32 },
  RtlMoveMemory: { args: [ptr, u64_fast, u64_fast], returns: nothing },
} as const
/** Windows 7, and Windows 2000; Wine has not always had them. */
const ntdllLater = {
  NtQuerySystemInformationEx: { args: [i32, ptr, u32, ptr, u32, ptr], returns: u32 },
  NtPowerInformation: { args: [i32, ptr, u32, ptr, u32], returns: u32 },
} as const
const kernel32 = {
  GetLastError: { args: [], returns: u32 },
  GetActiveProcessorGroupCount: { args: [], returns: u16 },
  GetTickCount64: { args: [], returns: u64_fast },
  GlobalMemoryStatusEx: { args: [ptr], returns: i32 },
  K32GetPerformanceInfo: { args: [ptr, u32], returns: i32 },
  GetSystemPowerStatus: { args: [ptr], returns: i32 },
  CreateFileW: { args: [ptr, u32, u32, ptr, u32, u32, handle], returns: handle },
  DeviceIoControl: { args: [handle, u32, ptr, u32, ptr, u32, ptr, ptr], returns: i32 },
  CloseHandle: { args: [handle], returns: i32 },
  FindFirstVolumeW: { args: [ptr, u32], returns: handle },
  FindNextVolumeW: { args: [handle, ptr, u32], returns: i32 },
  FindVolumeClose: { args: [handle], returns: i32 },
  GetVolumePathNamesForVolumeNameW: { args: [ptr, ptr, u32, ptr], returns: i32 },
  GetLogicalDrives: { args: [], returns: u32 },
  GetDriveTypeW: { args: [ptr], returns: u32 },
  GetVolumeInformationW: { args: [ptr, ptr, u32, ptr, ptr, ptr, ptr, u32], returns: i32 },
  SetErrorMode: { args: [u32], returns: u32 },
  OpenProcess: { args: [u32, i32, u32], returns: handle },
  TerminateProcess: { args: [handle, u32], returns: i32 },
  GetProcessTimes: { args: [handle, ptr, u64_fast, u64_fast, u64_fast], returns: i32 },
  QueryFullProcessImageNameW: { args: [handle, u32, ptr, ptr], returns: i32 },
  GetCurrentProcess: { args: [], returns: handle },
  SetPriorityClass: { args: [handle, u32], returns: i32 },
} as const
/** Windows 8.1. */
const kernel32Later = { IsProcessCritical: { args: [handle, ptr], returns: i32 } } as const
const iphlpapi = {
  GetIfTable2: { args: [ptr], returns: u32 },
  FreeMibTable: { args: [u64_fast], returns: nothing },
  GetTcpStatisticsEx: { args: [ptr, u32], returns: u32 },
  GetUdpStatisticsEx: { args: [ptr, u32], returns: u32 },
  GetExtendedTcpTable: { args: [ptr, ptr, i32, u32, i32, u32], returns: u32 },
} as const
/** Windows 10 1709. */
const iphlpapiLater = {
  GetTcpStatisticsEx2: { args: [ptr, u32], returns: u32 },
  GetUdpStatisticsEx2: { args: [ptr, u32], returns: u32 },
} as const
const advapi32 = {
  OpenProcessToken: { args: [handle, u32, ptr], returns: i32 },
  GetTokenInformation: { args: [handle, i32, ptr, u32, ptr], returns: i32 },
  LookupAccountSidW: { args: [ptr, ptr, ptr, ptr, ptr, ptr, ptr], returns: i32 },
} as const

export interface Libraries {
  readonly ntdll: Opened<typeof ntdll> & Partial<Opened<typeof ntdllLater>>
  readonly kernel32: Opened<typeof kernel32> & Partial<Opened<typeof kernel32Later>>
  readonly iphlpapi: Opened<typeof iphlpapi> & Partial<Opened<typeof iphlpapiLater>>
  readonly advapi32: Opened<typeof advapi32>
}
type Symbols = Parameters<typeof dlopen>[1]
type Opened<S extends Symbols> = ReturnType<typeof dlopen<S>>['symbols']

/** Throws where these are not the libraries of Windows. */
export const openLibraries = (): Libraries => ({
  ntdll: { ...dlopen('ntdll.dll', ntdll).symbols, ...later('ntdll.dll', ntdllLater) },
  kernel32: { ...dlopen('kernel32.dll', kernel32).symbols, ...later('kernel32.dll', kernel32Later) },
  iphlpapi: { ...dlopen('iphlpapi.dll', iphlpapi).symbols, ...later('iphlpapi.dll', iphlpapiLater) },
  advapi32: dlopen('advapi32.dll', advapi32).symbols,
})

/** Each by itself: what is missing is left out. */
function later<S extends Symbols>(name: string, symbols: S): Partial<Opened<S>> {
  const found: Record<string, unknown> = {}
  for (const [symbol, declaration] of Object.entries(symbols)) {
    try {
      Object.assign(found, dlopen(name, { [symbol]: declaration }).symbols)
    } catch {
      // This version of Windows does not have it.
    }
  }
  return found as Partial<Opened<S>>
}
