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
    let count = 0
    let next = 0
    for (const slot of rows) {
      if (!this.#writeRow(out, from, slot, { tickMs, next })) continue
      next = slot + 1
      count++
    }
    this.#out.varint(count)
    this.#out.bytes(out.view())
  }

  /** False when nothing is different by a whole step: the row is left out. */
  #writeRow(
    out: ByteWriter,
    from: ProcessTable,
    slot: number,
    { tickMs, next }: { readonly tickMs: number; readonly next: number },
  ): boolean {
    const { table } = this
    const isNew = table.alive[slot] !== 1 || !isSame(from, table, slot)
    let mask = 0
    let bit = 1
    for (let i = 0; i < recordedNumbers.length; i++) {
      const { column, steps } = recordedNumbers[i] as (typeof recordedNumbers)[number]
      const now = stepsOf(from.numbers[column][slot] as number, steps)
      const before = isNew ? Number.NaN : ((table.steps[i] as Float64Array)[slot] as number)
      scratch[i] = now
      scratchBefore[i] = before
      if (now !== before && !(Number.isNaN(now) && Number.isNaN(before))) mask += bit
      bit *= 2
    }
    const textBit = bit
    for (let i = 0; i < recordedTexts.length; i++) {
      const text = from.texts[(recordedTexts[i] as { column: keyof ProcessTable['texts'] }).column][slot] ?? ''
      if (text !== (isNew ? '' : (table.texts[i] as string[])[slot])) mask += bit
      bit *= 2
    }
    const offsetBefore = isNew ? 0 : (table.offsets[slot] as number)
    const sinceTickMs = (from.readAtMs[slot] as number) - tickMs
    const offset = sinceTickMs < 0 ? offsetBefore : Math.round(sinceTickMs / offsetStepMs)
    const hasOffset = offset !== offsetBefore
    if (mask === 0 && !isNew && !hasOffset) return false
    out.varint(slot - next)
    out.varint(mask * 4 + (isNew ? rowBits.isNew : 0) + (hasOffset ? rowBits.hasOffset : 0))
    if (hasOffset) out.zigzag(offset)
    this.#writeValues(out, from, slot, { mask, textBit })
    return true
  }

  #writeValues(
    out: ByteWriter,
    from: ProcessTable,
    slot: number,
    { mask, textBit }: { readonly mask: number; readonly textBit: number },
  ): void {
    let rest = mask
    for (let i = 0; i < recordedNumbers.length; i++) {
      if (rest % 2 === 1) writeSteps(out, scratch[i] as number, (scratchBefore[i] as number) || 0)
      rest = Math.floor(rest / 2)
    }
    if (mask < textBit) return
    for (const { column } of recordedTexts) {
      if (rest % 2 === 1) this.#writeText(out, from.texts[column][slot] ?? '')
      rest = Math.floor(rest / 2)
    }
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
const scratch = new Float64Array(recordedNumbers.length)
const scratchBefore = new Float64Array(recordedNumbers.length)
