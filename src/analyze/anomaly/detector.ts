import { Season, seasonNumbers } from './season.ts'
import { TailSketch, tailBins } from './tail-sketch.ts'

/**
 * A streaming detector for one series: says of each sample how improbable it is given the samples before it. It knows no
 * store, no metric and no clock; memory and time a sample are constant, and nothing is fitted to a series.
 *
 * On four horizons (2, 4, 8 and 16 samples) three magnitudes are followed: how far the recent mean is from the long
 * median (level shifts), how far from what is usual at this time (season), and how much the series moves (change of
 * spread, spikes); and the distance of the sample itself from its season. Each is turned into a tail probability by
 * its own past (docs/anomalies.md). The score is their power mean, so one horizon alone has to be very sure.
 */

/** Samples over which recent behaviour is averaged: octaves. */
const horizons = [2, 4, 8, 16] as const
const magnitudesEach = 3
const sketches = horizons.length * magnitudesEach + 1
/** What could be chosen otherwise; the same for every series. The bench shows that little depends on it. */
export interface Tuning {
  /** Of the mean over horizons: 1 dilutes what one horizon sees, a large one multiplies false alarms. */
  readonly power: number
  /** Samples that a tail remembers: a month of five minutes, a day of ten seconds. */
  readonly tailHorizon: number
  /** After an alarm only what is more surprising is one, for this share of the samples seen by then. */
  readonly holdShare: number
}
export const usualTuning: Tuning = { power: 4, tailHorizon: 8000, holdShare: 0.05 }
/** Samples over which the median follows a new level. */
const medianHorizon = 1000
const spreadHorizon = 2000
const rangeHorizon = 8000
/** What is too small to matter: shares of the level and of the range that the series has. */
const levelFloor = 0.02
const rangeFloor = 0.01
/** Of a series that has been 0 only; a nanosecond of something counted in seconds. */
const leastFloor = 1e-9
/** Bounds of how long an alarm holds: a day of ten seconds at most. */
const leastHoldSamples = 50
const mostHoldSamples = 8640
/** Longer than so many usual intervals without a sample is a gap: recent means of before say nothing after it (A8). */
const gapIntervals = 12
/** Nothing is news before so many samples: all is new then. */
const learningSamples = 100
/** Surprise from which on a sample is worth showing when nobody says otherwise: once in a hundred, and news. */
export const usualThreshold = 2
/** After a gap and a restart: samples until the recent means stand for something again. */
const settleSamples = 4
/** So many samples that are not later than the last make a clock that was set back, and no back-fill. */
const clockSetBackSamples = 16

/** Places of the single numbers in the state. */
const at = { samples: 0, median: 1, spread: 2, low: 3, high: 4, intervalMs: 5, held: 6, age: 7 } as const
const singleNumbers = 8
const recentFrom = singleNumbers
const scalarNumbers = singleNumbers + horizons.length * magnitudesEach
const countNumbers = sketches * tailBins
/** Numbers that a detector keeps. */
export const detectorNumbers = countNumbers + seasonNumbers + scalarNumbers

export interface Judgement {
  /** Minus log10 of how probable a sample like this is: 2 is once in a hundred. 0: nothing special. */
  readonly surprise: number
  /** `surprise` where it is news, 0 while an earlier alarm that was as large still holds. */
  readonly alarm: number
}
const nothing: Judgement = { surprise: 0, alarm: 0 }

/** Surprise as a number from 0 to 1: 1 less the tail probability. */
export const likelihoodOf = (surprise: number): number => 1 - 10 ** -surprise

export class SeriesDetector {
  readonly #tails: readonly TailSketch[]
  readonly #season: Season
  readonly #state: Float32Array
  /** Singles, then for each horizon the recent mean, the recent residual from the season and the recent movement. */
  readonly #numbers = new Float64Array(scalarNumbers)
  #lastMs = Number.NaN
  #settle = 0
  #notLater = 0

  /**
   * `floor`: differences below it never matter, in the unit of the series. `saved`: of a detector of before, as `save`
   * gave it; one of another length is not taken.
   */
  constructor(
    private readonly floor = 0,
    saved?: Float32Array,
    private readonly tuning = usualTuning,
  ) {
    const isKnown = saved?.length === detectorNumbers
    this.#state = isKnown ? saved.slice() : new Float32Array(detectorNumbers)
    const seasonState = this.#state.subarray(countNumbers, countNumbers + seasonNumbers)
    if (!isKnown) seasonState.fill(Number.NaN)
    this.#season = new Season(seasonState)
    this.#tails = Array.from(
      { length: sketches },
      (_, index) => new TailSketch(this.#state.subarray(index * tailBins, (index + 1) * tailBins), tuning.tailHorizon),
    )
    this.#numbers.set(this.#state.subarray(countNumbers + seasonNumbers))
    if (isKnown) this.#beginAnew()
  }

  /** Samples seen so far. */
  get samples(): number {
    return this.#numbers[at.samples] as number
  }

  /** Everything to go on from after a restart. */
  save(): Float32Array {
    const saved = this.#state.slice()
    saved.set(this.#numbers, countNumbers + seasonNumbers)
    return saved
  }

  /** Where a value lies, 0 to 1: at the median ½, and 4 mean deviations from it 0.12 and 0.88. */
  position(value: number): number {
    const spread = Math.max(this.floor, this.#numbers[at.spread] as number, leastFloor)
    return Number.isFinite(value)
      ? 0.5 + 0.5 * Math.tanh((value - (this.#numbers[at.median] as number)) / (4 * spread))
      : 0.5
  }

  /** Where a sample is expected: what the season spans and the median, with three mean deviations around. */
  expected(unixMs: number): { readonly low: number; readonly high: number } {
    const median = this.#numbers[at.median] as number
    const slack = Math.max(this.floor, 3 * (this.#numbers[at.spread] as number))
    const [low, high] = this.#season.span(unixMs)
    // What has never been below 0 is not expected to be.
    const least = (this.#numbers[at.low] as number) >= 0 ? 0 : Number.NEGATIVE_INFINITY
    return { low: Math.max(least, Math.min(low, median) - slack), high: Math.max(high, median) + slack }
  }

  /**
   * Judges a sample, then learns from it. What is not a number is no sample. What is not later than the sample before
   * (a back-fill) is not judged and teaches nothing.
   */
  judge(unixMs: number, value: number): Judgement {
    if (!Number.isFinite(value) || !Number.isFinite(unixMs) || !this.#isLater(unixMs)) return nothing
    const samples = this.samples + 1
    this.#numbers[at.samples] = samples
    if (samples === 1) this.#begin(value)
    this.#noteTime(unixMs)
    const surprise = this.#surpriseOf(unixMs, value)
    this.#learn(unixMs, value)
    if (this.#settle > 0) {
      this.#settle--
      return nothing
    }
    return { surprise, alarm: this.#alarm(surprise) }
  }

  #isLater(unixMs: number): boolean {
    if (!(unixMs <= this.#lastMs)) {
      this.#notLater = 0
      return true
    }
    if (++this.#notLater < clockSetBackSamples) return false
    this.#notLater = 0
    this.#lastMs = Number.NaN
    this.#beginAnew()
    return true
  }

  #begin(value: number): void {
    const numbers = this.#numbers
    numbers[at.median] = value
    numbers[at.low] = value
    numbers[at.high] = value
    numbers.fill(value, recentFrom, recentFrom + horizons.length)
  }

  /** Recent means say nothing any more: as if the series had been at its median all the time. */
  #beginAnew(): void {
    const { length } = horizons
    this.#numbers.fill(this.#numbers[at.median] as number, recentFrom, recentFrom + length)
    this.#numbers.fill(0, recentFrom + length, recentFrom + 2 * length)
    this.#numbers.fill(this.#numbers[at.spread] as number, recentFrom + 2 * length)
    this.#settle = settleSamples
  }

  #noteTime(unixMs: number): void {
    const numbers = this.#numbers
    const elapsedMs = unixMs - this.#lastMs
    this.#lastMs = unixMs
    if (Number.isNaN(elapsedMs)) return
    const usualMs = numbers[at.intervalMs] as number
    const weight = usualMs > 0 ? Math.max(1 / this.samples, 0.01) : 1
    if (usualMs > 0 && elapsedMs > gapIntervals * usualMs) this.#beginAnew()
    else numbers[at.intervalMs] = usualMs + (elapsedMs - usualMs) * weight
  }

  #surpriseOf(unixMs: number, value: number): number {
    const numbers = this.#numbers
    const { samples } = this
    const median = numbers[at.median] as number
    const range = (numbers[at.high] as number) - (numbers[at.low] as number)
    const floor = Math.max(this.floor, levelFloor * Math.abs(median) + rangeFloor * range, leastFloor)
    const residual = this.#season.residual(unixMs, value)
    let sum = this.#ask(0, Math.abs(residual), floor) ** this.tuning.power
    const { length } = horizons
    for (let index = 0; index < length; index++) {
      const share = 1 / Math.min(samples, horizons[index] as number)
      const mean = blended(numbers, recentFrom + index, value, share)
      const fromSeason = blended(numbers, recentFrom + length + index, residual, share)
      const moves = blended(numbers, recentFrom + 2 * length + index, Math.abs(value - mean), share)
      const first = 1 + index * magnitudesEach
      const most = Math.max(
        this.#ask(first, Math.abs(mean - median), floor),
        this.#ask(first + 1, Math.abs(fromSeason), floor),
        this.#ask(first + 2, moves, floor),
      )
      sum += most ** this.tuning.power
    }
    return (sum / (length + 1)) ** (1 / this.tuning.power)
  }

  #ask(sketch: number, magnitude: number, floor: number): number {
    const tail = this.#tails[sketch] as TailSketch
    const surprise = tail.surprise(magnitude, floor)
    tail.add(magnitude)
    return surprise
  }

  #learn(unixMs: number, value: number): void {
    const numbers = this.#numbers
    const { samples } = this
    const median = numbers[at.median] as number
    const deviation = Math.abs(value - median)
    const spread = blended(numbers, at.spread, deviation, Math.max(1 / samples, 1 / spreadHorizon))
    const step = Math.min(deviation, spread * Math.max(2 / samples, 2 / medianHorizon))
    numbers[at.median] = median + Math.sign(value - median) * step
    numbers[at.low] = Math.min(
      value,
      (numbers[at.low] as number) + (median - (numbers[at.low] as number)) / rangeHorizon,
    )
    numbers[at.high] = Math.max(
      value,
      (numbers[at.high] as number) + (median - (numbers[at.high] as number)) / rangeHorizon,
    )
    this.#season.learn(unixMs, value, numbers[at.intervalMs] as number)
  }

  /** While the alarm before holds, only what is more surprising is news. */
  #alarm(surprise: number): number {
    const numbers = this.#numbers
    const hold = Math.min(mostHoldSamples, Math.max(leastHoldSamples, this.samples * this.tuning.holdShare))
    const age = (numbers[at.age] as number) + 1
    const isNews = surprise > (age < hold ? (numbers[at.held] as number) : 0)
    numbers[at.age] = isNews ? 0 : age
    if (isNews) numbers[at.held] = surprise
    return isNews && this.samples > learningSamples ? surprise : 0
  }
}

function blended(numbers: Float64Array, place: number, value: number, share: number): number {
  const known = numbers[place] as number
  const mixed = known + (value - known) * share
  numbers[place] = mixed
  return mixed
}
