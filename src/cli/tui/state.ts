import type {
  CurrentResponse,
  ProcessesResponse,
  ProcessHistoryResponse,
  ProcessResponse,
  ProcessRow,
} from '../../api/contract.ts'
import type { TreeRow } from '../process-tree.ts'
import type { InputEvent } from './input-decoder.ts'
import type { Machine } from './machine.ts'
import { emptyTimeline, type Timeline } from './timeline.ts'

/**
 * All that `top` knows, as data. `reduce` makes the next state of an event, views paint it; neither touches the world.
 */
export const boxNames = ['cpu', 'memory', 'pressure', 'storage', 'network', 'processes'] as const
export type BoxName = (typeof boxNames)[number]

export type Mode =
  | { readonly kind: 'live' }
  | { readonly kind: 'replay'; readonly atMs: number; readonly isPlaying: boolean; readonly speed: number }

/** A pid alone may be another process a moment later (R2). */
export interface Identity {
  readonly pid: number
  readonly startTicks: number
}

export interface LineEdit {
  readonly text: string
  /** In UTF-16 units, 0 to the length. */
  readonly cursor: number
}

export type Dialog =
  | { readonly kind: 'help'; readonly scroll: number }
  | { readonly kind: 'filter'; readonly line: LineEdit; readonly before: string }
  | { readonly kind: 'jump'; readonly line: LineEdit; readonly problem?: string }
  | { readonly kind: 'signal'; readonly target: ProcessRow; readonly chosen: number; readonly isConfirming: boolean }

export interface Details {
  readonly identity: Identity
  readonly name: string
  readonly answer?: ProcessResponse
  readonly history?: ProcessHistoryResponse
  readonly problem?: string
  readonly scroll: number
}

export interface Message {
  readonly text: string
  readonly tone: 'good' | 'bad' | 'warn'
  readonly untilMs: number
}

export interface TopState {
  readonly size: { readonly columns: number; readonly rows: number }
  /** IANA zone in which times are read and shown. */
  readonly zone: string
  readonly mode: Mode
  /** Why nobody answers; `undefined`: the daemon does. */
  readonly lost?: string
  readonly machine?: Machine
  readonly processes?: ProcessesResponse
  /** What there is to say when the time shown has no record. */
  readonly absent?: string
  readonly timeline: Timeline
  /** The timeline holds the history up to now. */
  readonly hasHistory: boolean
  /** Rows of the table in the order shown. */
  readonly list: readonly TreeRow[]
  readonly sort: { readonly field: string; readonly isDescending: boolean }
  readonly filter: string
  readonly filterProblem?: string
  readonly isTree: boolean
  readonly followed?: Identity
  readonly selected: number
  /** First row on the screen. */
  readonly offset: number
  readonly hidden: readonly BoxName[]
  readonly dialog?: Dialog
  readonly details?: Details
  readonly message?: Message
}

export type TopEvent =
  | { readonly kind: 'input'; readonly input: Exclude<InputEvent, { kind: 'background' }>; readonly nowMs: number }
  | { readonly kind: 'resized'; readonly columns: number; readonly rows: number }
  /** An answer for the time shown; `atMs` undefined: live. */
  | {
      readonly kind: 'tick'
      readonly atMs: number | undefined
      readonly current: CurrentResponse
      readonly processes: ProcessesResponse | undefined
      readonly nowMs: number
    }
  | { readonly kind: 'history'; readonly timeline: Timeline; readonly isLive: boolean }
  | { readonly kind: 'details'; readonly identity: Identity; readonly answer: ProcessResponse }
  | { readonly kind: 'detailsHistory'; readonly identity: Identity; readonly history: ProcessHistoryResponse }
  | { readonly kind: 'detailsFailed'; readonly identity: Identity; readonly why: string }
  | { readonly kind: 'absent'; readonly atMs: number; readonly why: string }
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'played'; readonly nowMs: number }
  /** A second in which nothing came: messages age, and so does what is shown of the past. */
  | { readonly kind: 'waited'; readonly nowMs: number }
  | { readonly kind: 'said'; readonly text: string; readonly tone: Message['tone']; readonly nowMs: number }

/** What the world is asked to do. */
export type Effect =
  | { readonly kind: 'quit' }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'redraw' }
  | { readonly kind: 'signal'; readonly target: ProcessRow; readonly signal: string }

export interface Step {
  readonly state: TopState
  readonly effects: readonly Effect[]
}

export const initialState = (
  size: TopState['size'],
  zone: string,
  atMs: number | undefined,
  more: Partial<Pick<TopState, 'filter' | 'sort' | 'isTree'>> = {},
): TopState => ({
  size,
  zone,
  mode: atMs === undefined ? { kind: 'live' } : { kind: 'replay', atMs, isPlaying: false, speed: 1 },
  timeline: emptyTimeline,
  hasHistory: false,
  list: [],
  sort: { field: 'cpu', isDescending: true },
  filter: '',
  isTree: false,
  selected: 0,
  offset: 0,
  hidden: [],
  ...more,
})

/** The time that is shown. */
export const shownMs = (state: TopState): number | undefined =>
  state.mode.kind === 'replay' ? state.mode.atMs : state.machine?.unixMs

export const isSame = (identity: Identity, row: Identity): boolean =>
  identity.pid === row.pid && identity.startTicks === row.startTicks
