import type { Frame, GapReason, SeriesId } from './frame.ts'

/**
 * The last ticks in memory, columnar: one row a series, one slot a tick. Answers what is asked of the last minutes
 * without the store. Holds `slots × series × 8` bytes: 360 ticks of 700 series are 2 MB.
 */
export class FrameRing {
  readonly #rows: Float64Array[] = []
  readonly #current: number[] = []
  readonly #unixMs: Float64Array
  readonly #elapsedMs: Float64Array
  readonly #gaps: GapReason[]
  readonly #seqs: Float64Array
  #pushed = 0

  constructor(readonly slots = 360) {
    this.#unixMs = new Float64Array(slots)
    this.#elapsedMs = new Float64Array(slots)
    this.#seqs = new Float64Array(slots)
    this.#gaps = new Array<GapReason>(slots).fill('none')
  }

  /** Ticks held. */
  get length(): number {
    return Math.min(this.#pushed, this.slots)
  }

  /** One past the highest series id held. */
  get size(): number {
    return this.#rows.length
  }

  push(frame: Frame): void {
    const slot = this.#pushed % this.slots
    if (frame.isKey) this.#current.fill(Number.NaN)
    for (let i = 0; i < frame.ids.length; i++) this.#put(frame.ids[i] as SeriesId, frame.values[i] as number)
    for (let id = 0; id < this.#rows.length; id++) (this.#rows[id] as Float64Array)[slot] = this.#current[id] as number
    this.#unixMs[slot] = frame.unixMs
    this.#elapsedMs[slot] = frame.elapsedMs
    this.#seqs[slot] = frame.seq
    this.#gaps[slot] = frame.gap
    this.#pushed++
  }

  #put(id: SeriesId, value: number): void {
    while (this.#rows.length <= id) {
      this.#rows.push(new Float64Array(this.slots).fill(Number.NaN))
      this.#current.push(Number.NaN)
    }
    this.#current[id] = value
  }

  /** Time of the `index`-th tick held, oldest first; NaN outside. */
  unixMsAt(index: number): number {
    return this.#unixMs[this.#slot(index)] ?? Number.NaN
  }
  elapsedMsAt(index: number): number {
    return this.#elapsedMs[this.#slot(index)] ?? Number.NaN
  }
  seqAt(index: number): number {
    return this.#seqs[this.#slot(index)] ?? Number.NaN
  }
  gapAt(index: number): GapReason {
    return this.#gaps[this.#slot(index)] ?? 'none'
  }
  /** Value of a series at the `index`-th tick held; NaN where absent. */
  valueAt(id: SeriesId, index: number): number {
    return this.#rows[id]?.[this.#slot(index)] ?? Number.NaN
  }

  #slot(index: number): number {
    if (index < 0 || index >= this.length) return -1
    return this.#pushed <= this.slots ? index : (this.#pushed + index) % this.slots
  }
}
