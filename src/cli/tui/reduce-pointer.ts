import { contains } from './cells.ts'
import type { InputEvent } from './input-decoder.ts'
import { layoutOf, tableRowAt } from './layout.ts'
import { inserted } from './line-edit.ts'
import { columnAt, columnsFor } from './process-table.ts'
import { closed } from './reduce-dialogs.ts'
import { step } from './selection.ts'
import type { Step, TopState } from './state.ts'
import { detailsToggled, filtered, movedTo, sortedBy } from './table-changes.ts'

/** Mouse and pasted text. */
const wheelRows = 3

export function reduceMouse(state: TopState, { action, x, y }: InputEvent & { kind: 'mouse' }): Step {
  if (action === 'release') return step(state)
  const { dialog } = state
  if (dialog?.kind === 'help') {
    if (action === 'press') return step(closed(state))
    const scroll = Math.max(0, dialog.scroll + (action === 'wheel-up' ? -wheelRows : wheelRows))
    return step({ ...state, dialog: { ...dialog, scroll } })
  }
  // A question is answered with the keyboard: a stray click must not send a signal.
  if (dialog?.kind === 'signal') return step(state)
  const layout = layoutOf(state)
  if (action === 'press') return step(clicked(state, x, y))
  const by = action === 'wheel-up' ? -wheelRows : wheelRows
  if (state.details !== undefined && layout.details !== undefined && contains(layout.details, x, y)) {
    return step({ ...state, details: { ...state.details, scroll: Math.max(0, state.details.scroll + by) } })
  }
  return step(movedTo(state, state.selected + by))
}

/** On a header: sort by it. On a row: select it; on the selected one: its details. */
function clicked(state: TopState, x: number, y: number): TopState {
  const layout = layoutOf(state)
  const row = tableRowAt(layout, x, y)
  if (row === undefined) return state
  if (row < 0) {
    const column = columnAt(columnsFor(layout.table.width, state), x - layout.table.x)
    return column === undefined ? state : sortedBy(state, column.field.name)
  }
  const place = state.offset + row
  if (place >= state.list.length) return state
  return place === state.selected ? detailsToggled(state) : movedTo(state, place)
}

/** Goes to where one types; elsewhere it is refused, for its letters would be commands. */
export function reducePaste(state: TopState, text: string): TopState {
  const { dialog } = state
  if (dialog?.kind === 'filter') {
    const line = inserted(dialog.line, text)
    return filtered({ ...state, dialog: { ...dialog, line } }, line.text)
  }
  return dialog?.kind === 'jump' ? { ...state, dialog: { kind: 'jump', line: inserted(dialog.line, text) } } : state
}
