import { formatPercent } from '../../format.ts'
import type { Pane } from '../cells.ts'
import { graphSamples, paintGraph } from '../graph.ts'
import type { Machine } from '../machine.ts'
import { shownMs, type TopState } from '../state.ts'
import type { Role } from '../theme.ts'
import { seriesKey, valuesUpTo } from '../timeline.ts'
import { box, meter, type Paint, runs } from './paint.ts'

/** Load of the processors: history, each core, where the time goes. */
export function paintCpu(pane: Pane, state: TopState, paint: Paint): void {
  const { machine } = state
  const cpu = machine?.cpu
  const load = cpu?.load?.map((each) => each.toFixed(2)).join(' ')
  const inside = box(pane, paint, 'cpuBox', {
    title: 'cpu',
    ...(cpu?.busy === undefined ? {} : { beside: formatPercent(cpu.busy) }),
    ...(load === undefined ? {} : { right: `load ${load}` }),
    bottom: bottomLine(machine),
  })
  if (machine === undefined) return
  const isRoomy = inside.height >= machine.cores.length + leastModes
  const hasModes = inside.height >= 4 && !isRoomy
  const height = inside.height - (hasModes ? 1 : 0)
  const cores = coreLayout(machine.cores.length, Math.floor(inside.width * 0.55), height)
  const graphWidth = inside.width - (cores.width === 0 ? 0 : cores.width + 1)
  paintHistory(inside.part(0, 0, graphWidth, height), state, paint)
  const beside = inside.part(inside.width - cores.width, 0, cores.width, height)
  paintCores(beside, machine, cores, paint)
  if (isRoomy) paintModesBelow(beside, machine, paint)
  if (hasModes) paintModes(inside.part(0, inside.height - 1, inside.width, 1), machine, paint)
}

function bottomLine(machine: Machine | undefined): string {
  if (machine === undefined) return ''
  const { runQueue, blocked } = machine.cpu
  const hottest = machine.temperatures.reduce<number | undefined>(
    (most, { celsius }) => Math.max(most ?? celsius, celsius),
    undefined,
  )
  return [
    runQueue === undefined ? '' : `runnable ${runQueue}`,
    blocked === undefined ? '' : `blocked ${blocked}`,
    hottest === undefined ? '' : `${hottest.toFixed(0)} °C`,
  ]
    .filter((part) => part !== '')
    .join('  ')
}

function paintHistory(pane: Pane, state: TopState, paint: Paint): void {
  const atMs = shownMs(state)
  if (atMs === undefined || pane.width <= 0) return
  const values = valuesUpTo(state.timeline, seriesKey('system.cpu.utilization', {}), atMs)
  if (values === undefined) return
  const symbols = paint.symbols.set
  const shown = values.subarray(Math.max(0, values.length - graphSamples(pane.width, symbols)))
  paintGraph(pane, shown, { symbols, top: 1, style: paint.theme.load })
}

interface CoreLayout {
  readonly columns: number
  readonly cellWidth: number
  readonly meterWidth: number
  /** Cells of the whole part; 0: no room. */
  readonly width: number
}

const numberWidth = 5

/**
 * Meters as wide as fit, at most 12; with very many cores numbers only; one mark a core when even those do not
 * fit, and when not even the marks do, each is of the busiest of several.
 */
function coreLayout(count: number, room: number, height: number): CoreLayout {
  if (count === 0 || height <= 0) return { columns: 0, cellWidth: 0, meterWidth: 0, width: 0 }
  const columns = Math.ceil(count / height)
  const nameWidth = String(count - 1).length + 1
  for (const meterWidth of [12, 10, 8, 6, 4, 0]) {
    const cellWidth = nameWidth + meterWidth + numberWidth + 1
    const width = columns * cellWidth - 1
    if (width <= room) return { columns, cellWidth, meterWidth, width }
  }
  return { columns: 0, cellWidth: 1, meterWidth: 0, width: Math.min(room, columns) }
}

function paintCores(pane: Pane, machine: Machine, layout: CoreLayout, paint: Paint): void {
  if (layout.columns === 0) {
    paintMarks(pane, machine.cores, paint)
    return
  }
  for (const [index, core] of machine.cores.entries()) {
    const x = Math.floor(index / pane.height) * layout.cellWidth
    const y = index % pane.height
    const nameWidth = layout.cellWidth - layout.meterWidth - numberWidth - 1
    runs(pane, x, y, paint, [[core.name.padStart(nameWidth - 1), 'faint']])
    meter(pane, x + nameWidth, y, layout.meterWidth, core.busy, paint)
    const number = `${Math.round(core.busy * 100)}%`.padStart(numberWidth)
    runs(pane, x + nameWidth + layout.meterWidth, y, paint, [[number, paint.theme.load(core.busy)]])
  }
}

function paintMarks(pane: Pane, cores: Machine['cores'], paint: Paint): void {
  const places = pane.width * pane.height
  const each = Math.ceil(cores.length / Math.max(1, places))
  for (let place = 0; place * each < cores.length; place++) {
    const busy = Math.max(...cores.slice(place * each, (place + 1) * each).map((core) => core.busy))
    const mark = paint.symbols.set === 'ascii' ? 0x30 + Math.min(9, Math.floor(busy * 10)) : markOf(busy)
    pane.cell(place % pane.width, Math.floor(place / pane.width), mark, paint.theme.load(busy))
  }
}

/** Lower eighths, U+2581 to U+2588. */
const markOf = (share: number): number => 0x2581 + Math.min(7, Math.floor(Math.max(0, share) * 8))

const modes = [
  ['user', 'user'],
  ['nice', 'nice'],
  ['system', 'system'],
  ['iowait', 'iowait'],
  ['interrupt', 'irq'],
  ['softirq', 'softirq'],
  ['steal', 'steal'],
  ['guest', 'guest'],
] as const

/** Rows of modes that are worth their place below the cores. */
const leastModes = 4

/** Each on a line of its own, with the largest nearest to the cores as they come. */
function paintModesBelow(pane: Pane, machine: Machine, paint: Paint): void {
  const present = modes.filter(([mode]) => (machine.cpu.modes[mode] ?? 0) >= 0.0005 || usualModes.has(mode))
  const from = machine.cores.length + (pane.height - machine.cores.length > present.length ? 1 : 0)
  for (const [index, [mode, name]] of present.slice(0, pane.height - from).entries()) {
    const share = machine.cpu.modes[mode]
    if (share === undefined) continue
    runs(pane, 1, from + index, paint, [[name, 'faint']])
    pane.textRight(pane.width, from + index, formatPercent(share, '%'), paint.theme.style[modeRole(mode, share)])
  }
}

const usualModes: ReadonlySet<string> = new Set(['user', 'system', 'iowait'])

function modeRole(mode: string, share: number): Role {
  if (share < 0.0005) return 'faint'
  return (mode === 'iowait' || mode === 'steal') && share >= 0.1 ? 'warn' : 'plain'
}

/** The first three always, the others when they are not nothing: rare ones are news. */
function paintModes(pane: Pane, machine: Machine, paint: Paint): void {
  let x = 0
  for (const [mode, name] of modes) {
    const share = machine.cpu.modes[mode]
    if (share === undefined) continue
    if (!usualModes.has(mode) && share < 0.0005) continue
    const text = formatPercent(share, '%')
    if (x + name.length + text.length + 1 > pane.width) return
    x = runs(pane, x, 0, paint, [
      [`${name} `, 'faint'],
      [text, modeRole(mode, share)],
      ['  ', 'plain'],
    ])
  }
}
