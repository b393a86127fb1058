import { clip, pad, widthOf } from './fit.ts'
import { faint, type Span, type Style, span, type Text } from './span.ts'

/**
 * A line chart in braille: two by four dots a cell. Points closer than a dot are drawn as the reach from the lowest to the
 * highest, so that no peak is lost; neighbours are joined, a gap in the record stays a gap.
 */
export interface ChartSeries {
  readonly style: Style
  readonly min: readonly (number | null)[]
  readonly max: readonly (number | null)[]
}
export interface Chart {
  readonly unixMs: readonly number[]
  readonly start: number
  readonly end: number
  /** Points further apart than this are not joined. */
  readonly gapMs: number
  readonly series: readonly ChartSeries[]
  readonly formatValue: (value: number) => string
  readonly formatTime: (unixMs: number) => string
  /** `binary`: ticks at powers of two times a prefix. */
  readonly scale: 'binary' | 'decimal'
}

const dotsAcross = 2
const dotsDown = 4
/** Unicode: U+2800 plus one bit a dot, numbered down the left column, then the right (Braille Patterns block). */
const dotBits = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const

/** At most `width` cells wide; `height` lines of dots and one of times. */
export function chartLines(chart: Chart, width: number, height: number): readonly Text[] {
  const reach = reachOf(chart)
  const ticks = [reach.high, (reach.high + reach.low) / 2, reach.low].map(chart.formatValue)
  const margin = Math.max(...ticks.map(widthOf))
  const columns = Math.max(1, width - margin - 2)
  const grid = drawn(chart, reach, columns, height)
  const lines: Text[] = []
  for (let line = 0; line < height; line++) {
    const isMiddle = line === Math.floor((height - 1) / 2)
    const tick = line === 0 ? ticks[0] : line === height - 1 ? ticks[2] : isMiddle ? ticks[1] : ''
    lines.push([faint(`${pad(tick ?? '', margin, 'right')} │`), ...cellsOf(grid, line, columns)])
  }
  return [...lines, [faint(timeAxis(chart, margin + 2, columns))]]
}

interface Reach {
  readonly low: number
  readonly high: number
}

/** From 0 to a round number above the highest; below 0 only where values are. */
function reachOf({ series, scale }: Chart): Reach {
  let low = 0
  let high = 0
  for (const { min, max } of series) {
    for (const value of min) if (value !== null && value < low) low = value
    for (const value of max) if (value !== null && value > high) high = value
  }
  const top = high > 0 ? roundUp(high, scale) : low < 0 ? 0 : 1
  return { low: low < 0 ? -roundUp(-low, scale) : 0, high: top }
}

/** The next of 1, 2, 2.5, 4, 5, 8, 10 times a power of ten, or of 1024 and ten. */
export function roundUp(value: number, scale: Chart['scale']): number {
  const unit = scale === 'binary' && value >= 1024 ? 1024 ** Math.floor(Math.log(value) / Math.log(1024)) : 1
  const power = 10 ** Math.floor(Math.log10(value / unit))
  const found = [1, 2, 2.5, 4, 5, 8, 10].map((step) => step * power * unit).find((each) => each >= value * (1 - 1e-9))
  return found ?? value
}

interface Grid {
  readonly dots: Uint8Array
  /** Place of the series that drew the cell last. */
  readonly owner: Int16Array
  readonly styles: readonly Style[]
}

function drawn(chart: Chart, { low, high }: Reach, columns: number, height: number): Grid {
  const grid: Grid = {
    dots: new Uint8Array(columns * height),
    owner: new Int16Array(columns * height).fill(-1),
    styles: chart.series.map(({ style }) => style),
  }
  const across = columns * dotsAcross
  const down = height * dotsDown
  const xOf = (unixMs: number): number =>
    Math.round(((unixMs - chart.start) / Math.max(1, chart.end - chart.start)) * (across - 1))
  const yOf = (value: number): number => Math.round(((high - value) / (high - low)) * (down - 1))
  for (const [place, series] of chart.series.entries()) {
    drawSeries(chart, series, xOf, yOf, (x, y) => {
      if (x < 0 || x >= across || y < 0 || y >= down) return
      const cell = Math.floor(y / dotsDown) * columns + Math.floor(x / dotsAcross)
      grid.dots[cell] = (grid.dots[cell] ?? 0) | (dotBits[x % dotsAcross]?.[y % dotsDown] ?? 0)
      grid.owner[cell] = place
    })
  }
  return grid
}

type Plot = (x: number, y: number) => void
type Place = (value: number) => number

function drawSeries(chart: Chart, { min, max }: ChartSeries, xOf: Place, yOf: Place, plot: Plot): void {
  let before: { readonly unixMs: number; readonly x: number; readonly y: number } | undefined
  for (const [index, unixMs] of chart.unixMs.entries()) {
    const lowest = min[index] ?? null
    const highest = max[index] ?? null
    if (lowest === null || highest === null) {
      before = undefined
      continue
    }
    const [x, top, bottom] = [xOf(unixMs), yOf(highest), yOf(lowest)]
    for (let y = top; y <= bottom; y++) plot(x, y)
    const middle = Math.round((top + bottom) / 2)
    if (before !== undefined && unixMs - before.unixMs <= chart.gapMs) join(before.x, before.y, x, middle, plot)
    before = { unixMs, x, y: middle }
  }
}

/** A straight line of dots between two points, one step a dot. */
function join(fromX: number, fromY: number, toX: number, toY: number, plot: Plot): void {
  const steps = Math.max(Math.abs(toX - fromX), Math.abs(toY - fromY))
  for (let step = 1; step < steps; step++) {
    plot(Math.round(fromX + ((toX - fromX) * step) / steps), Math.round(fromY + ((toY - fromY) * step) / steps))
  }
}

/** One line of the grid, cells of the same series together. */
function cellsOf({ dots, owner, styles }: Grid, line: number, columns: number): readonly Span[] {
  const spans: Span[] = []
  for (let column = 0; column < columns; column++) {
    const cell = line * columns + column
    const bits = dots[cell] ?? 0
    const text = bits === 0 ? ' ' : String.fromCharCode(0x2800 + bits)
    const style = styles[owner[cell] ?? -1] ?? 'plain'
    const last = spans.at(-1)
    if (last !== undefined && last.style === style) spans[spans.length - 1] = span(style, last.text + text)
    else spans.push(span(style, text))
  }
  return spans
}

/** The first and the last time, and the middle where there is room. */
function timeAxis({ start, end, formatTime }: Chart, margin: number, columns: number): string {
  const [first, middle, last] = [formatTime(start), formatTime((start + end) / 2), formatTime(end)]
  const room = columns - first.length - last.length
  if (room < 1) return pad(clip(last, margin + columns), margin + columns, 'right')
  const left = Math.floor((columns - middle.length) / 2) - first.length
  const right = room - left - middle.length
  const between = left < 2 || right < 2 ? ' '.repeat(room) : `${' '.repeat(left)}${middle}${' '.repeat(right)}`
  return `${' '.repeat(margin)}${first}${between}${last}`
}
