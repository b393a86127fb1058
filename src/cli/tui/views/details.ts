import type { ProcessDetailsDto, ProcessRow } from '../../../api/contract.ts'
import {
  formatBytes,
  formatBytesPerSecond,
  formatClockTime,
  formatCount,
  formatPercent,
  formatTimeSpan,
} from '../../format.ts'
import { wrap } from '../../output/fit.ts'
import type { Pane } from '../cells.ts'
import { graphSamples, highestOf, paintGraph } from '../graph.ts'
import { type Details, isSame, type TopState } from '../state.ts'
import type { Role } from '../theme.ts'
import { box, type Paint, runs } from './paint.ts'

/** One process in full: what it is, does, holds open. */
type Line = readonly (readonly [string, Role])[]

export function paintDetails(pane: Pane, state: TopState, nowMs: number, paint: Paint): void {
  const { details } = state
  if (details === undefined) return
  // The list is of this very tick, the details are read every few seconds.
  const row = state.list.find(({ row: each }) => isSame(details.identity, each))?.row ?? details.answer?.process
  const inside = box(pane, paint, 'processBox', {
    title: `${details.identity.pid} ${details.name}`,
    ...(row?.user === undefined ? {} : { beside: row.user }),
    right: 'Esc closes',
  })
  if (details.problem !== undefined) runs(inside, 0, 0, paint, [[details.problem, 'warn']])
  if (row === undefined) return
  const body = inside.part(0, details.problem === undefined ? 0 : 1, inside.width, inside.height)
  const used = body.height >= 10 ? paintHistory(body, details, paint) : 0
  const rest = body.part(0, used, body.width, body.height - used)
  const held = details.answer?.details === undefined ? replayNote(state) : heldLines(details.answer.details)
  // Side by side where there is room: what it holds open is what one looks for.
  const isWide = rest.width >= leastWide
  const left = isWide ? rest.part(0, 0, Math.floor(rest.width / 2) - 1, rest.height) : rest
  const own = rowLines(row, details, nowMs, left.width)
  paintLines(left, isWide ? own : [...own, ...held], isWide ? 0 : details.scroll, paint)
  if (!isWide) return
  const from = left.width + 2
  paintLines(rest.part(from, 0, rest.width - from, rest.height), held, details.scroll, paint)
}

const leastWide = 100

function paintLines(pane: Pane, lines: readonly Line[], scroll: number, paint: Paint): void {
  const first = Math.min(scroll, Math.max(0, lines.length - pane.height))
  for (const [y, line] of lines.slice(first, first + pane.height).entries()) runs(pane, 0, y, paint, line)
}

const replayNote = ({ mode }: TopState): readonly Line[] =>
  mode.kind === 'replay' ? [[['open files and threads are read live only', 'faint']]] : []

/** CPU and memory beside each other; how many lines they took. */
function paintHistory(pane: Pane, { history }: Details, paint: Paint): number {
  if (history === undefined || history.unixMs.length < 2) return 0
  const height = Math.min(4, Math.floor(pane.height / 4))
  const half = Math.floor(pane.width / 2)
  const symbols = paint.symbols.set
  for (const [index, [name, values, role, leastTop]] of (
    [
      ['cpu', history.cpu, 'cpuLine', 0.1],
      ['memory', history.residentBytes, 'used', 1],
    ] as const
  ).entries()) {
    const part = pane.part(index * half + index, 0, half - 1, height)
    const shown = Float32Array.from(values.slice(-graphSamples(part.width, symbols)), (value) => value ?? Number.NaN)
    const highest = highestOf(shown, shown.length)
    const graph = part.part(0, 1, part.width, height - 1)
    runs(part, 0, 0, paint, [
      [`${name}, at most `, 'faint'],
      [name === 'cpu' ? formatPercent(highest) : formatBytes(highest), 'plain'],
    ])
    paintGraph(graph, shown, { symbols, top: Math.max(leastTop, highest), style: () => paint.theme.style[role] })
  }
  return height + 1
}

const labelWidth = 11
const labelled = (name: string, ...rest: Line): Line => [[name.padEnd(labelWidth), 'faint'], ...rest]
const shown = <V>(value: V | undefined, show: (value: V) => string): string => (value === undefined ? '-' : show(value))

function rowLines(row: ProcessRow, { answer }: Details, nowMs: number, width: number): readonly Line[] {
  const command = wrap(row.commandLine === '' ? row.name : row.commandLine, Math.max(10, width - labelWidth))
  const age = shown(row.startUnixMs, (ms) => formatTimeSpan(Math.max(0, ((answer?.unixMs ?? nowMs) - ms) / 1000)))
  const parents = answer?.parents ?? []
  const percent = (value: number | undefined): string => shown(value, (share) => formatPercent(share))
  return [
    ...command.slice(0, 4).map((text, index): Line => labelled(index === 0 ? 'command' : '', [text, 'plain'])),
    labelled('state', [
      `${row.state}, nice ${shown(row.nice, String)}, threads ${shown(row.threads, String)}, for ${age}`,
      'plain',
    ]),
    labelled('cpu', [
      `${percent(row.cpu)} (user ${percent(row.cpuUser)}, kernel ${percent(row.cpuSystem)}), in all ${shown(row.cpuSeconds, formatClockTime)}`,
      'plain',
    ]),
    labelled('waits', [`for a CPU ${percent(row.runQueueWait)}, for storage ${percent(row.ioDelay)}`, 'plain']),
    labelled('memory', [
      `resident ${shown(row.residentBytes, formatBytes)}, address space ${shown(row.virtualBytes, formatBytes)}`,
      'plain',
    ]),
    labelled('storage', [
      `reads ${shown(row.readBytesPerSecond, formatBytesPerSecond)}, writes ${shown(row.writtenBytesPerSecond, formatBytesPerSecond)}`,
      'plain',
    ]),
    labelled('faults', [
      `major ${shown(row.majorFaultsPerSecond, formatCount)}/s, minor ${shown(row.minorFaultsPerSecond, formatCount)}/s`,
      'plain',
    ]),
    ...(row.service === undefined ? [] : [labelled('service', [row.service, 'plain'])]),
    ...(row.cgroup === undefined ? [] : [labelled('cgroup', [row.cgroup, 'plain'])]),
    ...(parents.length === 0
      ? []
      : [labelled('parents', [parents.map(({ pid, name }) => `${pid} ${name}`).join(' < '), 'plain'])]),
  ]
}

/** What it holds open, whole: the pane scrolls. */
function heldLines(details: ProcessDetailsDto): readonly Line[] {
  return [
    ...(details.executable === undefined ? [] : [labelled('executable', [details.executable, 'plain'])]),
    ...(details.workingDirectory === undefined ? [] : [labelled('directory', [details.workingDirectory, 'plain'])]),
    ...(details.proportionalBytes === undefined
      ? []
      : [
          labelled('of its own', [
            `proportional ${formatBytes(details.proportionalBytes)}, swapped ${shown(details.swapBytes, formatBytes)}`,
            'plain',
          ]),
        ]),
    ...group('open files', details.openFiles, ({ descriptor, path }) => `${String(descriptor).padStart(5)}  ${path}`),
    ...group(
      'sockets',
      details.sockets,
      ({ descriptor, protocol, local, remote, state }) =>
        `${String(descriptor).padStart(5)}  ${protocol} ${local} ${remote} ${state}`,
    ),
    ...group(
      'threads',
      details.threads,
      ({ threadId, name, state, cpuSeconds }) =>
        `${String(threadId).padStart(7)}  ${state}  ${formatClockTime(cpuSeconds).padStart(8)}  ${name}`,
    ),
    ...group('limits', details.limits, ({ name, soft, hard, unit }) => `${name.padEnd(24)} ${soft} of ${hard} ${unit}`),
    ...details.notes.map((note): Line => [[note, 'faint']]),
  ]
}

function group<T>(
  name: string,
  items: readonly T[] | { readonly absent: string },
  show: (item: T) => string,
): readonly Line[] {
  if ('absent' in items)
    return [
      [
        [`${name}: `, 'title'],
        [items.absent, 'faint'],
      ],
    ]
  return [
    [
      [name, 'title'],
      [` ${items.length}`, 'faint'],
    ],
    ...items.map((item): Line => [[`  ${show(item)}`, 'plain']]),
  ]
}
