import type { Database, Statement } from 'bun:sqlite'
import { decodeBuckets, encodeBuckets } from '../chunk/buckets.ts'
import { addBucket, emptyBuckets, type MutableBuckets } from '../rollup.ts'
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

export interface MergePlan {
  readonly tier: number
  readonly startMs: number
  readonly blocks: readonly BlockRow[]
}

export class Merging {
  readonly #insertChunk: Statement

  constructor(private readonly db: Database) {
    this.#insertChunk = db.prepare('INSERT OR REPLACE INTO chunk (block_id, key, data) VALUES (?, ?, ?)')
  }

  /** A block as long as its span has been merged already. The oldest span whose small blocks are all there: nothing before `completeMs` is still in the head. */
  next(completeMs: number): MergePlan | undefined {
    return this.#plan(tiers['1m'], hourMs, completeMs) ?? this.#plan(tiers['1h'], dayMs, completeMs)
  }

  #plan(tier: number, spanMs: number, completeMs: number): MergePlan | undefined {
    const small = this.db
      .query<BlockRow, [number, number, number]>(
        `SELECT id, start_ms, end_ms, first_seq, last_seq, length, times FROM block
         WHERE tier = ? AND end_ms - start_ms < ? AND end_ms <= ? ORDER BY start_ms, first_seq LIMIT 64`,
      )
      .all(tier, spanMs, completeMs)
    const oldest = small[0]
    if (oldest === undefined) return undefined
    const startMs = Math.floor(oldest.start_ms / spanMs) * spanMs
    if (startMs + spanMs > completeMs) return undefined
    return { tier, startMs, blocks: small.filter((row) => row.start_ms < startMs + spanMs) }
  }

  *run(plan: MergePlan): Generator<void> {
    const parts: Part[] = plan.blocks.map((row) => ({
      row,
      starts: (decodeTimes(row.times, row.length, 1)[0] as Float64Array).slice(),
    }))
    const starts = Float64Array.from([...new Set(parts.flatMap((part) => [...part.starts]))].sort((a, b) => a - b))
    const indexOf = new Map([...starts].map((start, index) => [start, index]))
    const makesHour = plan.tier === tiers['1m']
    const id = (this.db.query<{ id: number }, []>('SELECT max(id) AS id FROM block').get()?.id ?? 0) + 1
    const keys = this.#keys(parts)
    for (let at = 0; at < keys.length; at += keysPerSlice) {
      this.db.transaction(() => {
        for (const key of keys.slice(at, at + keysPerSlice)) {
          const merged = this.#merge(key, parts, starts.length, indexOf)
          this.#insertChunk.run(id, key, encodeBuckets(merged))
          if (makesHour) this.#insertChunk.run(id + 1, key, encodeBuckets(oneBucket(merged, starts.length)))
        }
      })()
      yield
    }
    this.#finish(plan, id, parts, starts, makesHour)
    yield* this.#dropChunks(plan)
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

  #finish(plan: MergePlan, id: number, parts: readonly Part[], starts: Float64Array, makesHour: boolean): void {
    const insert = this.db.query(
      'INSERT INTO block (id, tier, start_ms, end_ms, first_seq, last_seq, length, times) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    )
    const spanMs = makesHour ? hourMs : dayMs
    const firstSeq = Math.min(...parts.map(({ row }) => row.first_seq))
    const lastSeq = Math.max(...parts.map(({ row }) => row.last_seq))
    const [, last] = extent(starts)
    const endMs = Math.max(plan.startMs + spanMs, last)
    this.db.transaction(() => {
      insert.run(id, plan.tier, plan.startMs, endMs, firstSeq, lastSeq, starts.length, encodeTimes(starts))
      if (makesHour) {
        const hour = Float64Array.of(plan.startMs)
        insert.run(id + 1, tiers['1h'], plan.startMs, plan.startMs + hourMs, firstSeq, lastSeq, 1, encodeTimes(hour))
      }
      for (const { id: old } of plan.blocks) this.db.query('DELETE FROM block WHERE id = ?').run(old)
    })()
  }

  *#dropChunks(plan: MergePlan): Generator<void> {
    for (const { id } of plan.blocks) {
      this.db.query('DELETE FROM chunk WHERE block_id = ?').run(id)
      yield
    }
  }
}

function oneBucket(merged: MutableBuckets, length: number): MutableBuckets {
  const hour = emptyBuckets(1)
  for (let index = 0; index < length; index++) addBucket(hour, 0, merged, index)
  return hour
}
