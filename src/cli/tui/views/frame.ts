import { type CellBuffer, Pane, type Rectangle } from '../cells.ts'
import { layoutOf } from '../layout.ts'
import type { TopState } from '../state.ts'
import { paintCpu } from './cpu.ts'
import { paintDetails } from './details.ts'
import { paintSignal } from './dialogs.ts'
import { paintFooter } from './footer.ts'
import { paintHeader } from './header.ts'
import { paintHelp } from './help.ts'
import { paintMemory } from './memory.ts'
import { paintNetwork } from './network.ts'
import type { Paint } from './paint.ts'
import { paintPressure } from './pressure.ts'
import { paintProcessBox, paintTable } from './processes.ts'
import { paintStorage } from './storage.ts'
import { paintSummary } from './summary.ts'

/** The whole screen of a state. Pure: the same state, time and theme give the same cells. */
export function paintFrame(buffer: CellBuffer, state: TopState, nowMs: number, paint: Paint): void {
  buffer.clear()
  const screen = new Pane(buffer)
  const layout = layoutOf(state)
  const at = (area: Rectangle): Pane => new Pane(buffer, area)
  const { boxes } = layout
  paintHeader(at(layout.header), state, nowMs, paint)
  if (layout.summary !== undefined) paintSummary(at(layout.summary), state, paint)
  if (boxes.cpu !== undefined) paintCpu(at(boxes.cpu), state, paint)
  if (boxes.memory !== undefined) paintMemory(at(boxes.memory), state, paint)
  if (boxes.pressure !== undefined) paintPressure(at(boxes.pressure), state, paint)
  if (boxes.storage !== undefined) paintStorage(at(boxes.storage), state, paint)
  if (boxes.network !== undefined) paintNetwork(at(boxes.network), state, paint)
  if (boxes.processes !== undefined) paintProcessBox(at(boxes.processes), state, paint)
  paintTable(at(layout.table), state, paint)
  if (layout.details !== undefined) paintDetails(at(layout.details), state, nowMs, paint)
  paintFooter(at(layout.footer), state, paint)
  if (state.dialog?.kind === 'help') paintHelp(screen, state.dialog, paint)
  if (state.dialog?.kind === 'signal') paintSignal(screen, state.dialog, paint)
}
