import type { Pane } from '../cells.ts'
import type { Symbols } from '../symbols.ts'
import type { Role, Theme } from '../theme.ts'

/** What views paint with. */
export interface Paint {
  readonly theme: Theme
  readonly symbols: Symbols
  /** A moment as people here read it: `2026-11-23 08:40:01`. */
  readonly stamp: (unixMs: number) => string
}

/** Pieces of text in their roles, one after the other; the column after them. */
export function runs(
  pane: Pane,
  x: number,
  y: number,
  paint: Paint,
  pieces: readonly (readonly [string, Role | number])[],
  limit = pane.width,
): number {
  let at = x
  for (const [text, role] of pieces)
    at = pane.text(at, y, text, typeof role === 'number' ? role : paint.theme.style[role], limit)
  return at
}

export interface BoxText {
  readonly title: string
  /** Beside the title, in plain. */
  readonly beside?: string
  readonly right?: string
  readonly bottom?: string
}

/** A frame with words in its border; the pane inside it. */
export function box(pane: Pane, paint: Paint, role: Role, { title, beside, right, bottom }: BoxText): Pane {
  const { style } = paint.theme
  const { horizontal, vertical, corners } = paint.symbols
  const [right1, bottom1] = [pane.width - 1, pane.height - 1]
  for (let x = 1; x < right1; x++) {
    pane.cell(x, 0, horizontal, style[role])
    pane.cell(x, bottom1, horizontal, style[role])
  }
  for (let y = 1; y < bottom1; y++) {
    pane.cell(0, y, vertical, style[role])
    pane.cell(right1, y, vertical, style[role])
  }
  const places = [
    [0, 0],
    [right1, 0],
    [0, bottom1],
    [right1, bottom1],
  ] as const
  for (const [index, [x, y]] of places.entries()) pane.cell(x, y, corners[index] ?? 0x2b, style[role])
  const after = label(pane, 2, 0, paint, role, [
    [title, 'title'],
    ...(beside === undefined ? [] : ([[` ${beside}`, 'plain']] as const)),
  ])
  if (right !== undefined && after + right.length + 4 < right1)
    label(pane, right1 - right.length - 3, 0, paint, role, [[right, 'faint']])
  if (bottom !== undefined && bottom !== '' && bottom.length + 4 < right1)
    label(pane, 2, bottom1, paint, role, [[bottom, 'faint']])
  return pane.part(1, 1, Math.max(0, pane.width - 2), Math.max(0, pane.height - 2))
}

/** `┤ words ├`; the column after it. */
function label(
  pane: Pane,
  x: number,
  y: number,
  paint: Paint,
  role: Role,
  pieces: readonly (readonly [string, Role])[],
): number {
  const { opening, closing } = paint.symbols
  const limit = pane.width - 3
  pane.cell(x, y, opening, paint.theme.style[role])
  const end = runs(pane, x + 1, y, paint, pieces, limit)
  pane.cell(end, y, closing, paint.theme.style[role])
  return end + 1
}

/** A share of 1 as a row of marks, each coloured by its own height on the ramp, or all in one role. */
export function meter(pane: Pane, x: number, y: number, width: number, share: number, paint: Paint, role?: Role): void {
  const { theme, symbols } = paint
  const filled = share <= 0 ? 0 : Math.max(1, Math.min(width, Math.round(share * width)))
  for (let at = 0; at < width; at++) {
    const isFull = at < filled
    const style = isFull ? (role === undefined ? theme.load((at + 1) / width) : theme.style[role]) : theme.style.empty
    const empty = theme.name === 'mono' ? 0x20 : symbols.meterEmpty
    pane.cell(x + at, y, isFull ? symbols.meterFull : empty, style)
  }
}

/** Several shares of one whole beside each other. */
export function stack(pane: Pane, y: number, paint: Paint, shares: readonly (readonly [number, Role])[]): void {
  let before = 0
  for (const [share, role] of shares) {
    const from = Math.round(before * pane.width)
    before += share
    const marks = [paint.symbols.meterFull, paint.symbols.set === 'ascii' ? 0x3d : paint.symbols.meterFull]
    for (let x = from; x < Math.round(before * pane.width); x++)
      pane.cell(x, y, marks[role === 'cache' ? 1 : 0] ?? 0x23, paint.theme.style[role])
  }
  for (let x = Math.round(before * pane.width); x < pane.width; x++)
    pane.cell(x, y, paint.theme.name === 'mono' ? 0x2e : paint.symbols.meterEmpty, paint.theme.style.empty)
}
