import type { ProcessDetailsDto, ProcessHistoryResponse, ProcessRow } from '../api/contract.ts'
import type { ProcessPage } from './commands/process.ts'
import {
  formatBytes,
  formatBytesPerSecond,
  formatClockTime,
  formatCount,
  formatPercent,
  formatTimeSpan,
} from './format.ts'
import { faint, joined, span, strong, type Text } from './output/span.ts'
import { sparkline } from './output/sparkline.ts'
import { tableLines } from './output/table.ts'
import type { Times } from './times.ts'

/** The page of one process as lines. Absent is said, never shown as 0. */
const stateNames: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'waiting, uninterruptible (usually for storage)',
  T: 'stopped',
  t: 'stopped by a debugger',
  Z: 'zombie: ended, not yet waited for by its parent',
  I: 'idle kernel thread',
  X: 'dead',
}

/** So many rows of a long list to a terminal; all of them to a pipe. */
const shownRows = 10
const labelWidth = 12

export function processLines(page: ProcessPage, times: Times, width: number | undefined): readonly Text[] {
  const { process, details } = page
  const lines: Text[] = [[strong(`${process.pid} ${process.name}`), faint(`  ${times.stamp(page.unixMs)}`)]]
  lines.push(...identityLines(page, times), '', ...usageLines(process))
  if (page.history !== undefined) lines.push('', ...historyLines(page.history, times, width))
  if (page.children.length > 0) lines.push('', ...childLines(page.children, width))
  if (details !== undefined) lines.push(...detailLines(details, width))
  return lines
}

const labelled = (name: string, ...parts: readonly Text[]): Text => joined(faint(name.padEnd(labelWidth)), ...parts)

const orAbsent = <V>(value: V | undefined, show: (value: V) => string): Text =>
  value === undefined ? faint('-') : show(value)

function identityLines({ process, parents, details, unixMs }: ProcessPage, times: Times): readonly Text[] {
  const started = process.startUnixMs
  const age = started === undefined ? '' : `, ${formatTimeSpan(Math.max(0, (unixMs - started) / 1000))} ago`
  const lines = [
    labelled('command', process.commandLine === '' ? faint('none') : process.commandLine),
    labelled('state', `${process.state} ${stateNames[process.state] ?? ''}`.trim()),
    labelled('user', process.user),
    labelled(
      'started',
      orAbsent(started, (ms) => `${times.stamp(ms)}${age}`),
    ),
    labelled(
      'parents',
      parents.length === 0 ? faint('none') : parents.map(({ pid, name }) => `${pid} ${name}`).join(' ← '),
    ),
  ]
  if (process.service !== undefined) lines.push(labelled('service', process.service))
  if (process.cgroup !== undefined) lines.push(labelled('cgroup', process.cgroup))
  if (details?.executable !== undefined) lines.push(labelled('executable', details.executable))
  if (details?.workingDirectory !== undefined) lines.push(labelled('directory', details.workingDirectory))
  return lines
}

function usageLines(process: ProcessRow): readonly Text[] {
  const percent = (value: number | undefined): Text => orAbsent(value, (share) => formatPercent(share))
  const rate = (value: number | undefined): Text => orAbsent(value, formatBytesPerSecond)
  const count = (value: number | undefined): Text => orAbsent(value, (each) => String(Math.round(each)))
  const perSecond = (value: number | undefined): Text => orAbsent(value, (each) => `${formatCount(each)}/s`)
  return [
    labelled(
      'CPU',
      percent(process.cpu),
      ' of one core: user ',
      percent(process.cpuUser),
      ', kernel ',
      percent(process.cpuSystem),
      '; in all ',
      orAbsent(process.cpuSeconds, formatClockTime),
    ),
    labelled('waits', 'for a CPU ', percent(process.runQueueWait), ', for storage ', percent(process.ioDelay)),
    labelled(
      'memory',
      'resident ',
      orAbsent(process.residentBytes, formatBytes),
      ', address space ',
      orAbsent(process.virtualBytes, formatBytes),
    ),
    labelled('storage', 'reads ', rate(process.readBytesPerSecond), ', writes ', rate(process.writtenBytesPerSecond)),
    labelled(
      'faults',
      'major ',
      perSecond(process.majorFaultsPerSecond),
      ', minor ',
      perSecond(process.minorFaultsPerSecond),
    ),
    labelled('switches', perSecond(process.contextSwitchesPerSecond)),
    labelled(
      'threads',
      count(process.threads),
      ', nice ',
      count(process.nice),
      ', last on CPU ',
      count(process.processor),
    ),
  ]
}

function historyLines(history: ProcessHistoryResponse, times: Times, width: number | undefined): readonly Text[] {
  const [first, last] = [history.unixMs[0], history.unixMs.at(-1)]
  if (first === undefined || last === undefined) return [faint('no history yet')]
  const room = Math.max(10, Math.min(width ?? 100, 100) - labelWidth - 14)
  const row = (name: string, values: readonly (number | null)[], show: (value: number) => string): Text[] => {
    const highest = values.reduce<number>((most, each) => Math.max(most, each ?? most), Number.NEGATIVE_INFINITY)
    if (highest === Number.NEGATIVE_INFINITY) return [labelled(name, faint('-'))]
    return [labelled(name, span('accent', sparkline(values, room)), ` ≤ ${show(highest)}`)]
  }
  return [
    [strong('History'), faint(`  ${times.stamp(first)} to ${times.stamp(last)}`)],
    ...row('CPU', history.cpu, (value) => formatPercent(value)),
    ...row('resident', history.residentBytes, formatBytes),
    ...row('reads', history.readBytesPerSecond, formatBytesPerSecond),
    ...row('writes', history.writtenBytesPerSecond, formatBytesPerSecond),
    ...row('CPU wait', history.runQueueWait, (value) => formatPercent(value)),
  ]
}

function childLines(children: readonly ProcessRow[], width: number | undefined): readonly Text[] {
  return section(
    'Children',
    children,
    [
      { header: 'PID', align: 'right', cell: (row: ProcessRow) => String(row.pid) },
      { header: 'CPU', align: 'right', cell: (row) => orAbsent(row.cpu, (share) => formatPercent(share)) },
      { header: 'RSS', align: 'right', cell: (row) => orAbsent(row.residentBytes, formatBytes) },
      {
        header: 'COMMAND',
        align: 'left',
        cell: (row) => (row.commandLine === '' ? row.name : row.commandLine),
        shrinkTo: 10,
      },
    ],
    width,
  )
}

function detailLines(details: ProcessDetailsDto, width: number | undefined): readonly Text[] {
  const memory: Text[] = []
  const descriptors = details.fileDescriptors
  if (details.proportionalBytes !== undefined) memory.push(`proportional ${formatBytes(details.proportionalBytes)}`)
  if (details.sharedBytes !== undefined) memory.push(`shared ${formatBytes(details.sharedBytes)}`)
  if (details.swapBytes !== undefined) memory.push(`swapped ${formatBytes(details.swapBytes)}`)
  return [
    ...(memory.length + (descriptors ?? 0) === 0 ? [] : ['']),
    ...(memory.length === 0 ? [] : [labelled('memory', memory.join(', '))]),
    ...(descriptors === undefined ? [] : [labelled('descriptors', String(descriptors))]),
    ...listed(
      'Open files',
      details.openFiles,
      [
        { header: 'FD', align: 'right', cell: (file) => String(file.descriptor) },
        { header: 'PATH', align: 'left', cell: (file) => file.path, shrinkTo: 10 },
      ],
      width,
    ),
    ...listed(
      'Sockets',
      details.sockets,
      [
        { header: 'FD', align: 'right', cell: (socket) => String(socket.descriptor) },
        { header: 'PROTOCOL', align: 'left', cell: (socket) => socket.protocol },
        { header: 'LOCAL', align: 'left', cell: (socket) => socket.local, shrinkTo: 10 },
        { header: 'REMOTE', align: 'left', cell: (socket) => socket.remote, shrinkTo: 10 },
        { header: 'STATE', align: 'left', cell: (socket) => socket.state },
      ],
      width,
    ),
    ...listed(
      'Threads',
      details.threads,
      [
        { header: 'TID', align: 'right', cell: (thread) => String(thread.threadId) },
        { header: 'S', align: 'left', cell: (thread) => thread.state },
        { header: 'CPU TIME', align: 'right', cell: (thread) => formatClockTime(thread.cpuSeconds) },
        { header: 'NAME', align: 'left', cell: (thread) => thread.name },
      ],
      width,
    ),
    ...listed(
      'Limits',
      details.limits,
      [
        { header: 'LIMIT', align: 'left', cell: (limit) => limit.name },
        { header: 'SOFT', align: 'right', cell: (limit) => limit.soft },
        { header: 'HARD', align: 'right', cell: (limit) => limit.hard },
        { header: 'UNIT', align: 'left', cell: (limit) => limit.unit },
      ],
      width,
    ),
    ...details.notes.map((note): Text => ['', faint(note)]),
  ]
}

type Columns<Row> = Parameters<typeof tableLines<Row>>[0]

function listed<Row>(
  title: string,
  rows: readonly Row[] | { readonly absent: string },
  columns: Columns<Row>,
  width: number | undefined,
): readonly Text[] {
  if ('absent' in rows) return ['', [strong(title), faint(`  not readable: ${rows.absent}`)]]
  return rows.length === 0 ? [] : ['', ...section(title, rows, columns, width)]
}

function section<Row>(
  title: string,
  rows: readonly Row[],
  columns: Columns<Row>,
  width: number | undefined,
): readonly Text[] {
  const shown = width === undefined ? rows : rows.slice(0, shownRows)
  const rest = rows.length - shown.length
  return [
    [strong(title), faint(`  ${rows.length}`)],
    ...tableLines(columns, shown, width),
    ...(rest > 0 ? [faint(`… and ${rest} more; all of them: --json, or to a pipe`)] : []),
  ]
}
