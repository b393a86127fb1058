import type { Pane } from './cells.ts'
import type { SymbolSet } from './symbols.ts'

/**
 * Histories as filled curves, the newest at the right edge. A present value is drawn with at least its lowest dot, so
 * that 0 can be told from absent.
 */
export interface GraphOptions {
  readonly symbols: SymbolSet
  /** What fills the height. */
  readonly top: number
  /** Style by the height a cell stands at, 0 to 1. */
  readonly style: (share: number) => number
  /** Hangs from the top instead of standing on the bottom. */
  readonly isHanging?: boolean
}

/** How many values a width shows. */
export const graphSamples = (width: number, symbols: SymbolSet): number => (symbols === 'braille' ? width * 2 : width)

const dotsPerCell: Readonly<Record<SymbolSet, number>> = { braille: 4, block: 8, ascii: 3 }

export function paintGraph(pane: Pane, values: ArrayLike<number>, options: GraphOptions): void {
  const { width, height } = pane
  const perColumn = options.symbols === 'braille' ? 2 : 1
  const first = values.length - width * perColumn
  const dots = dotsPerCell[options.symbols]
  for (let x = 0; x < width; x++) {
    const at = first + x * perColumn
    const left = dotsOf(values[at], options.top, height * dots)
    const right = perColumn === 2 ? dotsOf(values[at + 1], options.top, height * dots) : 0
    const highest = Math.min(height, Math.ceil(Math.max(left, right) / dots))
    for (let level = 0; level < highest; level++) {
      const y = options.isHanging === true ? level : height - 1 - level
      const code = glyph(options, left - level * dots, right - level * dots)
      pane.cell(x, y, code, options.style(height === 1 ? Math.max(left, right) / dots : (level + 1) / height))
    }
  }
}

function dotsOf(value: number | undefined, top: number, most: number): number {
  if (value === undefined || Number.isNaN(value)) return 0
  if (!(top > 0)) return 1
  return Math.max(1, Math.min(most, Math.round((value / top) * most)))
}

/** Unicode braille: dots 1 2 3 7 are the left column from the top, 4 5 6 8 the right one. */
const standing = [
  [0, 0x40, 0x44, 0x46, 0x47],
  [0, 0x80, 0xa0, 0xb0, 0xb8],
] as const
const hanging = [
  [0, 0x01, 0x03, 0x07, 0x47],
  [0, 0x08, 0x18, 0x38, 0xb8],
] as const
const brailleStart = 0x2800
/** U+2581 to U+2588, lower eighths. */
const blockStart = 0x2580
/** Upper half: of the parts that hang from the top, all that fonts have everywhere. */
const upperHalf = 0x2580
const asciiLevels = [0x20, 0x2e, 0x3a, 0x7c] as const

function glyph({ symbols, isHanging }: GraphOptions, left: number, right: number): number {
  if (symbols === 'braille') {
    const [l, r] = isHanging === true ? hanging : standing
    return brailleStart + (l[clamp(left, 4)] ?? 0) + (r[clamp(right, 4)] ?? 0)
  }
  if (symbols === 'ascii') return asciiLevels[clamp(left, 3)] ?? 0x20
  const eighths = clamp(left, 8)
  if (isHanging === true) return eighths > 4 ? 0x2588 : upperHalf
  return blockStart + eighths
}

const clamp = (value: number, most: number): number => Math.min(most, Math.max(0, value))

/** The highest of the last `count` values; 0 when there is none. */
export function highestOf(values: ArrayLike<number>, count: number): number {
  let highest = 0
  for (let at = Math.max(0, values.length - count); at < values.length; at++) {
    const value = values[at] as number
    if (value > highest) highest = value
  }
  return highest
}

/** The next round amount above: 1, 2 or 5 of ten to some power, of 1024 to some power times that. */
export function roundTop(highest: number, least: number): number {
  const wanted = Math.max(highest, least)
  const unit = 1024 ** Math.floor(Math.log(wanted) / Math.log(1024))
  const step = 10 ** Math.floor(Math.log10(wanted / unit))
  const factor = [1, 2, 5, 10].find((each) => each * step * unit >= wanted) ?? 10
  return factor * step * unit
}
