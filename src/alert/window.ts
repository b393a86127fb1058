import type { WindowFunction } from '../rule/expression.ts'

/** A window is kept in at most so many slots: exact up to two minutes of seconds, to a 120th of its length beyond. */
const mostSlots = 120

/**
 * avg, min, max and rate over the last so many seconds: a ring of slots, each summing up what fell into it. Fixed
 * memory, nothing allocated after it is made. Time is the sum of the true lengths of the ticks, suspend included, so that
 * what is old goes even over a gap.
 */
export class SlidingWindow {
  readonly #slotMs: number
  readonly #slots: number
  /** Which slot of time each place holds. */
  readonly #number: Float64Array
  /** Sum (avg), extreme (min, max) or first value (rate). */
  readonly #first: Float64Array
  /** Samples (avg) or time of the first value (rate). */
  readonly #second: Float64Array
  #sinceMs = Number.NaN
  #lastMs = Number.NaN
  #last = Number.NaN

  constructor(
    readonly name: WindowFunction,
    readonly durationMs: number,
    intervalMs: number,
  ) {
    this.#slotMs = Math.max(intervalMs, durationMs / mostSlots)
    this.#slots = Math.max(1, Math.ceil(durationMs / this.#slotMs))
    this.#number = new Float64Array(this.#slots).fill(Number.NEGATIVE_INFINITY)
    this.#first = new Float64Array(this.#slots)
    this.#second = new Float64Array(this.#slots)
  }

  /** What the window says once this value has been added; NaN adds nothing. */
  add(timeMs: number, value: number): number {
    const slot = Math.floor(timeMs / this.#slotMs)
    if (!Number.isNaN(value)) this.#put(slot, timeMs, value)
    return this.#read(slot, timeMs)
  }

  #put(slot: number, timeMs: number, value: number): void {
    // Everything before has left the window: it begins anew.
    if (!(timeMs - this.#lastMs <= this.durationMs)) this.#sinceMs = timeMs
    this.#lastMs = timeMs
    this.#last = value
    const at = slot % this.#slots
    if (this.#number[at] !== slot) {
      this.#number[at] = slot
      this.#first[at] = value
      this.#second[at] = this.name === 'rate' ? timeMs : 1
      return
    }
    const known = this.#first[at] as number
    if (this.name === 'avg') {
      this.#first[at] = known + value
      this.#second[at] = (this.#second[at] as number) + 1
    } else if (this.name === 'min') this.#first[at] = Math.min(known, value)
    else if (this.name === 'max') this.#first[at] = Math.max(known, value)
  }

  /** A mean of two seconds is no mean of an hour; a maximum is one at once. */
  #read(slot: number, timeMs: number): number {
    if (this.name !== 'max' && !(timeMs - this.#sinceMs >= neededMs(this.durationMs))) return Number.NaN
    const oldest = slot - this.#slots
    let first = Number.NaN
    let second = 0
    for (let at = 0; at < this.#slots; at++) {
      const number = this.#number[at] as number
      if (number <= oldest) continue
      const value = this.#first[at] as number
      const more = this.#second[at] as number
      if (Number.isNaN(first)) {
        first = value
        second = more
      } else if (this.name === 'avg') {
        first += value
        second += more
      } else if (this.name === 'min') first = Math.min(first, value)
      else if (this.name === 'max') first = Math.max(first, value)
      else if (more < second) {
        first = value
        second = more
      }
    }
    if (this.name === 'avg') return first / second
    if (this.name !== 'rate') return first
    return this.#lastMs > second ? ((this.#last - first) / (this.#lastMs - second)) * 1000 : Number.NaN
  }
}

/** How much of a window must have been seen before it says something: half of it, five minutes at most. */
export const neededMs = (durationMs: number): number => Math.min(durationMs / 2, 300_000)
