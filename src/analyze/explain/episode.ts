import type { TimeRange } from '../../store/store.ts'
import { changePoint, median } from './change-point.ts'
import { secondsOf, type Track } from './tracks.ts'

/** The stretch of a window in which a value was over its bound, and what it was there. */
export interface Episode {
  readonly startMs: number
  readonly endMs: number
  /** Seconds over the bound, within the stretch. */
  readonly hotSeconds: number
  readonly mean: number
  readonly peak: number
  /** When it began; may lie before the window. */
  readonly sinceMs: number
  readonly isOlder: boolean
  /** Median before it began; undefined where nothing is recorded. */
  readonly baseline: number | undefined
}

export interface Bound {
  /** From here on it counts. */
  readonly on: number
  /** Shorter than this is a blip, seconds. Default 3. */
  readonly leastSeconds?: number
  /** Low is bad (memory available). */
  readonly isLowBad?: boolean
}

/** Calm of at most so many steps within a stretch does not end it. */
const calmSteps = 5
/** Of a coarse step whose worst second is over the bound, the mean must reach this share of it: a quarter minute, not one second. */
const coarseShare = 0.25
const minuteMs = 60_000

/** The stretch that hurt most: by how far it was over the bound, for how long. */
export function worstEpisode(track: Track, window: TimeRange, bound: Bound): Episode | undefined {
  const hot = hotSteps(track, bound)
  let best: { from: number; to: number; weight: number; seconds: number } | undefined
  for (const run of runsOf(hot)) {
    const { weight, seconds } = weigh(track, hot, run, window, bound)
    if (seconds <= 0) continue
    if (best === undefined || weight > best.weight) best = { ...run, weight, seconds }
  }
  const least = Math.min(bound.leastSeconds ?? 3, track.stepMs >= minuteMs ? 0.001 : Number.POSITIVE_INFINITY)
  if (best === undefined || best.seconds < least) return undefined
  return described(track, window, best, best.seconds, bound)
}

function hotSteps(track: Track, { on, isLowBad = false }: Bound): Uint8Array {
  const hot = new Uint8Array(track.unixMs.length)
  const isCoarse = track.stepMs >= minuteMs
  for (let i = 0; i < hot.length; i++) {
    const avg = track.avg[i] as number
    if (isLowBad) hot[i] = Number(avg <= on || (isCoarse && (track.min[i] as number) <= on))
    else hot[i] = Number(avg >= on || (isCoarse && (track.max[i] as number) >= on && avg >= on * coarseShare))
  }
  return hot
}

interface Run {
  readonly from: number
  readonly to: number
}

/** Runs of hot steps, calm of a few steps within them passed over. */
function runsOf(hot: Uint8Array): Run[] {
  const runs: Run[] = []
  let from = -1
  let last = -1
  for (let i = 0; i < hot.length; i++) {
    if (hot[i] !== 1) continue
    if (from >= 0 && i - last > calmSteps + 1) {
      runs.push({ from, to: last })
      from = -1
    }
    if (from < 0) from = i
    last = i
  }
  if (from >= 0) runs.push({ from, to: last })
  return runs
}

function weigh(
  track: Track,
  hot: Uint8Array,
  { from, to }: Run,
  { startMs, endMs }: TimeRange,
  { on, isLowBad = false }: Bound,
): { weight: number; seconds: number } {
  let weight = 0
  let seconds = 0
  for (let i = from; i <= to; i++) {
    const at = track.unixMs[i] as number
    if (hot[i] !== 1 || at < startMs || at > endMs) continue
    const value = isLowBad ? (track.min[i] as number) : (track.max[i] as number)
    const over = Math.abs(value - on) / Math.max(Math.abs(on), 1e-9)
    const length = secondsOf(track, i)
    weight += (0.2 + over) * length
    seconds += length
  }
  return { weight, seconds }
}

function described(track: Track, window: TimeRange, run: Run, hotSeconds: number, bound: Bound): Episode {
  let from = run.from
  while (from < run.to && (track.unixMs[from] as number) < window.startMs) from++
  let to = run.to
  while (to > from && (track.unixMs[to] as number) > window.endMs) to--
  const values: number[] = []
  let peak = bound.isLowBad === true ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
  for (let i = from; i <= to; i++) {
    const value = track.avg[i] as number
    if (Number.isNaN(value)) continue
    values.push(value)
    peak = bound.isLowBad === true ? Math.min(peak, track.min[i] as number) : Math.max(peak, track.max[i] as number)
  }
  const began = beginning(track, run, bound)
  return {
    startMs: beginOf(track, from),
    endMs: track.unixMs[to] as number,
    hotSeconds,
    mean: values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length),
    peak,
    sinceMs: beginOf(track, began),
    isOlder: began <= firstKnown(track),
    baseline: medianBefore(track, began),
  }
}

/** A value at a tick is of the time before it; a coarse step is named by its start. */
const beginOf = (track: Track, index: number): number => {
  const at = track.unixMs[index] as number
  if (track.stepMs >= minuteMs) return at
  const before = track.unixMs[index - 1] ?? at - track.stepMs
  return Math.max(before, at - 2 * track.stepMs)
}

/** How far the change point may lie from where the bound was crossed, steps. */
const nearSteps = 60

/** Where the run begins, or where the level changed shortly before the bound was reached. */
function beginning(track: Track, { from, to }: Run, { isLowBad = false }: Bound): number {
  const first = Math.max(0, from - nearSteps)
  const part = track.avg.slice(first, Math.min(to + 1, from + nearSteps))
  const change = changePoint(isLowBad ? part.map((value) => -value) : part)
  if (change === undefined || change.strength < 3) return from
  const index = first + change.index
  return index <= from ? index : from
}

function firstKnown(track: Track): number {
  const index = track.avg.findIndex((value) => !Number.isNaN(value))
  return Math.max(0, index)
}

const baselineSteps = 120

function medianBefore(track: Track, index: number): number | undefined {
  const before = [...track.avg.slice(Math.max(0, index - baselineSteps), index)].filter((value) => !Number.isNaN(value))
  return before.length < 3 ? undefined : median(before)
}
