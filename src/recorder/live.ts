import { ByteWriter } from '../frame/bytes.ts'
import type { ProcessTable } from '../frame/process-table.ts'
import { recordedNumbers, recordedTexts } from './columns.ts'
import { formatVersion, largestSteps, offsetStepMs, rowBits } from './format.ts'
import { RecordedTable } from './recorded-table.ts'

/**
 * recorder/ keeps the process table of every tick: what changed, as bytes, and back. It knows the table and the
 * catalogue's columns, no operating system and no store.
 */
export interface TickTimes {
  readonly unixMs: number
  /** Monotonic clock at the beginning of the tick: what the readings' own times count from. */
  readonly monotonicMs: number
  /** 0: nothing to compare with. */
  readonly elapsedMs: number
  readonly isKey: boolean
}

/** The scanned table at this tick, its columns in the order of the record. */
interface Source {
  readonly table: ProcessTable
  readonly tickMs: number
  readonly numbers: readonly Float64Array[]
  readonly texts: readonly (readonly string[])[]
}

/** Turns the live table into recorded ticks and holds the state after the last one. */
export class LiveProcesses {
  readonly table = new RecordedTable()
  readonly #out = new ByteWriter(16 * 1024)
  readonly #changed = new ByteWriter(16 * 1024)
  readonly #dictionary = new Map<string, number>()
  readonly #rows: number[] = []

  /** The tick that the table has just been brought up to. The bytes are a copy and stay. */
  update(table: ProcessTable, { unixMs, monotonicMs, elapsedMs, isKey }: TickTimes): Uint8Array {
    const out = this.#out
    out.reset()
    out.byte((formatVersion << 1) | (isKey ? 1 : 0))
    out.varint(unixMs)
    out.varint(Math.round(elapsedMs))
    if (isKey) this.#writeKey()
    this.#writeEnded(table)
    this.#writeChanged(table, monotonicMs)
    const tick = out.copy()
    this.table.apply(tick)
    return tick
  }

  #writeKey(): void {
    const out = this.#out
    for (const columns of [recordedNumbers, recordedTexts]) {
      out.byte(columns.length)
      for (const { id } of columns) out.varint(id)
    }
    this.#dictionary.clear()
    const { table } = this
    out.varint(table.count)
    let next = 0
    for (let slot = 0; slot < table.slots; slot++) {
      if (table.alive[slot] !== 1) continue
      out.varint(slot - next)
      next = slot + 1
      this.#writeWhole(slot)
    }
  }

  /** A row of the state before a key tick. */
  #writeWhole(slot: number): void {
    const { table } = this
    let mask = 0
    let bit = 1
    for (const steps of table.steps) {
      if (!Number.isNaN(steps[slot])) mask += bit
      bit *= 2
    }
    for (const texts of table.texts) {
      if (texts[slot] !== '') mask += bit
      bit *= 2
    }
    const offset = table.offsets[slot] as number
    this.#out.varint(mask * 4 + rowBits.isNew + (offset === 0 ? 0 : rowBits.hasOffset))
    if (offset !== 0) this.#out.zigzag(offset)
    for (const steps of table.steps) if (!Number.isNaN(steps[slot])) writeSteps(this.#out, steps[slot] as number, 0)
    for (const texts of table.texts) if (texts[slot] !== '') this.#writeText(this.#out, texts[slot] as string)
  }

  #writeEnded({ ended }: ProcessTable): void {
    const known = ended.filter((slot) => this.table.alive[slot] === 1).sort((a, b) => a - b)
    this.#out.varint(known.length)
    let next = 0
    for (const slot of known) {
      this.#out.varint(slot - next)
      next = slot + 1
    }
  }

  #writeChanged(from: ProcessTable, tickMs: number): void {
    const rows = this.#rows
    rows.length = 0
    for (const slot of from.touched) if (from.alive[slot] === 1) rows.push(slot)
    rows.sort((a, b) => a - b)
    const out = this.#changed
    out.reset()
    const source: Source = {
      table: from,
      tickMs,
      numbers: recordedNumbers.map(({ column }) => from.numbers[column]),
      texts: recordedTexts.map(({ column }) => from.texts[column]),
    }
    let count = 0
    let next = 0
    for (const slot of rows) {
      if (!this.#writeRow(source, slot, next)) continue
      next = slot + 1
      count++
    }
    this.#out.varint(count)
    this.#out.bytes(out.view())
  }

  /** False when nothing is different by a whole step: the row is left out. */
  #writeRow(source: Source, slot: number, next: number): boolean {
    const { table } = this
    const out = this.#changed
    const isNew = table.alive[slot] !== 1 || !isSame(source.table, table, slot)
    const mask = this.#compare(source, slot, isNew)
    const offsetBefore = isNew ? 0 : (table.offsets[slot] as number)
    const sinceTickMs = (source.table.readAtMs[slot] as number) - source.tickMs
    const offset = sinceTickMs < 0 ? offsetBefore : Math.round(sinceTickMs / offsetStepMs)
    const hasOffset = offset !== offsetBefore
    if (mask === 0 && !isNew && !hasOffset) return false
    out.varint(slot - next)
    out.varint(mask * 4 + (isNew ? rowBits.isNew : 0) + (hasOffset ? rowBits.hasOffset : 0))
    if (hasOffset) out.zigzag(offset)
    for (let i = 0; i < changes; i++) {
      const index = changed[i] as number
      if (index < stepsPerUnit.length) writeSteps(out, stepsNow[index] as number, (stepsBefore[index] as number) || 0)
      else this.#writeText(out, source.texts[index - stepsPerUnit.length]?.[slot] ?? '')
    }
    return true
  }

  /** The columns that are different, as a mask; which and how is left in `changed`, `stepsNow` and `stepsBefore`. */
  #compare({ numbers, texts }: Source, slot: number, isNew: boolean): number {
    const { table } = this
    let mask = 0
    changes = 0
    for (let i = 0; i < stepsPerUnit.length; i++) {
      const now = stepsOf((numbers[i] as Float64Array)[slot] as number, stepsPerUnit[i] as number)
      const before = isNew ? Number.NaN : ((table.steps[i] as Float64Array)[slot] as number)
      // biome-ignore lint/suspicious/noSelfCompare: only NaN is not itself, and this is done for every column of every row
      if (now === before || (now !== now && before !== before)) continue
      stepsNow[i] = now
      stepsBefore[i] = before
      changed[changes++] = i
      mask += bits[i] as number
    }
    for (let i = 0; i < texts.length; i++) {
      const text = texts[i]?.[slot] ?? ''
      if (text === (isNew ? '' : (table.texts[i] as string[])[slot])) continue
      changed[changes++] = stepsPerUnit.length + i
      mask += bits[stepsPerUnit.length + i] as number
    }
    return mask
  }

  /** 0 and the text, or one more than its place among the block's texts. */
  #writeText(out: ByteWriter, text: string): void {
    const known = this.#dictionary.get(text)
    if (known !== undefined) {
      out.varint(known + 1)
      return
    }
    this.#dictionary.set(text, this.#dictionary.size)
    const bytes = encoder.encode(text)
    out.varint(0)
    out.varint(bytes.length)
    out.bytes(bytes)
  }
}

/** Whole steps; absent where the number is none that can be kept. */
function stepsOf(value: number, stepsPerUnit: number): number {
  const steps = Math.round(value * stepsPerUnit)
  return Math.abs(steps) < largestSteps ? steps : Number.NaN
}

/** 0: absent; else one more than the zigzag of the difference. */
function writeSteps(out: ByteWriter, now: number, before: number): void {
  if (Number.isNaN(now)) {
    out.varint(0)
    return
  }
  const difference = now - before
  out.varint(1 + (difference < 0 ? -2 * difference - 1 : 2 * difference))
}

/** False when the slot holds another process than was recorded in it. */
const isSame = (from: ProcessTable, to: RecordedTable, slot: number): boolean =>
  from.numbers.pid[slot] === to.number('pid', slot) && from.numbers.startTicks[slot] === to.number('startTicks', slot)

const encoder = new TextEncoder()
/** Filled anew for each row. */
const stepsNow = new Float64Array(recordedNumbers.length)
const stepsBefore = new Float64Array(recordedNumbers.length)
const changed = new Uint8Array(recordedNumbers.length + recordedTexts.length)
let changes = 0
const stepsPerUnit = Float64Array.from(recordedNumbers, ({ steps }) => steps)
/** Of each column in a row’s mask. */
const bits = Float64Array.from(changed, (_, index) => 2 ** index)
