import type { Database } from 'bun:sqlite'
import { derivedDef } from '../../catalogue/catalogue.ts'
import { FrameDecoder } from '../../frame/codec.ts'
import type { SeriesId } from '../../frame/frame.ts'
import type { Series } from '../../frame/series-table.ts'
import { encodeBuckets } from '../chunk/buckets.ts'
import { decodeColumn, encodeColumn } from '../chunk/column.ts'
import {
  type Bucketing,
  bucketTicks,
  type Coverage,
  coverageOf,
  type DerivedColumn,
  inSinglePrecision,
  type RollupRules,
  rollCounter,
  rollGauge,
} from '../rollup.ts'
import { chunkKeys, insertBlock, nextBlockId, readChunk, writeChunk } from './blocks.ts'
import { tiers } from './schema.ts'
import { encodeTimes } from './times.ts'

/**
 * Turns a closed run of ticks of the head into one block: a chunk a series, minute buckets beside it, the process ticks
 * packed. Works in slices, each a few milliseconds; what is half done when the power goes is done again, the same, since
 * chunks count only once their block row is there, and that comes last together with the deletion of the ticks.
 */
export interface CompactionParts {
  readonly db: Database
  readonly rules: RollupRules
  readonly series: () => readonly (Series | undefined)[]
  readonly packProcesses: (ticks: readonly Uint8Array[]) => Uint8Array
  /** Told what could not be kept: a damaged tick, a formula or a packer that threw. The rest is. */
  readonly onError: (error: unknown) => void
}

interface HeadRow {
  readonly seq: number
  readonly unix_ms: number
  readonly elapsed_ms: number
  readonly frame: Uint8Array
  readonly processes: Uint8Array
}

const minuteMs = 60_000
const rowsPerSlice = 20
const chunksPerSlice = 24
/** Deriving a column of a machine with many CPUs takes milliseconds. */
const derivedPerSlice = 4

/** The ticks of one block, transposed. */
interface Columns {
  readonly firstSeq: number
  readonly lastSeq: number
  readonly unixMs: Float64Array
  readonly elapsedMs: Float64Array
  readonly values: Map<SeriesId, Float64Array>
  readonly before: ReadonlyMap<SeriesId, number>
  readonly processes: readonly Uint8Array[]
}

export class Compaction {
  /** The last values of the block compacted last, and its last tick: where the next one's rates begin. */
  #carry: { readonly seq: number; readonly values: ReadonlyMap<SeriesId, number> } | undefined

  constructor(private readonly parts: CompactionParts) {}

  /** Bounds of the oldest run of ticks that is closed: a later key frame has begun the next. */
  next(): { readonly from: number; readonly to: number } | undefined {
    const keys = this.parts.db
      .query<{ seq: number }, []>('SELECT seq FROM head WHERE is_key = 1 ORDER BY seq LIMIT 2')
      .all()
    const first = this.parts.db.query<{ seq: number | null }, []>('SELECT min(seq) AS seq FROM head').get()?.seq
    const [key, following] = keys
    if (first === null || first === undefined || key === undefined) return undefined
    if (first < key.seq) return { from: first, to: key.seq }
    return following === undefined ? undefined : { from: key.seq, to: following.seq }
  }

  /** Each step is one slice. `from` included, `to` not. */
  *run(from: number, to: number): Generator<void> {
    const columns = yield* this.#transpose(from, to)
    if (columns === undefined) {
      this.parts.db.query('DELETE FROM head WHERE seq >= ? AND seq < ?').run(from, to)
      return
    }
    const blockId = nextBlockId(this.parts.db)
    yield* this.#writeRaw(blockId, columns)
    const bucketing = bucketTicks(columns.unixMs, minuteMs)
    const coverage = coverageOf(columns.elapsedMs, bucketing)
    yield* this.#writeMinutes(blockId + 1, columns, bucketing, coverage)
    yield* this.#writeDerived(blockId + 1, columns, bucketing, coverage)
    const packed = this.#attempt(() => this.parts.packProcesses(columns.processes))
    yield
    this.#finish(blockId, columns, bucketing, coverage, packed, { from, to })
    this.#carry = { seq: columns.lastSeq, values: lastValues(columns.values) }
  }

  *#transpose(from: number, to: number): Generator<void, Columns | undefined> {
    const { db } = this.parts
    const bounds = db
      .query<{ n: number; first: number; last: number }, [number, number]>(
        'SELECT count(*) AS n, min(seq) AS first, max(seq) AS last FROM head WHERE seq >= ? AND seq < ?',
      )
      .get(from, to)
    if (bounds === null || bounds.n === 0) return undefined
    const read = db.query<HeadRow, [number, number, number]>(
      'SELECT seq, unix_ms, elapsed_ms, frame, processes FROM head WHERE seq >= ? AND seq < ? ORDER BY seq LIMIT ?',
    )
    const decoder = new FrameDecoder()
    const unixMs = new Float64Array(bounds.n)
    const elapsedMs = new Float64Array(bounds.n)
    const values = new Map<SeriesId, Float64Array>()
    const processes: Uint8Array[] = []
    let at = 0
    let last = bounds.first
    for (let seq = from, isWhole = true; isWhole && at < bounds.n; ) {
      for (const row of read.all(seq, to, rowsPerSlice)) {
        const frame = this.#attempt(() => decoder.decode(row.frame))
        isWhole = frame !== undefined
        if (frame === undefined) break
        unixMs[at] = row.unix_ms
        elapsedMs[at] = row.elapsed_ms
        for (const id of frame.ids) values.has(id) || values.set(id, nanColumn(bounds.n))
        for (const [id, column] of values) column[at] = decoder.values[id] ?? Number.NaN
        processes.push(row.processes)
        last = row.seq
        seq = row.seq + 1
        at++
      }
      yield
    }
    if (at === 0) return undefined
    return {
      firstSeq: bounds.first,
      lastSeq: last,
      unixMs: unixMs.subarray(0, at),
      elapsedMs: elapsedMs.subarray(0, at),
      values: new Map([...values].map(([id, column]) => [id, column.subarray(0, at)])),
      before: this.#carryInto(bounds.first),
      processes,
    }
  }

  /** What code of others, or bytes that were damaged, may throw: told, and gone without. Errors of the database pass. */
  #attempt<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      this.parts.onError(error)
      return undefined
    }
  }

  /** Values of the tick before the block, if it was recorded: from the last compaction, or from its chunks. */
  #carryInto(firstSeq: number): ReadonlyMap<SeriesId, number> {
    if (this.#carry?.seq === firstSeq - 1) return this.#carry.values
    const { db } = this.parts
    const block = db
      .query<{ id: number; length: number }, [number, number]>(
        'SELECT id, length FROM block WHERE tier = ? AND last_seq = ?',
      )
      .get(tiers['1s'], firstSeq - 1)
    const values = new Map<SeriesId, number>()
    if (block === null) return values
    const column = new Float64Array(block.length)
    for (const key of chunkKeys(db, block.id)) {
      decodeColumn(readChunk(db, block.id, key) as Uint8Array, column)
      values.set(key, column.at(-1) as number)
    }
    return values
  }

  *#writeRaw(blockId: number, columns: Columns): Generator<void> {
    for (const slice of slices([...columns.values])) {
      this.#inTransaction(() => {
        for (const [id, column] of slice) writeChunk(this.parts.db, blockId, id, encodeColumn(column))
      })
      yield
    }
  }

  *#writeMinutes(blockId: number, columns: Columns, bucketing: Bucketing, coverage: Coverage): Generator<void> {
    const { rules } = this.parts
    const all = this.parts.series()
    for (const slice of slices([...columns.values])) {
      this.#inTransaction(() => {
        for (const [id, column] of slice) {
          const series = all[id]
          if (series === undefined) continue
          const buckets = rules.isCounter(series)
            ? rollCounter(column, columns.before.get(id) ?? Number.NaN, columns.elapsedMs, bucketing, (p, c) =>
                rules.counterDelta(series, p, c),
              )
            : rollGauge(column, columns.elapsedMs, bucketing)
          writeChunk(this.parts.db, blockId, id, encodeBuckets(buckets, coverage))
        }
      })
      yield
    }
  }

  *#writeDerived(blockId: number, columns: Columns, bucketing: Bucketing, coverage: Coverage): Generator<void> {
    const { db, rules } = this.parts
    const derived = this.#attempt(() =>
      rules.derive({
        elapsedMs: columns.elapsedMs,
        column: (id) => {
          const values = columns.values.get(id)
          return values === undefined ? undefined : { before: columns.before.get(id) ?? Number.NaN, values }
        },
      }),
    )
    const columnsLeft = derived?.[Symbol.iterator]()
    for (let isMore = columnsLeft !== undefined; isMore; ) {
      const slice: DerivedColumn[] = []
      isMore = this.#attempt(() => fill(slice, columnsLeft as Iterator<DerivedColumn>)) ?? false
      this.#inTransaction(() => {
        for (const { derived: name, labels, values } of slice) {
          const buckets = inSinglePrecision(rollGauge(values, columns.elapsedMs, bucketing))
          writeChunk(
            this.parts.db,
            blockId,
            derivedKey(db, derivedDef(name).id, labels),
            encodeBuckets(buckets, coverage),
          )
        }
      })
      yield
    }
  }

  #finish(
    id: number,
    columns: Columns,
    bucketing: Bucketing,
    coverage: Coverage,
    packed: Uint8Array | undefined,
    { from, to }: { readonly from: number; readonly to: number },
  ): void {
    const { db } = this.parts
    const { firstSeq, lastSeq, unixMs, elapsedMs } = columns
    const [startMs, endMs] = extent(unixMs)
    const { starts } = bucketing
    const [firstBucket, lastBucket] = extent(starts)
    const run = { firstSeq, lastSeq, isMerged: false }
    this.#inTransaction(() => {
      const times = encodeTimes(unixMs, elapsedMs)
      insertBlock(db, { ...run, id, tier: tiers['1s'], startMs, endMs, length: unixMs.length, times })
      insertBlock(db, {
        ...run,
        id: id + 1,
        tier: tiers['1m'],
        startMs: firstBucket,
        endMs: lastBucket + minuteMs,
        length: starts.length,
        times: encodeTimes(starts, coverage.count, coverage.seconds),
      })
      if (packed !== undefined) {
        db.query('INSERT INTO process_block (start_ms, end_ms, data) VALUES (?, ?, ?)').run(startMs, endMs, packed)
      }
      db.query('DELETE FROM head WHERE seq >= ? AND seq < ?').run(from, to)
    })
  }

  #inTransaction(work: () => void): void {
    this.parts.db.transaction(work)()
  }
}

const nanColumn = (length: number): Float64Array => new Float64Array(length).fill(Number.NaN)

const lastValues = (columns: ReadonlyMap<SeriesId, Float64Array>): Map<SeriesId, number> =>
  new Map([...columns].map(([id, column]) => [id, column.at(-1) as number]))

function* slices<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += chunksPerSlice) yield items.slice(at, at + chunksPerSlice)
}

/** Takes the next few; false at the end. */
function fill(slice: DerivedColumn[], from: Iterator<DerivedColumn>): boolean {
  while (slice.length < derivedPerSlice) {
    const next = from.next()
    if (next.done === true) return false
    slice.push(next.value)
  }
  return true
}

export function extent(values: Float64Array): [number, number] {
  let lowest = Number.POSITIVE_INFINITY
  let highest = Number.NEGATIVE_INFINITY
  for (const value of values) {
    lowest = Math.min(lowest, value)
    highest = Math.max(highest, value)
  }
  return [lowest, highest]
}

/** Keys of derived metrics in `chunk` are below 0; those of series are their ids. */
export function derivedKey(db: Database, derivedId: number, labels: Readonly<Record<string, string>>): number {
  const text = labelText(labels)
  db.query('INSERT OR IGNORE INTO derived_key (derived_id, labels) VALUES (?, ?)').run(derivedId, text)
  const row = findDerivedKey(db, derivedId, text)
  return row as number
}

/** The same labels are the same text, in whatever order they were named. */
export const labelText = (labels: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))))

export function findDerivedKey(db: Database, derivedId: number, labels: string): number | undefined {
  const row = db
    .query<{ id: number }, [number, string]>('SELECT id FROM derived_key WHERE derived_id = ? AND labels = ?')
    .get(derivedId, labels)
  return row === null ? undefined : -row.id
}
