import type { Sources, Unit } from './define.ts'

/**
 * What is known of a process, one entry a column. Processes are a table, not series: identity is
 * (boot id, pid, start ticks), never the pid alone, which the kernel gives again.
 */
export interface ColumnDef {
  /** Append-only number used on disk and on the wire. */
  readonly id: number
  /** `number`: a level; `counter`: grows for the life of the process, read as a rate; `text`: sanitised, redacted UTF-8. */
  readonly kind: 'number' | 'counter' | 'text'
  readonly unit: Unit
  /** `table`: recorded each second for every process; `demand`: read only when somebody asks for details. */
  readonly when: 'table' | 'demand'
  readonly help: string
  readonly source: Sources
}

export const processColumns = {
  pid: {
    id: 1,
    kind: 'number',
    unit: '1',
    when: 'table',
    help: 'Process id.',
    source: { linux: '/proc/PID', windows: 'SYSTEM_PROCESS_INFORMATION UniqueProcessId' },
  },
  startTicks: {
    id: 2,
    kind: 'number',
    unit: '{tick}',
    when: 'table',
    help: 'Start, in the kernel’s own ticks since boot: with the pid and the boot id, the identity of the process.',
    source: {
      linux: '/proc/PID/stat field 22 (proc_pid_stat(5))',
      windows: 'SYSTEM_PROCESS_INFORMATION CreateTime, 100 ns since boot',
    },
  },
  parentPid: {
    id: 3,
    kind: 'number',
    unit: '1',
    when: 'table',
    help: 'Parent process id; changes when the parent ends.',
    source: {
      linux: 'stat field 4',
      windows: 'SYSTEM_PROCESS_INFORMATION InheritedFromUniqueProcessId, while that process is older',
    },
  },
  name: {
    id: 4,
    kind: 'text',
    unit: '1',
    when: 'table',
    help: 'Name: the program’s file name where the kernel’s 15 bytes are its beginning, else those. Kernel threads stand in [brackets].',
    source: { linux: 'stat field 2, /proc/PID/cmdline', windows: 'SYSTEM_PROCESS_INFORMATION ImageName' },
  },
  commandLine: {
    id: 5,
    kind: 'text',
    unit: '1',
    when: 'table',
    help: 'Command line, secrets redacted, 4 KiB at most. Empty for kernel threads and zombies.',
    source: {
      linux: '/proc/PID/cmdline (proc_pid_cmdline(5))',
      windows: 'NtQueryInformationProcess(ProcessCommandLineInformation) (Windows 8.1)',
    },
  },
  user: {
    id: 6,
    kind: 'text',
    unit: '1',
    when: 'table',
    help: 'Owner (effective user), by name where the local user database knows it, else by number.',
    source: { linux: 'owner of /proc/PID, /etc/passwd', windows: 'token of the process, LookupAccountSidW' },
  },
  state: {
    id: 7,
    kind: 'text',
    unit: '1',
    when: 'table',
    help: 'State letter: R running, S sleeping, D uninterruptible, T stopped, t traced, Z zombie, I idle kernel thread, X dead.',
    source: { linux: 'stat field 3', windows: 'SYSTEM_PROCESS_INFORMATION: states of the threads' },
  },
  threads: {
    id: 8,
    kind: 'number',
    unit: '{thread}',
    when: 'table',
    help: 'Threads.',
    source: { linux: 'stat field 20', windows: 'SYSTEM_PROCESS_INFORMATION NumberOfThreads' },
  },
  nice: {
    id: 9,
    kind: 'number',
    unit: '1',
    when: 'table',
    help: 'Nice value, -20 (favoured) to 19.',
    source: { linux: 'stat field 19', windows: { none: 'Windows has priority classes' } },
  },
  cpuUserSeconds: {
    id: 10,
    kind: 'counter',
    unit: 's',
    when: 'table',
    help: 'CPU time in user mode, all threads. One core fully used is 1 s/s.',
    source: { linux: 'stat field 14, USER_HZ ticks', windows: 'SYSTEM_PROCESS_INFORMATION UserTime (100 ns)' },
  },
  cpuSystemSeconds: {
    id: 11,
    kind: 'counter',
    unit: 's',
    when: 'table',
    help: 'CPU time in the kernel, all threads.',
    source: { linux: 'stat field 15, USER_HZ ticks', windows: 'SYSTEM_PROCESS_INFORMATION KernelTime (100 ns)' },
  },
  childrenCpuSeconds: {
    id: 12,
    kind: 'counter',
    unit: 's',
    when: 'table',
    help: 'CPU time of ended children that this process has waited for: where short-lived processes went.',
    source: { linux: 'stat fields 16 + 17, USER_HZ ticks', windows: { none: 'Windows does not keep it' } },
  },
  runQueueWaitSeconds: {
    id: 13,
    kind: 'counter',
    unit: 's',
    when: 'table',
    help: 'Time the main thread was ready to run and waited for a CPU.',
    source: {
      linux: '/proc/PID/schedstat field 2 (nanoseconds; Documentation/scheduler/sched-stats.rst)',
      windows: { none: 'Windows does not keep it' },
    },
  },
  residentBytes: {
    id: 14,
    kind: 'number',
    unit: 'By',
    when: 'table',
    help: 'Resident set size as the kernel counts it cheaply: approximate by design, and shared pages count in every process.',
    source: { linux: 'stat field 24 (pages)', windows: 'SYSTEM_PROCESS_INFORMATION WorkingSetSize' },
  },
  virtualBytes: {
    id: 15,
    kind: 'number',
    unit: 'By',
    when: 'table',
    help: 'Address space, used or not.',
    source: { linux: 'stat field 23', windows: 'SYSTEM_PROCESS_INFORMATION VirtualSize' },
  },
  readBytes: {
    id: 16,
    kind: 'counter',
    unit: 'By',
    when: 'table',
    help: 'Bytes this process caused to be read from storage. Needs the same user or root.',
    source: {
      linux: '/proc/PID/io read_bytes (proc_pid_io(5))',
      windows: 'SYSTEM_PROCESS_INFORMATION ReadTransferCount: all devices and the network, not storage alone',
    },
  },
  writtenBytes: {
    id: 17,
    kind: 'counter',
    unit: 'By',
    when: 'table',
    help: 'Bytes this process caused to be sent to storage, counted when the page is dirtied, less those never written.',
    source: {
      linux: '/proc/PID/io write_bytes - cancelled_write_bytes',
      windows: 'SYSTEM_PROCESS_INFORMATION WriteTransferCount: all devices and the network, not storage alone',
    },
  },
  minorFaults: {
    id: 18,
    kind: 'counter',
    unit: '{fault}',
    when: 'table',
    help: 'Page faults served without I/O.',
    source: { linux: 'stat field 10', windows: 'SYSTEM_PROCESS_INFORMATION PageFaultCount less HardFaultCount' },
  },
  majorFaults: {
    id: 19,
    kind: 'counter',
    unit: '{fault}',
    when: 'table',
    help: 'Page faults that had to read from disk.',
    source: { linux: 'stat field 12', windows: 'SYSTEM_PROCESS_INFORMATION HardFaultCount' },
  },
  contextSwitches: {
    id: 20,
    kind: 'counter',
    unit: '{switch}',
    when: 'table',
    help: 'Times the main thread was given a CPU.',
    source: { linux: '/proc/PID/schedstat field 3', windows: 'SYSTEM_PROCESS_INFORMATION: of all its threads' },
  },
  cgroup: {
    id: 21,
    kind: 'text',
    unit: '1',
    when: 'table',
    help: 'Control group path (v2; on a v1 system that of its named hierarchy or first controller).',
    source: { linux: '/proc/PID/cgroup (cgroups(7))', windows: { none: 'control groups are of Linux' } },
  },
  processor: {
    id: 22,
    kind: 'number',
    unit: '1',
    when: 'table',
    help: 'CPU the main thread last ran on.',
    source: { linux: 'stat field 39', windows: { none: 'Windows does not tell' } },
  },
  ioDelaySeconds: {
    id: 23,
    kind: 'counter',
    unit: 's',
    when: 'table',
    help: 'Time spent waiting for block I/O. Absent where the kernel does not account it (delayacct off).',
    source: { linux: 'stat field 42, USER_HZ ticks', windows: { none: 'Windows does not keep it' } },
  },
  privateBytes: {
    id: 24,
    kind: 'number',
    unit: 'By',
    when: 'table',
    help: 'Memory promised to this process alone (commit charge), in memory or in the page file.',
    source: { windows: 'SYSTEM_PROCESS_INFORMATION PagefileUsage' },
  },
  handles: {
    id: 25,
    kind: 'number',
    unit: '{handle}',
    when: 'table',
    help: 'Open handles: files, keys, events, threads and more.',
    source: { windows: 'SYSTEM_PROCESS_INFORMATION HandleCount' },
  },
  proportionalBytes: {
    id: 40,
    kind: 'number',
    unit: 'By',
    when: 'demand',
    help: 'Proportional set size: each shared page divided by those who share it. Exact, and dear to read.',
    source: { linux: '/proc/PID/smaps_rollup Pss (Linux 4.14)', windows: { none: 'Windows does not share it out' } },
  },
  sharedBytes: {
    id: 41,
    kind: 'number',
    unit: 'By',
    when: 'demand',
    help: 'Resident file-backed and shared pages.',
    source: { linux: '/proc/PID/statm field 3 (pages)', windows: { none: 'not read yet' } },
  },
  swapBytes: {
    id: 42,
    kind: 'number',
    unit: 'By',
    when: 'demand',
    help: 'Swapped out.',
    source: { linux: '/proc/PID/smaps_rollup Swap', windows: { none: 'Windows does not tell it by process' } },
  },
  fileDescriptors: {
    id: 43,
    kind: 'number',
    unit: '{file_descriptor}',
    when: 'demand',
    help: 'Open descriptors.',
    source: {
      linux: 'entries of /proc/PID/fd',
      windows: 'SYSTEM_PROCESS_INFORMATION HandleCount: handles of all kinds',
    },
  },
} as const satisfies Record<string, ColumnDef>

export type ColumnName = keyof typeof processColumns
type NamesWhere<P> = { [K in ColumnName]: (typeof processColumns)[K] extends P ? K : never }[ColumnName]
/** Columns of the recorded table that hold numbers (levels and counters). */
export type NumberColumn = NamesWhere<{ when: 'table'; kind: 'number' | 'counter' }>
/** Columns of the recorded table that hold text. */
export type TextColumn = NamesWhere<{ when: 'table'; kind: 'text' }>

const tableColumns = (Object.keys(processColumns) as ColumnName[]).filter((c) => processColumns[c].when === 'table')
export const numberColumns = tableColumns.filter((c) => processColumns[c].kind !== 'text') as NumberColumn[]
export const textColumns = tableColumns.filter((c) => processColumns[c].kind === 'text') as TextColumn[]
