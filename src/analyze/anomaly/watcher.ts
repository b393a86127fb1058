import type { TickPair } from '../../derive/plan.ts'
import type { FrameRing } from '../../frame/ring.ts'
import type { SeriesTable } from '../../frame/series-table.ts'
import type { Store, StoredEvent } from '../../store/store.ts'
import { parseBaselines, storeBaselines } from './baselines.ts'
import { likelihoodOf, SeriesDetector } from './detector.ts'
import { HalfSpaceTrees } from './half-space-trees.ts'
import { anomalyEvent, type OpenAnomaly } from './open-anomaly.ts'
import { type WatchedSeries, watchedSeries } from './watched-series.ts'

/**
 * Watches the machine while it is recorded: each ten seconds a bounded set of ratios and rates goes through a detector
 * each, and all together through one forest. It tells what is unlike this machine as events when it has passed, and
 * sends nothing to anybody. It promises constant memory, and no work at all in nine of ten ticks.
 */
export interface WatcherParts {
  readonly ring: FrameRing
  readonly series: Pick<SeriesTable, 'size' | 'all'>
  readonly store: Pick<Store, 'getMeta' | 'setMeta'>
  /** Minus log10 of the probability from which on one series alone is an anomaly. */
  readonly threshold: number
  readonly onEvent: (event: Omit<StoredEvent, 'unixMs'>) => void
}

/** Samples of 10 seconds are rates over 10 seconds: calmer than single ticks, and a tenth of the work. */
export const sampleMs = 10_000
/** 15 KiB each and 0.2 MiB for the forest: less than 1 MiB in all. */
export const mostSeries = 40
/** Before so many samples (an hour) everything is news. */
export const learningSamples = 360
/** When all together are this unusual, one series needs less to be told: several models agree (A8). */
const jointSurprise = 2
const jointBonus = 0.5
/** An anomaly has passed when it has been calm (once in a hundred is calm) for so many samples. */
const calmSurprise = 2
const calmSamples = 6
/** What lasts this long is how the machine is now. */
const mostLastingMs = 6 * 3_600_000
const saveEveryMs = 3_600_000

interface Watch {
  readonly series: WatchedSeries
  readonly detector: SeriesDetector
  open: OpenAnomaly | undefined
}

export class Watcher {
  readonly #watches = new Map<string, Watch>()
  /** The order of the vector's components: by when a series was met first, over restarts. */
  readonly #dimensions: string[]
  readonly #saved: ReadonlyMap<string, Float32Array>
  readonly #forest: HalfSpaceTrees
  readonly #vector = new Float64Array(mostSeries)
  #present: readonly Watch[] = []
  #plannedSize = -1
  #bucket = Number.NaN
  #ticks = 0
  #savedMs = Number.NaN
  #joint = 0

  constructor(private readonly parts: WatcherParts) {
    const { order, states, forest } = parseBaselines(parts.store)
    this.#dimensions = [...order].slice(0, mostSeries)
    this.#saved = states
    this.#forest = new HalfSpaceTrees(mostSeries, forest)
  }

  /** After each tick. */
  look(): void {
    const { ring } = this.parts
    const last = ring.length - 1
    if (last < 0) return
    const unixMs = ring.unixMsAt(last)
    const bucket = Math.floor(unixMs / sampleMs)
    this.#ticks = Math.min(this.#ticks + 1, last)
    if (bucket === this.#bucket) return
    const isWhole = !Number.isNaN(this.#bucket)
    this.#bucket = bucket
    const ticks = this.#ticks
    this.#ticks = 0
    const pair = isWhole && ticks > 0 ? this.#pairOver(last, ticks) : undefined
    if (pair !== undefined) this.#sample(unixMs, pair)
    if (Number.isNaN(this.#savedMs)) this.#savedMs = unixMs
    if (Math.abs(unixMs - this.#savedMs) >= saveEveryMs) this.save(unixMs)
  }

  /** `undefined` over a gap, a start, a clock that was set: no rate there, and no anomaly (A8). */
  #pairOver(last: number, ticks: number): TickPair | undefined {
    const { ring } = this.parts
    let elapsedMs = 0
    for (let index = last - ticks + 1; index <= last; index++) {
      if (ring.gapAt(index) !== 'none' || !(ring.elapsedMsAt(index) > 0)) return undefined
      elapsedMs += ring.elapsedMsAt(index)
    }
    return {
      seconds: elapsedMs / 1000,
      now: (id) => ring.valueAt(id, last),
      before: (id) => ring.valueAt(id, last - ticks),
    }
  }

  #sample(unixMs: number, pair: TickPair): void {
    this.#plan()
    const values = this.#present.map(({ series }) => series.evaluate(pair))
    this.#joint = this.#judgeTogether(values)
    for (const [index, watch] of this.#present.entries()) this.#judge(watch, unixMs, values[index] as number)
  }

  #judgeTogether(values: readonly number[]): number {
    this.#vector.fill(0.5)
    this.#present.forEach(({ series, detector }, index) => {
      const place = this.#dimensions.indexOf(series.key)
      if (place >= 0) this.#vector[place] = detector.position(values[index] as number)
    })
    return this.#forest.judge(this.#vector)
  }

  #judge(watch: Watch, unixMs: number, value: number): void {
    const { detector, open } = watch
    const { low, high } = detector.expected(unixMs)
    const { surprise, alarm } = detector.judge(unixMs, value)
    if (open !== undefined) {
      this.#follow(watch, open, { unixMs, value, surprise, low, high })
      return
    }
    const needed = this.parts.threshold - (this.#joint >= jointSurprise ? jointBonus : 0)
    if (alarm < needed || detector.samples < learningSamples) return
    const { metric, labels } = watch.series
    watch.open = {
      metric,
      labels,
      startMs: unixMs - sampleMs,
      endMs: unixMs,
      surprise,
      value,
      expectedLow: low,
      expectedHigh: high,
      calm: 0,
    }
  }

  #follow(
    watch: Watch,
    open: OpenAnomaly,
    now: { unixMs: number; value: number; surprise: number; low: number; high: number },
  ): void {
    const isCalm = now.surprise < calmSurprise
    open.calm = isCalm ? open.calm + 1 : 0
    if (!isCalm) open.endMs = now.unixMs
    if (now.surprise > open.surprise) {
      open.surprise = now.surprise
      open.value = now.value
      open.expectedLow = now.low
      open.expectedHigh = now.high
    }
    if (open.calm >= calmSamples || now.unixMs - open.startMs >= mostLastingMs) this.#close(watch, open)
  }

  #close(watch: Watch, open: OpenAnomaly): void {
    watch.open = undefined
    this.parts.onEvent(anomalyEvent(open))
  }

  /** Series come late and go; what was known of one is known when it comes back. */
  #plan(): void {
    const { series } = this.parts
    if (series.size === this.#plannedSize) return
    this.#plannedSize = series.size
    this.#present = watchedSeries(series.all(), mostSeries).flatMap((one) => {
      const known = this.#watches.get(one.key)
      if (known === undefined && this.#watches.size >= mostSeries) return []
      const watch: Watch = {
        series: one,
        detector: known?.detector ?? new SeriesDetector(one.floor, this.#saved.get(one.key)),
        open: known?.open,
      }
      this.#watches.set(one.key, watch)
      if (!this.#dimensions.includes(one.key) && this.#dimensions.length < mostSeries) this.#dimensions.push(one.key)
      return [watch]
    })
  }

  /** Keeps what is known of the machine, for the next start. */
  save(unixMs: number): void {
    this.#savedMs = unixMs
    storeBaselines(this.parts.store, {
      order: this.#dimensions,
      states: new Map([
        ...this.#saved,
        ...[...this.#watches].map(([key, { detector }]) => [key, detector.save()] as const),
      ]),
      forest: this.#forest.save(),
    })
  }

  /** Tells what is open, and keeps what is known. */
  end(unixMs: number): void {
    for (const watch of this.#watches.values()) if (watch.open !== undefined) this.#close(watch, watch.open)
    this.save(unixMs)
  }

  get open(): readonly Readonly<OpenAnomaly>[] {
    return [...this.#watches.values()].flatMap(({ open }) => open ?? [])
  }

  get openCount(): number {
    let count = 0
    for (const { open } of this.#present) if (open !== undefined) count++
    return count
  }

  get seriesCount(): number {
    return this.#present.length
  }

  /** 0 to 1, of the last sample; `undefined` while learning. */
  get jointScore(): number | undefined {
    return this.#forest.isReady ? likelihoodOf(this.#joint) : undefined
  }

  /** Samples that the series known best still needs, 0 when it is known. */
  get samplesToLearn(): number {
    const most = this.#present.reduce((most, { detector }) => Math.max(most, detector.samples), 0)
    return Math.max(0, learningSamples - most)
  }
}
