import { structure } from './structure.ts'

/** What NtQuerySystemInformation tells of the whole system. */

const queryPage = 'https://learn.microsoft.com/windows/win32/api/winternl/nf-winternl-ntquerysysteminformation'
const phnt = 'phnt ntexapi.h (System Informer)'

/** SYSTEM_INFORMATION_CLASS, by what sysmon asks. */
export const systemClass = {
  performance: 2,
  timeOfDay: 3,
  process: 5,
  processorPerformance: 8,
  pageFile: 18,
  memoryList: 80,
} as const
export type SystemClass = (typeof systemClass)[keyof typeof systemClass]

/** One for each CPU of the group. KernelTime includes IdleTime, DpcTime and InterruptTime (W3). Times in 100 ns. */
export const processorPerformance = structure({
  name: 'SYSTEM_PROCESSOR_PERFORMANCE_INFORMATION',
  header: 'winternl.h',
  page: queryPage,
  size: 48,
  members: {
    IdleTime: [0, 'i64'],
    KernelTime: [8, 'i64'],
    UserTime: [16, 'i64'],
    DpcTime: [24, 'i64'],
    InterruptTime: [32, 'i64'],
    InterruptCount: [40, 'u32'],
  },
})

/** Counts of 32 bits wrap. Windows 8.1 added members behind the last one here. */
export const performanceInformation = structure({
  name: 'SYSTEM_PERFORMANCE_INFORMATION',
  header: phnt,
  page: queryPage,
  size: 312,
  members: {
    IdleProcessTime: [0, 'i64'],
    IoReadTransferCount: [8, 'i64'],
    IoWriteTransferCount: [16, 'i64'],
    IoOtherTransferCount: [24, 'i64'],
    IoReadOperationCount: [32, 'u32'],
    IoWriteOperationCount: [36, 'u32'],
    IoOtherOperationCount: [40, 'u32'],
    AvailablePages: [44, 'u32'],
    CommittedPages: [48, 'u32'],
    CommitLimit: [52, 'u32'],
    PeakCommitment: [56, 'u32'],
    PageFaultCount: [60, 'u32'],
    CopyOnWriteCount: [64, 'u32'],
    TransitionCount: [68, 'u32'],
    CacheTransitionCount: [72, 'u32'],
    DemandZeroCount: [76, 'u32'],
    /** Pages read from disk to resolve faults. */
    PageReadCount: [80, 'u32'],
    /** Read operations those took. */
    PageReadIoCount: [84, 'u32'],
    CacheReadCount: [88, 'u32'],
    CacheIoCount: [92, 'u32'],
    /** Pages written to page files. */
    DirtyPagesWriteCount: [96, 'u32'],
    DirtyWriteIoCount: [100, 'u32'],
    /** Pages written to mapped files. */
    MappedPagesWriteCount: [104, 'u32'],
    MappedWriteIoCount: [108, 'u32'],
    PagedPoolPages: [112, 'u32'],
    NonPagedPoolPages: [116, 'u32'],
    /** Of pools, of the file cache and of its calls: 44 numbers that nobody asked for yet. */
    poolsAndCache: [120, 'u32', 44],
    ContextSwitches: [296, 'u32'],
    FirstLevelTbFills: [300, 'u32'],
    SecondLevelTbFills: [304, 'u32'],
    SystemCalls: [308, 'u32'],
  },
})

/** Times as FILETIME: 100 ns since 1601. Setting the clock moves BootTime and BootTimeBias alike. */
export const timeOfDay = structure({
  name: 'SYSTEM_TIMEOFDAY_INFORMATION',
  header: phnt,
  page: queryPage,
  size: 48,
  members: {
    BootTime: [0, 'i64'],
    CurrentTime: [8, 'i64'],
    TimeZoneBias: [16, 'i64'],
    TimeZoneId: [24, 'u32'],
    Reserved: [28, 'u32'],
    BootTimeBias: [32, 'u64'],
    SleepTimeBias: [40, 'u64'],
  },
})

/** All in pages. Each priority of PageCountByPriority is a standby list, lowest first. */
export const memoryList = structure({
  name: 'SYSTEM_MEMORY_LIST_INFORMATION',
  header: phnt,
  page: queryPage,
  size: 176,
  members: {
    ZeroPageCount: [0, 'pointer'],
    FreePageCount: [8, 'pointer'],
    ModifiedPageCount: [16, 'pointer'],
    ModifiedNoWritePageCount: [24, 'pointer'],
    BadPageCount: [32, 'pointer'],
    PageCountByPriority: [40, 'pointer', 8],
    RepurposedPagesByPriority: [104, 'pointer', 8],
    ModifiedPageCountPageFile: [168, 'pointer'],
  },
})

/** A chain, one for each page file; sizes in pages. */
export const pageFile = structure({
  name: 'SYSTEM_PAGEFILE_INFORMATION',
  header: phnt,
  page: queryPage,
  size: 32,
  members: {
    NextEntryOffset: [0, 'u32'],
    TotalSize: [4, 'u32'],
    TotalInUse: [8, 'u32'],
    PeakUsage: [12, 'u32'],
    nameLength: [16, 'u16'],
    nameMaximumLength: [18, 'u16'],
    nameBuffer: [24, 'pointer'],
  },
})

export const memoryStatus = structure({
  name: 'MEMORYSTATUSEX',
  header: 'sysinfoapi.h',
  page: 'https://learn.microsoft.com/windows/win32/api/sysinfoapi/ns-sysinfoapi-memorystatusex',
  size: 64,
  members: {
    dwLength: [0, 'u32'],
    dwMemoryLoad: [4, 'u32'],
    ullTotalPhys: [8, 'u64'],
    ullAvailPhys: [16, 'u64'],
    ullTotalPageFile: [24, 'u64'],
    ullAvailPageFile: [32, 'u64'],
    ullTotalVirtual: [40, 'u64'],
    ullAvailVirtual: [48, 'u64'],
    ullAvailExtendedVirtual: [56, 'u64'],
  },
})

/** Memory in pages of PageSize. */
export const performanceSummary = structure({
  name: 'PERFORMANCE_INFORMATION',
  header: 'psapi.h',
  page: 'https://learn.microsoft.com/windows/win32/api/psapi/ns-psapi-performance_information',
  size: 104,
  members: {
    cb: [0, 'u32'],
    CommitTotal: [8, 'pointer'],
    CommitLimit: [16, 'pointer'],
    CommitPeak: [24, 'pointer'],
    PhysicalTotal: [32, 'pointer'],
    PhysicalAvailable: [40, 'pointer'],
    SystemCache: [48, 'pointer'],
    KernelTotal: [56, 'pointer'],
    KernelPaged: [64, 'pointer'],
    KernelNonpaged: [72, 'pointer'],
    PageSize: [80, 'pointer'],
    HandleCount: [88, 'u32'],
    ProcessCount: [92, 'u32'],
    ThreadCount: [96, 'u32'],
  },
})

export const versionInformation = structure({
  name: 'OSVERSIONINFOEXW',
  header: 'winnt.h',
  page: 'https://learn.microsoft.com/windows/win32/api/winnt/ns-winnt-osversioninfoexw',
  size: 284,
  members: {
    dwOSVersionInfoSize: [0, 'u32'],
    dwMajorVersion: [4, 'u32'],
    dwMinorVersion: [8, 'u32'],
    dwBuildNumber: [12, 'u32'],
    dwPlatformId: [16, 'u32'],
    szCSDVersion: [20, 'u16', 128],
    wServicePackMajor: [276, 'u16'],
    wServicePackMinor: [278, 'u16'],
    wSuiteMask: [280, 'u16'],
    wProductType: [282, 'u8'],
    wReserved: [283, 'u8'],
  },
})

/** One for each CPU; frequencies in MHz. */
export const processorPower = structure({
  name: 'PROCESSOR_POWER_INFORMATION',
  header: 'ntpoapi.h; in no header of the SDK',
  page: 'https://learn.microsoft.com/windows/win32/power/processor-power-information-str',
  size: 24,
  members: {
    Number: [0, 'u32'],
    MaxMhz: [4, 'u32'],
    CurrentMhz: [8, 'u32'],
    MhzLimit: [12, 'u32'],
    MaxIdleState: [16, 'u32'],
    CurrentIdleState: [20, 'u32'],
  },
})

export const powerStatus = structure({
  name: 'SYSTEM_POWER_STATUS',
  header: 'winbase.h',
  page: 'https://learn.microsoft.com/windows/win32/api/winbase/ns-winbase-system_power_status',
  size: 12,
  members: {
    ACLineStatus: [0, 'u8'],
    BatteryFlag: [1, 'u8'],
    BatteryLifePercent: [2, 'u8'],
    SystemStatusFlag: [3, 'u8'],
    BatteryLifeTime: [4, 'u32'],
    BatteryFullLifeTime: [8, 'u32'],
  },
})
