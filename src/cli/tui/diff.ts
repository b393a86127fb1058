import { type CellBuffer, covered, textOfCode } from './cells.ts'

/**
 * What to send to a terminal that shows one buffer so that it shows another (ECMA-48). Only cells that differ are
 * written; short stretches of equal ones in between are cheaper to write again than to jump over.
 */
const cheapGap = 3

/** `sgr` gives the escape sequence that turns on a style from nothing. `before` undefined: the screen is blank. */
export function frameDifference(
  before: CellBuffer | undefined,
  after: CellBuffer,
  sgr: (style: number) => string,
): string {
  const same = before !== undefined && before.columns === after.columns && before.rows === after.rows
  const writer = new Writer(after, sgr)
  for (let y = 0; y < after.rows; y++) writeRow(same ? before : undefined, after, y, writer)
  return writer.finished()
}

function writeRow(before: CellBuffer | undefined, after: CellBuffer, y: number, writer: Writer): void {
  const { columns } = after
  const start = y * columns
  for (let x = 0; x < columns; x++) {
    const at = start + x
    if (isEqual(before, after, at)) continue
    const lead = leadOf(after, start, x)
    writer.cell(lead, y)
    x = Math.max(x, lead + widthAt(after, start, lead) - 1)
  }
}

const isEqual = (before: CellBuffer | undefined, after: CellBuffer, at: number): boolean =>
  before === undefined
    ? after.codes[at] === 0x20 && after.styles[at] === 0
    : before.codes[at] === after.codes[at] && before.styles[at] === after.styles[at]

function leadOf(buffer: CellBuffer, start: number, x: number): number {
  let lead = x
  while (lead > 0 && buffer.codes[start + lead] === covered) lead--
  return lead
}

function widthAt(buffer: CellBuffer, start: number, x: number): number {
  let width = 1
  while (x + width < buffer.columns && buffer.codes[start + x + width] === covered) width++
  return width
}

class Writer {
  #out = ''
  #style = -1
  /** Where the terminal's cursor is; -1: not known. */
  #x = -1
  #y = -1

  constructor(
    private readonly buffer: CellBuffer,
    private readonly sgr: (style: number) => string,
  ) {}

  cell(x: number, y: number): void {
    this.#move(x, y)
    this.#put(x, y)
  }

  #put(x: number, y: number): void {
    const at = y * this.buffer.columns + x
    const style = this.buffer.styles[at] as number
    if (style !== this.#style) {
      this.#out += this.sgr(style)
      this.#style = style
    }
    const code = this.buffer.codes[at] as number
    this.#out += code < 0x80 ? String.fromCharCode(code) : textOfCode(code)
    // Terminals disagree on the width of what is not a simple character: look where the cursor is by telling it.
    const isCertain = code < 0x1100 || (code >= 0x2500 && code < 0x2900)
    const isEdge = x + 1 >= this.buffer.columns
    this.#x = isCertain && !isEdge ? x + 1 : -1
    this.#y = y
  }

  #move(x: number, y: number): void {
    if (this.#y === y && this.#x === x) return
    const isNear = this.#y === y && this.#x >= 0 && x > this.#x && x - this.#x <= cheapGap
    if (isNear && this.#isPlain(y, this.#x, x)) {
      while (this.#x >= 0 && this.#x < x) this.#put(this.#x, y)
      if (this.#x === x) return
    }
    this.#out += this.#y === y && this.#x >= 0 && x > this.#x ? `\u001b[${x - this.#x}C` : `\u001b[${y + 1};${x + 1}H`
    this.#x = x
    this.#y = y
  }

  #isPlain(y: number, from: number, to: number): boolean {
    const start = y * this.buffer.columns
    for (let x = from; x < to; x++) {
      const code = this.buffer.codes[start + x] as number
      if (code === covered || code >= 0x1100 || this.buffer.styles[start + x] !== this.#style) return false
    }
    return true
  }

  finished(): string {
    return this.#style > 0 ? `${this.#out}\u001b[0m` : this.#out
  }
}
