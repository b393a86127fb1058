import { sanitizeText } from '../../base/text.ts'
import { widthOf } from '../output/fit.ts'

/**
 * The screen as cells: what stands in each and in which style. Views paint here and know nothing of a terminal. All text
 * is cleaned on its way in (R12). A wide character owns the cells it covers; one that would be cut becomes a blank.
 */
export type StyleId = number

/** Code of a cell that the character to its left covers. */
export const covered = 0
const blank = 0x20
/** Codes above Unicode name clusters of several code points, kept in a table shared by all buffers. */
const firstCluster = 0x11_0000
const clusters: string[] = []
const clusterCodes = new Map<string, number>()
/** Beyond this many different clusters new ones are shown as U+FFFD: names of processes must not fill memory. */
const mostClusters = 4096

function codeOfCluster(text: string): number {
  const point = text.codePointAt(0) ?? blank
  if (text.length === (point > 0xffff ? 2 : 1)) return point
  const known = clusterCodes.get(text)
  if (known !== undefined) return known
  if (clusters.length >= mostClusters) return 0xfffd
  clusters.push(text)
  clusterCodes.set(text, firstCluster + clusters.length - 1)
  return firstCluster + clusters.length - 1
}

export const textOfCode = (code: number): string =>
  code >= firstCluster ? (clusters[code - firstCluster] ?? '\ufffd') : String.fromCodePoint(code)

/** Our own few characters beyond ASCII have a look-alike. */
const asciiFor: Readonly<Record<string, number>> = {
  '…': 0x7e,
  '°': 0x20,
  µ: 0x75,
  '│': 0x7c,
  '├': 0x7c,
  '└': 0x60,
  '─': 0x2d,
}
const ascii = /^[\x20-\x7e]*$/
/** Of those that we write ourselves all the time: one code unit, one cell, nothing that joins. */
const single = /^[\x20-\x7e\xa1-\xac\xae-\u02ff\u2026\u2190-\u2193\u2500-\u257f\u25a0\u25b2\u25bc\u25cf]*$/
let graphemes: Intl.Segmenter | undefined

export class CellBuffer {
  readonly codes: Uint32Array
  readonly styles: Uint16Array

  constructor(
    readonly columns: number,
    readonly rows: number,
    /** The terminal takes ASCII only: what is not stands as `?`. */
    readonly onlyAscii = false,
  ) {
    this.codes = new Uint32Array(columns * rows).fill(blank)
    this.styles = new Uint16Array(columns * rows)
  }

  clear(): void {
    this.codes.fill(blank)
    this.styles.fill(0)
  }

  /** Before the cells from..to are painted over: of a wide character that is cut by it, no half stays behind. */
  part(from: number, to: number): void {
    for (let lead = from; this.codes[lead] === covered && lead > 0; lead--) {
      const isLead = this.codes[lead - 1] !== covered
      this.codes[lead - 1] = blank
      if (isLead) break
    }
    for (let rest = to; this.codes[rest] === covered && rest < this.codes.length; rest++) this.codes[rest] = blank
  }

  /** The screen as lines of plain text, blanks at their ends removed. */
  lines(): readonly string[] {
    return Array.from({ length: this.rows }, (_, y) => {
      let line = ''
      for (let x = 0; x < this.columns; x++) {
        const code = this.codes[y * this.columns + x] as number
        if (code !== covered) line += textOfCode(code)
      }
      return line.trimEnd()
    })
  }
}

export interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export const contains = (area: Rectangle, x: number, y: number): boolean =>
  x >= area.x && y >= area.y && x < area.x + area.width && y < area.y + area.height

/** A rectangle of the screen with its own origin; what goes beyond its edges is cut. */
export class Pane {
  readonly width: number
  readonly height: number
  readonly #x: number
  readonly #y: number

  constructor(
    readonly buffer: CellBuffer,
    area: Rectangle = { x: 0, y: 0, width: buffer.columns, height: buffer.rows },
  ) {
    this.#x = Math.max(0, area.x)
    this.#y = Math.max(0, area.y)
    this.width = Math.max(0, Math.min(area.width, buffer.columns - this.#x))
    this.height = Math.max(0, Math.min(area.height, buffer.rows - this.#y))
  }

  /** A part of this pane, in this pane's own coordinates. */
  part(x: number, y: number, width: number, height: number): Pane {
    return new Pane(this.buffer, {
      x: this.#x + x,
      y: this.#y + y,
      width: Math.min(width, this.width - x),
      height: Math.min(height, this.height - y),
    })
  }

  fill(style: StyleId, code = blank): void {
    for (let y = 0; y < this.height; y++) {
      const from = (this.#y + y) * this.buffer.columns + this.#x
      this.buffer.part(from, from + this.width)
      this.buffer.codes.fill(code, from, from + this.width)
      this.buffer.styles.fill(style, from, from + this.width)
    }
  }

  /** One cell by its code point, for drawings of our own. */
  cell(x: number, y: number, code: number, style: StyleId): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return
    const at = (this.#y + y) * this.buffer.columns + this.#x + x
    this.buffer.part(at, at + 1)
    this.buffer.codes[at] = code
    this.buffer.styles[at] = style
  }

  /** The text from x on, cut at `limit` (at most the edge); the column after it. */
  text(x: number, y: number, foreign: string, style: StyleId, limit = this.width): number {
    const end = Math.min(limit, this.width)
    if (y < 0 || y >= this.height) return x
    if (ascii.test(foreign) || (!this.buffer.onlyAscii && single.test(foreign))) {
      const last = Math.min(end, x + foreign.length)
      for (let at = x; at < last; at++) this.cell(at, y, foreign.charCodeAt(at - x), style)
      return Math.max(x, last)
    }
    return this.#clusters(x, y, sanitizeText(foreign), style, end)
  }

  #clusters(x: number, y: number, text: string, style: StyleId, end: number): number {
    graphemes ??= new Intl.Segmenter()
    let at = x
    for (const { segment } of graphemes.segment(text)) {
      const width = widthOf(segment)
      if (width === 0) continue
      if (at + width > end) break
      if (at < 0) {
        at += width
        continue
      }
      if (this.buffer.onlyAscii) {
        for (let part = 0; part < width; part++) this.cell(at + part, y, asciiFor[segment] ?? 0x3f, style)
        at += width
        continue
      }
      this.cell(at, y, codeOfCluster(segment), style)
      for (let part = 1; part < width; part++) this.cell(at + part, y, covered, style)
      at += width
    }
    return at
  }

  /** The text so that it ends before column `end`. */
  textRight(end: number, y: number, text: string, style: StyleId): void {
    this.text(end - widthOf(text), y, text, style)
  }
}
