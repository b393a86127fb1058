import { cellsPerTurn, numberText, type Table, type TableBlock, type TableColumn } from './table.ts'
import { nextTurn } from './turns.ts'

/** Tables as text: CSV (RFC 4180) with one line of names, JSON lines with one object a row, absent values left out. */
export async function* csvOf(table: Table): AsyncGenerator<Uint8Array> {
  const names = table.columns.map(({ name, unit }) => csvText(unit === undefined ? name : `${name} [${unit}]`))
  yield encoder.encode(`${names.join(',')}\r\n`)
  yield* rowsOf(table, csvRow)
}

export async function* jsonLinesOf(table: Table): AsyncGenerator<Uint8Array> {
  const keys = table.columns.map(({ name }) => `${JSON.stringify(name)}:`)
  yield* rowsOf(table, (columns, block, row) => jsonRow(keys, columns, block, row))
}

type WriteRow = (columns: readonly TableColumn[], block: TableBlock, row: number) => string

async function* rowsOf({ columns, blocks }: Table, write: WriteRow): AsyncGenerator<Uint8Array> {
  const rowsPerTurn = Math.max(1, Math.floor(cellsPerTurn / columns.length))
  for await (const block of blocks()) {
    for (let from = 0; from < block.length; from += rowsPerTurn) {
      let text = ''
      for (let row = from; row < Math.min(from + rowsPerTurn, block.length); row++) text += write(columns, block, row)
      yield encoder.encode(text)
      await nextTurn()
    }
  }
}

function csvRow(columns: readonly TableColumn[], { values }: TableBlock, row: number): string {
  let line = ''
  for (let i = 0; i < columns.length; i++) {
    const cell = values[i]?.[row] as number | string
    if (i > 0) line += ','
    if (typeof cell === 'string') line += csvText(cell)
    else if (!Number.isNaN(cell)) line += numberText(cell)
  }
  return `${line}\r\n`
}

/** RFC 4180 section 2: quoted where it must be, a quote twice. */
const csvText = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

function jsonRow(
  keys: readonly string[],
  columns: readonly TableColumn[],
  { values }: TableBlock,
  row: number,
): string {
  let line = '{'
  for (let i = 0; i < columns.length; i++) {
    const cell = values[i]?.[row] as number | string
    if (Number.isNaN(cell)) continue
    if (line.length > 1) line += ','
    line += keys[i] + (typeof cell === 'string' ? JSON.stringify(cell) : numberText(cell))
  }
  return `${line}}\n`
}

const encoder = new TextEncoder()
