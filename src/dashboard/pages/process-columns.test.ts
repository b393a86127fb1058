import { expect, test } from 'bun:test'
import { type ColumnDef, processColumns } from '../../catalogue/process-columns.ts'
import { columnSources, columns } from './process-columns.tsx'

/** Numbers of fields and names of files: `stat fields 14 + 15` names 14 and 15. */
const partsOf = (source: string): readonly string[] => source.match(/\d+|cmdline|schedstat|io|cgroup/g) ?? []

test('every column says where it comes from, and the catalogue says the same', () => {
  const known = new Set(
    Object.values(processColumns).flatMap(({ source }: ColumnDef) => partsOf(String(source.linux ?? ''))),
  )
  for (const { id } of columns) {
    expect([id, columnSources[id] !== undefined]).toEqual([id, true])
    for (const part of partsOf(columnSources[id] ?? '')) expect([id, known.has(part)]).toEqual([id, true])
  }
})
