import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetRead } from 'hyparquet'
import { describeError } from '../base/errors.ts'
import { Refused } from './refusal.ts'
import type { Staging } from './staging.ts'
import { elapsedColumn, timeColumn } from './table.ts'
import { nextTurn } from './turns.ts'

/** Parquet, a row group and a few columns at a time. Its end says what is in it: it is read from a file, not a stream. */
export async function* readParquet(file: AsyncBuffer, staging: Staging): AsyncGenerator<void> {
  const metadata = await readable(() => parquetMetadataAsync(file))
  const names = metadata.schema.slice(1).map(({ name }) => name)
  const columns = columnsOf(names, staging)
  let start = 0
  for (const group of metadata.row_groups) {
    const length = Number(group.num_rows)
    const rowsAtOnce = Math.max(1, Math.floor(cellsAtOnce / names.length))
    for (let from = start; from < start + length; from += rowsAtOnce) {
      const to = Math.min(from + rowsAtOnce, start + length)
      yield* readRows(file, metadata, { from, to }, columns, staging)
    }
    start += length
  }
}

/** Held in memory: 8 MB. */
const cellsAtOnce = 1_000_000
const columnsPerTurn = 8

interface Column {
  readonly name: string
  readonly index: number
}

function columnsOf(names: readonly string[], staging: Staging): readonly Column[] {
  if (!names.includes(timeColumn)) staging.problems.add('columns', `there is no column ${timeColumn}`)
  const columns: Column[] = []
  for (const name of names) {
    if (name === timeColumn || name === elapsedColumn) continue
    const index = staging.column('columns', name)
    if (index !== undefined) columns.push({ name, index })
  }
  if (columns.length === 0) staging.problems.add('columns', 'there is no column of a metric')
  staging.problems.check()
  return columns
}

interface Rows {
  readonly from: number
  readonly to: number
}

async function* readRows(
  file: AsyncBuffer,
  metadata: FileMetaData,
  rows: Rows,
  columns: readonly Column[],
  staging: Staging,
): AsyncGenerator<void> {
  const names = metadata.schema.slice(1).map(({ name }) => name)
  const times = await readColumns(file, metadata, rows, [timeColumn, ...names.filter((name) => name === elapsedColumn)])
  const values: Float64Array[] = []
  for (let at = 0; at < columns.length; at += columnsPerTurn) {
    const some = columns.slice(at, at + columnsPerTurn).map(({ name }) => name)
    const read = await readColumns(file, metadata, rows, some)
    values.push(...some.map((name) => read.get(name) as Float64Array))
    await nextTurn()
  }
  const indexes = columns.map(({ index }) => index)
  const unixMs = times.get(timeColumn) as Float64Array
  const elapsedMs = times.get(elapsedColumn)
  for (let row = 0; row < unixMs.length; row++) {
    const elapsed = elapsedMs?.[row]
    const isKnown = elapsed !== undefined && !Number.isNaN(elapsed)
    const cells = Float64Array.from(values, (column) => column[row] as number)
    staging.row(`row ${rows.from + row + 1}`, unixMs[row] as number, isKnown ? elapsed : undefined, indexes, cells)
    if (row % 300 === 299) yield
  }
  yield
}

async function readColumns(
  file: AsyncBuffer,
  metadata: FileMetaData,
  { from, to }: Rows,
  names: readonly string[],
): Promise<ReadonlyMap<string, Float64Array>> {
  const read = new Map(names.map((name) => [name, new Float64Array(to - from).fill(Number.NaN)]))
  await readable(() =>
    parquetRead({
      file,
      metadata,
      columns: [...names],
      rowStart: from,
      rowEnd: to,
      onChunk: ({ columnName, columnData, rowStart }) => {
        const column = read.get(columnName)
        for (let i = 0; i < columnData.length; i++) {
          const at = rowStart + i - from
          if (column !== undefined && at >= 0 && at < column.length) column[at] = numberOf(columnName, columnData[i])
        }
      },
    }),
  )
  return read
}

function numberOf(name: string, value: unknown): number {
  if (value === null || value === undefined) return Number.NaN
  if (typeof value === 'number') return value
  if (value instanceof Date) return value.getTime()
  if (typeof value === 'bigint') return Number(value)
  throw new Refused([`column ${JSON.stringify(name)}: its values are no numbers`])
}

/** Whatever the reader stumbles over is what the file is at fault for. */
async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof Refused) throw error
    throw new Refused([`this is no whole Parquet file: ${describeError(error)}`])
  }
}
