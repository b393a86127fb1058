import { columnVisibilityFeature, createColumnHelper, tableFeatures } from '@tanstack/react-table'
import type { ReactNode } from 'react'
import type { ProcessRow } from '../../api/contract.ts'
import { formatMoment, formatPercent, formatValue } from '../format/values.ts'
import type { ShownProcess } from '../state/process-list.ts'

/** Columns of the process table: what each is called, means, and how it is shown. */
export interface ColumnDef {
  readonly id: keyof ProcessRow
  readonly title: string
  readonly help: string
  readonly widthPx: number
  readonly isText?: boolean
  readonly isHidden?: boolean
  /** Hidden at first where the window is narrow. */
  readonly isWide?: boolean
  readonly show: (row: ProcessRow) => ReactNode
}

const percent = (value: number | undefined): string => (value === undefined ? '–' : formatPercent(value))
const number = (unit: string, read: (row: ProcessRow) => number | undefined) => (row: ProcessRow) =>
  formatValue(read(row), unit)

export const columns: readonly ColumnDef[] = [
  { id: 'pid', title: 'PID', help: 'Process id', widthPx: 68, isWide: true, show: (row) => row.pid },
  {
    id: 'name',
    title: 'Name',
    help: 'Name of the program, as the kernel has it',
    widthPx: 148,
    isText: true,
    show: (row) => row.name,
  },
  {
    id: 'user',
    title: 'User',
    help: 'Effective user, by name where the local user database knows it',
    widthPx: 76,
    isText: true,
    isWide: true,
    show: (row) => row.user,
  },
  {
    id: 'state',
    title: 'S',
    help: 'State: R running, S sleeping, D waits for a device, Z ended and not waited for, T stopped, I idle',
    widthPx: 32,
    isText: true,
    isWide: true,
    show: (row) => row.state,
  },
  {
    id: 'cpu',
    title: 'CPU',
    help: '100 % is one core, all threads together',
    widthPx: 72,
    show: (row) => percent(row.cpu),
  },
  {
    id: 'runQueueWait',
    title: 'Waits',
    help: 'Share of the time in which the main thread waited for a CPU',
    widthPx: 72,
    isWide: true,
    show: (row) => percent(row.runQueueWait),
  },
  {
    id: 'residentBytes',
    title: 'Memory',
    help: 'Resident memory, shared pages included',
    widthPx: 88,
    show: number('By', (row) => row.residentBytes),
  },
  {
    id: 'readBytesPerSecond',
    title: 'Reads',
    help: 'Bytes it caused to be read from storage; needs the same user or root',
    widthPx: 92,
    show: number('By/s', (row) => row.readBytesPerSecond),
  },
  {
    id: 'writtenBytesPerSecond',
    title: 'Writes',
    help: 'Bytes it caused to be sent to storage, counted when a page is dirtied',
    widthPx: 92,
    show: number('By/s', (row) => row.writtenBytesPerSecond),
  },
  {
    id: 'threads',
    title: 'Threads',
    help: 'Number of threads',
    widthPx: 74,
    isWide: true,
    show: number('', (row) => row.threads),
  },
  {
    id: 'service',
    title: 'Service',
    help: 'Unit or container it runs in',
    widthPx: 132,
    isText: true,
    show: (row) => row.service ?? '–',
  },
  {
    id: 'cpuSeconds',
    title: 'CPU time',
    help: 'CPU time since it began',
    widthPx: 100,
    isHidden: true,
    show: number('s', (row) => row.cpuSeconds),
  },
  {
    id: 'virtualBytes',
    title: 'Virtual',
    help: 'Address space',
    widthPx: 92,
    isHidden: true,
    show: number('By', (row) => row.virtualBytes),
  },
  {
    id: 'majorFaultsPerSecond',
    title: 'Major faults',
    help: 'Faults that had to read from a disk',
    widthPx: 104,
    isHidden: true,
    show: number('{fault}/s', (row) => row.majorFaultsPerSecond),
  },
  {
    id: 'contextSwitchesPerSecond',
    title: 'Switches',
    help: 'Times the main thread was given a CPU',
    widthPx: 92,
    isHidden: true,
    show: number('{switch}/s', (row) => row.contextSwitchesPerSecond),
  },
  {
    id: 'nice',
    title: 'Nice',
    help: 'Priority: -20 first, 19 last',
    widthPx: 60,
    isHidden: true,
    show: (row) => row.nice ?? '–',
  },
  {
    id: 'parentPid',
    title: 'Parent',
    help: 'Id of the parent',
    widthPx: 76,
    isHidden: true,
    show: (row) => row.parentPid ?? '–',
  },
  {
    id: 'startUnixMs',
    title: 'Started',
    help: 'When it began',
    widthPx: 170,
    isHidden: true,
    show: (row) => (row.startUnixMs === undefined ? '–' : formatMoment(row.startUnixMs)),
  },
  {
    id: 'commandLine',
    title: 'Command',
    help: 'Command line; secrets in it are blotted out',
    widthPx: 260,
    isText: true,
    show: (row) => row.commandLine,
  },
]

/** Which file of the process the kernel tells it in: proc_pid_stat(5), proc_pid_io(5), and so on. */
export const columnSources: Readonly<Record<string, string>> = {
  pid: 'the list of processes',
  name: 'stat field 2, cmdline',
  user: 'the owner of its files, passwd',
  state: 'stat field 3',
  cpu: 'stat fields 14 + 15',
  runQueueWait: 'schedstat field 2',
  residentBytes: 'stat field 24',
  readBytesPerSecond: 'io read_bytes',
  writtenBytesPerSecond: 'io write_bytes - cancelled_write_bytes',
  threads: 'stat field 20',
  service: 'cgroup',
  cpuSeconds: 'stat fields 14 + 15',
  virtualBytes: 'stat field 23',
  majorFaultsPerSecond: 'stat field 12',
  contextSwitchesPerSecond: 'schedstat field 3',
  nice: 'stat field 19',
  parentPid: 'stat field 4',
  startUnixMs: 'stat field 22',
  commandLine: 'cmdline',
}

export const columnById = new Map(columns.map((column) => [column.id as string, column]))

export const features = tableFeatures({ columnVisibilityFeature })
const helper = createColumnHelper<typeof features, ShownProcess>()
export const tableColumns = helper.columns(
  columns.map(({ id, title, show }) =>
    helper.display({ id, header: title, cell: ({ row }) => show(row.original.row) }),
  ),
)
export const initialVisibility = (isNarrow: boolean): Readonly<Record<string, boolean>> =>
  Object.fromEntries(
    columns.map(({ id, isHidden, isWide }) => [id, isHidden !== true && !(isNarrow && isWide === true)]),
  )
