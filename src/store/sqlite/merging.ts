import type { Database } from 'bun:sqlite'
import { decodeBuckets, encodeBuckets } from '../chunk/buckets.ts'
import {
  addBucket,
  type Bucketing,
  bucketTicks,
  type Coverage,
  emptyBuckets,
  inSinglePrecision,
  type MutableBuckets,
} from '../rollup.ts'
import { chunkKeys, insertBlock, markDropped, nextBlockId, readChunk, writeChunk } from './blocks.ts'
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
  readonly coverage: Coverage
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
    const parts = plan.blocks.map(partOf)
    const starts = Float64Array.from([...new Set(parts.flatMap((part) => [...part.starts]))].sort((a, b) => a - b))
    const indexOf = new Map([...starts].map((start, index) => [start, index]))
    const hours = plan.tier === tiers['1m'] ? bucketTicks(starts, hourMs) : undefined
    const coverage = coverageOfParts(parts, starts.length, indexOf)
    const hourCoverage = hours === undefined ? undefined : rolledUp(coverage, hours)
    const id = nextBlockId(this.db)
    const keys = this.#keys(parts)
    for (let at = 0; at < keys.length; at += keysPerSlice) {
      this.db.transaction(() => {
        for (const key of keys.slice(at, at + keysPerSlice)) {
          const merged = inPrecisionOf(key, this.#merge(key, parts, starts.length, indexOf))
          writeChunk(this.db, id, key, encodeBuckets(merged, coverage))
          if (hours === undefined || hourCoverage === undefined) continue
          writeChunk(this.db, id + 1, key, encodeBuckets(inPrecisionOf(key, rolledUp(merged, hours)), hourCoverage))
        }
      })()
      yield
    }
    this.#finish(
      plan,
      id,
      { starts, coverage },
      hours === undefined ? undefined : { ...hours, coverage: hourCoverage as Coverage },
    )
  }

  #keys(parts: readonly Part[]): number[] {
    const keys = new Set(parts.flatMap(({ row }) => chunkKeys(this.db, row.id)))
    return [...keys].sort((a, b) => a - b)
  }

  #merge(key: number, parts: readonly Part[], length: number, indexOf: ReadonlyMap<number, number>): MutableBuckets {
    const merged = emptyBuckets(length)
    for (const { row, starts, coverage } of parts) {
      const chunk = readChunk(this.db, row.id, key)
      if (chunk === undefined) continue
      const buckets = decodeBuckets(chunk, row.length, coverage)
      for (const [index, start] of starts.entries()) addBucket(merged, indexOf.get(start) as number, buckets, index)
    }
    return merged
  }

  #finish({ tier, startMs, endMs, blocks }: MergePlan, id: number, minutes: Spans, hours: Spans | undefined): void {
    const run = {
      firstSeq: Math.min(...blocks.map((row) => row.first_seq)),
      lastSeq: Math.max(...blocks.map((row) => row.last_seq)),
    }
    this.db.transaction(() => {
      insertBlock(this.db, {
        ...run,
        id,
        tier,
        startMs,
        endMs,
        length: minutes.starts.length,
        isMerged: true,
        times: timesOf(minutes),
      })
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
          times: timesOf(hours),
        })
      }
      for (const { id: old } of blocks) markDropped(this.db, old)
    })()
  }
}

interface Spans {
  readonly starts: Float64Array
  readonly coverage: Coverage
}
const timesOf = ({ starts, coverage }: Spans): Uint8Array => encodeTimes(starts, coverage.count, coverage.seconds)

function partOf(row: BlockRow): Part {
  const [starts, count, seconds] = decodeTimes(row.times, row.length, 3) as [Float64Array, Float64Array, Float64Array]
  return { row, starts, coverage: { count, seconds } }
}

/** As buckets, so that they add up the very same way. */
function coverageOfParts(parts: readonly Part[], length: number, indexOf: ReadonlyMap<number, number>): MutableBuckets {
  const merged = emptyBuckets(length)
  for (const { starts, coverage } of parts) {
    const nothing = new Float64Array(starts.length)
    const own = { ...coverage, min: nothing, max: nothing, sum: nothing, last: nothing }
    for (const [index, start] of starts.entries()) addBucket(merged, indexOf.get(start) as number, own, index)
  }
  return merged
}

/** Keys below 0 are of derived metrics. */
const inPrecisionOf = (key: number, buckets: MutableBuckets): MutableBuckets =>
  key < 0 ? inSinglePrecision(buckets) : buckets

function rolledUp(merged: MutableBuckets, { starts, of }: Bucketing): MutableBuckets {
  const longer = emptyBuckets(starts.length)
  for (const [index, into] of of.entries()) addBucket(longer, into, merged, index)
  return longer
}
