import type { Database, Statement } from 'bun:sqlite'
import { derivedDef } from '../../catalogue/catalogue.ts'
import { FrameDecoder } from '../../frame/codec.ts'
import type { SeriesId } from '../../frame/frame.ts'
import type { Series } from '../../frame/series-table.ts'
import { encodeBuckets } from '../chunk/buckets.ts'
import { decodeColumn, encodeColumn } from '../chunk/column.ts'
import { type Bucketing, bucketTicks, type RollupRules, rollCounter, rollGauge } from '../rollup.ts'
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
  readonly series: () => readonly Series[]
  readonly packProcesses: (ticks: readonly Uint8Array[]) => Uint8Array
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
  readonly #insertChunk: Statement
  /** The last values of the block compacted last, and its last tick: where the next one's rates begin. */
  #carry: { readonly seq: number; readonly values: ReadonlyMap<SeriesId, number> } | undefined

  constructor(private readonly parts: CompactionParts) {
    this.#insertChunk = parts.db.prepare('INSERT OR REPLACE INTO chunk (block_id, key, data) VALUES (?, ?, ?)')
  }

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
    const blockId = this.#nextBlockId()
    yield* this.#writeRaw(blockId, columns)
    const bucketing = bucketTicks(columns.unixMs, minuteMs)
    yield* this.#writeMinutes(blockId + 1, columns, bucketing)
    const packed = this.parts.packProcesses(columns.processes)
    yield
    this.#finish(blockId, columns, bucketing, packed, from, to)
    this.#carry = { seq: columns.lastSeq, values: lastValues(columns.values) }
  }

  #nextBlockId(): number {
    return (this.parts.db.query<{ id: number | null }, []>('SELECT max(id) AS id FROM block').get()?.id ?? 0) + 1
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
    const columns: Columns = {
      firstSeq: bounds.first,
      lastSeq: bounds.last,
      unixMs: new Float64Array(bounds.n),
      elapsedMs: new Float64Array(bounds.n),
      values: new Map(),
      before: this.#carryInto(bounds.first),
      processes: [],
    }
    const ticks: Uint8Array[] = []
    let at = 0
    for (let seq = from; at < bounds.n; ) {
      for (const row of read.all(seq, to, rowsPerSlice)) {
        const frame = decoder.decode(row.frame)
        columns.unixMs[at] = row.unix_ms
        columns.elapsedMs[at] = row.elapsed_ms
        for (const id of frame.ids) columns.values.has(id) || columns.values.set(id, nanColumn(bounds.n))
        for (const [id, column] of columns.values) column[at] = decoder.values[id] ?? Number.NaN
        ticks.push(row.processes)
        seq = row.seq + 1
        at++
      }
      yield
    }
    return { ...columns, processes: ticks }
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
    const chunks = db.query<{ key: number; data: Uint8Array }, [number]>(
      'SELECT key, data FROM chunk WHERE block_id = ?',
    )
    for (const { key, data } of chunks.iterate(block.id)) {
      decodeColumn(data, column)
      values.set(key, column.at(-1) as number)
    }
    return values
  }

  *#writeRaw(blockId: number, columns: Columns): Generator<void> {
    for (const slice of slices([...columns.values])) {
      this.#inTransaction(() => {
        for (const [id, column] of slice) this.#insertChunk.run(blockId, id, encodeColumn(column))
      })
      yield
    }
  }

  *#writeMinutes(blockId: number, columns: Columns, bucketing: Bucketing): Generator<void> {
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
          this.#insertChunk.run(blockId, id, encodeBuckets(buckets))
        }
      })
      yield
    }
    const derived = rules.derive({
      elapsedMs: columns.elapsedMs,
      column: (id) => {
        const values = columns.values.get(id)
        return values === undefined ? undefined : { before: columns.before.get(id) ?? Number.NaN, values }
      },
    })
    yield
    for (const slice of slices(derived)) {
      this.#inTransaction(() => {
        for (const { derived: name, labels, values } of slice) {
          const buckets = rollGauge(values, columns.elapsedMs, bucketing)
          this.#insertChunk.run(blockId, derivedKey(this.parts.db, derivedDef(name).id, labels), encodeBuckets(buckets))
        }
      })
      yield
    }
  }

  #finish(id: number, columns: Columns, bucketing: Bucketing, packed: Uint8Array, from: number, to: number): void {
    const { db } = this.parts
    const { firstSeq, lastSeq, unixMs, elapsedMs } = columns
    const insertBlock = db.query(
      'INSERT INTO block (id, tier, start_ms, end_ms, first_seq, last_seq, length, times) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    )
    const insertProcesses = db.query('INSERT INTO process_block (start_ms, end_ms, data) VALUES (?, ?, ?)')
    const [start, end] = extent(unixMs)
    const { starts } = bucketing
    const [firstBucket, lastBucket] = extent(starts)
    this.#inTransaction(() => {
      insertBlock.run(id, tiers['1s'], start, end, firstSeq, lastSeq, unixMs.length, encodeTimes(unixMs, elapsedMs))
      insertBlock.run(
        id + 1,
        tiers['1m'],
        firstBucket,
        lastBucket + minuteMs,
        firstSeq,
        lastSeq,
        starts.length,
        encodeTimes(starts),
      )
      insertProcesses.run(start, end, packed)
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
  const text = JSON.stringify(labels)
  db.query('INSERT OR IGNORE INTO derived_key (derived_id, labels) VALUES (?, ?)').run(derivedId, text)
  const row = findDerivedKey(db, derivedId, text)
  return row as number
}

export function findDerivedKey(db: Database, derivedId: number, labels: string): number | undefined {
  const row = db
    .query<{ id: number }, [number, string]>('SELECT id FROM derived_key WHERE derived_id = ? AND labels = ?')
    .get(derivedId, labels)
  return row === null ? undefined : -row.id
}
