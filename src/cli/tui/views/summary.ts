import { formatAmount, formatRate } from '../../format.ts'
import type { Pane } from '../cells.ts'
import type { Machine } from '../machine.ts'
import type { TopState } from '../state.ts'
import { meter, type Paint, runs } from './paint.ts'

/** The machine in three lines, for screens that are too small for boxes. */
export function paintSummary(pane: Pane, state: TopState, paint: Paint): void {
  const { machine } = state
  if (machine === undefined) {
    if (state.lost !== undefined) runs(pane, 0, 0, paint, [[state.lost, 'bad']])
    return
  }
  paintShare(pane, 0, 'cpu', machine.cpu.busy, machine.cpu.load?.map((each) => each.toFixed(2)).join(' '), paint)
  const { memory, swap } = machine
  const used =
    memory.usedBytes === undefined ? '' : `${formatAmount(memory.usedBytes)} of ${formatAmount(memory.totalBytes ?? 0)}`
  const swapped = swap === undefined ? '' : ` sw ${formatAmount(swap.usedBytes)}`
  paintShare(pane, 1, 'mem', memory.utilization, `${used}${pane.width >= 60 ? swapped : ''}`, paint)
  paintRates(pane, machine, paint)
}

function paintShare(
  pane: Pane,
  y: number,
  name: string,
  share: number | undefined,
  beside: string | undefined,
  paint: Paint,
): void {
  const words = `  ${beside ?? ''}`
  const width = Math.max(4, pane.width - 12 - words.length)
  runs(pane, 0, y, paint, [[` ${name} `, 'strong']])
  if (share === undefined) return
  meter(pane, 5, y, width, share, paint)
  runs(pane, 5 + width, y, paint, [
    [`${(share * 100).toFixed(1)}%`.padStart(7), paint.theme.load(share)],
    [words, 'faint'],
  ])
}

function paintRates(pane: Pane, machine: Machine, paint: Paint): void {
  const { down, up } = paint.symbols
  const sum = (values: readonly (number | undefined)[]): string =>
    formatRate(values.reduce<number>((total, each) => total + (each ?? 0), 0)).padStart(5)
  const networks = machine.networks.filter(({ role }) => role !== 'loopback')
  runs(pane, 0, 2, paint, [
    [' dsk ', 'strong'],
    ['r', 'faint'],
    [sum(machine.disks.map((disk) => disk.readBytesPerSecond)), 'read'],
    [' w', 'faint'],
    [sum(machine.disks.map((disk) => disk.writtenBytesPerSecond)), 'write'],
    ['  net ', 'strong'],
    [down, 'faint'],
    [sum(networks.map((each) => each.receivedBytesPerSecond)), 'receive'],
    [` ${up}`, 'faint'],
    [sum(networks.map((each) => each.transmittedBytesPerSecond)), 'transmit'],
  ])
}
