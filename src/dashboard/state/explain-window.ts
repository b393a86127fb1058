import type { ExplainParameters } from '../../api/explain-contract.ts'
import type { Against, Place } from './place.ts'
import { fixedView, type Span } from './view.ts'

const leastLiveMs = 10 * 60_000
const dayMs = 86_400_000
/** A second is explained with those around it, as `at` of the API is. */
const aroundMs = 30_000

/** What to explain of a place: its window; a second where there is no window; live, the last ten minutes or more. */
export function explainWindow({ view, atMs }: Pick<Place, 'view' | 'atMs'>, nowMs: number): Span {
  if (view.kind === 'fixed')
    return { startMs: view.startMs, endMs: Math.max(Math.min(view.endMs, nowMs), view.startMs + 1) }
  if (atMs !== undefined) return { startMs: atMs - aroundMs, endMs: Math.min(atMs + aroundMs, Math.max(nowMs, atMs)) }
  return { startMs: nowMs - Math.max(view.spanMs, leastLiveMs), endMs: nowMs }
}

export function againstWindow({ startMs, endMs }: Span, against: Against): Span {
  const backMs = against === 'yesterday' ? dayMs : endMs - startMs
  return { startMs: startMs - backMs, endMs: endMs - backMs }
}

export function explainParameters(window: Span, against: Against | undefined): ExplainParameters {
  const whole = { start: Math.round(window.startMs), end: Math.round(window.endMs) }
  if (against === undefined) return whole
  const other = againstWindow(window, against)
  return { ...whole, against_start: Math.round(other.startMs), against_end: Math.round(other.endMs) }
}

/** Where "Explain this" leads: the second that was chosen stands still with those around it, and stays chosen. */
export function explainPlace(
  { view, atMs }: Pick<Place, 'view' | 'atMs'>,
  nowMs: number,
): Pick<Place, 'page' | 'view'> {
  if (atMs === undefined) return { page: 'explain', view }
  return { page: 'explain', view: fixedView(atMs - aroundMs, Math.min(atMs + aroundMs, Math.max(nowMs, atMs))) }
}
