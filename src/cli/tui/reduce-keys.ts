import { layoutOf, pageSize } from './layout.ts'
import { lineOf } from './line-edit.ts'
import { sortKeys } from './process-table.ts'
import { reduceDialogKey } from './reduce-dialogs.ts'
import * as replay from './replay.ts'
import { relisted, selectedRow, step, withSelection } from './selection.ts'
import { type BoxName, boxNames, type Message, type Step, type TopState } from './state.ts'
import { besideSorted, detailsToggled, followToggled, movedTo, sortedBy, unfollowed } from './table-changes.ts'

/** What each key does. Keys in a dialog are the dialog's own. */
export function reduceKey(state: TopState, key: string, nowMs: number): Step {
  if (key === 'ctrl-c') return step(state, { kind: 'quit' })
  if (key === 'ctrl-z') return step(state, { kind: 'suspend' })
  if (key === 'ctrl-l') return step(state, { kind: 'redraw' })
  if (state.dialog !== undefined) return reduceDialogKey(state, state.dialog, key, nowMs)
  const time = timeKey(state, key, nowMs)
  if (time !== undefined) return step(time)
  const move = movedBy(state, key)
  if (move !== undefined) return step(move)
  const sorting = sortKeys[key]
  if (sorting !== undefined) return step(sortedBy(state, sorting))
  return commandKey(state, key, nowMs)
}

const minuteMs = 60_000
const hourMs = 3_600_000
const stepsMs: Readonly<Record<string, number>> = {
  left: -1000,
  right: 1000,
  'shift-left': -minuteMs,
  'shift-right': minuteMs,
  '[': -minuteMs,
  ']': minuteMs,
  '{': -hourMs,
  '}': hourMs,
}

function timeKey(state: TopState, key: string, nowMs: number): TopState | undefined {
  const byMs = stepsMs[key]
  if (byMs !== undefined) return replay.stepped(state, byMs, nowMs)
  switch (key) {
    case 'space':
      return replay.toggled(state, nowMs)
    case 'g':
      return { ...state, dialog: { kind: 'jump', line: lineOf('') } }
    case 'L':
      return replay.live(state)
    case 'end':
      return state.mode.kind === 'replay' ? replay.live(state) : undefined
    case '+':
    case '=':
      return replay.faster(state, 1)
    case '-':
      return replay.faster(state, -1)
    default:
      return undefined
  }
}

function movedBy(state: TopState, key: string): TopState | undefined {
  const page = Math.max(1, pageSize(layoutOf(state)))
  const target: Readonly<Record<string, number>> = {
    up: state.selected - 1,
    down: state.selected + 1,
    pageup: state.selected - page,
    pagedown: state.selected + page,
    home: 0,
    end: Number.MAX_SAFE_INTEGER,
    G: Number.MAX_SAFE_INTEGER,
  }
  const wanted = target[key]
  if (wanted === undefined) return undefined
  if (state.details !== undefined && (key === 'pageup' || key === 'pagedown')) {
    const scroll = Math.max(0, state.details.scroll + (key === 'pageup' ? -8 : 8))
    return { ...state, details: { ...state.details, scroll } }
  }
  return movedTo(state, wanted)
}

function commandKey(state: TopState, key: string, nowMs: number): Step {
  switch (key) {
    case 'q':
    case 'Q':
    case 'f10':
      return step(state, { kind: 'quit' })
    case '?':
    case 'f1':
      return step({ ...state, dialog: { kind: 'help', scroll: 0 } })
    case '<':
      return step(besideSorted(state, -1))
    case '>':
      return step(besideSorted(state, 1))
    case 'i':
      return step(relisted({ ...state, sort: { ...state.sort, isDescending: !state.sort.isDescending } }))
    case 't':
      return step(relisted({ ...state, isTree: !state.isTree }))
    case '/':
      return step({ ...state, dialog: { kind: 'filter', line: lineOf(state.filter), before: state.filter } })
    case 'escape':
      return step(stepBack(state))
    case 'f':
      return step(followToggled(state))
    case 'enter':
      return step(detailsToggled(state))
    case 'k':
    case 'delete':
      return step(signalAsked(state, nowMs))
    default:
      return step(boxToggled(state, key))
  }
}

/** Esc takes back one thing: the details, then following, then the filter. */
function stepBack(state: TopState): TopState {
  const { details: _, ...withoutDetails } = state
  if (state.details !== undefined) return withSelection(withoutDetails, state.selected)
  if (state.followed !== undefined) return unfollowed(state)
  return state.filter === '' ? state : relisted({ ...state, filter: '' })
}

function signalAsked(state: TopState, nowMs: number): TopState {
  const target = selectedRow(state)?.row
  if (target === undefined) return state
  const refused = (text: string): TopState => ({ ...state, message: warning(text, nowMs) })
  if (state.mode.kind === 'replay') return refused('this is the past: signals go to processes of now (L: live)')
  if (state.lost !== undefined) return refused('no daemon that could send it')
  return { ...state, dialog: { kind: 'signal', target, chosen: 0, isConfirming: false } }
}

const warning = (text: string, nowMs: number): Message => ({ text, tone: 'warn', untilMs: nowMs + 5000 })

/** 1 to 6: the boxes in their order. */
function boxToggled(state: TopState, key: string): TopState {
  const name: BoxName | undefined = /^[1-6]$/.test(key) ? boxNames[Number(key) - 1] : undefined
  if (name === undefined) return state
  const hidden = state.hidden.includes(name) ? state.hidden.filter((each) => each !== name) : [...state.hidden, name]
  if (hidden.length === boxNames.length) return state
  return withSelection({ ...state, hidden }, state.selected)
}
