import { contains, type Rectangle } from './cells.ts'
import { type BoxName, boxNames, type TopState } from './state.ts'

/** Where each part of the screen stands, by its size and what is hidden. Pure, so that a click finds what was painted. */
export interface Layout {
  readonly header: Rectangle
  /** A few lines without boxes, on small screens. */
  readonly summary?: Rectangle
  readonly boxes: Partial<Readonly<Record<BoxName, Rectangle>>>
  readonly details?: Rectangle
  /** Header line and rows of the process table. */
  readonly table: Rectangle
  readonly footer: Rectangle
}

/** Below this, boxes would be more border than content. */
const leastBoxed = { columns: 70, rows: 18 }
const leastRowsForAll = 34
const summaryRows = 3

export const isCompact = ({ columns, rows }: TopState['size']): boolean =>
  columns < leastBoxed.columns || rows < leastBoxed.rows

/** Boxes side by side, with the shares of the width they take. */
const upper: readonly (readonly [BoxName, number])[] = [
  ['cpu', 60],
  ['memory', 40],
]
const lower: readonly (readonly [BoxName, number])[] = [
  ['pressure', 24],
  ['storage', 42],
  ['network', 34],
]

export function layoutOf({ size, hidden, details }: Pick<TopState, 'size' | 'hidden' | 'details'>): Layout {
  const { columns, rows } = size
  const header = { x: 0, y: 0, width: columns, height: 1 }
  const footer = { x: 0, y: rows - 1, width: columns, height: 1 }
  const wantsDetails = details !== undefined
  if (isCompact(size)) return compactLayout(columns, rows, header, footer, wantsDetails)
  const shown = new Set(boxNames.filter((name) => !hidden.includes(name)))
  const boxes: Partial<Record<BoxName, Rectangle>> = {}
  const room = rows - 2
  // Without the table, the meters may have all of it.
  const grow = shown.has('processes') ? 1 : 2
  // On a small screen details need the room of the lower boxes.
  const isCrowded = wantsDetails && rows < leastRowsForAll
  let y = 1
  for (const [row, share, most] of [
    [upper, 0.27, 16],
    [lower, 0.22, 13],
  ] as const) {
    const there = isCrowded && row === lower ? [] : row.filter(([name]) => shown.has(name))
    if (there.length === 0) continue
    const height = Math.max(5, Math.min(most * grow, Math.round(room * share * grow)))
    for (const [name, area] of sideBySide(there, y, columns, height)) boxes[name] = area
    y += height
  }
  const rest = { x: 0, y, width: columns, height: rows - 1 - y }
  const [table, detailsArea] = wantsDetails ? divided(rest) : [rest, undefined]
  if (shown.has('processes')) boxes.processes = table
  return {
    header,
    footer,
    boxes,
    ...(detailsArea === undefined ? {} : { details: detailsArea }),
    table: shown.has('processes') ? inner(table) : { ...table, height: 0 },
  }
}

function compactLayout(
  columns: number,
  rows: number,
  header: Rectangle,
  footer: Rectangle,
  wantsDetails: boolean,
): Layout {
  const summary = { x: 0, y: 1, width: columns, height: Math.min(summaryRows, Math.max(0, rows - 4)) }
  const y = 1 + summary.height
  const rest = { x: 0, y, width: columns, height: Math.max(0, rows - 1 - y) }
  if (wantsDetails) return { header, footer, summary, boxes: {}, details: rest, table: { ...rest, height: 0 } }
  return { header, footer, summary, boxes: {}, table: rest }
}

function sideBySide(
  row: readonly (readonly [BoxName, number])[],
  y: number,
  columns: number,
  height: number,
): readonly (readonly [BoxName, Rectangle])[] {
  const whole = row.reduce((sum, [, share]) => sum + share, 0)
  let before = 0
  return row.map(([name, share]) => {
    const x = Math.round((before / whole) * columns)
    before += share
    return [name, { x, y, width: Math.round((before / whole) * columns) - x, height }] as const
  })
}

/** Table and details: beside each other where it is wide, else details below the table. */
function divided(area: Rectangle): readonly [Rectangle, Rectangle] {
  if (area.width >= 150) {
    const width = Math.round(area.width * 0.52)
    return [
      { ...area, width },
      { ...area, x: area.x + width, width: area.width - width },
    ]
  }
  const height = Math.max(4, Math.round(area.height * 0.38))
  return [
    { ...area, height },
    { ...area, y: area.y + height, height: area.height - height },
  ]
}

const inner = ({ x, y, width, height }: Rectangle): Rectangle => ({
  x: x + 1,
  y: y + 1,
  width: Math.max(0, width - 2),
  height: Math.max(0, height - 2),
})

/** Rows of processes that fit, the header line left out. */
export const pageSize = (layout: Layout): number => Math.max(0, layout.table.height - 1)

/** The row of the table under the pointer; -1: its header. */
export function tableRowAt(layout: Layout, x: number, y: number): number | undefined {
  return contains(layout.table, x, y) ? y - layout.table.y - 1 : undefined
}
