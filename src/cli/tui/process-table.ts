import type { ProcessRow } from '../../api/contract.ts'
import { UserError } from '../../base/errors.ts'
import { type Facts, fieldNamed, type ProcessField } from '../process-fields.ts'
import { parseFilter, type RowTest } from '../process-filter.ts'
import { type TreeRow, treeOf } from '../process-tree.ts'
import type { TopState } from './state.ts'

/** Which processes the table shows, in which order and in which columns. */
export interface Column {
  readonly field: ProcessField
  readonly width: number
  /** Left out when room is short; the lowest first. Columns without it stay. */
  readonly spare?: number
  /** Takes room that is left, up to so many cells. */
  readonly growTo?: number
}

const column = (name: string, width: number, more: Pick<Column, 'spare' | 'growTo'> = {}): Column => ({
  field: fieldNamed(name),
  width,
  ...more,
})

/** The widest a process's main column needs before others get their room back. */
const commandWidth = 20

const columns: readonly Column[] = [
  column('pid', 7),
  column('user', 8, { spare: 6, growTo: 12 }),
  column('state', 1, { spare: 7 }),
  column('threads', 4, { spare: 2 }),
  column('cpu', 6),
  column('rss', 5),
  column('read', 6, { spare: 4 }),
  column('write', 7, { spare: 5 }),
  column('wait', 5, { spare: 3 }),
  column('service', 12, { spare: 1, growTo: 24 }),
  column('command', commandWidth, { growTo: 10_000 }),
]

type ColumnParts = Pick<TopState, 'processes' | 'sort'>

export interface PlacedColumn extends Column {
  readonly x: number
}

/** The columns that fit and where they stand, one blank between. Services only where there are any. */
export function columnsFor(width: number, { processes, sort }: ColumnParts): readonly PlacedColumn[] {
  const hasServices = sort.field === 'service' || processes?.processes.some(({ service }) => service !== undefined)
  let kept = hasServices === true ? columns : columns.filter(({ field }) => field.name !== 'service')
  while (total(kept) > width) {
    const spare = kept.reduce<Column | undefined>(
      (least, each) => (each.spare !== undefined && each.spare < (least?.spare ?? Infinity) ? each : least),
      undefined,
    )
    if (spare === undefined) break
    kept = kept.filter((each) => each !== spare)
  }
  const left = Math.max(0, width - total(kept))
  // A third of what is over goes to users and services, the rest to the command.
  let sharable = Math.floor(left / 3)
  let x = 0
  return kept.map((each, index) => {
    const isLast = index === kept.length - 1
    const wish = each.growTo === undefined ? 0 : Math.min(each.growTo - each.width, sharable)
    const grown = isLast ? Math.max(0, width - x) : each.width + wish
    if (!isLast) sharable -= wish
    const placed = { ...each, x, width: grown }
    x += grown + 1
    return placed
  })
}

const total = (kept: readonly Column[]): number =>
  kept.reduce((sum, each) => sum + each.width, 0) + Math.max(0, kept.length - 1)

export const columnAt = (placed: readonly PlacedColumn[], x: number): PlacedColumn | undefined =>
  placed.find((each) => x >= each.x && x <= each.x + each.width)

/** Keys that sort, each by its column. */
export const sortKeys: Readonly<Record<string, string>> = {
  p: 'pid',
  u: 'user',
  c: 'cpu',
  m: 'rss',
  r: 'read',
  w: 'write',
  d: 'wait',
  h: 'threads',
  s: 'service',
  n: 'command',
}

/** Numbers come highest first, words from A on. */
export const naturalOrder = (field: string): TopState['sort'] => ({
  field,
  isDescending: fieldNamed(field).kind !== 'text' && field !== 'pid',
})

export const factsOf = ({ machine }: Pick<TopState, 'machine'>): Facts => ({
  memoryBytes: machine?.host.memoryBytes,
  logicalCpus: machine?.host.logicalCpus,
})

type ListParts = Pick<TopState, 'processes' | 'machine' | 'sort' | 'filter' | 'isTree'>

export function listOf(state: ListParts): readonly TreeRow[] {
  const rows = [...(state.processes?.processes ?? [])].sort(orderOf(state))
  const wanted = testOf(state)
  if (state.isTree) return treeOf(rows, wanted ?? (() => true))
  const shown = wanted === undefined ? rows : rows.filter(wanted)
  return shown.map((row) => ({ row, stem: '' }))
}

/** `undefined`: everything. A filter that is wrong was refused when it was typed. */
function testOf(state: ListParts): RowTest | undefined {
  if (state.filter.trim() === '') return undefined
  return parseFilter([state.filter], factsOf(state))
}

/** What is wrong with a filter as it stands; `undefined`: nothing. */
export function filterProblem(text: string): string | undefined {
  try {
    parseFilter([text], { memoryBytes: undefined, logicalCpus: undefined })
    return undefined
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return error.cure === undefined ? error.what : `${error.what}; ${error.cure}`
  }
}

/** By code units: the same everywhere, and thousands of names a second cost nothing. */
const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

/** What is absent comes last either way; the pid decides between equals, so that rows do not dance. */
function orderOf({ sort, machine }: ListParts): (left: ProcessRow, right: ProcessRow) => number {
  const field = fieldNamed(sort.field)
  const facts = factsOf({ ...(machine === undefined ? {} : { machine }) })
  const sign = sort.isDescending ? -1 : 1
  return (left, right) => {
    const a = field.value(left, facts)
    const b = field.value(right, facts)
    if (a === b) return left.pid - right.pid
    if (a === undefined || a === '') return 1
    if (b === undefined || b === '') return -1
    const order = typeof a === 'number' && typeof b === 'number' ? a - b : compareText(String(a), String(b))
    return order === 0 ? left.pid - right.pid : sign * order
  }
}
