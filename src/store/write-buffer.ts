import type { Series } from '../frame/series-table.ts'
import { type StoredTick, StoreError } from './store.ts'

/**
 * Between the ticks and the store: when the store cannot write (disk full, locked, I/O error), ticks wait in memory and
 * are written in order when it can again. Collection never stops and never waits.
 */
export interface WriteTarget {
  append(tick: StoredTick): void
}

/** Most ticks held. A tick with its process table is 1 to 3 KB. */
export const bufferLimit = 10_000
const firstRetryMs = 1000
const longestRetryMs = 30_000
/** Ticks written at once when the store is back: the rest follows in the next ticks. */
const drainPerTick = 200

export class WriteBuffer {
  readonly #waiting: StoredTick[] = []
  #stored = 0
  #dropped = 0
  #why: string | undefined
  #nextTryMs = 0
  #pauseMs = firstRetryMs
  /** Ticks were lost on which the next ones depend: nothing can be kept until a key frame. */
  #needsKey = false
  /** Series of ticks that were lost: kept with the next tick. */
  #orphans: Series[] = []

  constructor(
    private readonly target: WriteTarget,
    private readonly monotonicMs: () => number,
    /** Told when the store goes away and when it is back. */
    private readonly onChange: (why: string | undefined, waiting: number) => void,
    private readonly limit = bufferLimit,
  ) {}

  get stored(): number {
    return this.#stored
  }
  get dropped(): number {
    return this.#dropped
  }
  get waiting(): number {
    return this.#waiting.length
  }
  /** Ticks are lost until one comes that stands alone: a key frame ends it. */
  get needsKey(): boolean {
    return this.#needsKey
  }
  /** Why the store cannot write now; `undefined` when it can. */
  get degraded(): string | undefined {
    return this.#why
  }

  /** Never throws for what the store may come back from. */
  append(tick: StoredTick): void {
    if (this.#needsKey && !tick.isKey) {
      this.#lose([tick])
      return
    }
    this.#needsKey = false
    const whole = this.#adopt(tick)
    if (this.#waiting.length === 0 && this.#why === undefined) {
      if (!this.#tryWrite(whole)) this.#hold(whole)
      return
    }
    this.#hold(whole)
    if (this.monotonicMs() >= this.#nextTryMs) this.#drain(drainPerTick)
  }

  #adopt(tick: StoredTick): StoredTick {
    if (this.#orphans.length === 0) return tick
    const newSeries = [...this.#orphans, ...tick.newSeries]
    this.#orphans = []
    return { ...tick, newSeries }
  }

  /** Writes what waits, all of it, if the store lets it: at the end. */
  flush(): void {
    this.#drain(this.#waiting.length)
  }

  #drain(count: number): void {
    let written = 0
    try {
      while (written < count && written < this.#waiting.length && this.#tryWrite(this.#waiting[written] as StoredTick))
        written++
    } catch (error) {
      // A tick that the store will never take must not stand before all others for ever.
      this.#waiting.splice(0, written)
      this.#dropOldestRun()
      throw error
    }
    this.#waiting.splice(0, written)
    if (this.#waiting.length > 0 || this.#why === undefined) return
    this.#why = undefined
    this.onChange(undefined, 0)
  }

  #tryWrite(tick: StoredTick): boolean {
    try {
      this.target.append(tick)
      this.#stored++
      this.#pauseMs = firstRetryMs
      return true
    } catch (error) {
      if (!(error instanceof StoreError) || error.code === 'closed') throw error
      this.#nextTryMs = this.monotonicMs() + this.#pauseMs
      this.#pauseMs = Math.min(longestRetryMs, this.#pauseMs * 2)
      const isNews = this.#why === undefined
      this.#why = error.message
      if (isNews) this.onChange(error.message, this.#waiting.length + 1)
      return false
    }
  }

  #hold(tick: StoredTick): void {
    this.#waiting.push(tick)
    if (this.#waiting.length > this.limit) this.#dropOldestRun()
  }

  /** Frames depend on the ones before back to a key frame: the oldest go together, up to the next key frame. */
  #dropOldestRun(): void {
    let end = 1
    while (end < this.#waiting.length && !(this.#waiting[end] as StoredTick).isKey) end++
    this.#lose(this.#waiting.splice(0, end))
    const first = this.#waiting[0]
    if (first === undefined) this.#needsKey = true
    else this.#waiting[0] = this.#adopt(first)
  }

  #lose(ticks: readonly StoredTick[]): void {
    this.#dropped += ticks.length
    for (const tick of ticks) this.#orphans.push(...tick.newSeries)
  }
}
