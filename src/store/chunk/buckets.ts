import { ByteReader, ByteWriter } from '../../frame/bytes.ts'
import { bucketFields, type Coverage, type MutableBuckets } from '../rollup.ts'
import { decodeColumn, encodeColumn } from './column.ts'

const out = new ByteWriter(1024)

/**
 * The six columns of rolled-up buckets, each with its length in front. Length 0: the column is that of the block, as
 * `count` and `seconds` are of every series that was there at every tick.
 */
export function encodeBuckets(buckets: MutableBuckets, coverage: Coverage): Uint8Array {
  out.reset()
  for (const field of bucketFields) {
    if (isShared(field) && same(buckets[field], coverage[field])) {
      out.varint(0)
      continue
    }
    const bytes = encodeColumn(buckets[field])
    out.varint(bytes.length)
    out.bytes(bytes)
  }
  return out.copy()
}

/** Columns that are the block’s are given as they are: they are not to be written into. */
export function decodeBuckets(bytes: Uint8Array, length: number, coverage: Coverage): MutableBuckets {
  const reader = new ByteReader(bytes, 'bucket chunk')
  return Object.fromEntries(
    bucketFields.map((field) => {
      const size = reader.varint()
      if (size === 0 && isShared(field)) return [field, coverage[field]]
      const column = new Float64Array(length)
      decodeColumn(reader.bytes(size), column)
      return [field, column]
    }),
  ) as unknown as MutableBuckets
}

const isShared = (field: keyof MutableBuckets): field is keyof Coverage => field === 'count' || field === 'seconds'

function same(a: Float64Array, b: Float64Array): boolean {
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false
  return true
}
