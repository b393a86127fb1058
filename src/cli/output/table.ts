import { type Align, clip, widthOf } from './fit.ts'
import { cleanSpans, head, plainText, type Span, span, type Text } from './span.ts'

/**
 * Tables. To a terminal they are fitted to its width: first the columns that may shrink do, then the ones that can be
 * spared go, and no line is ever wider than asked for. Without a width (a pipe) nothing is cut or left out.
 */
export interface TableColumn<Row> {
  readonly header: string
  readonly align: Align
  readonly cell: (row: Row) => Text
  /** May be cut down to this many cells. Columns without it keep their width. */
  readonly shrinkTo?: number
  /** May be left out when room is short; the lowest goes first. Columns without it stay. */
  readonly spare?: number
}

interface Layout {
  readonly index: number
  readonly align: Align
  readonly width: number
}

const gap = '  '

/** Header and rows as lines. `width` undefined: as wide as it takes. */
export function tableLines<Row>(
  columns: readonly TableColumn<Row>[],
  rows: readonly Row[],
  width: number | undefined,
): readonly Text[] {
  const cells = rows.map((row) => columns.map((column) => cleanSpans(column.cell(row))))
  const natural = columns.map(({ header }, index) =>
    cells.reduce((widest, row) => Math.max(widest, widthOf(textOf(row[index]))), widthOf(header)),
  )
  const layout = width === undefined ? naturalLayout(columns, natural) : fitColumns(columns, natural, width)
  const header = columns.map((column) => [head(column.header)])
  return [header, ...cells].map((row) => lineOf(layout, row, width))
}

const textOf = (cell: readonly Span[] | undefined): string => (cell === undefined ? '' : plainText(cell))

const naturalLayout = (columns: readonly TableColumn<never>[], natural: readonly number[]): readonly Layout[] =>
  columns.map((column, index) => ({ index, align: column.align, width: natural[index] ?? 0 }))

/** Which columns stand, and how wide, so that all fit. Exported for the property test. */
export function fitColumns(
  columns: readonly Pick<TableColumn<never>, 'align' | 'shrinkTo' | 'spare'>[],
  natural: readonly number[],
  width: number,
): readonly Layout[] {
  let kept = columns.map((_, index) => index)
  for (;;) {
    const least = totalWidth(kept.map((index) => leastWidth(columns[index], natural[index] ?? 0)))
    const victim = least <= width ? undefined : sparest(columns, kept)
    if (victim === undefined) break
    kept = kept.filter((index) => index !== victim)
  }
  return shrunk(columns, natural, kept, width)
}

const totalWidth = (widths: readonly number[]): number =>
  widths.reduce((sum, each) => sum + each, 0) + gap.length * Math.max(0, widths.length - 1)

const leastWidth = (column: Pick<TableColumn<never>, 'shrinkTo'> | undefined, natural: number): number =>
  Math.min(natural, column?.shrinkTo ?? natural)

function sparest(columns: readonly Pick<TableColumn<never>, 'spare'>[], kept: readonly number[]): number | undefined {
  let found: number | undefined
  for (const index of kept) {
    const spare = columns[index]?.spare
    if (spare === undefined) continue
    if (found === undefined || spare <= (columns[found]?.spare ?? Infinity)) found = index
  }
  return found
}

/** Takes what is too much from the widest column that may shrink, cell by cell in effect, until all fit. */
function shrunk(
  columns: readonly Pick<TableColumn<never>, 'align' | 'shrinkTo'>[],
  natural: readonly number[],
  kept: readonly number[],
  width: number,
): readonly Layout[] {
  const widths = kept.map((index) => natural[index] ?? 0)
  let excess = totalWidth(widths) - width
  while (excess > 0) {
    let widest: number | undefined
    for (const [position, index] of kept.entries()) {
      const now = widths[position] ?? 0
      if (now <= leastWidth(columns[index], natural[index] ?? 0)) continue
      if (widest === undefined || now > (widths[widest] ?? 0)) widest = position
    }
    if (widest === undefined) break
    widths[widest] = (widths[widest] ?? 0) - 1
    excess--
  }
  return kept.map((index, position) => ({
    index,
    align: columns[index]?.align ?? 'left',
    width: widths[position] ?? 0,
  }))
}

function lineOf(layout: readonly Layout[], row: readonly (readonly Span[])[], width: number | undefined): Text {
  const line: Span[] = []
  for (const [position, { index, align, width: cells }] of layout.entries()) {
    if (position > 0) line.push(span('plain', gap))
    const isLast = position === layout.length - 1
    line.push(...fitCell(row[index] ?? [], cells, align, isLast))
  }
  return width === undefined ? line : clipSpans(line, width)
}

/** One cell padded and cut; its colours stay on their pieces. The last column is not padded on its right. */
function fitCell(cell: readonly Span[], width: number, align: Align, isLast: boolean): readonly Span[] {
  const clipped = clipSpans(cell, width)
  const space = span('plain', ' '.repeat(Math.max(0, width - widthOf(plainText(clipped)))))
  if (align === 'right') return [space, ...clipped]
  return isLast ? clipped : [...clipped, space]
}

/** Spans cut to at most `width` cells in all. */
export function clipSpans(line: readonly Span[], width: number): readonly Span[] {
  if (widthOf(plainText(line)) <= width) return line
  const kept: Span[] = []
  let left = width
  for (const [position, piece] of line.entries()) {
    const rest = position < line.length - 1
    const cells = widthOf(piece.text)
    if (cells < left || (cells === left && !rest)) {
      kept.push(piece)
      left -= cells
      continue
    }
    kept.push(span(piece.style, cells === left ? clip(`${piece.text} `, left) : clip(piece.text, left)))
    break
  }
  return kept
}
