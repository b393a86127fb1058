import type { Pane } from '../cells.ts'
import { graphSamples, highestOf, paintGraph } from '../graph.ts'
import { shownMs, type TopState } from '../state.ts'
import type { Role } from '../theme.ts'
import { seriesKey, valuesUpTo } from '../timeline.ts'
import { box, type Paint, runs } from './paint.ts'

/** Time lost for want of a resource (pressure stall information): some task, and all of them. */
const lines: Readonly<Record<string, Role>> = { cpu: 'cpuLine', memory: 'memoryLine', io: 'ioLine' }

export function paintPressure(pane: Pane, state: TopState, paint: Paint): void {
  const inside = box(pane, paint, 'pressureBox', {
    title: 'pressure',
    ...(pane.width >= 28 ? { right: 'some / full %' } : {}),
  })
  const { machine } = state
  if (machine === undefined) return
  const shown = machine.pressure.filter(({ resource }) => lines[resource] !== undefined)
  if (shown.length === 0) {
    runs(inside, 0, 0, paint, [['the kernel offers none', 'faint']])
    return
  }
  const each = Math.max(1, Math.floor(inside.height / shown.length))
  for (const [index, { resource, some, full }] of shown.entries()) {
    const part = inside.part(0, index * each, inside.width, each)
    const role = lines[resource] ?? 'plain'
    runs(part, 0, 0, paint, [
      [resource.padEnd(6), role],
      [percent(some), stressed(some, paint)],
      [` ${percent(full)}`, stressed(full, paint)],
    ])
    const besides =
      each === 1 ? part.part(18, 0, Math.max(0, part.width - 18), 1) : part.part(0, 1, part.width, each - 1)
    paintHistory(besides, state, resource, role, paint)
  }
}

const percent = (share: number | undefined): string =>
  (share === undefined ? '-' : (share * 100).toFixed(1)).padStart(5)

const stressed = (share: number | undefined, { theme }: Paint): number => {
  if (share === undefined || share < 0.0005) return theme.style.faint
  return share >= 0.4 ? theme.style.bad : share >= 0.1 ? theme.style.warn : theme.style.plain
}

/** A scale that starts low: some percent of stall are worth seeing. */
const leastTop = 0.1

function paintHistory(pane: Pane, state: TopState, resource: string, role: Role, paint: Paint): void {
  const atMs = shownMs(state)
  if (pane.width < 4 || pane.height <= 0 || atMs === undefined) return
  const values = valuesUpTo(state.timeline, seriesKey('system.pressure.some', { resource }), atMs)
  if (values === undefined) return
  const symbols = paint.symbols.set
  const samples = graphSamples(pane.width, symbols)
  const shown = values.subarray(Math.max(0, values.length - samples))
  const top = Math.min(1, Math.max(leastTop, highestOf(shown, samples)))
  paintGraph(pane, shown, { symbols, top, style: () => paint.theme.style[role] })
}
