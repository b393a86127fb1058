import { structure } from './structure.ts'

const queryPage = 'https://learn.microsoft.com/windows/win32/api/winternl/nf-winternl-ntquerysysteminformation'
const phnt = 'phnt ntexapi.h (System Informer)'

/** A process, followed by its threads; a chain by NextEntryOffset, 0 at the last. Times in 100 ns. */
export const processInformation = structure({
  name: 'SYSTEM_PROCESS_INFORMATION',
  header: phnt,
  page: queryPage,
  size: 256,
  members: {
    NextEntryOffset: [0, 'u32'],
    NumberOfThreads: [4, 'u32'],
    WorkingSetPrivateSize: [8, 'i64'],
    /** Faults that had to read from disk (Windows 7). */
    HardFaultCount: [16, 'u32'],
    NumberOfThreadsHighWatermark: [20, 'u32'],
    CycleTime: [24, 'u64'],
    /** FILETIME. */
    CreateTime: [32, 'i64'],
    UserTime: [40, 'i64'],
    KernelTime: [48, 'i64'],
    /** UNICODE_STRING ImageName: lengths in bytes; the buffer lies in the same answer. */
    nameLength: [56, 'u16'],
    nameMaximumLength: [58, 'u16'],
    nameBuffer: [64, 'pointer'],
    BasePriority: [72, 'i32'],
    UniqueProcessId: [80, 'pointer'],
    InheritedFromUniqueProcessId: [88, 'pointer'],
    HandleCount: [96, 'u32'],
    SessionId: [100, 'u32'],
    UniqueProcessKey: [104, 'pointer'],
    PeakVirtualSize: [112, 'pointer'],
    VirtualSize: [120, 'pointer'],
    PageFaultCount: [128, 'u32'],
    PeakWorkingSetSize: [136, 'pointer'],
    WorkingSetSize: [144, 'pointer'],
    QuotaPeakPagedPoolUsage: [152, 'pointer'],
    QuotaPagedPoolUsage: [160, 'pointer'],
    QuotaPeakNonPagedPoolUsage: [168, 'pointer'],
    QuotaNonPagedPoolUsage: [176, 'pointer'],
    /** Commit charge in bytes: what Task Manager calls private bytes. */
    PagefileUsage: [184, 'pointer'],
    PeakPagefileUsage: [192, 'pointer'],
    /** In bytes, whatever its name says. */
    PrivatePageCount: [200, 'pointer'],
    ReadOperationCount: [208, 'i64'],
    WriteOperationCount: [216, 'i64'],
    OtherOperationCount: [224, 'i64'],
    ReadTransferCount: [232, 'i64'],
    WriteTransferCount: [240, 'i64'],
    OtherTransferCount: [248, 'i64'],
  },
})

export const threadInformation = structure({
  name: 'SYSTEM_THREAD_INFORMATION',
  header: 'winternl.h',
  page: queryPage,
  size: 80,
  members: {
    KernelTime: [0, 'i64'],
    UserTime: [8, 'i64'],
    CreateTime: [16, 'i64'],
    WaitTime: [24, 'u32'],
    StartAddress: [32, 'pointer'],
    UniqueProcess: [40, 'pointer'],
    UniqueThread: [48, 'pointer'],
    Priority: [56, 'i32'],
    BasePriority: [60, 'i32'],
    ContextSwitches: [64, 'u32'],
    ThreadState: [68, 'u32'],
    WaitReason: [72, 'u32'],
  },
})

/** KTHREAD_STATE, of which a process has any: ready, running, standby, deferred ready. */
export const runnableStates: readonly number[] = [1, 2, 3, 7]
/** KTHREAD_STATE Waiting. */
export const waitingState = 5
/** KWAIT_REASON Suspended. */
export const suspendedReason = 5

/** What ProcessCommandLineInformation begins with; the buffer lies in the same answer. */
export const unicodeString = structure({
  name: 'UNICODE_STRING',
  header: 'subauth.h',
  page: 'https://learn.microsoft.com/windows/win32/api/subauth/ns-subauth-unicode_string',
  size: 16,
  members: { Length: [0, 'u16'], MaximumLength: [2, 'u16'], Buffer: [8, 'pointer'] },
})

/** Creation, exit, kernel and user time of GetProcessTimes, each a FILETIME of two halves. */
export const processTimes = structure({
  name: 'KERNEL_USER_TIMES',
  header: phnt,
  page: 'https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-getprocesstimes',
  size: 32,
  members: { CreateTime: [0, 'i64'], ExitTime: [8, 'i64'], KernelTime: [16, 'i64'], UserTime: [24, 'i64'] },
})

/** TOKEN_USER: its pointer leads to the SID, which lies in the same answer. */
export const tokenUser = structure({
  name: 'TOKEN_USER',
  header: 'winnt.h',
  page: 'https://learn.microsoft.com/windows/win32/api/winnt/ns-winnt-token_user',
  size: 16,
  members: { Sid: [0, 'pointer'], Attributes: [8, 'u32'] },
})
