import { ByteReader, ByteWriter } from '../../frame/bytes.ts'
import { decodeColumn, encodeColumn } from '../chunk/column.ts'

const out = new ByteWriter(1024)

/** The time columns of a block, kept once for all its series: each with its length in front. */
export function encodeTimes(...columns: readonly Float64Array[]): Uint8Array {
  out.reset()
  for (const column of columns) {
    const bytes = encodeColumn(column)
    out.varint(bytes.length)
    out.bytes(bytes)
  }
  return out.copy()
}

export function decodeTimes(bytes: Uint8Array, length: number, columns: number): Float64Array[] {
  const reader = new ByteReader(bytes, 'block')
  return Array.from({ length: columns }, () => {
    const column = new Float64Array(length)
    decodeColumn(reader.bytes(reader.varint()), column)
    return column
  })
}
