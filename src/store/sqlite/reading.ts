import type { Database } from 'bun:sqlite'
import { derivedDef } from '../../catalogue/catalogue.ts'
import { FormatError } from '../../frame/bytes.ts'
import { FrameDecoder } from '../../frame/codec.ts'
import type { SeriesId } from '../../frame/frame.ts'
import { decodeBuckets } from '../chunk/buckets.ts'
import { decodeColumn } from '../chunk/column.ts'
import { addBucket, bucketFields, type Coverage, emptyBuckets } from '../rollup.ts'
import type { BucketColumns, ProcessBlock, RollupKey, RollupTier, SampleColumns, TimeRange } from '../store.ts'
import { readChunk } from './blocks.ts'
import { findDerivedKey, labelText } from './compaction.ts'
import { tiers } from './schema.ts'
import { decodeTimes } from './times.ts'

/** Answers from blocks and head. Every statement is finished before a call returns: no read transaction stays open (Q1). */
interface BlockRow {
  readonly id: number
  readonly first_seq: number
  readonly length: number
  readonly times: Uint8Array
}

/** A run of samples from one place, times ascending within it. */
interface Run {
  /** Which ticks they are: neighbours in time need not have followed on each other. */
  readonly seqs: Float64Array
  readonly unixMs: Float64Array
  readonly elapsedMs: Float64Array
  readonly values: readonly Float64Array[]
}

export class Reading {
  constructor(private readonly db: Database) {}

  samples(ids: readonly SeriesId[], range: TimeRange): SampleColumns {
    const runs = [...this.#blockRuns(ids, range), this.#headRun(ids, range)].filter((run) => run.unixMs.length > 0)
    return comparable(join(runs, ids.length))
  }

  #blocks(tier: number, { startMs, endMs }: TimeRange): BlockRow[] {
    return this.db
      .query<BlockRow, [number, number, number]>(
        'SELECT id, first_seq, length, times FROM block WHERE tier = ? AND start_ms <= ? AND end_ms >= ? ORDER BY first_seq',
      )
      .all(tier, endMs, startMs)
  }

  #blockRuns(ids: readonly SeriesId[], range: TimeRange): Run[] {
    return this.#blocks(tiers['1s'], range).map(({ id, first_seq, length, times }) => {
      const [unixMs, elapsedMs] = decodeTimes(times, length, 2) as [Float64Array, Float64Array]
      const values = ids.map((series) => {
        const column = new Float64Array(length)
        const data = readChunk(this.db, id, series)
        if (data === undefined) column.fill(Number.NaN)
        else decodeColumn(data, column)
        return column
      })
      // A block holds every tick from its first to its last: what is lost is lost up to a key frame, which begins one.
      const seqs = Float64Array.from({ length }, (_, index) => first_seq + index)
      return cut({ seqs, unixMs, elapsedMs, values }, range)
    })
  }

  /** Ticks not yet compacted: decoded from the last key frame before the range. A damaged frame costs those up to the next key frame. */
  #headRun(ids: readonly SeriesId[], range: TimeRange): Run {
    const rows = this.db
      .query<{ seq: number; unix_ms: number; elapsed_ms: number; is_key: number; frame: Uint8Array }, [number, number]>(
        'SELECT seq, unix_ms, elapsed_ms, is_key, frame FROM head WHERE seq >= ? AND seq <= ? ORDER BY seq',
      )
      .all(...this.#headSpan(range))
    const seqs = new Float64Array(rows.length)
    const unixMs = new Float64Array(rows.length)
    const elapsedMs = new Float64Array(rows.length)
    const values = ids.map(() => new Float64Array(rows.length))
    const decoder = new FrameDecoder()
    let length = 0
    let isWhole = false
    for (const row of rows) {
      isWhole = (isWhole || row.is_key === 1) && decodes(decoder, row.frame)
      if (!isWhole || row.unix_ms < range.startMs || row.unix_ms > range.endMs) continue
      seqs[length] = row.seq
      unixMs[length] = row.unix_ms
      elapsedMs[length] = row.elapsed_ms
      for (let i = 0; i < ids.length; i++) {
        ;(values[i] as Float64Array)[length] = decoder.values[ids[i] as SeriesId] ?? Number.NaN
      }
      length++
    }
    const cutOff = (column: Float64Array): Float64Array => column.subarray(0, length)
    return { seqs: cutOff(seqs), unixMs: cutOff(unixMs), elapsedMs: cutOff(elapsedMs), values: values.map(cutOff) }
  }

  /** From the key frame without which the first tick of the head in the range cannot be decoded, to the last in it. */
  #headSpan({ startMs, endMs }: TimeRange): [from: number, to: number] {
    const found = this.db
      .query<{ first: number | null; last: number | null }, [number, number]>(
        'SELECT min(seq) AS first, max(seq) AS last FROM head WHERE unix_ms BETWEEN ? AND ?',
      )
      .get(startMs, endMs)
    if (found === null || found.first === null || found.last === null) return [0, -1]
    const key = this.db
      .query<{ seq: number | null }, [number]>('SELECT max(seq) AS seq FROM head WHERE is_key = 1 AND seq <= ?')
      .get(found.first)?.seq
    return [key ?? found.first, found.last]
  }

  /** Ticks in each bucket that begins in the range, by its start. */
  coverage(tier: RollupTier, range: TimeRange): Map<number, number> {
    const ticks = new Map<number, number>()
    for (const { length, times } of this.#blocks(tiers[tier], range)) {
      const [starts, count] = decodeTimes(times, length, 3) as [Float64Array, Float64Array]
      for (const [i, start] of starts.entries()) {
        if (start < range.startMs || start > range.endMs) continue
        ticks.set(start, (ticks.get(start) ?? 0) + (count[i] as number))
      }
    }
    return ticks
  }

  buckets(tier: RollupTier, keys: readonly RollupKey[], range: TimeRange): BucketColumns {
    const bucketMs = tier === '1m' ? 60_000 : 3_600_000
    const blocks = this.#blocks(tiers[tier], range).map(({ id, length, times }): BucketBlock => {
      const [starts, count, seconds] = decodeTimes(times, length, 3) as [Float64Array, Float64Array, Float64Array]
      return { id, starts, coverage: { count, seconds } }
    })
    const { starts, places, areApart } = placesOf(
      blocks,
      (start) => start + bucketMs > range.startMs && start <= range.endMs,
    )
    const buckets = keys.map((key) => {
      const merged = emptyBuckets(starts.length)
      const chunkKey = this.#chunkKey(key)
      if (chunkKey === undefined) return merged
      for (const [i, { id, starts: own, coverage }] of blocks.entries()) {
        const data = readChunk(this.db, id, chunkKey)
        if (data === undefined) continue
        const from = decodeBuckets(data, own.length, coverage)
        const place = places[i] as Int32Array
        if (areApart && place.indexOf(-1) < 0) {
          for (const field of bucketFields) merged[field].set(from[field], place[0])
          continue
        }
        for (let index = 0; index < own.length; index++) {
          const at = place[index] as number
          if (at >= 0) addBucket(merged, at, from, index)
        }
      }
      return merged
    })
    return { startMs: starts, buckets }
  }

  #chunkKey(key: RollupKey): number | undefined {
    if ('series' in key) return key.series
    return findDerivedKey(this.db, derivedDef(key.derived).id, labelText(key.labels))
  }

  /** Label sets under which a derived metric has been rolled up. */
  derivedLabels(derivedId: number): Readonly<Record<string, string>>[] {
    return this.db
      .query<{ labels: string }, [number]>('SELECT labels FROM derived_key WHERE derived_id = ? ORDER BY id')
      .all(derivedId)
      .map((row) => JSON.parse(row.labels) as Record<string, string>)
  }

  processes({ startMs, endMs }: TimeRange): ProcessBlock[] {
    const blocks = [...this.#packedBlocks(startMs, endMs), ...this.#openBlocks(endMs)]
    const overlapping = blocks.filter((block) => block.endMs >= startMs)
    if (overlapping.some((block) => block.startMs <= startMs)) return overlapping
    const before = blocks.filter((block) => block.endMs < startMs).reduce(laterOf, undefined)
    return before === undefined ? overlapping : [before, ...overlapping]
  }

  /** Blocks that overlap the range, and the last one before it. */
  #packedBlocks(startMs: number, endMs: number): ProcessBlock[] {
    const before = this.db
      .query<{ id: number }, [number]>(
        'SELECT id FROM process_block WHERE start_ms <= ? ORDER BY start_ms DESC LIMIT 1',
      )
      .get(startMs)?.id
    return this.db
      .query<{ start_ms: number; end_ms: number; data: Uint8Array }, [number, number, number]>(
        `SELECT start_ms, end_ms, data FROM process_block
         WHERE id IN (SELECT id FROM process_block WHERE start_ms <= ? AND end_ms >= ?) OR id = ? ORDER BY id`,
      )
      .all(endMs, startMs, before ?? -1)
      .map((row): ProcessBlock => ({ startMs: row.start_ms, endMs: row.end_ms, content: { packed: row.data } }))
  }

  /** Runs of the head that begin at or before the time. */
  #openBlocks(endMs: number): ProcessBlock[] {
    const keys = this.db
      .query<{ seq: number; unix_ms: number }, []>('SELECT seq, unix_ms FROM head WHERE is_key = 1 ORDER BY seq')
      .all()
    return keys.flatMap(({ seq, unix_ms }, i) => {
      if (unix_ms > endMs) return []
      const rows = this.db
        .query<{ unix_ms: number; processes: Uint8Array }, [number, number]>(
          'SELECT unix_ms, processes FROM head WHERE seq >= ? AND seq < ? ORDER BY seq',
        )
        .all(seq, keys[i + 1]?.seq ?? Number.MAX_SAFE_INTEGER)
      const ticks = rows.map((row) => row.processes)
      return [{ startMs: unix_ms, endMs: rows.at(-1)?.unix_ms ?? unix_ms, content: { ticks } }]
    })
  }
}

interface BucketBlock {
  readonly id: number
  readonly starts: Float64Array
  readonly coverage: Coverage
}

interface Places {
  /** All bucket starts that fit, ascending. */
  readonly starts: Float64Array
  /** Where among them each bucket of each block belongs; −1: nowhere. */
  readonly places: readonly Int32Array[]
  /** No two blocks have a bucket in common, and they come in order. */
  readonly areApart: boolean
}

function placesOf(blocks: readonly BucketBlock[], fits: (start: number) => boolean): Places {
  const all: number[] = []
  const places = blocks.map(({ starts }) => {
    const place = new Int32Array(starts.length)
    for (let i = 0; i < starts.length; i++)
      place[i] = fits(starts[i] as number) ? all.push(starts[i] as number) - 1 : -1
    return place
  })
  const starts = Float64Array.from(all)
  if (isAscending(starts)) return { starts, places, areApart: true }
  const unique = Float64Array.from(new Set(starts.toSorted()))
  const indexOf = new Map(Array.from(unique, (start, index) => [start, index]))
  const placed = places.map((place) => place.map((at) => (at < 0 ? -1 : (indexOf.get(all[at] as number) as number))))
  return { starts: unique, places: placed, areApart: false }
}

const laterOf = (best: ProcessBlock | undefined, block: ProcessBlock): ProcessBlock =>
  best === undefined || block.endMs >= best.endMs ? block : best

function decodes(decoder: FrameDecoder, frame: Uint8Array): boolean {
  try {
    decoder.decode(frame)
    return true
  } catch (error) {
    if (error instanceof FormatError) return false
    throw error
  }
}

/** What of a run lies within the range, ascending. */
function cut(run: Run, { startMs, endMs }: TimeRange): Run {
  const { seqs, unixMs, elapsedMs, values } = isAscending(run.unixMs) ? run : inOrder(run)
  let from = 0
  while (from < unixMs.length && (unixMs[from] as number) < startMs) from++
  let to = unixMs.length
  while (to > from && (unixMs[to - 1] as number) > endMs) to--
  if (from === 0 && to === unixMs.length) return { seqs, unixMs, elapsedMs, values }
  const part = (column: Float64Array): Float64Array => column.subarray(from, to)
  return { seqs: part(seqs), unixMs: part(unixMs), elapsedMs: part(elapsedMs), values: values.map(part) }
}

/** Runs one after the other; where the clock was set back, by time, and the later written wins a time that is twice there (T5). */
function join(runs: readonly Run[], columns: number): Run {
  const length = runs.reduce((sum, run) => sum + run.unixMs.length, 0)
  const seqs = new Float64Array(length)
  const unixMs = new Float64Array(length)
  const elapsedMs = new Float64Array(length)
  const values = Array.from({ length: columns }, () => new Float64Array(length))
  let at = 0
  for (const run of runs) {
    seqs.set(run.seqs, at)
    unixMs.set(run.unixMs, at)
    elapsedMs.set(run.elapsedMs, at)
    for (const [i, column] of values.entries()) column.set(run.values[i] as Float64Array, at)
    at += run.unixMs.length
  }
  const run = { seqs, unixMs, elapsedMs, values }
  return isAscending(unixMs) ? run : inOrder(run)
}

/** A tick beside one that it did not follow on (ticks lost, the clock set back) has nothing to be compared with: no rate (T5, Q7). */
function comparable({ seqs, unixMs, elapsedMs, values }: Run): SampleColumns {
  for (let i = 1; i < seqs.length; i++) if (seqs[i] !== (seqs[i - 1] as number) + 1) elapsedMs[i] = 0
  return { unixMs, elapsedMs, values }
}

function isAscending(times: Float64Array): boolean {
  for (let i = 1; i < times.length; i++) if ((times[i] as number) <= (times[i - 1] as number)) return false
  return true
}

/**
 * By time. Of ticks at the same time the one written last counts (T5); what it does not know, ticks that were put in
 * later from elsewhere, numbered below 0, may.
 */
function inOrder({ seqs, unixMs, elapsedMs, values }: Run): Run {
  const latest = new Map<number, number>()
  const filling: { readonly from: number; readonly unixMs: number }[] = []
  for (let i = 0; i < unixMs.length; i++) {
    const time = unixMs[i] as number
    const before = latest.get(time)
    if (before !== undefined && (seqs[before] as number) < 0) filling.push({ from: before, unixMs: time })
    latest.set(time, i)
  }
  const order = [...latest].sort(([a], [b]) => a - b).map(([, index]) => index)
  for (const { from, unixMs: time } of filling.reverse()) {
    const to = latest.get(time) as number
    for (const column of values) if (Number.isNaN(column[to] as number)) column[to] = column[from] as number
  }
  const pick = (column: Float64Array): Float64Array => Float64Array.from(order, (index) => column[index] as number)
  return { seqs: pick(seqs), unixMs: pick(unixMs), elapsedMs: pick(elapsedMs), values: values.map(pick) }
}
