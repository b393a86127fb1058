import type { ProcessRow } from '../api/contract.ts'

/** A process in its place below its parent. `stem` is the drawing in front of its name. */
export interface TreeRow {
  readonly row: ProcessRow
  readonly stem: string
}

/**
 * Rows in tree order, siblings in the order given. A process whose parent is not among them stands at the top. With
 * `wanted`, only those and their ancestors stay. A loop of parents, which a moving table can show, is cut, never followed.
 */
export function treeOf(rows: readonly ProcessRow[], wanted: (row: ProcessRow) => boolean): readonly TreeRow[] {
  const byPid = new Map(rows.map((row) => [row.pid, row]))
  const shown = withAncestors(rows.filter(wanted), byPid)
  const children = new Map<number | undefined, ProcessRow[]>()
  for (const row of rows) {
    if (!shown.has(row.pid)) continue
    const parent = hasParent(row, byPid) ? row.parentPid : undefined
    const siblings = children.get(parent)
    if (siblings === undefined) children.set(parent, [row])
    else siblings.push(row)
  }
  const ordered: TreeRow[] = []
  const seen = new Set<number>()
  place(children.get(undefined) ?? [], { children, seen, ordered }, '', true)
  for (const row of rows)
    if (shown.has(row.pid) && !seen.has(row.pid)) place([row], { children, seen, ordered }, '', true)
  return ordered
}

const hasParent = (row: ProcessRow, byPid: ReadonlyMap<number, ProcessRow>): boolean =>
  row.parentPid !== undefined && row.parentPid !== row.pid && byPid.has(row.parentPid)

function withAncestors(rows: readonly ProcessRow[], byPid: ReadonlyMap<number, ProcessRow>): ReadonlySet<number> {
  const shown = new Set<number>()
  for (const row of rows) {
    let at: ProcessRow | undefined = row
    while (at !== undefined && !shown.has(at.pid)) {
      shown.add(at.pid)
      at = at.parentPid === undefined ? undefined : byPid.get(at.parentPid)
    }
  }
  return shown
}

interface Placing {
  readonly children: ReadonlyMap<number | undefined, readonly ProcessRow[]>
  readonly seen: Set<number>
  readonly ordered: TreeRow[]
}

/** An explicit stack: a chain of thousands of processes, each the child of the last, must not exhaust ours. */
function place(roots: readonly ProcessRow[], placing: Placing, indent: string, isTop: boolean): void {
  const stack = siblingsOf(roots, indent, isTop)
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (placing.seen.has(next.row.pid)) continue
    placing.seen.add(next.row.pid)
    placing.ordered.push({ row: next.row, stem: next.stem })
    stack.push(...siblingsOf(placing.children.get(next.row.pid) ?? [], next.below, false))
  }
}

interface Pending extends TreeRow {
  readonly below: string
}

/** Last sibling first, as a stack gives them back the other way round. */
function siblingsOf(rows: readonly ProcessRow[], indent: string, isTop: boolean): Pending[] {
  return rows
    .map((row, index): Pending => {
      if (isTop) return { row, stem: '', below: '' }
      const isLast = index === rows.length - 1
      return { row, stem: `${indent}${isLast ? '└─' : '├─'} `, below: `${indent}${isLast ? '   ' : '│  '}` }
    })
    .reverse()
}
