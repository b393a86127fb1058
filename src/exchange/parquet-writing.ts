import type { SchemaElement } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js'
import { writeColumn } from 'hyparquet-writer/src/column.js'
import { ParquetWriter } from 'hyparquet-writer/src/parquet-writer.js'
import { snappyCompress } from 'hyparquet-writer/src/snappy.js'
import { version } from '../base/version.ts'
import type { Table, TableBlock, TableColumn } from './table.ts'
import { nextTurn } from './turns.ts'

/**
 * A table as Parquet (https://parquet.apache.org/docs/file-format/): one row group after another, pages packed with
 * Snappy, a column at a time, so that no tick waits for a whole row group. Doubles are written plain: a dictionary
 * would take 0 and −0 for the same.
 */
export async function* parquetOf(table: Table): AsyncGenerator<Uint8Array> {
  const { columns, facts } = table
  const out = new Piecewise()
  const schema = schemaOf(columns)
  const units = Object.fromEntries(columns.flatMap(({ name, unit }) => (unit === undefined ? [] : [[name, unit]])))
  const kvMetadata = [{ key: 'sysmon', value: JSON.stringify({ version, ...facts, units }) }]
  const file = new ParquetWriter({
    writer: out,
    schema: [...schema],
    statistics: false,
    kvMetadata,
    createdBy: `sysmon ${version}`,
  })
  for await (const group of groupsOf(table)) {
    yield* writeGroup(file, out, schema, columns, group)
  }
  await file.finish()
  yield out.take()
}

/** Cells in a row group: 8 MB of doubles are held meanwhile. */
const cellsPerGroup = 1_000_000
/** Each column of each group takes some hundred bytes at the end of the file, and as many in memory until then. */
const rowsPerGroup = { least: 1800, most: 50_000 }

/** Blocks joined until they make a row group. */
async function* groupsOf({ columns, blocks }: Table): AsyncGenerator<TableBlock> {
  const wanted = Math.min(rowsPerGroup.most, Math.max(rowsPerGroup.least, Math.floor(cellsPerGroup / columns.length)))
  let group = new Group(columns, wanted)
  for await (const block of blocks()) {
    for (let from = 0; from < block.length; ) {
      from += group.add(block, from)
      if (group.length < wanted) continue
      yield group.block()
      group = new Group(columns, wanted)
    }
  }
  if (group.length > 0) yield group.block()
}

class Group {
  length = 0
  readonly #values: readonly (Float64Array | string[])[]

  constructor(
    columns: readonly TableColumn[],
    private readonly capacity: number,
  ) {
    this.#values = columns.map(({ kind }) => (kind === 'text' ? [] : new Float64Array(capacity)))
  }

  /** Rows that were taken of the block, from that one on. */
  add(block: TableBlock, from: number): number {
    const count = Math.min(this.capacity - this.length, block.length - from)
    for (const [i, column] of this.#values.entries()) {
      const values = block.values[i] as Float64Array | readonly string[]
      if (column instanceof Float64Array) column.set((values as Float64Array).subarray(from, from + count), this.length)
      else for (let row = from; row < from + count; row++) column.push(values[row] as string)
    }
    this.length += count
    return count
  }

  block(): TableBlock {
    const { length } = this
    return {
      length,
      values: this.#values.map((column) => (column instanceof Float64Array ? column.subarray(0, length) : column)),
    }
  }
}

/** Bytes gathered before they are handed on. */
const piece = 64 * 1024
const columnsPerTurn = 4

async function* writeGroup(
  file: ParquetWriter,
  out: Piecewise,
  schema: readonly SchemaElement[],
  columns: readonly TableColumn[],
  { length, values }: TableBlock,
): AsyncGenerator<Uint8Array> {
  const chunks: ReturnType<typeof writeColumn>[] = []
  const beganAt = out.offset
  for (const [i, { name, kind }] of columns.entries()) {
    const element = schema[i + 1] as SchemaElement
    const written = writeColumn({
      writer: out,
      column: {
        columnName: name,
        element,
        schemaPath: [schema[0] as SchemaElement, element],
        codec: 'SNAPPY',
        compressors: { SNAPPY: snappyCompress },
        stats: false,
        pageSize: 1024 * 1024,
        columnIndex: false,
        offsetIndex: false,
        ...(kind === 'text' ? {} : { encoding: 'PLAIN' as const }),
      },
      pageData: pageOf(kind, values[i] as Float64Array | readonly string[]),
    })
    chunks.push(written)
    if (out.waiting >= piece) yield out.take()
    if (i % columnsPerTurn === columnsPerTurn - 1) await nextTurn()
  }
  const sizes = chunks.map(({ chunk }) => chunk.meta_data?.total_uncompressed_size ?? 0n)
  file.num_rows += BigInt(length)
  file.row_groups.push({
    columns: chunks.map(({ chunk }) => chunk),
    total_byte_size: sizes.reduce((sum, size) => sum + size, 0n),
    num_rows: BigInt(length),
    total_compressed_size: BigInt(out.offset - beganAt),
  })
}

/** A flat column: texts are always there, numbers may be absent (definition level 0, left out of the values). */
function pageOf(kind: TableColumn['kind'], column: Float64Array | readonly string[]) {
  if (kind === 'time') {
    const values = Array.from(column as Float64Array, (time) => new Date(time))
    return { values, definitionLevels: [], repetitionLevels: [], maxDefinitionLevel: 0 }
  }
  if (kind === 'text') {
    return {
      values: [...(column as readonly string[])],
      definitionLevels: [],
      repetitionLevels: [],
      maxDefinitionLevel: 0,
    }
  }
  const definitionLevels: number[] = []
  const values: (number | null)[] = []
  for (const value of column as Float64Array) {
    const isThere = !Number.isNaN(value)
    definitionLevels.push(isThere ? 1 : 0)
    values.push(isThere ? value : null)
  }
  return { values, definitionLevels, repetitionLevels: [], maxDefinitionLevel: 1 }
}

const schemaOf = (columns: readonly TableColumn[]): readonly SchemaElement[] => [
  { name: 'root', num_children: columns.length },
  ...columns.map(({ name, kind }): SchemaElement => {
    if (kind === 'time') return { name, type: 'INT64', converted_type: 'TIMESTAMP_MILLIS', repetition_type: 'REQUIRED' }
    if (kind === 'text') return { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' }
    return { name, type: 'DOUBLE', repetition_type: 'OPTIONAL' }
  }),
]

/** Bytes that are taken away while the file grows; `offset` goes on counting from its start. */
class Piecewise extends ByteWriter {
  #taken = 0

  get waiting(): number {
    return this.offset - this.#taken
  }

  take(): Uint8Array {
    const bytes = this.getBytes().slice()
    this.#taken = this.offset
    const held = this as unknown as { index: number }
    held.index = 0
    return bytes
  }
}
