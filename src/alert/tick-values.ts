import type { TickPair } from '../derive/plan.ts'
import type { Frame, SeriesId } from '../frame/frame.ts'

/** The raw values of this tick and the one before, by series id, taken from the frames as they come. */
export class TickValues implements TickPair {
  #now = new Float64Array(1024).fill(Number.NaN)
  #before = new Float64Array(1024).fill(Number.NaN)
  /** True length of the tick; 0: it cannot be compared with the one before. */
  seconds = 0
  /** Sum of the lengths of all ticks, suspend included. */
  timeMs = 0

  apply(frame: Frame): void {
    const highest = frame.ids.length === 0 ? 0 : (frame.ids[frame.ids.length - 1] as number)
    if (highest >= this.#now.length) this.#grow(highest + 1)
    this.#before.set(this.#now)
    if (frame.isKey) this.#now.fill(Number.NaN)
    for (let i = 0; i < frame.ids.length; i++) this.#now[frame.ids[i] as number] = frame.values[i] as number
    this.seconds = frame.elapsedMs / 1000
    this.timeMs += frame.elapsedMs
  }

  /** Where frames have gone by before the first that came here: what they left. */
  prime(size: number, valueAt: (id: SeriesId) => number): void {
    if (size > this.#now.length) this.#grow(size)
    for (let id = 0; id < size; id++) this.#now[id] = valueAt(id)
  }

  now(id: SeriesId): number {
    return this.#now[id] ?? Number.NaN
  }

  before(id: SeriesId): number {
    return this.#before[id] ?? Number.NaN
  }

  #grow(size: number): void {
    const length = Math.max(size, this.#now.length * 2)
    const now = new Float64Array(length).fill(Number.NaN)
    now.set(this.#now)
    this.#now = now
    const before = new Float64Array(length).fill(Number.NaN)
    before.set(this.#before)
    this.#before = before
  }
}
