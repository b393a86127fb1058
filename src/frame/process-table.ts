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

  constructor(capacity = 512) {
    this.#capacity = capacity
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
    for (const slot of this.ended) this.#free.push(slot)
    this.ended.length = 0
  }

  /** Takes a slot for a new process; all its columns are absent. */
  add(): number {
    const slot = this.#free.pop() ?? this.#high++
    if (slot >= this.#capacity) this.#grow()
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

  #grow(): void {
    const capacity = this.#capacity * 2
    for (const column of numberColumns) this.numbers[column] = grown(this.numbers[column], capacity)
    this.alive = grownBytes(this.alive, capacity)
    this.#touchedFlag = grownBytes(this.#touchedFlag, capacity)
    this.readAtMs = grown(this.readAtMs, capacity)
    this.#capacity = capacity
  }
}

function grown(from: Float64Array, capacity: number): Float64Array {
  const to = new Float64Array(capacity).fill(Number.NaN)
  to.set(from)
  return to
}

function grownBytes(from: Uint8Array, capacity: number): Uint8Array {
  const to = new Uint8Array(capacity)
  to.set(from)
  return to
}
