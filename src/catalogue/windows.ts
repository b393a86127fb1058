import { defineMetrics, oneOf } from './define.ts'

const summary = 'GetPerformanceInfo: PERFORMANCE_INFORMATION'
const lists = 'NtQuerySystemInformation(SystemMemoryListInformation)'

/** What Windows counts in a way of its own. */
export const windowsMetrics = defineMetrics({
  'system.windows.memory.committed': {
    id: 180,
    kind: 'gauge',
    unit: 'By',
    value: 'int',
    labels: {},
    help: 'Memory promised to processes: it must fit into memory and page files together. Not the use of the page file.',
    source: { windows: `${summary} CommitTotal` },
  },
  'system.windows.memory.commit_limit': {
    id: 181,
    kind: 'gauge',
    unit: 'By',
    value: 'int',
    labels: {},
    help: 'Most that can be promised: memory and page files. At the limit, allocations fail, however much memory is free.',
    source: { windows: `${summary} CommitLimit` },
    rollup: 'last',
  },
  'system.windows.memory.standby': {
    id: 182,
    kind: 'gauge',
    unit: 'By',
    value: 'int',
    labels: {},
    help: 'Pages of files and of ended programs, kept in case they are wanted again and given to who needs memory.',
    source: { windows: `${lists} PageCountByPriority` },
  },
  'system.windows.memory.modified': {
    id: 183,
    kind: 'gauge',
    unit: 'By',
    value: 'int',
    labels: {},
    help: 'Pages that must be written to disk before they can be used for something else.',
    source: { windows: `${lists} ModifiedPageCount, ModifiedNoWritePageCount` },
  },
  'system.windows.memory.pool': {
    id: 184,
    kind: 'gauge',
    unit: 'By',
    value: 'int',
    labels: { pool: oneOf('paged', 'nonpaged') },
    help: 'Memory of the kernel and its drivers. One that only grows is a driver that leaks.',
    source: { windows: `${summary} KernelPaged, KernelNonpaged` },
  },
  'system.windows.handle.count': {
    id: 185,
    kind: 'gauge',
    unit: '{handle}',
    value: 'int',
    labels: {},
    help: 'Open handles of all processes: files, keys, events, threads and more.',
    source: { windows: 'NtQuerySystemInformation(SystemProcessInformation) HandleCount' },
  },
})
