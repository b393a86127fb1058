import type { Database } from 'bun:sqlite'
import { decodeBuckets, encodeBuckets } from '../chunk/buckets.ts'
import { addBucket, type Bucketing, bucketTicks, emptyBuckets, type MutableBuckets } from '../rollup.ts'
import { insertBlock, markDropped, nextBlockId } from './blocks.ts'
import { extent } from './compaction.ts'
import { tiers } from './schema.ts'
import { decodeTimes, encodeTimes } from './times.ts'

/**
 * Joins small blocks of buckets into long ones, so that a month of one series is few reads, and makes the next tier on
 * the way: minute blocks of a whole hour become one block and one hour bucket; hour blocks of a whole day become one
 * block. Buckets that two blocks share (the clock was set back) are added up, once.
 */
const hourMs = 3_600_000
const dayMs = 24 * hourMs

interface BlockRow {
  readonly id: number
  readonly start_ms: number
  readonly end_ms: number
  readonly first_seq: number
  readonly last_seq: number
  readonly length: number
  readonly times: Uint8Array
}
interface Part {
  readonly row: BlockRow
  readonly starts: Float64Array
}

const keysPerSlice = 12
/** A daemon that is restarted again and again makes many small blocks; what is left over is merged by itself. */
const blocksAtOnce = 64

export interface MergePlan {
  readonly tier: number
  readonly startMs: number
  readonly endMs: number
  readonly blocks: readonly BlockRow[]
}

export class Merging {
  constructor(private readonly db: Database) {}

  /** The oldest span that has fresh blocks and whose blocks are all there: nothing before `completeMs` is still in the head. */
  next(completeMs: number): MergePlan | undefined {
    return this.#plan(tiers['1m'], hourMs, completeMs) ?? this.#plan(tiers['1h'], dayMs, completeMs)
  }

  #plan(tier: number, spanMs: number, completeMs: number): MergePlan | undefined {
    const small = this.db
      .query<BlockRow, [number, number]>(
        `SELECT id, start_ms, end_ms, first_seq, last_seq, length, times FROM block
         WHERE tier = ? AND is_merged = 0 ORDER BY start_ms LIMIT ?`,
      )
      .all(tier, blocksAtOnce)
    const oldest = small[0]
    if (oldest === undefined) return undefined
    const startMs = Math.floor(oldest.start_ms / spanMs) * spanMs
    if (startMs + spanMs > completeMs) return undefined
    const blocks = small.filter((row) => row.start_ms < startMs + spanMs).sort((a, b) => a.first_seq - b.first_seq)
    return { tier, startMs, endMs: Math.max(startMs + spanMs, ...blocks.map((row) => row.end_ms)), blocks }
  }

  *run(plan: MergePlan): Generator<void> {
    const parts: Part[] = plan.blocks.map((row) => ({
      row,
      starts: decodeTimes(row.times, row.length, 1)[0] as Float64Array,
    }))
    const starts = Float64Array.from([...new Set(parts.flatMap((part) => [...part.starts]))].sort((a, b) => a - b))
    const indexOf = new Map([...starts].map((start, index) => [start, index]))
    const hours = plan.tier === tiers['1m'] ? bucketTicks(starts, hourMs) : undefined
    const id = nextBlockId(this.db)
    const keys = this.#keys(parts)
    for (let at = 0; at < keys.length; at += keysPerSlice) {
      this.db.transaction(() => {
        for (const key of keys.slice(at, at + keysPerSlice)) {
          const merged = this.#merge(key, parts, starts.length, indexOf)
          this.#insertChunk(id, key, encodeBuckets(merged))
          if (hours !== undefined) this.#insertChunk(id + 1, key, encodeBuckets(rolledUp(merged, hours)))
        }
      })()
      yield
    }
    this.#finish(plan, id, starts, hours)
  }

  #keys(parts: readonly Part[]): number[] {
    const keys = new Set<number>()
    const read = this.db.query<{ key: number }, [number]>('SELECT key FROM chunk WHERE block_id = ?')
    for (const { row } of parts) for (const { key } of read.all(row.id)) keys.add(key)
    return [...keys].sort((a, b) => a - b)
  }

  #merge(key: number, parts: readonly Part[], length: number, indexOf: ReadonlyMap<number, number>): MutableBuckets {
    const merged = emptyBuckets(length)
    const read = this.db.query<{ data: Uint8Array }, [number, number]>(
      'SELECT data FROM chunk WHERE block_id = ? AND key = ?',
    )
    for (const { row, starts } of parts) {
      const chunk = read.get(row.id, key)
      if (chunk === null) continue
      const buckets = decodeBuckets(chunk.data, row.length)
      for (const [index, start] of starts.entries()) addBucket(merged, indexOf.get(start) as number, buckets, index)
    }
    return merged
  }

  #insertChunk(blockId: number, key: number, data: Uint8Array): void {
    this.db.query('INSERT OR REPLACE INTO chunk (block_id, key, data) VALUES (?, ?, ?)').run(blockId, key, data)
  }

  #finish({ tier, startMs, endMs, blocks }: MergePlan, id: number, starts: Float64Array, hours?: Bucketing): void {
    const run = {
      firstSeq: Math.min(...blocks.map((row) => row.first_seq)),
      lastSeq: Math.max(...blocks.map((row) => row.last_seq)),
    }
    this.db.transaction(() => {
      const length = starts.length
      insertBlock(this.db, { ...run, id, tier, startMs, endMs, length, isMerged: true, times: encodeTimes(starts) })
      if (hours !== undefined) {
        const [first, last] = extent(hours.starts)
        insertBlock(this.db, {
          ...run,
          id: id + 1,
          tier: tiers['1h'],
          startMs: first,
          endMs: last + hourMs,
          length: hours.starts.length,
          isMerged: false,
          times: encodeTimes(hours.starts),
        })
      }
      for (const { id: old } of blocks) markDropped(this.db, old)
    })()
  }
}

function rolledUp(merged: MutableBuckets, { starts, of }: Bucketing): MutableBuckets {
  const longer = emptyBuckets(starts.length)
  for (const [index, into] of of.entries()) addBucket(longer, into, merged, index)
  return longer
}
