import type { TreeRow } from '../process-tree.ts'
import { layoutOf, pageSize } from './layout.ts'
import { listOf } from './process-table.ts'
import { type Effect, isSame, type Step, type TopState } from './state.ts'

/** Which row is selected and which rows are on the screen. */
export const step = (state: TopState, ...effects: readonly Effect[]): Step => ({ state, effects })

/** Selected row and scroll position brought within the list, the selection onto the screen. */
export function withSelection(state: TopState, wanted: number): TopState {
  const known = Math.max(state.list.length, isPartial(state) ? (state.processes?.total ?? 0) : 0)
  const selected = Math.max(0, Math.min(wanted, known - 1))
  const page = Math.max(1, pageSize(layoutOf(state)))
  const lowest = Math.max(0, selected - page + 1)
  const offset = Math.max(lowest, Math.min(state.offset, selected, Math.max(0, known - page)))
  return { ...state, selected, offset }
}

/** Only the first of the list were asked for. */
const isPartial = ({ processes }: TopState): boolean =>
  processes !== undefined && processes.processes.length < processes.total

/** A new list: the selection stays on its row, or on its process when that is followed or shown in detail. */
export function withList(state: TopState, list: readonly TreeRow[]): TopState {
  const held = state.followed ?? state.details?.identity
  const next = { ...state, list }
  if (held === undefined) return withSelection(next, state.selected)
  const at = list.findIndex(({ row }) => isSame(held, row))
  if (at >= 0) return withSelection(next, at)
  return withSelection(next, state.selected)
}

export const relisted = (state: TopState): TopState => withList(state, listOf(state))

export const selectedRow = (state: TopState): TreeRow | undefined => state.list[state.selected]
