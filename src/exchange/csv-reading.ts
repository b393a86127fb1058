import { csvCells, hasClosedQuotes, type Line, linesOf } from './lines.ts'
import type { Staging } from './staging.ts'
import { elapsedColumn, timeColumn } from './table.ts'

/** CSV: a line of names, then one line a tick. `unix_ms` may be `time` in RFC 3339, and `elapsed_ms` may be missing. */
export async function* readCsv(bytes: AsyncIterable<Uint8Array>, staging: Staging): AsyncGenerator<void> {
  let head: Head | undefined
  for await (const lines of linesOf(bytes, hasClosedQuotes)) {
    for (const line of lines) {
      if (line.text === '') continue
      if (head === undefined) head = headOf(line, staging)
      else tell(staging, line, readRow(line, head, staging))
    }
    yield
  }
}

interface Head {
  readonly width: number
  readonly time: number
  readonly isText: boolean
  readonly elapsed: number
  /** Cell of each column that is a series. */
  readonly cells: readonly number[]
  readonly columns: readonly number[]
}

const mostColumns = 20_000

function headOf({ number, text }: Line, staging: Staging): Head {
  const place = `line ${number}`
  const names = csvCells(text.replace(/^\ufeff/, '')) ?? []
  const time = names.findIndex((name) => name === timeColumn || name === 'time' || name === 'timestamp')
  if (time < 0) {
    staging.problems.add(place, `there is no column ${timeColumn} (Unix milliseconds) nor time (RFC 3339)`)
    staging.problems.check()
  }
  if (names.length > mostColumns) {
    staging.problems.add(place, `${names.length} columns; ${mostColumns} are taken`)
    staging.problems.check()
  }
  const elapsed = names.indexOf(elapsedColumn)
  const cells: number[] = []
  const columns: number[] = []
  for (const [cell, name] of names.entries()) {
    if (cell === time || cell === elapsed) continue
    const column = staging.column(`${place}, column ${cell + 1}`, name)
    if (column === undefined) continue
    if (columns.includes(column)) staging.problems.add(place, `the column ${JSON.stringify(name)} is there twice`)
    cells.push(cell)
    columns.push(column)
  }
  if (cells.length === 0) staging.problems.add(place, 'there is no column of a metric')
  // Of rows whose columns are unknown nothing can be said.
  staging.problems.check()
  return { width: names.length, time, isText: names[time] !== timeColumn, elapsed, cells, columns }
}

function tell({ problems }: Staging, { number }: Line, what: string | undefined): void {
  if (what !== undefined) problems.add(`line ${number}`, what)
}

/** What is wrong with it; `undefined`: nothing. */
function readRow({ number, text }: Line, head: Head, staging: Staging): string | undefined {
  const place = `line ${number}`
  const row = csvCells(text)
  if (row === undefined) return 'a quote stands where none may'
  if (row.length !== head.width) {
    return `${row.length} cells under ${head.width} columns`
  }
  const values = new Float64Array(head.cells.length)
  for (let i = 0; i < values.length; i++) {
    const cell = row[head.cells[i] as number] as string
    const value = cell === '' ? Number.NaN : readNumber(cell)
    if (value === undefined) {
      return `column ${(head.cells[i] as number) + 1}: ${quoted(cell)} is no number`
    }
    values[i] = value
  }
  const elapsed = head.elapsed < 0 ? '' : (row[head.elapsed] as string)
  const elapsedMs = elapsed === '' ? undefined : (readNumber(elapsed) ?? Number.NaN)
  const time = row[head.time] as string
  const unixMs = head.isText && !/^\d+$/.test(time) ? readInstant(time) : Number(time === '' ? Number.NaN : time)
  if (Number.isNaN(unixMs)) return `${quoted(time)} is no time`
  staging.row(place, unixMs, elapsedMs, head.columns, values)
  return undefined
}

/** RFC 3339, with its zone: without one it could be any moment. */
const readInstant = (text: string): number =>
  /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN

const quoted = (text: string): string => JSON.stringify(text.slice(0, 60))

/** A decimal number as JSON has it; `undefined`: it is none. */
export function readNumber(text: string): number | undefined {
  return /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined
}
