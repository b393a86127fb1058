import { signalNames } from '../signals.ts'
import { editLine } from './line-edit.ts'
import * as replay from './replay.ts'
import { step } from './selection.ts'
import type { Dialog, Step, TopState } from './state.ts'
import { filtered } from './table-changes.ts'

/** Keys while a dialog is open. Esc always closes it and changes nothing. */
export function reduceDialogKey(state: TopState, dialog: Dialog, key: string, nowMs: number): Step {
  switch (dialog.kind) {
    case 'help':
      return step(helpKey(state, dialog, key))
    case 'filter':
      return step(filterKey(state, dialog, key))
    case 'jump':
      return step(jumpKey(state, dialog, key, nowMs))
    case 'signal':
      return signalKey(state, dialog, key)
  }
}

export function closed(state: TopState): TopState {
  const { dialog: _, filterProblem: __, ...rest } = state
  return rest
}

const scrolls: Readonly<Record<string, number>> = { up: -1, down: 1, pageup: -10, pagedown: 10, space: 10, home: -1e6 }

function helpKey(state: TopState, dialog: Dialog & { kind: 'help' }, key: string): TopState {
  const by = scrolls[key]
  if (by === undefined) return closed(state)
  return { ...state, dialog: { ...dialog, scroll: Math.max(0, Math.min(200, dialog.scroll + by)) } }
}

function filterKey(state: TopState, dialog: Dialog & { kind: 'filter' }, key: string): TopState {
  if (key === 'enter') return state.filterProblem === undefined ? closed(state) : state
  if (key === 'escape') return filtered(closed(state), dialog.before)
  const line = editLine(dialog.line, key)
  if (line === undefined) return state
  return filtered({ ...state, dialog: { ...dialog, line } }, line.text)
}

function jumpKey(state: TopState, dialog: Dialog & { kind: 'jump' }, key: string, nowMs: number): TopState {
  if (key === 'escape') return closed(state)
  if (key === 'enter') {
    if (dialog.line.text.trim() === '') return closed(state)
    const target = replay.jumpTarget(dialog.line.text, nowMs, state.zone)
    if (typeof target === 'string') return { ...state, dialog: { ...dialog, problem: target } }
    return replay.at(closed(state), target, nowMs, { isPlaying: false })
  }
  const line = editLine(dialog.line, key)
  return line === undefined ? state : { ...state, dialog: { kind: 'jump', line } }
}

function signalKey(state: TopState, dialog: Dialog & { kind: 'signal' }, key: string): Step {
  if (dialog.isConfirming) {
    const signal = signalNames[dialog.chosen]
    if (key === 'y' || key === 'Y') {
      return signal === undefined
        ? step(closed(state))
        : step(closed(state), { kind: 'signal', target: dialog.target, signal })
    }
    return step(closed(state))
  }
  switch (key) {
    case 'up':
      return step(chosen(state, dialog, dialog.chosen - 1))
    case 'down':
      return step(chosen(state, dialog, dialog.chosen + 1))
    case 'home':
      return step(chosen(state, dialog, 0))
    case 'end':
      return step(chosen(state, dialog, signalNames.length - 1))
    case 'pageup':
      return step(chosen(state, dialog, dialog.chosen - 5))
    case 'pagedown':
      return step(chosen(state, dialog, dialog.chosen + 5))
    case 'enter':
      return step({ ...state, dialog: { ...dialog, isConfirming: true } })
    case 'escape':
    case 'q':
      return step(closed(state))
    default:
      return step(byLetter(state, dialog, key))
  }
}

const chosen = (state: TopState, dialog: Dialog & { kind: 'signal' }, to: number): TopState => ({
  ...state,
  dialog: { ...dialog, chosen: Math.max(0, Math.min(signalNames.length - 1, to)) },
})

/** A letter goes to the next signal that begins with it. */
function byLetter(state: TopState, dialog: Dialog & { kind: 'signal' }, key: string): TopState {
  const wanted = key.toUpperCase()
  if (!/^[A-Z]$/.test(wanted)) return state
  const count = signalNames.length
  for (let ahead = 1; ahead <= count; ahead++) {
    const place = (dialog.chosen + ahead) % count
    if (signalNames[place]?.startsWith(wanted) === true) return chosen(state, dialog, place)
  }
  return state
}
