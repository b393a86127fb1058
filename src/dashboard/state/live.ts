import type { CurrentResponse, HostFacts } from '../../api/contract.ts'
import type { Delta, LiveSeries, Snapshot } from '../../api/live-contract.ts'

/** What the machine does this second, kept from the live stream or from polling. A value not in the map is absent. */
export interface LiveState {
  readonly seq: number
  readonly unixMs: number
  readonly host?: HostFacts
  readonly series: ReadonlyMap<number, LiveSeries>
  /** By `seriesKey`. */
  readonly values: ReadonlyMap<string, number>
  /** Ticks between the state before and this one that were not seen: to be had from the history. */
  readonly missed: number
  /** Set when the daemon says this tick follows a gap. */
  readonly gap?: string
}

export type Labels = Readonly<Record<string, string>>

/** One key for a metric and its labels, whatever their order. */
export function seriesKey(metric: string, labels: Labels): string {
  const names = Object.keys(labels).sort()
  return names.length === 0 ? metric : `${metric}{${names.map((name) => `${name}=${labels[name]}`).join(',')}}`
}

export function applySnapshot(before: LiveState | undefined, message: Snapshot): LiveState {
  const values = new Map<string, number>()
  for (const [place, { metric, labels }] of message.series.entries()) {
    const value = message.values[place]
    if (value !== null && value !== undefined) values.set(seriesKey(metric, labels), value)
  }
  return {
    seq: message.seq,
    unixMs: message.unixMs,
    host: message.host,
    series: new Map(message.series.map((one) => [one.id, one])),
    values,
    missed: message.missed ?? missedBetween(before, message.seq),
    ...gapOf(message),
  }
}

/** Undefined when the delta does not follow: then a snapshot is needed. */
export function applyDelta(before: LiveState, message: Delta): LiveState | undefined {
  if (message.seq <= before.seq) return before
  const series = message.series === undefined ? before.series : new Map(before.series)
  if (message.series !== undefined)
    for (const one of message.series) (series as Map<number, LiveSeries>).set(one.id, one)
  const values = new Map(before.values)
  for (const [id, value] of message.changes) {
    const one = series.get(id)
    if (one === undefined) return undefined
    const key = seriesKey(one.metric, one.labels)
    if (value === null) values.delete(key)
    else values.set(key, value)
  }
  // A slow client gets several ticks as one delta: the values are right, the ticks between are in the history.
  const missed = message.seq - before.seq - 1
  return { ...withoutGap(before), seq: message.seq, unixMs: message.unixMs, series, values, missed, ...gapOf(message) }
}

/** The same from an answer of the route that is polled while there is no stream. */
export function applyCurrent(before: LiveState | undefined, answer: CurrentResponse): LiveState {
  if (before !== undefined && before.seq === answer.seq && before.unixMs === answer.unixMs) return before
  return {
    seq: answer.seq,
    unixMs: answer.unixMs,
    host: answer.host,
    series: new Map(),
    values: new Map(answer.values.map(({ metric, labels, value }) => [seriesKey(metric, labels), value])),
    missed: missedBetween(before, answer.seq),
    ...gapOf(answer),
  }
}

function missedBetween(before: LiveState | undefined, seq: number): number {
  if (before === undefined) return 0
  // A daemon that was restarted may count from the beginning.
  return seq > before.seq ? seq - before.seq - 1 : 1
}

const gapOf = ({ gap }: { readonly gap?: string }): { readonly gap?: string } => (gap === undefined ? {} : { gap })

function withoutGap({ gap: _, ...rest }: LiveState): Omit<LiveState, 'gap'> {
  return rest
}
