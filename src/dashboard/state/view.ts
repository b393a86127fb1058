/** The one time range of the page: the last minutes up to now, or a span that stands still. */
export type TimeView =
  | { readonly kind: 'live'; readonly spanMs: number }
  | { readonly kind: 'fixed'; readonly startMs: number; readonly endMs: number }

export interface Span {
  readonly startMs: number
  readonly endMs: number
}

const minuteMs = 60_000
export const presets = [
  { text: '5m', name: 'Last 5 minutes', spanMs: 5 * minuteMs },
  { text: '15m', name: 'Last 15 minutes', spanMs: 15 * minuteMs },
  { text: '1h', name: 'Last hour', spanMs: 60 * minuteMs },
  { text: '6h', name: 'Last 6 hours', spanMs: 360 * minuteMs },
  { text: '24h', name: 'Last 24 hours', spanMs: 1440 * minuteMs },
  { text: '7d', name: 'Last 7 days', spanMs: 7 * 1440 * minuteMs },
  { text: '30d', name: 'Last 30 days', spanMs: 30 * 1440 * minuteMs },
] as const

export const defaultView: TimeView = { kind: 'live', spanMs: presets[0].spanMs }
/** Below this there is nothing to see: five ticks. */
export const leastSpanMs = 5000
/** Longest that is kept: the 1 h tier, a year. */
export const mostSpanMs = 366 * 1440 * minuteMs
/** Last instant an ECMAScript Date can hold, less a year of room. */
const lastMs = 8.64e15 - mostSpanMs

export function spanOf(view: TimeView, nowMs: number): Span {
  return view.kind === 'fixed' ? view : { startMs: nowMs - view.spanMs, endMs: nowMs }
}

export const spanLengthMs = (view: TimeView): number => (view.kind === 'live' ? view.spanMs : view.endMs - view.startMs)

/** A span that stands still; its ends may come in either order and are brought within what can be shown. */
export function fixedView(oneMs: number, otherMs: number): TimeView {
  const clamp = (ms: number): number => Math.round(Math.min(Math.max(ms, 0), lastMs))
  const startMs = clamp(Math.min(oneMs, otherMs))
  const endMs = clamp(Math.max(oneMs, otherMs))
  return { kind: 'fixed', startMs, endMs: Math.min(Math.max(endMs, startMs + leastSpanMs), startMs + mostSpanMs) }
}

/** The same span earlier (-1) or later (+1) by half its length; later than now is live again. */
export function pan(view: TimeView, direction: -1 | 1, nowMs: number): TimeView {
  const { startMs, endMs } = spanOf(view, nowMs)
  const stepMs = ((endMs - startMs) / 2) * direction
  if (endMs + stepMs >= nowMs) return { kind: 'live', spanMs: endMs - startMs }
  return fixedView(startMs + stepMs, endMs + stepMs)
}

/** Half or double the span around its middle (around now, when live). */
export function zoom(view: TimeView, factor: number, nowMs: number): TimeView {
  const lengthMs = Math.min(Math.max(spanLengthMs(view) * factor, leastSpanMs), mostSpanMs)
  if (view.kind === 'live') return { kind: 'live', spanMs: Math.round(lengthMs) }
  const middleMs = (view.startMs + view.endMs) / 2
  return fixedView(middleMs - lengthMs / 2, Math.min(middleMs + lengthMs / 2, Math.max(nowMs, view.endMs)))
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: minuteMs, h: 60 * minuteMs, d: 1440 * minuteMs }
/** `15m`, `90s`; undefined for anything that is no span we show. */
export function parseSpan(text: string): number | undefined {
  const match = /^(\d{1,9})(s|m|h|d)$/.exec(text)
  const spanMs = Number(match?.[1]) * (unitMs[match?.[2] ?? ''] ?? Number.NaN)
  return spanMs >= leastSpanMs && spanMs <= mostSpanMs ? spanMs : undefined
}

export function formatSpan(spanMs: number): string {
  const preset = presets.find((one) => one.spanMs === spanMs)
  if (preset !== undefined) return preset.text
  const unit = ['d', 'h', 'm'].find((name) => spanMs % (unitMs[name] ?? 1) === 0) ?? 's'
  return `${Math.max(Math.round(spanMs / (unitMs[unit] ?? 1000)), leastSpanMs / 1000)}${unit}`
}
