import { formatPercent } from '../../format.ts'
import { pad } from '../../output/fit.ts'
import { alignOf, type Facts } from '../../process-fields.ts'
import type { TreeRow } from '../../process-tree.ts'
import type { Pane } from '../cells.ts'
import { formatProcessCell } from '../process-cell.ts'
import { columnsFor, factsOf, type PlacedColumn } from '../process-table.ts'
import { isSame, type TopState } from '../state.ts'
import { box, type Paint, runs } from './paint.ts'

/** The table of processes. */
export function paintProcessBox(pane: Pane, state: TopState, paint: Paint): Pane {
  const { processes, list, filter, isTree, followed, absent } = state
  const total = processes?.total
  const counted = filter === '' || total === undefined ? `${total ?? ''}` : `${list.length} of ${total}`
  const notes = [
    isTree ? 'tree' : '',
    filter === '' ? '' : `filter ${filter}`,
    followed === undefined ? '' : 'following',
  ]
  const right = notes.filter((note) => note !== '').join('  ')
  const bottom = absent === undefined ? accountingOf(state) : ''
  return box(pane, paint, 'processBox', {
    title: 'processes',
    ...(counted === '' ? {} : { beside: counted }),
    ...(right === '' ? {} : { right }),
    ...(bottom === '' ? {} : { bottom }),
  })
}

/** Where the CPU went that no process of the list used (C18), and what is hidden from us. */
function accountingOf({ processes }: TopState): string {
  if (processes === undefined) return ''
  const { accounting, limitedView } = processes
  const share = (value: number | null): string => (value === null ? '-' : formatPercent(value, '%'))
  const parts = [
    `cpu of these ${share(accounting.processes)}`,
    `ended in between ${share(accounting.reaped)}`,
    `of no process ${share(accounting.unattributed)}`,
  ]
  return `${accounting.processes === null ? '' : parts.join('  ')}${limitedView === undefined ? '' : `  ${limitedView}`}`.trim()
}

export function paintTable(pane: Pane, state: TopState, paint: Paint): void {
  if (pane.height <= 0) return
  const columns = columnsFor(pane.width, state)
  paintHeaderLine(pane, columns, state, paint)
  if (state.absent !== undefined) {
    runs(pane, 0, 1, paint, [[state.absent, 'warn']])
    return
  }
  const facts = factsOf(state)
  for (let y = 1; y < pane.height; y++) {
    const place = state.offset + y - 1
    const row = state.list[place]
    if (row === undefined) break
    paintRow(pane.part(0, y, pane.width, 1), row, place === state.selected, { columns, facts, state, paint })
  }
  if (state.processes === undefined && state.machine !== undefined && state.mode.kind === 'replay')
    runs(pane, 0, 1, paint, [['no processes are recorded for this moment', 'warn']])
  else if (state.list.length === 0 && state.filter !== '')
    runs(pane, 0, 1, paint, [['no process fits the filter', 'faint']])
}

function paintHeaderLine(pane: Pane, columns: readonly PlacedColumn[], { sort }: TopState, paint: Paint): void {
  const { style } = paint.theme
  for (const { field, x, width } of columns) {
    const isSorted = field.name === sort.field
    const mark = isSorted ? (sort.isDescending ? paint.symbols.descending : paint.symbols.ascending) : ''
    const fits = width > field.header.length
    const name = `${field.header}${fits ? mark : ''}`
    pane.text(x, 0, pad(name, width, alignOf(field)), isSorted ? style.sorted : style.header)
    // A header as wide as its column has the blank behind it for its mark.
    if (!fits) pane.text(x + width, 0, mark, style.sorted)
  }
}

interface RowPaint {
  readonly columns: readonly PlacedColumn[]
  readonly facts: Facts
  readonly state: TopState
  readonly paint: Paint
}

function paintRow(
  pane: Pane,
  { row, stem }: TreeRow,
  isSelected: boolean,
  { columns, facts, state, paint }: RowPaint,
): void {
  const { style } = paint.theme
  const isFollowed = state.followed !== undefined && isSame(state.followed, row)
  const whole = isFollowed ? style.followed : isSelected ? style.selected : undefined
  if (whole !== undefined) pane.fill(whole)
  for (const { field, x, width } of columns) {
    const { text, style: own } = formatProcessCell(field, row, facts, paint.theme)
    const end = x + width
    if (field.name !== 'command') {
      pane.text(x, 0, pad(text, width, alignOf(field)), whole ?? own, end)
      continue
    }
    const from = pane.text(x, 0, stem, whole ?? style.faint, end)
    // The name is what one looks for; where it stands in the command line is no matter.
    pane.text(from, 0, pad(text, Math.max(0, end - from), 'left'), whole ?? own, end)
  }
}
