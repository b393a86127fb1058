import { ByteWriter } from '../frame/bytes.ts'
import type { ProcessTable } from '../frame/process-table.ts'
import { recordedNumbers, recordedTexts } from './columns.ts'
import { formatVersion, offsetStepMs, rowBits } from './format.ts'
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
    for (const steps of table.steps) if (!Number.isNaN(steps[slot])) this.#writeSteps(steps[slot] as number, 0)
    for (const texts of table.texts) if (texts[slot] !== '') this.#writeText(texts[slot] as string)
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
    this.#out.varint(rows.length)
    let next = 0
    for (const slot of rows) {
      this.#out.varint(slot - next)
      next = slot + 1
      this.#writeRow(from, slot, tickMs)
    }
  }

  #writeRow(from: ProcessTable, slot: number, tickMs: number): void {
    const { table } = this
    const isNew = table.alive[slot] !== 1 || !isSame(from, table, slot)
    let mask = 0
    let bit = 1
    for (let i = 0; i < recordedNumbers.length; i++) {
      const { column, steps } = recordedNumbers[i] as (typeof recordedNumbers)[number]
      const now = Math.round((from.numbers[column][slot] as number) * steps)
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
    this.#out.varint(mask * 4 + (isNew ? rowBits.isNew : 0) + (hasOffset ? rowBits.hasOffset : 0))
    if (hasOffset) this.#out.zigzag(offset)
    this.#writeValues(from, slot, mask, textBit)
  }

  #writeValues(from: ProcessTable, slot: number, mask: number, textBit: number): void {
    let rest = mask
    for (let i = 0; i < recordedNumbers.length; i++) {
      if (rest % 2 === 1) this.#writeSteps(scratch[i] as number, (scratchBefore[i] as number) || 0)
      rest = Math.floor(rest / 2)
    }
    if (mask < textBit) return
    for (const { column } of recordedTexts) {
      if (rest % 2 === 1) this.#writeText(from.texts[column][slot] ?? '')
      rest = Math.floor(rest / 2)
    }
  }

  /** 0: absent; else one more than the zigzag of the difference. */
  #writeSteps(now: number, before: number): void {
    if (Number.isNaN(now)) {
      this.#out.varint(0)
      return
    }
    const difference = now - before
    this.#out.varint(1 + (difference < 0 ? -2 * difference - 1 : 2 * difference))
  }

  /** 0 and the text, or one more than its place among the block's texts. */
  #writeText(text: string): void {
    const known = this.#dictionary.get(text)
    if (known !== undefined) {
      this.#out.varint(known + 1)
      return
    }
    this.#dictionary.set(text, this.#dictionary.size)
    const bytes = encoder.encode(text)
    this.#out.varint(0)
    this.#out.varint(bytes.length)
    this.#out.bytes(bytes)
  }
}

/** False when the slot holds another process than was recorded in it. */
const isSame = (from: ProcessTable, to: RecordedTable, slot: number): boolean =>
  from.numbers.pid[slot] === to.number('pid', slot) && from.numbers.startTicks[slot] === to.number('startTicks', slot)

const encoder = new TextEncoder()
const scratch = new Float64Array(recordedNumbers.length)
const scratchBefore = new Float64Array(recordedNumbers.length)
