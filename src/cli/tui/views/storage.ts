import { formatAmount, formatLatency, formatRate } from '../../format.ts'
import { clip, widthOf } from '../../output/fit.ts'
import type { DiskStatus, FilesystemStatus } from '../../status/status.ts'
import type { Pane } from '../cells.ts'
import { graphSamples, highestOf, paintGraph, roundTop } from '../graph.ts'
import { shownMs, type TopState } from '../state.ts'
import type { Role } from '../theme.ts'
import { seriesKey, valuesUpTo } from '../timeline.ts'
import { box, meter, type Paint, runs } from './paint.ts'

/** Disks with what they do, and how full the filesystems are. */
export function paintStorage(pane: Pane, state: TopState, paint: Paint): void {
  const { machine } = state
  const inside = box(pane, paint, 'storageBox', { title: 'storage' })
  if (machine === undefined) return
  const disks = [...machine.disks].sort(byTraffic)
  const filesystems = [...machine.filesystems].sort((left, right) => (right.utilization ?? 0) - (left.utilization ?? 0))
  if (disks.length === 0 && filesystems.length === 0) runs(inside, 0, 0, paint, [['no disks to be seen here', 'faint']])
  if (inside.width >= 60 && disks.length > 0) {
    const half = Math.floor(inside.width / 2)
    paintDisks(inside.part(0, 0, half - 1, inside.height), disks, state, paint)
    paintFilesystems(inside.part(half + 1, 0, inside.width - half - 1, inside.height), filesystems, paint)
    return
  }
  const forFilesystems = Math.min(filesystems.length, Math.max(1, Math.floor(inside.height / 2)))
  const forDisks = inside.height - forFilesystems
  paintDisks(inside.part(0, 0, inside.width, forDisks), disks, state, paint)
  paintFilesystems(inside.part(0, forDisks, inside.width, forFilesystems), filesystems, paint)
}

/** The busiest first; names keep the order between idle ones. */
const traffic = (disk: DiskStatus): number => (disk.readBytesPerSecond ?? 0) + (disk.writtenBytesPerSecond ?? 0)
const byTraffic = (left: DiskStatus, right: DiskStatus): number =>
  traffic(right) - traffic(left) || (left.device < right.device ? -1 : 1)

const namesWidth = 8

function paintDisks(pane: Pane, disks: readonly DiskStatus[], state: TopState, paint: Paint): void {
  if (pane.height <= 0) return
  const shown = disks.slice(0, pane.height)
  const graphRows = shown.length === 0 ? 0 : Math.floor((pane.height - shown.length) / shown.length)
  for (const [index, disk] of shown.entries()) {
    const part = pane.part(0, index * (1 + graphRows), pane.width, 1 + graphRows)
    paintDisk(part, disk, paint)
    if (graphRows > 0) paintTraffic(part.part(0, 1, part.width, graphRows), disk.device, state, paint)
  }
}

function paintDisk(pane: Pane, disk: DiskStatus, paint: Paint): void {
  const { theme } = paint
  const rates = [disk.readBytesPerSecond, disk.writtenBytesPerSecond].map((rate) =>
    (rate === undefined ? '-' : formatRate(rate)).padStart(5),
  )
  runs(pane, 0, 0, paint, [[clip(disk.device, namesWidth), 'strong']], namesWidth)
  const end = pane.width - 14
  const style = (rate: number | undefined, role: 'read' | 'write'): Role => ((rate ?? 0) > 0 ? role : 'faint')
  runs(pane, end, 0, paint, [
    [' r', 'faint'],
    [rates[0] ?? '', style(disk.readBytesPerSecond, 'read')],
    [' w', 'faint'],
    [rates[1] ?? '', style(disk.writtenBytesPerSecond, 'write')],
  ])
  const busy = disk.utilization
  if (busy === undefined) return
  const latency = Math.max(disk.readLatencySeconds ?? 0, disk.writeLatencySeconds ?? 0)
  const words = latency > 0 && pane.width >= 50 ? `${formatLatency(latency).padStart(8)} ` : ''
  const from = namesWidth + 1
  const number = `${Math.round(busy * 100)}%`.padStart(5)
  const room = end - from - number.length - words.length
  if (room < 0) return
  meter(pane, from, 0, room, busy, paint)
  runs(pane, from + room, 0, paint, [
    [number, theme.load(busy)],
    [words, 'faint'],
  ])
}

/** Smaller traffic than this should not fill a graph. */
const leastTop = 1024 * 1024

/** Reads stand, writes hang, on one scale. */
function paintTraffic(pane: Pane, device: string, state: TopState, paint: Paint): void {
  const atMs = shownMs(state)
  if (atMs === undefined) return
  const { theme, symbols } = paint
  const samples = graphSamples(pane.width, symbols.set)
  const [read, write] = ['read', 'write'].map((direction) =>
    valuesUpTo(state.timeline, seriesKey('system.disk.io', { device, direction }), atMs)?.subarray(-samples),
  )
  const highest = Math.max(highestOf(read ?? [], samples), highestOf(write ?? [], samples))
  const top = roundTop(highest, leastTop)
  const upper = Math.ceil(pane.height / 2)
  const options = { symbols: symbols.set, top }
  if (pane.height === 1) {
    const both = Float32Array.from({ length: samples }, (_, index) => sumAt(read, write, index, samples))
    paintGraph(pane, both, { ...options, style: () => theme.style.write })
    return
  }
  if (read !== undefined)
    paintGraph(pane.part(0, 0, pane.width, upper), read, { ...options, style: () => theme.style.read })
  if (write !== undefined) {
    const lower = pane.part(0, upper, pane.width, pane.height - upper)
    paintGraph(lower, write, { ...options, style: () => theme.style.write, isHanging: true })
  }
}

function sumAt(
  left: Float32Array | undefined,
  right: Float32Array | undefined,
  index: number,
  samples: number,
): number {
  const value = (of: Float32Array | undefined): number => of?.[of.length - samples + index] ?? Number.NaN
  const [a, b] = [value(left), value(right)]
  return Number.isNaN(a) ? b : Number.isNaN(b) ? a : a + b
}

function paintFilesystems(pane: Pane, filesystems: readonly FilesystemStatus[], paint: Paint): void {
  const shown = filesystems.slice(0, pane.height)
  const names = Math.min(
    Math.floor(pane.width / 2.5),
    Math.max(namesWidth, ...shown.map(({ mountpoint }) => widthOf(mountpoint))),
  )
  for (const [y, filesystem] of shown.entries()) {
    runs(pane, 0, y, paint, [[clip(filesystem.mountpoint, names), 'plain']], names)
    const { utilization, freeBytes } = filesystem
    if (filesystem.stale) {
      runs(pane, names + 1, y, paint, [['does not answer', 'bad']])
      continue
    }
    if (utilization === undefined) continue
    const role = utilization >= 0.95 ? 'bad' : utilization >= 0.85 ? 'warn' : 'plain'
    const left = `${freeBytes === undefined ? '' : formatAmount(freeBytes).padStart(6)} free${filesystem.readOnly ? ' ro' : ''}`
    const number = `${Math.round(utilization * 100)}%`.padStart(5)
    const room = pane.width - names - 1 - number.length - left.length
    if (room > 2) meter(pane, names + 1, y, room, utilization, paint)
    const at = room > 2 ? names + 1 + room : names + 1
    runs(pane, at, y, paint, [
      [number, role],
      [left, 'faint'],
    ])
  }
}
