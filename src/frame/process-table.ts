import { type NumberColumn, numberColumns, type TextColumn, textColumns } from '../catalogue/process-columns.ts'

/**
 * All processes of one host as columns: one slot a process, kept for its whole life, so that a scan writes only what
 * changed and the recorder compares only the slots that were touched. NaN is absent, never 0.
 */
export class ProcessTable {
  readonly numbers: Record<NumberColumn, Float64Array>
  readonly texts: Record<TextColumn, string[]>
  /** 1 while the slot holds a live process. */
  alive: Uint8Array
  /** Monotonic milliseconds at which the slot's counters were last read: the end of its own rate window. */
  readAtMs: Float64Array
  /** Slots written since `beginTick`; a slot may stand in it once. */
  readonly touched: number[] = []
  /** Slots taken by a new process since `beginTick` (also touched). */
  readonly started: number[] = []
  /** Slots whose process was found gone since `beginTick`; their columns still hold the last values until `endTick`. */
  readonly ended: number[] = []
  #capacity: number
  #count = 0
  #free: number[] = []
  #high = 0
  #touchedFlag: Uint8Array
  readonly #least: number

  constructor(capacity = 512) {
    this.#capacity = capacity
    this.#least = capacity
    this.numbers = Object.fromEntries(
      numberColumns.map((c) => [c, new Float64Array(capacity).fill(Number.NaN)]),
    ) as Record<NumberColumn, Float64Array>
    this.texts = Object.fromEntries(textColumns.map((c) => [c, [] as string[]])) as Record<TextColumn, string[]>
    this.alive = new Uint8Array(capacity)
    this.readAtMs = new Float64Array(capacity)
    this.#touchedFlag = new Uint8Array(capacity)
  }

  /** Live processes. */
  get count(): number {
    return this.#count
  }

  /** One past the highest slot ever used: the bound of a loop over slots (check `alive`). */
  get slots(): number {
    return this.#high
  }

  beginTick(): void {
    for (const slot of this.touched) this.#touchedFlag[slot] = 0
    this.touched.length = 0
    this.started.length = 0
    this.ended.length = 0
  }

  /** Frees the slots of ended processes; call after everyone has seen the tick. */
  endTick(): void {
    for (const slot of this.ended) {
      this.#free.push(slot)
      for (const column of textColumns) this.texts[column][slot] = ''
    }
    this.ended.length = 0
  }

  /** Gives back what a crowd of processes took that has gone; call once in a while, between ticks. */
  trim(): void {
    while (this.#high > 0 && this.alive[this.#high - 1] === 0) this.#high--
    // The lowest first from now on, so that the high ones empty.
    this.#free = this.#free.filter((slot) => slot < this.#high).sort((a, b) => b - a)
    const capacity = Math.max(this.#least, 2 ** Math.ceil(Math.log2(this.#high + 1)))
    if (capacity > this.#capacity / 4) return
    this.#resize(capacity)
    for (const column of textColumns) this.texts[column].length = this.#high
    this.touched.length = 0
    this.#touchedFlag.fill(0)
  }

  /** Takes a slot for a new process; all its columns are absent. */
  add(): number {
    const slot = this.#free.pop() ?? this.#high++
    if (slot >= this.#capacity) this.#resize(this.#capacity * 2)
    for (const column of numberColumns) this.numbers[column][slot] = Number.NaN
    for (const column of textColumns) this.texts[column][slot] = ''
    this.alive[slot] = 1
    this.#count++
    this.started.push(slot)
    this.touch(slot)
    return slot
  }

  touch(slot: number): void {
    if (this.#touchedFlag[slot] === 1) return
    this.#touchedFlag[slot] = 1
    this.touched.push(slot)
  }

  end(slot: number): void {
    if (this.alive[slot] === 0) return
    this.alive[slot] = 0
    this.#count--
    this.ended.push(slot)
  }

  #resize(capacity: number): void {
    for (const column of numberColumns) this.numbers[column] = resized(this.numbers[column], capacity)
    this.readAtMs = resized(this.readAtMs, capacity)
    this.alive = resizedBytes(this.alive, capacity)
    this.#touchedFlag = resizedBytes(this.#touchedFlag, capacity)
    this.#capacity = capacity
  }
}

function resized(from: Float64Array, capacity: number): Float64Array {
  const to = new Float64Array(capacity).fill(Number.NaN)
  to.set(from.subarray(0, capacity))
  return to
}

function resizedBytes(from: Uint8Array, capacity: number): Uint8Array {
  const to = new Uint8Array(capacity)
  to.set(from.subarray(0, capacity))
  return to
}
