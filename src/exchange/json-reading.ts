import { linesOf } from './lines.ts'
import type { Staging } from './staging.ts'
import { elapsedColumn, timeColumn } from './table.ts'

/** JSON lines: one object a tick, with `unix_ms`, and `elapsed_ms` where it is known. */
export async function* readJsonLines(bytes: AsyncIterable<Uint8Array>, staging: Staging): AsyncGenerator<void> {
  for await (const lines of linesOf(bytes)) {
    for (const { number, text } of lines) {
      if (text.trim() === '') continue
      const place = `line ${number}`
      const row = objectOf(text)
      const what = row === undefined ? 'it is no JSON object' : readRow(place, row, staging)
      if (what !== undefined) staging.problems.add(place, what)
    }
    yield
  }
}

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** What is wrong with it; `undefined`: nothing, or it has been told. */
function readRow(place: string, row: Readonly<Record<string, unknown>>, staging: Staging): string | undefined {
  const { [timeColumn]: unixMs, [elapsedColumn]: elapsedMs, ...rest } = row
  if (typeof unixMs !== 'number') return `there is no number ${timeColumn} in it`
  if (elapsedMs !== undefined && typeof elapsedMs !== 'number') {
    return `${elapsedColumn} is no number`
  }
  const columns: number[] = []
  const values: number[] = []
  for (const [name, value] of Object.entries(rest)) {
    if (value === null) continue
    if (typeof value !== 'number') return `${JSON.stringify(name)} is no number`
    const column = staging.column(place, name)
    if (column === undefined) return undefined
    columns.push(column)
    values.push(value)
  }
  staging.row(place, unixMs, elapsedMs, columns, values)
  return undefined
}
