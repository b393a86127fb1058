import { formatCount, formatRate } from '../../format.ts'
import { clip, widthOf } from '../../output/fit.ts'
import type { NetworkStatus } from '../../status/status.ts'
import type { Pane } from '../cells.ts'
import { graphSamples, highestOf, paintGraph, roundTop } from '../graph.ts'
import { shownMs, type TopState } from '../state.ts'
import { seriesKey, valuesUpTo } from '../timeline.ts'
import { box, type Paint, runs } from './paint.ts'

/** What goes over the network interfaces. */
export function paintNetwork(pane: Pane, state: TopState, paint: Paint): void {
  const { machine } = state
  const inside = box(pane, paint, 'networkBox', { title: 'network' })
  if (machine === undefined) return
  const all = [...machine.networks].sort(byImportance)
  const shown = all.slice(0, inside.height >= 6 ? Math.max(1, Math.floor(inside.height / 3)) : inside.height)
  if (shown.length === 0) runs(inside, 0, 0, paint, [['no interfaces to be seen here', 'faint']])
  const spare = inside.height - shown.length
  let y = 0
  for (const [index, network] of shown.entries()) {
    paintLine(inside.part(0, y, inside.width, 1), network, paint)
    y++
    // The most important one has most to show.
    const rows = index === 0 ? Math.ceil(spare / 2) + (shown.length === 1 ? Math.floor(spare / 2) : 0) : 0
    const others = shown.length - 1
    const height = index === 0 ? rows : Math.floor((spare - Math.ceil(spare / 2)) / others)
    if (height > 0) paintTraffic(inside.part(0, y, inside.width, height), network.device, state, paint)
    y += height
  }
}

const places: Readonly<Record<string, number>> = { physical: 0, virtual: 1, slave: 2, loopback: 3 }
const traffic = (each: NetworkStatus): number =>
  (each.receivedBytesPerSecond ?? 0) + (each.transmittedBytesPerSecond ?? 0)

/** Physical ones first, loopback last; those that are down behind those that are up. */
function byImportance(left: NetworkStatus, right: NetworkStatus): number {
  const rank = (each: NetworkStatus): number => (places[each.role] ?? 1) + (each.up === false ? 10 : 0)
  return rank(left) - rank(right) || traffic(right) - traffic(left) || (left.device < right.device ? -1 : 1)
}

function paintLine(pane: Pane, network: NetworkStatus, paint: Paint): void {
  const { theme, symbols } = paint
  const rate = (value: number | undefined): string => (value === undefined ? '-' : formatRate(value)).padStart(6)
  const numbers = 16
  const isDown = network.up === false
  const lost = (network.errorsPerSecond ?? 0) + (network.droppedPerSecond ?? 0)
  const room = Math.max(1, pane.width - numbers - 1)
  const note = isDown ? ' down' : lost > 0 ? ` lost ${formatCount(lost)}/s` : ''
  // Where the words do not fit, the colour of the name says it.
  const fits = widthOf(network.device) + note.length <= room
  const end = runs(
    pane,
    0,
    0,
    paint,
    [[clip(network.device, room), isDown ? 'faint' : fits || lost === 0 ? 'strong' : 'warn']],
    room,
  )
  if (fits) runs(pane, end, 0, paint, [[note, isDown ? 'faint' : 'warn']], room)
  const idle = (value: number | undefined, style: number): number => ((value ?? 0) > 0 ? style : theme.style.faint)
  runs(pane, pane.width - numbers, 0, paint, [
    [symbols.down, 'faint'],
    [rate(network.receivedBytesPerSecond), idle(network.receivedBytesPerSecond, theme.style.receive)],
    [` ${symbols.up}`, 'faint'],
    [rate(network.transmittedBytesPerSecond), idle(network.transmittedBytesPerSecond, theme.style.transmit)],
  ])
}

/** Smaller traffic than this should not fill a graph. */
const leastTop = 10 * 1024

/** What comes in stands, what goes out hangs, each on its own scale: they often differ by orders of magnitude. */
function paintTraffic(pane: Pane, device: string, state: TopState, paint: Paint): void {
  const atMs = shownMs(state)
  if (atMs === undefined) return
  const { theme, symbols } = paint
  const samples = graphSamples(pane.width, symbols.set)
  const upper = Math.ceil(pane.height / 2)
  for (const direction of ['receive', 'transmit'] as const) {
    const isHanging = direction === 'transmit'
    const part = isHanging ? pane.part(0, upper, pane.width, pane.height - upper) : pane.part(0, 0, pane.width, upper)
    const values = valuesUpTo(state.timeline, seriesKey('system.network.io', { device, direction }), atMs)
    if (values === undefined || part.height <= 0) continue
    const shown = values.subarray(Math.max(0, values.length - samples))
    const top = roundTop(highestOf(shown, samples), leastTop)
    paintGraph(part, shown, { symbols: symbols.set, top, style: () => theme.style[direction], isHanging })
  }
}
