import { machineOf } from './machine.ts'
import { listOf } from './process-table.ts'
import { reduceKey } from './reduce-keys.ts'
import { reduceMouse, reducePaste } from './reduce-pointer.ts'
import { playedOn } from './replay.ts'
import { step, withList, withSelection } from './selection.ts'
import { isSame, type Step, type TopEvent, type TopState } from './state.ts'
import { withTick } from './timeline.ts'

/** The next state of an event, and what the world is to do. Pure: time comes with the event. */
export function reduce(state: TopState, event: TopEvent): Step {
  switch (event.kind) {
    case 'input':
      return reduceInput(state, event)
    case 'resized':
      return step(withSelection({ ...state, size: { columns: event.columns, rows: event.rows } }, state.selected))
    case 'tick':
      return step(ticked(state, event))
    case 'history': {
      if (event.isLive !== (state.mode.kind === 'live')) return step(state)
      return step({ ...state, timeline: event.timeline, hasHistory: event.isLive })
    }
    case 'details':
    case 'detailsHistory':
    case 'detailsFailed':
      return step(detailed(state, event))
    case 'absent':
      return step(withoutRecord(state, event))
    case 'lost':
      return step({ ...state, lost: event.why, hasHistory: false })
    case 'played':
      return step(playedOn(state, event.nowMs))
    case 'waited':
      return step(expired(state, event.nowMs))
    case 'said':
      return step(withMessage(state, event))
  }
}

function reduceInput(state: TopState, { input, nowMs }: TopEvent & { kind: 'input' }): Step {
  switch (input.kind) {
    case 'key':
      return reduceKey(state, input.key, nowMs)
    case 'mouse':
      return reduceMouse(state, input)
    case 'paste':
      return step(reducePaste(state, input.text))
  }
}

/** How long a message stands, unless another replaces it. */
const messageMs = 6000

const withMessage = (state: TopState, { text, tone, nowMs }: TopEvent & { kind: 'said' }): TopState => ({
  ...state,
  message: { text, tone, untilMs: nowMs + messageMs },
})

function ticked(state: TopState, event: TopEvent & { kind: 'tick' }): TopState {
  const isLive = event.atMs === undefined
  // An answer to a question of before: the time shown has moved on since.
  if (isLive !== (state.mode.kind === 'live')) return state
  // Never the processes of another moment beside the numbers of this one.
  const { lost: _, absent: __, processes: ___, ...rest } = state
  const timeline = isLive ? withTick(state.timeline, event.current) : state.timeline
  const hasHistory = state.hasHistory && !(isLive && hasMissed(state.timeline, event.current.unixMs))
  const answered: TopState = {
    ...rest,
    machine: machineOf(event.current),
    timeline,
    hasHistory,
    ...(event.processes === undefined ? {} : { processes: event.processes }),
  }
  return withList(expired(answered, event.nowMs), listOf(answered))
}

/** Ticks went by while nobody asked: we were stopped, or could not keep up. The record has them. */
const hasMissed = ({ firstStep, length, stepMs }: TopState['timeline'], unixMs: number): boolean =>
  length > 0 && Math.round(unixMs / stepMs) > firstStep + length + 1

function expired(state: TopState, nowMs: number): TopState {
  if (state.message === undefined || state.message.untilMs > nowMs) return state
  const { message: _, ...rest } = state
  return rest
}

function withoutRecord(state: TopState, { atMs, why }: TopEvent & { kind: 'absent' }): TopState {
  if (state.mode.kind !== 'replay' || state.mode.atMs !== atMs) return state
  const { machine: _, processes: __, lost: ___, ...rest } = state
  return withList({ ...rest, absent: why, mode: { ...state.mode, isPlaying: false } }, [])
}

type DetailsEvent = TopEvent & { kind: 'details' | 'detailsHistory' | 'detailsFailed' }
function detailed(state: TopState, event: DetailsEvent): TopState {
  const { details } = state
  if (details === undefined || !isSame(details.identity, event.identity)) return state
  const { problem: _, ...rest } = details
  switch (event.kind) {
    case 'details':
      return { ...state, details: { ...rest, answer: event.answer } }
    case 'detailsHistory':
      return { ...state, details: { ...details, history: event.history } }
    case 'detailsFailed':
      return { ...state, details: { ...details, problem: event.why } }
  }
}
