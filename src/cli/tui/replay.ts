import { parseTimeExpression } from '../../base/time-expression.ts'
import type { Mode, TopState } from './state.ts'

/** Moving through the record. Whoever steps past its newest tick is back in the present. */
export const speeds: readonly number[] = [0.5, 1, 2, 5, 10, 30, 60, 300]

type Replay = Mode & { kind: 'replay' }

export function live(state: TopState): TopState {
  if (state.mode.kind === 'live') return state
  const { absent: _, ...rest } = state
  return { ...rest, mode: { kind: 'live' }, hasHistory: false }
}

/** Going on to where nothing is recorded yet is going live. */
export function at(state: TopState, atMs: number, nowMs: number, more: Partial<Replay> = {}): TopState {
  const from = state.mode.kind === 'replay' ? state.mode.atMs : Number.NEGATIVE_INFINITY
  if (atMs >= from && atMs > nowMs - state.timeline.stepMs) return live(state)
  const before: Replay =
    state.mode.kind === 'replay' ? state.mode : { kind: 'replay', atMs, isPlaying: false, speed: 1 }
  return { ...state, mode: { ...before, atMs: Math.max(0, Math.round(atMs)), ...more } }
}

/** The recording interval stands in for the second where it is longer. */
export function stepped(state: TopState, byMs: number, nowMs: number): TopState {
  const from = state.mode.kind === 'replay' ? state.mode.atMs : state.machine?.unixMs
  if (from === undefined) return state
  if (state.mode.kind === 'live' && byMs > 0) return state
  const { stepMs } = state.timeline
  const distance = Math.sign(byMs) * Math.max(Math.abs(byMs), stepMs)
  return at(state, from + distance, nowMs, { isPlaying: false })
}

/** Space: live stands still; what stands still plays. */
export function toggled(state: TopState, nowMs: number): TopState {
  if (state.mode.kind === 'replay') return { ...state, mode: { ...state.mode, isPlaying: !state.mode.isPlaying } }
  const shown = state.machine?.unixMs
  if (shown === undefined) return state
  // The newest tick itself is shown: it is in the record, however new.
  return { ...state, mode: { kind: 'replay', atMs: Math.min(shown, nowMs), isPlaying: false, speed: 1 } }
}

export function faster(state: TopState, by: 1 | -1): TopState {
  if (state.mode.kind !== 'replay') return state
  const place = speeds.indexOf(state.mode.speed)
  const speed = speeds[Math.max(0, Math.min(speeds.length - 1, place + by))] ?? 1
  return { ...state, mode: { ...state.mode, speed } }
}

/** How often a playing record moves on: each second at its pace, at most four times a second. */
export const playIntervalMs = (speed: number, stepMs: number): number => Math.max(250, stepMs / speed)

export function playedOn(state: TopState, nowMs: number): TopState {
  const { mode, timeline } = state
  if (mode.kind !== 'replay' || !mode.isPlaying) return state
  const byMs = playIntervalMs(mode.speed, timeline.stepMs) * mode.speed
  return at(state, mode.atMs + byMs, nowMs)
}

/** The time an expression names; words for a person when it names none. */
export function jumpTarget(text: string, nowMs: number, zone: string): number | string {
  const found = parseTimeExpression(text, { nowMs, zone })
  if (found === undefined) return 'no time: such as 03:12, -5m, yesterday 22:00, 2026-11-23 03:12'
  return found > nowMs ? 'that is in the future' : found
}
