import type { ProcessRow } from '../../api/contract.ts'
import { formatBytes, formatBytesPerSecond, formatLatency, formatPercent, formatTimeSpan } from '../format.ts'
import { pad, widthOf } from '../output/fit.ts'
import { faint, plainText, type Span, type Style, span, strong, type Text } from '../output/span.ts'
import { meter } from '../output/sparkline.ts'
import { tableLines } from '../output/table.ts'
import type { Times } from '../times.ts'
import { concernsOf } from './concerns.ts'
import type { DiskStatus, FilesystemStatus, NetworkStatus, PressureStatus, Status } from './status.ts'

/** The status as lines of at most `width` cells; `undefined`: a pipe, nothing cut and no meters. */
const labelWidth = 10
const meterWidth = 16
/** Shares that would read 0.0. */
const leastShown = 0.0005

export function statusLines(status: Status, times: Times, width: number | undefined): readonly Text[] {
  return [
    ...headLines(status, times, width),
    '',
    ...cpuLines(status, width),
    ...memoryLines(status, width),
    pressureLine(status),
    '',
    ...diskLines(status, width),
    ...networkLines(status, width),
    temperatureLine(status),
    '',
    ...processLines(status, width),
    '',
    ...ownLines(status, times),
  ]
}

function headLines(status: Status, times: Times, width: number | undefined): readonly Text[] {
  const { host, uptimeSeconds } = status
  const up = uptimeSeconds === undefined ? '' : `  up ${formatTimeSpan(uptimeSeconds)}`
  const scope = host.scope === 'container' ? ', seen from inside a container' : ''
  const lines: Text[] = [
    bothEnds([strong(host.hostName), span('plain', up)], times.stamp(status.unixMs), width),
    [faint(`${host.osName}, ${host.kernel}, ${host.architecture}${scope}`)],
  ]
  const concerns = concernsOf(status)
  if (concerns.length === 0) return [...lines, span('good', 'Nothing is short, nothing is in danger.')]
  return [...lines, ...concerns.map(({ level, text }): Text => [span(level, `! ${text}`)])]
}

function bothEnds(left: readonly Span[], right: string, width: number | undefined): Text {
  const used = widthOf(plainText(left)) + widthOf(right)
  return [...left, ' '.repeat(Math.max(2, (width ?? 0) - used)), faint(right)]
}

const label = (name: string): Span => faint(name.padEnd(labelWidth))

const gaugeLine = (
  name: string,
  share: number | undefined,
  style: Style,
  width: number | undefined,
): readonly Span[] => [label(name), ...gauge(share, style, width), strong(percent(share).padStart(6))]

/** Meters are for the eye: to a pipe there are none. */
function gauge(share: number | undefined, style: Style, width: number | undefined): readonly Span[] {
  if (width === undefined) return []
  return [faint('▕'), span(style, meter(share ?? 0, meterWidth)), faint('▏ ')]
}

const shareStyle = (share: number | undefined): Style => {
  if (share === undefined || share < 0.7) return 'good'
  return share < 0.9 ? 'warn' : 'bad'
}

const percent = (share: number | undefined): string => (share === undefined ? '-' : formatPercent(share))

function cpuLines({ cpu, host }: Status, width: number | undefined): readonly Text[] {
  const facts = [
    `of ${host.logicalCpus} ${host.logicalCpus === 1 ? 'CPU' : 'CPUs'}`,
    cpu.load === undefined ? undefined : `load ${cpu.load.map((each) => each.toFixed(2)).join(' ')}`,
    cpu.runQueue === undefined ? undefined : `${cpu.runQueue} runnable`,
  ].filter((each) => each !== undefined)
  const modes = Object.entries(cpu.modes)
    .filter(([mode, share]) => mode !== 'idle' && share >= leastShown)
    .map(([mode, share]) => `${mode.replace('_', ' ')} ${percentNumber(share)}`)
  if (cpu.modes.idle !== undefined) modes.push(`idle ${percentNumber(cpu.modes.idle)}`)
  const more = [...modes, ...(cpu.blocked === undefined ? [] : [`blocked ${cpu.blocked}`])]
  return [
    [...gaugeLine('CPU', cpu.busy, shareStyle(cpu.busy), width), ` ${facts.join(', ')}`],
    ...(more.length === 0 ? [] : [[label(''), faint(more.join('  '))]]),
  ]
}

const percentNumber = (share: number): string => formatPercent(share, '')

function memoryLines({ memory, swap, absent }: Status, width: number | undefined): readonly Text[] {
  const of = (used: number | undefined, total: number | undefined): string =>
    used === undefined || total === undefined ? '' : ` ${formatBytes(used)} of ${formatBytes(total)}`
  const rest = [
    memory.reclaimableBytes === undefined ? undefined : `reclaimable ${formatBytes(memory.reclaimableBytes)}`,
    memory.freeBytes === undefined ? undefined : `free ${formatBytes(memory.freeBytes)}`,
  ].filter((each) => each !== undefined)
  const { usedBytes, totalBytes, utilization } = memory
  return [
    [...gaugeLine('Memory', utilization, shareStyle(utilization), width), of(usedBytes, totalBytes)],
    ...(rest.length === 0 ? [] : [[label(''), faint(rest.join('  '))]]),
    swap === undefined
      ? [label('Swap'), faint(absent.swap ?? 'absent')]
      : [...gaugeLine('Swap', swap.utilization, 'accent', width), of(swap.usedBytes, swap.totalBytes)],
  ]
}

function pressureLine({ pressure, absent }: Status): Text {
  if (pressure.length === 0) return [label('Pressure'), faint(`absent: ${absent.pressure ?? 'unknown'}`)]
  return [label('Pressure'), ...pressure.flatMap((each, index) => [index === 0 ? '' : '   ', pressureSpan(each)])]
}

/** What is short stands out. */
function pressureSpan({ resource, some, full }: PressureStatus): Span {
  const all = full === undefined || full < leastShown ? '' : ` (all ${percentNumber(full)})`
  const style: Style = (some ?? 0) >= 0.25 ? 'bad' : (some ?? 0) >= 0.05 ? 'warn' : 'plain'
  return span(style, `${resource} ${percent(some)}${all}`)
}

const rate = (value: number | undefined): Text => (value === undefined ? faint('-') : formatBytesPerSecond(value))
const latency = (value: number | undefined): Text => (value === undefined ? faint('-') : formatLatency(value))

function diskLines({ disks, filesystems }: Status, width: number | undefined): readonly Text[] {
  const disk =
    disks.length === 0
      ? [[label('Disks'), faint('no physical disk to be seen')]]
      : tableLines<DiskStatus>(
          [
            { header: 'Disk', align: 'left', cell: (each) => each.device, shrinkTo: 8 },
            { header: 'Read', align: 'right', cell: (each) => rate(each.readBytesPerSecond) },
            { header: 'Written', align: 'right', cell: (each) => rate(each.writtenBytesPerSecond) },
            { header: 'Busy', align: 'right', cell: (each) => percent(each.utilization) },
            { header: 'Read takes', align: 'right', cell: (each) => latency(each.readLatencySeconds), spare: 2 },
            { header: 'Write takes', align: 'right', cell: (each) => latency(each.writeLatencySeconds), spare: 2 },
            {
              header: 'Queue',
              align: 'right',
              cell: (each) => (each.queue === undefined ? faint('-') : each.queue.toFixed(1)),
              spare: 1,
            },
          ],
          disks,
          width,
        )
  if (filesystems.length === 0) return disk
  return [
    ...disk,
    '',
    ...tableLines<FilesystemStatus>(
      [
        { header: 'Filesystem', align: 'left', cell: (each) => each.mountpoint, shrinkTo: 12 },
        { header: 'Type', align: 'left', cell: (each) => each.type, spare: 1 },
        { header: 'Used', align: 'right', cell: (each) => bytes(each.usedBytes) },
        { header: 'Free', align: 'right', cell: (each) => bytes(each.freeBytes) },
        { header: 'Size', align: 'right', cell: (each) => bytes(each.sizeBytes) },
        { header: 'Full', align: 'right', cell: fullness },
      ],
      filesystems,
      width,
    ),
    '',
  ]
}

const bytes = (value: number | undefined): Text => (value === undefined ? faint('-') : formatBytes(value))

function fullness({ utilization, stale, readOnly }: FilesystemStatus): Text {
  if (stale) return span('bad', 'no answer')
  const style: Style = readOnly || utilization === undefined ? 'plain' : shareStyle(utilization)
  return span(style === 'good' ? 'plain' : style, `${percent(utilization)}${readOnly ? ' ro' : ''}`)
}

function networkLines({ networks }: Status, width: number | undefined): readonly Text[] {
  const busy = networks.filter((each) => each.role === 'physical' || moves(each))
  const shown = busy.length > 0 ? busy : networks
  if (shown.length === 0) return [[label('Network'), faint('no interface to be seen')]]
  return tableLines<NetworkStatus>(
    [
      { header: 'Network', align: 'left', cell: (each) => each.device, shrinkTo: 10 },
      { header: 'Received', align: 'right', cell: (each) => rate(each.receivedBytesPerSecond) },
      { header: 'Sent', align: 'right', cell: (each) => rate(each.transmittedBytesPerSecond) },
      { header: 'Errors/s', align: 'right', cell: (each) => count(each.errorsPerSecond), spare: 2 },
      { header: 'Dropped/s', align: 'right', cell: (each) => count(each.droppedPerSecond), spare: 1 },
      { header: 'Link', align: 'left', cell: link },
    ],
    shown,
    width,
  )
}

const moves = (each: NetworkStatus): boolean =>
  (each.receivedBytesPerSecond ?? 0) + (each.transmittedBytesPerSecond ?? 0) > 0
const count = (value: number | undefined): Text => (value === undefined ? faint('-') : String(Math.round(value)))

function link({ up, limitBytesPerSecond }: NetworkStatus): Text {
  if (up === false) return span('warn', 'down')
  if (limitBytesPerSecond !== undefined) return `${Math.round((limitBytesPerSecond * 8) / 1e6)} Mbit/s`
  return up === undefined ? faint('-') : 'up'
}

const shownTemperatures = 4

function temperatureLine({ temperatures, absent }: Status): Text {
  if (temperatures.length === 0) return [label('Heat'), faint(`absent: ${absent.temperatures ?? 'unknown'}`)]
  const hottest = [...temperatures].sort((left, right) => right.celsius - left.celsius).slice(0, shownTemperatures)
  return [label('Heat'), hottest.map(({ sensor, celsius }) => `${sensor} ${Math.round(celsius)} °C`).join(', ')]
}

const widestHalf = 60

/** The two lists side by side where there is room for both. */
function processLines({ processes }: Status, width: number | undefined): readonly Text[] {
  const cpu = topLines('CPU, 100 % is one core', processes.byCpu, (row) => percent(row.cpu))
  const memory = topLines('Memory, resident', processes.byMemory, (row) =>
    row.residentBytes === undefined ? '-' : formatBytes(row.residentBytes),
  )
  const limited = processes.limitedView === undefined ? [] : [span('warn', `Limited view: ${processes.limitedView}`)]
  if (width === undefined || width < 60) return [...cpu(width ?? 80), '', ...memory(width ?? 80), ...limited]
  const half = Math.min(widestHalf, Math.floor((width - 3) / 2))
  const [left, right] = [cpu(half), memory(half)]
  const both = Array.from(
    { length: Math.max(left.length, right.length) },
    (_, index): Text => [
      ...(left[index] ?? [span('plain', ' '.repeat(half))]),
      span('plain', '   '),
      ...(right[index] ?? []),
    ],
  )
  return [...both, ...limited]
}

/** Each line exactly as wide as asked for. */
const topLines =
  (title: string, rows: readonly ProcessRow[], show: (row: ProcessRow) => string) =>
  (width: number): readonly (readonly Span[])[] => {
    const valueWidth = 10
    const nameWidth = Math.max(4, width - 8 - valueWidth - 2)
    const lines = rows.map((row) => [
      span('plain', `${String(row.pid).padStart(7)} `),
      span('plain', pad(row.service === undefined ? row.name : `${row.name} (${row.service})`, nameWidth, 'left')),
      span('plain', `  ${pad(show(row), valueWidth, 'right')}`),
    ])
    return [
      [strong(pad(title, width, 'left'))],
      ...(lines.length === 0 ? [[faint(pad('nobody', width, 'left'))]] : lines),
    ]
  }

function ownLines({ sysmon, processes }: Status, times: Times): readonly Text[] {
  const notOk = Object.keys(sysmon.collectorsNotOk)
  const cost = [
    sysmon.cpu === undefined ? undefined : `${formatPercent(sysmon.cpu)} of a core`,
    sysmon.residentBytes === undefined ? undefined : formatBytes(sysmon.residentBytes),
    sysmon.storeBytes === undefined ? undefined : `record ${formatBytes(sysmon.storeBytes)}`,
  ].filter((each) => each !== undefined)
  const { oldestUnixMs: oldest, newestUnixMs: newest } = sysmon
  const reach =
    oldest === undefined || newest === undefined
      ? 'nothing recorded yet'
      : `${times.stamp(oldest)} to ${times.stamp(newest)} (${formatTimeSpan((newest - oldest) / 1000)})`
  return [
    [
      label('sysmond'),
      span(sysmon.health === 'healthy' ? 'good' : 'warn', sysmon.health),
      `, ${cost.join(', ')}, up ${formatTimeSpan(sysmon.uptimeSeconds)}`,
    ],
    [
      label(''),
      `${processes.total} processes, ${sysmon.collectors} collectors${notOk.length === 0 ? '' : `, not complete: ${notOk.join(', ')}`}`,
    ],
    [label('Record'), reach],
  ]
}
