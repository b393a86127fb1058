import type { ProcessRow } from '../../api/contract.ts'

/** The rows of the table in the order they are shown, each with its depth in the tree (0 in a list). */
export interface ShownProcess {
  readonly row: ProcessRow
  readonly depth: number
}
export interface ListOptions {
  readonly sort: string
  readonly isAscending: boolean
  readonly filter: string
  readonly isTree: boolean
}

export function listProcesses(rows: readonly ProcessRow[], options: ListOptions): readonly ShownProcess[] {
  const compare = comparator(options)
  const isWanted = filterOf(options.filter)
  if (!options.isTree) {
    return rows
      .filter(isWanted)
      .sort(compare)
      .map((row) => ({ row, depth: 0 }))
  }
  return treeOf(rows, isWanted, compare)
}

/** Words that all must occur in name, command line, user, service or pid; a word after a `-` must not. */
export function filterOf(text: string): (row: ProcessRow) => boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return () => true
  return (row) => {
    const all = `${row.name}\n${row.commandLine}\n${row.user}\n${row.service ?? ''}\n${row.pid}`.toLowerCase()
    return words.every((word) =>
      word.length > 1 && word[0] === '-' ? !all.includes(word.slice(1)) : all.includes(word),
    )
  }
}

/** What is absent comes last in either direction; equal ones keep the order of their pids, so that rows do not dance. */
function comparator({ sort, isAscending }: ListOptions): (a: ProcessRow, b: ProcessRow) => number {
  const sign = isAscending ? 1 : -1
  return (a, b) => {
    const one = a[sort as keyof ProcessRow]
    const other = b[sort as keyof ProcessRow]
    if (one === other) return a.pid - b.pid
    if (one === undefined) return 1
    if (other === undefined) return -1
    const order =
      typeof one === 'number' && typeof other === 'number' ? one - other : compareText(String(one), String(other))
    return order === 0 ? a.pid - b.pid : order * sign
  }
}
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Children under their parents; the parents of a wanted process are shown with it. A parent that is gone makes a root. */
function treeOf(
  rows: readonly ProcessRow[],
  isWanted: (row: ProcessRow) => boolean,
  compare: (a: ProcessRow, b: ProcessRow) => number,
): readonly ShownProcess[] {
  const byPid = new Map(rows.map((row) => [row.pid, row]))
  const kept = new Set<number>()
  for (const row of rows) {
    if (!isWanted(row)) continue
    let one: ProcessRow | undefined = row
    while (one !== undefined && !kept.has(one.pid)) {
      kept.add(one.pid)
      one = byPid.get(one.parentPid ?? -1)
    }
  }
  const children = new Map<number | undefined, ProcessRow[]>()
  for (const row of rows) {
    if (!kept.has(row.pid)) continue
    const parent = row.parentPid !== row.pid && byPid.has(row.parentPid ?? -1) ? row.parentPid : undefined
    children.set(parent, [...(children.get(parent) ?? []), row])
  }
  const shown: ShownProcess[] = []
  const seen = new Set<number>()
  const visit = (list: readonly ProcessRow[], depth: number): void => {
    for (const row of [...list].sort(compare)) {
      if (seen.has(row.pid)) continue
      seen.add(row.pid)
      shown.push({ row, depth })
      visit(children.get(row.pid) ?? [], depth + 1)
    }
  }
  visit(children.get(undefined) ?? [], 0)
  // Two that name each other as parent, which a table put together over a tick can show, hang on no root.
  visit(
    rows.filter((row) => kept.has(row.pid) && !seen.has(row.pid)),
    0,
  )
  return shown
}
