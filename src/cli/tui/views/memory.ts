import { formatAmount, formatCount, formatPercent } from '../../format.ts'
import type { Pane } from '../cells.ts'
import { graphSamples, paintGraph } from '../graph.ts'
import type { Machine } from '../machine.ts'
import { shownMs, type TopState } from '../state.ts'
import type { Role } from '../theme.ts'
import { seriesKey, valuesUpTo } from '../timeline.ts'
import { box, meter, type Paint, runs, stack } from './paint.ts'

/** Where memory is, and swap. */
export function paintMemory(pane: Pane, state: TopState, paint: Paint): void {
  const { machine } = state
  const memory = machine?.memory
  const inside = box(pane, paint, 'memoryBox', {
    title: 'memory',
    ...(memory?.utilization === undefined ? {} : { beside: formatPercent(memory.utilization) }),
    ...(memory?.totalBytes === undefined ? {} : { right: `of ${formatAmount(memory.totalBytes)}` }),
    bottom: swapMoves(machine),
  })
  if (machine === undefined) return
  const rows = rowsOf(machine)
  const hasLines = inside.height >= 7
  const used = hasLines ? paintLines(inside, rows, paint) : paintShort(inside, rows, machine, paint)
  paintHistory(inside.part(0, used, inside.width, inside.height - used), state, paint)
}

interface MemoryRow {
  readonly name: string
  readonly role: Role
  readonly bytes: number
  readonly share: number
}

function rowsOf({ memory, swap }: Machine): readonly MemoryRow[] {
  const total = memory.totalBytes ?? 0
  const row = (name: string, role: Role, bytes: number | undefined, whole: number): MemoryRow[] =>
    bytes === undefined || whole === 0 ? [] : [{ name, role, bytes, share: bytes / whole }]
  return [
    ...row('used', 'used', memory.usedBytes, total),
    ...row('cache', 'cache', memory.reclaimableBytes, total),
    ...row('free', 'faint', memory.freeBytes, total),
    ...(swap === undefined ? [] : row('swap', 'swap', swap.usedBytes, swap.totalBytes)),
  ]
}

const swapMoves = (machine: Machine | undefined): string => {
  const swap = machine?.swap
  if (swap === undefined) return machine === undefined ? '' : 'no swap'
  const moves = [swap.inPagesPerSecond, swap.outPagesPerSecond]
  if (moves.some((each) => each === undefined)) return `swap ${formatAmount(swap.totalBytes)}`
  return `swap ${formatAmount(swap.totalBytes)}, pages/s in ${formatCount(moves[0] ?? 0)} out ${formatCount(moves[1] ?? 0)}`
}

/** A line for each, with its own meter. Gives how many lines it took. */
function paintLines(pane: Pane, rows: readonly MemoryRow[], paint: Paint): number {
  const numbers = 13
  for (const [y, { name, role, bytes, share }] of rows.entries()) {
    runs(pane, 0, y, paint, [[name, 'faint']])
    meter(pane, 6, y, Math.max(0, pane.width - 6 - numbers), share, paint, role === 'faint' ? 'bar' : role)
    runs(pane, pane.width - numbers, y, paint, [
      [formatAmount(bytes).padStart(6), 'plain'],
      [formatPercent(share, '%').padStart(7), 'faint'],
    ])
  }
  return rows.length
}

/** One bar for all and the numbers below. */
function paintShort(pane: Pane, rows: readonly MemoryRow[], machine: Machine, paint: Paint): number {
  const inBar = rows.filter(({ role }) => role === 'used' || role === 'cache')
  stack(
    pane,
    0,
    paint,
    inBar.map(({ share, role }) => [share, role]),
  )
  const half = Math.floor(pane.width / 2)
  for (const [index, { name, role, bytes }] of rows.entries()) {
    const x = (index % 2) * half
    runs(
      pane,
      x,
      1 + Math.floor(index / 2),
      paint,
      [
        [`${name.padEnd(6)}`, role === 'faint' ? 'faint' : role],
        [formatAmount(bytes).padStart(6), 'plain'],
      ],
      x + half,
    )
  }
  if (machine.swap === undefined && rows.length === 3) runs(pane, half, 2, paint, [['swap   none', 'faint']])
  return 1 + Math.ceil(rows.length / 2)
}

function paintHistory(pane: Pane, state: TopState, paint: Paint): void {
  const atMs = shownMs(state)
  if (pane.height <= 0 || atMs === undefined) return
  const values = valuesUpTo(state.timeline, seriesKey('system.memory.utilization', {}), atMs)
  if (values === undefined) return
  const symbols = paint.symbols.set
  const shown = values.subarray(Math.max(0, values.length - graphSamples(pane.width, symbols)))
  paintGraph(pane, shown, { symbols, top: 1, style: () => paint.theme.style.used })
}
