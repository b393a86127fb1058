import type { NumberColumn, TextColumn } from '../catalogue/process-columns.ts'
import { ByteReader, FormatError } from '../frame/bytes.ts'
import { type Layout, layoutOf, recordedNumbers, recordedTexts } from './columns.ts'
import { formatVersion, latestMs, mostSlots, offsetStepMs, rowBits, startSlack } from './format.ts'

/**
 * All processes at one tick, as the record has them: the state that ticks are differences to. The live view is this same
 * state fed with the tick just recorded, so what is shown now and what is shown of the past come from one place.
 * Drawn in docs/format/processes.md.
 */
export class RecordedTable {
  unixMs = Number.NaN
  /** True time since the tick before; 0: nothing to compare with, no rates. */
  elapsedMs = 0
  alive: Uint8Array = new Uint8Array(0)
  /** Values in whole steps; NaN absent. By index of `recordedNumbers`. */
  readonly steps: Float64Array[] = recordedNumbers.map(() => new Float64Array(0))
  readonly texts: string[][] = recordedTexts.map(() => [])
  /** Offset of a process's reading within the tick, in steps of `offsetStepMs`. */
  offsets: Float64Array = new Float64Array(0)
  /** Counters per second over the process's own window; NaN: no baseline. By index of `recordedNumbers`. */
  readonly #rates: Float64Array[] = recordedNumbers.map(() => new Float64Array(0))
  /** CPUs that children of the process used which nobody saw: ended and waited for within the tick. */
  #reaped: Float64Array = new Float64Array(0)
  #high = 0
  #count = 0
  /** Slots whose rates may be other than 0. */
  readonly #moved: number[] = []
  #layout: Layout | undefined
  #dictionary: string[] = []
  /** Whether the tick has a length: rates of processes that rest are 0 then, else absent. */
  #isTimed = false
  /** A process that began before this was there already when it was first seen: its counters have no baseline (C15). */
  #beganFrom: number | undefined
  /** CPU time, in steps, that ended processes had been seen to use, by the pid of their parent. */
  #endedSteps = new Map<number, number>()
  /** The same of the tick before, less what their parents have reaped: a parent read before it waited tells in the next tick. */
  #carriedSteps = new Map<number, number>()
  /** Slots of parents that reaped in this tick, and how many steps. */
  readonly #gainedSteps = new Map<number, number>()

  /** Processes alive. */
  get count(): number {
    return this.#count
  }
  /** One past the highest slot ever used. */
  get slots(): number {
    return this.#high
  }

  /** Slots that are other than in the tick before, or may be: all others rest, with rates of 0. Of a whole table, those that changed in its tick. */
  get moved(): readonly number[] {
    return this.#moved
  }

  /** Base units; NaN where absent. */
  number(column: NumberColumn, slot: number): number {
    const index = indexOf[column]
    return ((this.steps[index] as Float64Array)[slot] as number) / (recordedNumbers[index] as { steps: number }).steps
  }
  text(column: TextColumn, slot: number): string {
    return this.texts[textIndexOf[column]]?.[slot] ?? ''
  }
  /** Of a counter, per second; NaN without a baseline. */
  rate(column: NumberColumn, slot: number): number {
    return (this.#rates[indexOf[column]] as Float64Array)[slot] as number
  }
  reapedCpu(slot: number): number {
    return this.#reaped[slot] as number
  }

  /** Throws FormatError for bytes that are no tick or do not follow on the ticks before. */
  apply(tick: Uint8Array): void {
    const reader = new ByteReader(tick, 'process tick')
    const flags = reader.byte()
    if (flags >> 1 !== formatVersion) throw new FormatError('process tick', `version ${flags >> 1} is unknown`)
    this.unixMs = reader.varint()
    if (this.unixMs > latestMs) throw new FormatError('process tick', 'its time is no date')
    this.elapsedMs = reader.varint()
    this.#settle()
    if ((flags & 1) === 1) this.#readKey(reader)
    const layout = this.#layout
    if (layout === undefined) throw new FormatError('process tick', 'it depends on an earlier one that was not read')
    this.#beganFrom = undefined
    this.#readEnded(reader)
    this.#readRows(reader, layout, true)
    this.#account()
    if (!reader.done) throw new FormatError('process tick', `${reader.left} bytes too many`)
  }

  /** The whole table as it stood before this tick. */
  #readKey(reader: ByteReader): void {
    const ids = (): number[] => Array.from({ length: reader.byte() }, () => reader.varint())
    this.#layout = layoutOf(ids(), ids())
    this.#dictionary = []
    this.#carriedSteps.clear()
    this.#clear()
    this.#readRows(reader, this.#layout, false)
  }

  /** Begins with no room at all: after a crowd has gone, what it took is given back. */
  #clear(): void {
    this.#count = 0
    this.#high = 0
    this.alive = new Uint8Array(0)
    this.offsets = new Float64Array(0)
    this.#reaped = new Float64Array(0)
    for (let i = 0; i < this.steps.length; i++) {
      this.steps[i] = new Float64Array(0)
      this.#rates[i] = new Float64Array(0)
    }
    for (const texts of this.texts) texts.length = 0
  }

  /** Rates of the tick before are over. */
  #settle(): void {
    for (const slot of this.#moved) {
      this.#rest(slot)
      this.#reaped[slot] = 0
    }
    this.#moved.length = 0
    const carried = this.#carriedSteps
    carried.clear()
    this.#carriedSteps = this.#endedSteps
    this.#endedSteps = carried
    this.#gainedSteps.clear()
    if (this.#isTimed === this.elapsedMs > 0) return
    this.#isTimed = this.elapsedMs > 0
    for (let slot = 0; slot < this.#high; slot++) if (this.alive[slot] === 1) this.#rest(slot)
  }

  /** Of the processes that were there before this tick and still are; Infinity when there are none, and so nothing is known of who is new. */
  #newestStart(): number {
    if (this.#count === 0) return Number.POSITIVE_INFINITY
    const starts = this.steps[indexOf.startTicks] as Float64Array
    let newest = Number.NEGATIVE_INFINITY
    for (let slot = 0; slot < this.#high; slot++) {
      if (this.alive[slot] === 1 && (starts[slot] as number) > newest) newest = starts[slot] as number
    }
    return newest
  }

  #readEnded(reader: ByteReader): void {
    let slot = -1
    for (let left = reader.varint(); left > 0; left--) {
      slot += 1 + reader.varint()
      if (this.alive[slot] !== 1) throw new FormatError('process tick', `it ends slot ${slot}, which is empty`)
      this.alive[slot] = 0
      this.#count--
      const parent = (this.steps[indexOf.parentPid] as Float64Array)[slot] as number
      this.#endedSteps.set(parent, (this.#endedSteps.get(parent) ?? 0) + this.#cpuSteps(slot))
    }
  }

  /** CPU time seen of a process and its ended children. */
  #cpuSteps(slot: number): number {
    const of = (column: NumberColumn): number => (this.steps[indexOf[column]] as Float64Array)[slot] || 0
    return of('cpuUserSeconds') + of('cpuSystemSeconds') + of('childrenCpuSeconds')
  }

  #readRows(reader: ByteReader, layout: Layout, isChange: boolean): void {
    let slot = -1
    for (let left = reader.varint(); left > 0; left--) {
      slot += 1 + reader.varint()
      if (slot >= mostSlots) throw new FormatError('process tick', `slot ${slot} is out of range`)
      this.#readRow(reader, layout, slot, isChange)
    }
  }

  #readRow(reader: ByteReader, layout: Layout, slot: number, isChange: boolean): void {
    const bits = reader.varint()
    const mask = Math.floor(bits / 4)
    const isNew = (bits & rowBits.isNew) !== 0
    if (isNew) {
      if (isChange) this.#beganFrom ??= this.#newestStart() - startSlack
      this.#admit(slot)
    } else if (this.alive[slot] !== 1) throw new FormatError('process tick', `it changes slot ${slot}, which is empty`)
    const offsetBefore = this.offsets[slot] as number
    if ((bits & rowBits.hasOffset) !== 0) this.offsets[slot] = reader.zigzag()
    const seconds =
      this.elapsedMs <= 0 || !isChange
        ? 0
        : (this.elapsedMs + ((this.offsets[slot] as number) - offsetBefore) * offsetStepMs) / 1000
    if (isChange) this.#moved.push(slot)
    let rest = mask
    for (const number of layout.numbers) {
      if (rest % 2 === 1)
        this.#readNumber(reader, number === undefined ? -1 : indexOf[number.column], slot, seconds, isNew)
      rest = Math.floor(rest / 2)
    }
    for (const text of layout.texts) {
      if (rest % 2 === 1) this.#readText(reader, text === undefined ? -1 : textIndexOf[text.column], slot)
      rest = Math.floor(rest / 2)
    }
    if (rest !== 0) throw new FormatError('process tick', 'a row names columns that the block does not have')
    if (!isChange) this.#rest(slot)
  }

  /** Rates of a process that has not changed in the tick. */
  #rest(slot: number): void {
    for (const index of counters) {
      const isUnknown = this.elapsedMs <= 0 || Number.isNaN((this.steps[index] as Float64Array)[slot])
      this.#setRate(index, slot, isUnknown ? Number.NaN : 0)
    }
  }

  #readNumber(reader: ByteReader, index: number, slot: number, seconds: number, isNew: boolean): void {
    const code = reader.varint()
    if (index < 0) return
    const column = this.steps[index] as Float64Array
    const before = column[slot] as number
    const zigzag = code - 1
    const difference = zigzag % 2 === 1 ? -(zigzag + 1) / 2 : zigzag / 2
    const now = code === 0 ? Number.NaN : (before || 0) + difference
    column[slot] = now
    const { isCounter, steps } = recordedNumbers[index] as (typeof recordedNumbers)[number]
    if (!isCounter) return
    // What began in this tick began at 0. Its start comes before the counters: columns are in the order of the catalogue.
    const began = isNew && ((this.steps[indexOf.startTicks] as Float64Array)[slot] as number) >= (this.#beganFrom ?? 0)
    const gained = now - (began ? 0 : before)
    // Counters of a process fall while it exits: no rate then (R15).
    const isKnown = seconds > 0 && gained >= 0
    this.#setRate(index, slot, isKnown ? gained / steps / seconds : Number.NaN)
    if (isKnown && gained > 0 && index === indexOf.childrenCpuSeconds) this.#gainedSteps.set(slot, gained)
  }

  #setRate(index: number, slot: number, rate: number): void {
    ;(this.#rates[index] as Float64Array)[slot] = rate
  }

  #readText(reader: ByteReader, index: number, slot: number): void {
    const reference = reader.varint()
    let text: string
    if (reference === 0) {
      text = decoder.decode(reader.bytes(reader.varint()))
      this.#dictionary.push(text)
    } else {
      const known = this.#dictionary[reference - 1]
      if (known === undefined) throw new FormatError('process tick', `text ${reference - 1} is not known`)
      text = known
    }
    if (index >= 0) (this.texts[index] as string[])[slot] = text
  }

  #admit(slot: number): void {
    if (slot >= this.alive.length) this.#grow(slot + 1)
    if (this.alive[slot] !== 1) this.#count++
    this.alive[slot] = 1
    this.#high = Math.max(this.#high, slot + 1)
    this.offsets[slot] = 0
    this.#reaped[slot] = 0
    for (let i = 0; i < this.steps.length; i++) {
      ;(this.steps[i] as Float64Array)[slot] = Number.NaN
      this.#setRate(i, slot, Number.NaN)
    }
    for (const texts of this.texts) texts[slot] = ''
  }

  #grow(wanted: number): void {
    const capacity = Math.max(wanted, this.alive.length * 2, 512)
    const alive = new Uint8Array(capacity)
    alive.set(this.alive)
    this.alive = alive
    const grown = (from: Float64Array): Float64Array => {
      const to = new Float64Array(capacity)
      to.set(from)
      return to
    }
    this.offsets = grown(this.offsets)
    this.#reaped = grown(this.#reaped)
    for (let i = 0; i < this.steps.length; i++) {
      this.steps[i] = grown(this.steps[i] as Float64Array)
      this.#rates[i] = grown(this.#rates[i] as Float64Array)
    }
  }

  /**
   * What a parent reaped in the tick, less what had been seen of those children while they lived: the CPU time of
   * processes too short-lived to be seen, and of the others' last moments (C18). Never negative.
   */
  #account(): void {
    const pids = this.steps[indexOf.pid] as Float64Array
    for (const [slot, gained] of this.#gainedSteps) {
      const pid = pids[slot] as number
      const left = spend(this.#endedSteps, pid, spend(this.#carriedSteps, pid, gained))
      this.#reaped[slot] = (this.rate('childrenCpuSeconds', slot) * left) / gained
    }
  }
}

/** Takes as much as there is; what could not be had is left. */
function spend(account: Map<number, number>, pid: number, wanted: number): number {
  const there = account.get(pid) ?? 0
  if (there > 0) account.set(pid, Math.max(0, there - wanted))
  return Math.max(0, wanted - there)
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const counters = recordedNumbers.flatMap(({ isCounter }, index) => (isCounter ? [index] : []))
const indexOf = Object.fromEntries(recordedNumbers.map(({ column }, i) => [column, i])) as Record<NumberColumn, number>
const textIndexOf = Object.fromEntries(recordedTexts.map(({ column }, i) => [column, i])) as Record<TextColumn, number>
