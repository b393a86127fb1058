import { othersTurn } from '../../base/turns.ts'
import { history } from '../../query/history.ts'
import type { Sources } from '../../query/sources.ts'
import type { TimeRange } from '../../store/store.ts'

/** One series over the time looked at, steps ascending; NaN where nothing is recorded. */
export interface Track {
  readonly metric: string
  readonly labels: Readonly<Record<string, string>>
  readonly unit: string
  readonly unixMs: readonly number[]
  readonly avg: Float64Array
  /** Worst second of each step. */
  readonly max: Float64Array
  readonly min: Float64Array
  readonly stepMs: number
  /** Worked out of several series: its metric's own past is no past of it. */
  readonly isMade?: true
}

/** Lets whatever waits run: the next tick is not to be late because somebody asked. */
export const breathe = othersTurn

/**
 * Series of the record, one metric after the other. Only what several resources ask for is kept: tracks of two hundred
 * control groups would be tens of megabytes if they were held together.
 */
export class Tracks {
  readonly #kept = new Map<string, Promise<readonly Track[]>>()

  constructor(
    readonly sources: Sources,
    readonly range: TimeRange,
    readonly stepMs: number,
  ) {}

  /** All series of the metric that have these labels. */
  async of(
    metric: string,
    labels: Readonly<Record<string, string>> = {},
    range: TimeRange = this.range,
  ): Promise<readonly Track[]> {
    await breathe()
    const answer = await history(this.sources, {
      metric,
      labels,
      range,
      resolution: `${Math.max(1, Math.round(this.stepMs / 1000))}s`,
    })
    const { unixMs, unit, resolutionMs } = answer
    return answer.series.map((series) => ({
      metric,
      labels: series.labels,
      unit,
      unixMs,
      avg: column(series.avg),
      max: series.max === series.avg ? column(series.avg) : column(series.max),
      min: series.min === series.avg ? column(series.avg) : column(series.min),
      stepMs: resolutionMs,
    }))
  }

  /** Of a metric that several ask for, read once. */
  shared(metric: string): Promise<readonly Track[]> {
    const known = this.#kept.get(metric)
    if (known !== undefined) return known
    const read = this.of(metric)
    this.#kept.set(metric, read)
    return read
  }

  async one(metric: string, labels: Readonly<Record<string, string>> = {}): Promise<Track | undefined> {
    return (await this.shared(metric)).find((track) => hasLabels(track.labels, labels))
  }
}

export const hasLabels = (own: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean =>
  Object.entries(wanted).every(([name, value]) => own[name] === value)

const column = (values: readonly (number | null)[]): Float64Array => {
  const result = new Float64Array(values.length)
  for (let i = 0; i < values.length; i++) result[i] = values[i] ?? Number.NaN
  return result
}

/** A new track of the same steps, made of several. Absent where one is absent. */
export function combined(
  metric: string,
  unit: string,
  tracks: readonly Track[],
  make: (values: readonly number[]) => number,
): Track | undefined {
  const [first] = tracks
  if (first === undefined) return undefined
  const mixed = (of: (track: Track) => Float64Array): Float64Array =>
    Float64Array.from({ length: first.unixMs.length }, (_, i) =>
      make(tracks.map((track) => of(track)[i] ?? Number.NaN)),
    )
  return {
    ...first,
    isMade: true,
    metric,
    unit,
    avg: mixed((t) => t.avg),
    max: mixed((t) => t.max),
    min: mixed((t) => t.min),
  }
}

export const sumOf = (metric: string, unit: string, tracks: readonly Track[]): Track | undefined =>
  combined(metric, unit, tracks, (values) => values.reduce((sum, value) => sum + value, 0))

/** A tick is of the time before it, a step of a minute of that after its start. */
const isWithin = ({ stepMs }: Track, at: number, startMs: number, endMs: number): boolean =>
  (stepMs >= 60_000 ? at >= startMs : at > startMs) && at <= endMs

/** Mean and most within a time; undefined when nothing is recorded there. */
export function levelIn(track: Track, { startMs, endMs }: TimeRange): { mean: number; peak: number } | undefined {
  let sum = 0
  let steps = 0
  let peak = Number.NEGATIVE_INFINITY
  for (let i = 0; i < track.unixMs.length; i++) {
    const at = track.unixMs[i] as number
    const value = track.avg[i] as number
    if (!isWithin(track, at, startMs, endMs) || Number.isNaN(value)) continue
    sum += value
    steps++
    peak = Math.max(peak, track.max[i] as number)
  }
  return steps === 0 ? undefined : { mean: sum / steps, peak }
}

/** Of a rate: what came together within a time, by steps. */
export function totalIn(track: Track, { startMs, endMs }: TimeRange): number {
  let sum = 0
  for (let i = 0; i < track.unixMs.length; i++) {
    const at = track.unixMs[i] as number
    const value = track.avg[i] as number
    if (!isWithin(track, at, startMs, endMs) || Number.isNaN(value)) continue
    sum += value * secondsOf(track, i)
  }
  return sum
}

/** True length of a step: ticks may be further apart than they should be. */
export function secondsOf(track: Track, index: number): number {
  const before = track.unixMs[index - 1]
  if (before === undefined || track.stepMs >= 60_000) return track.stepMs / 1000
  return Math.max(0, (track.unixMs[index] as number) - before) / 1000
}
