import { ByteReader, ByteWriter } from '../../frame/bytes.ts'
import { bucketFields, type MutableBuckets } from '../rollup.ts'
import { decodeColumn, encodeColumn } from './column.ts'

const out = new ByteWriter(1024)

/** The six columns of rolled-up buckets, each with its length in front. */
export function encodeBuckets(buckets: MutableBuckets): Uint8Array {
  out.reset()
  for (const field of bucketFields) {
    const bytes = encodeColumn(buckets[field])
    out.varint(bytes.length)
    out.bytes(bytes)
  }
  return out.copy()
}

export function decodeBuckets(bytes: Uint8Array, length: number): MutableBuckets {
  const reader = new ByteReader(bytes, 'bucket chunk')
  return Object.fromEntries(
    bucketFields.map((field) => {
      const column = new Float64Array(length)
      decodeColumn(reader.bytes(reader.varint()), column)
      return [field, column]
    }),
  ) as unknown as MutableBuckets
}
