import { layoutOf } from './layout.ts'
import { columnsFor, filterProblem, naturalOrder } from './process-table.ts'
import { relisted, selectedRow, withSelection } from './selection.ts'
import type { TopState } from './state.ts'

/** What keys and mouse change about the process table. */
/** The selection moved by hand: that ends following, and details are of what is selected. */
export function movedTo(state: TopState, wanted: number): TopState {
  const moved = unfollowed(withSelection(state, wanted))
  const row = selectedRow(moved)?.row
  if (moved.details === undefined || row === undefined) return moved
  const identity = { pid: row.pid, startTicks: row.startTicks }
  return { ...moved, details: { identity, name: row.name, scroll: 0 } }
}

export function unfollowed(state: TopState): TopState {
  const { followed: _, ...rest } = state
  return rest
}

export function sortedBy(state: TopState, field: string): TopState {
  const isSame = state.sort.field === field
  const sort = isSame ? { field, isDescending: !state.sort.isDescending } : naturalOrder(field)
  return relisted({ ...state, sort })
}

export function besideSorted(state: TopState, by: 1 | -1): TopState {
  const columns = columnsFor(layoutOf(state).table.width, state)
  const place = columns.findIndex(({ field }) => field.name === state.sort.field)
  const next = columns[(place + by + columns.length) % columns.length]
  return next === undefined ? state : relisted({ ...state, sort: naturalOrder(next.field.name) })
}

export function followToggled(state: TopState): TopState {
  if (state.followed !== undefined) return unfollowed(state)
  const row = selectedRow(state)?.row
  return row === undefined ? state : { ...state, followed: { pid: row.pid, startTicks: row.startTicks } }
}

export function detailsToggled(state: TopState): TopState {
  const row = selectedRow(state)?.row
  const { details, ...rest } = state
  if (row === undefined) return withSelection(rest, state.selected)
  if (details?.identity.pid === row.pid) return withSelection(rest, state.selected)
  const identity = { pid: row.pid, startTicks: row.startTicks }
  return withSelection({ ...rest, details: { identity, name: row.name, scroll: 0 } }, state.selected)
}

/** As it is typed: a filter that is wrong leaves the last right one in effect, and says why. */
export function filtered(state: TopState, text: string): TopState {
  const problem = filterProblem(text)
  const { filterProblem: _, ...rest } = state
  return problem === undefined ? relisted({ ...rest, filter: text }) : { ...rest, filterProblem: problem }
}
