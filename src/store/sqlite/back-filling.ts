import type { Database } from 'bun:sqlite'
import { derivedDef, metricDef } from '../../catalogue/catalogue.ts'
import type { SeriesId } from '../../frame/frame.ts'
import type { Series } from '../../frame/series-table.ts'
import type { Backfill, BackfillCounts, BackfillTicks } from '../backfill.ts'
import { encodeBuckets } from '../chunk/buckets.ts'
import { encodeColumn } from '../chunk/column.ts'
import {
  type Bucketing,
  bucketTicks,
  type Coverage,
  coverageOf,
  inSinglePrecision,
  type RollupRules,
  rollCounter,
  rollGauge,
} from '../rollup.ts'
import type { TimeRange } from '../store.ts'
import { insertBlock, nextBlockId, setTier, writeChunk } from './blocks.ts'
import { derivedKey, extent } from './compaction.ts'
import { checkpointAtBytes, type Durability } from './durability.ts'
import { translated } from './errors.ts'
import { Known } from './known.ts'
import type { Reading } from './reading.ts'
import { droppedTier, pendingTier, tiers } from './schema.ts'
import { encodeTimes } from './times.ts'

/**
 * Puts ticks of the past into blocks of their own, with minutes beside them, as compaction does with the head. Their
 * numbers are below 0: ticks that were recorded come after them, and where both know a time the recorded ones count.
 * The blocks are pending until `commit`; what is pending when the program starts is dropped.
 */
export interface BackFillingParts {
  readonly db: Database
  readonly rules: RollupRules
  readonly isTrial: boolean
  readonly reading: Reading
  readonly durability: Durability
  readonly onCommit: (series: readonly Series[]) => void
}

const minuteMs = 60_000
const chunksPerSlice = 24
const derivedPerSlice = 4
/** Ticks of one back-fill at most: so many numbers are set aside for each. */
const numbersSetAside = 2 ** 32

/** Ticks that are left of a call once those without anything new are gone. */
interface Left {
  readonly unixMs: Float64Array
  readonly elapsedMs: Float64Array
  readonly columns: ReadonlyMap<SeriesId, Float64Array>
}

export class BackFilling implements Backfill {
  #nextSeq: number
  readonly #blocks: { readonly id: number; readonly tier: number }[] = []
  /** Values of the last tick added: where the next rates begin. */
  #before: ReadonlyMap<SeriesId, number> = new Map()
  #isOver = false

  constructor(private readonly parts: BackFillingParts) {
    const lowest = parts.db.query<{ seq: number | null }, []>('SELECT min(first_seq) AS seq FROM block').get()?.seq
    this.#nextSeq = Math.min(lowest ?? 0, 0) - numbersSetAside
  }

  *add(ticks: BackfillTicks): Generator<void, BackfillCounts> {
    const known = new Known(this.parts.reading, rangeOf(ticks.unixMs))
    const counts = yield* known.strike(ticks)
    if (this.parts.isTrial) return counts
    const left = leftOf(ticks)
    if (left === undefined) {
      this.#breakOff()
      return counts
    }
    yield* this.#write(left, ticks.series, known)
    const isWhole = left.unixMs.at(-1) === ticks.unixMs.at(-1)
    if (isWhole) this.#before = new Map([...left.columns].map(([id, column]) => [id, column.at(-1) as number]))
    else this.#breakOff()
    return counts
  }

  /** The next tick does not follow on the last one that was kept. */
  #breakOff(): void {
    this.#nextSeq++
    this.#before = new Map()
  }

  *#write(left: Left, series: BackfillTicks['series'], known: Known): Generator<void> {
    const { db } = this.parts
    const { unixMs, elapsedMs, columns } = left
    const bucketing = bucketTicks(unixMs, minuteMs)
    const coverage = coverageOf(elapsedMs, bucketing)
    const id = nextBlockId(db)
    this.#insertPending(id, left, bucketing, coverage)
    for (const slice of slices([...columns], chunksPerSlice)) {
      this.#inTransaction(() => {
        for (const [key, column] of slice) {
          writeChunk(db, id, key, encodeColumn(column))
          const one = series(key)
          if (one !== undefined)
            writeChunk(db, id + 1, key, encodeBuckets(this.#roll(one, column, elapsedMs, bucketing), coverage))
        }
      })
      yield
    }
    yield* this.#writeDerived(id + 1, left, bucketing, coverage, known)
  }

  #roll(series: Series, column: Float64Array, elapsedMs: Float64Array, bucketing: Bucketing) {
    const { rules } = this.parts
    if (!rules.isCounter(series)) return rollGauge(column, elapsedMs, bucketing)
    const before = this.#before.get(series.id) ?? Number.NaN
    return rollCounter(column, before, elapsedMs, bucketing, (p, c) => rules.counterDelta(series, p, c))
  }

  /** Rows first, so that no other block takes the ids; they count once their tier is a real one. */
  #insertPending(id: number, { unixMs, elapsedMs }: Left, { starts }: Bucketing, coverage: Coverage): void {
    const { db } = this.parts
    const [startMs, endMs] = extent(unixMs)
    const [firstBucket, lastBucket] = extent(starts)
    const run = { firstSeq: this.#nextSeq, lastSeq: this.#nextSeq + unixMs.length - 1, isMerged: false }
    this.#nextSeq += unixMs.length
    this.#inTransaction(() => {
      insertBlock(db, {
        ...run,
        id,
        tier: pendingTier(tiers['1s']),
        startMs,
        endMs,
        length: unixMs.length,
        times: encodeTimes(unixMs, elapsedMs),
      })
      insertBlock(db, {
        ...run,
        id: id + 1,
        tier: pendingTier(tiers['1m']),
        startMs: firstBucket,
        endMs: lastBucket + minuteMs,
        length: starts.length,
        times: encodeTimes(starts, coverage.count, coverage.seconds),
      })
    })
    this.#blocks.push({ id, tier: tiers['1s'] }, { id: id + 1, tier: tiers['1m'] })
  }

  /** Over what the record has of those ticks too; what it has derived in those minutes already stays. */
  *#writeDerived(
    blockId: number,
    { unixMs, elapsedMs, columns }: Left,
    bucketing: Bucketing,
    coverage: Coverage,
    known: Known,
  ): Generator<void> {
    const { db, rules } = this.parts
    if (known.isInHead) return
    const merged = known.merged(unixMs, columns)
    const derived = rules.derive({
      elapsedMs,
      column: (id) => {
        const values = merged(id)
        return values === undefined ? undefined : { before: this.#before.get(id) ?? Number.NaN, values }
      },
    })
    let done = 0
    for (const { derived: name, labels, values } of derived) {
      if (known.hasDerived(name, labels)) continue
      const buckets = inSinglePrecision(rollGauge(values, elapsedMs, bucketing))
      this.#inTransaction(() =>
        writeChunk(db, blockId, derivedKey(db, derivedDef(name).id, labels), encodeBuckets(buckets, coverage)),
      )
      if (++done % derivedPerSlice === 0) yield
    }
  }

  async breathe(): Promise<void> {
    const { durability } = this.parts
    if (durability.logBytes > checkpointAtBytes) await durability.checkpoint()
  }

  commit(newSeries: readonly Series[]): void {
    const { db, durability } = this.parts
    if (this.#isOver) return
    this.#inTransaction(() => {
      for (const { id, metric, labels } of newSeries) {
        db.query('INSERT OR IGNORE INTO series (id, metric_id, labels) VALUES (?, ?, ?)').run(
          id,
          metricDef(metric).id,
          JSON.stringify(labels),
        )
      }
      for (const { id, tier } of this.#blocks) setTier(db, id, tier)
    })
    this.#isOver = true
    this.parts.onCommit(newSeries)
    durability.committed()
  }

  abandon(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#inTransaction(() => {
      for (const { id } of this.#blocks) setTier(this.parts.db, id, droppedTier)
    })
  }

  #inTransaction(work: () => void): void {
    translated(() => this.parts.db.transaction(work)())
  }
}

/** What was pending when the program ended does not count and never will. */
export function dropPending(db: Database): void {
  db.query('UPDATE block SET tier = ? WHERE tier <= ?').run(droppedTier, pendingTier(tiers['1s']))
}

const rangeOf = (unixMs: Float64Array): TimeRange => ({ startMs: unixMs[0] as number, endMs: unixMs.at(-1) as number })

/** Without ticks of which nothing is left; the one after such a tick has none to be compared with. */
function leftOf({ unixMs, elapsedMs, columns }: BackfillTicks): Left | undefined {
  const present = [...columns].filter(([, column]) => column.some((value) => !Number.isNaN(value)))
  const rows = [...unixMs.keys()].filter((row) => present.some(([, column]) => !Number.isNaN(column[row] as number)))
  if (rows.length === 0) return undefined
  const pick = (column: Float64Array): Float64Array => Float64Array.from(rows, (row) => column[row] as number)
  const isWhole = rows.length === unixMs.length
  return {
    unixMs: isWhole ? unixMs : pick(unixMs),
    elapsedMs: Float64Array.from(rows, (row, i) => (row === (rows[i - 1] ?? -1) + 1 ? (elapsedMs[row] as number) : 0)),
    columns: new Map(present.map(([id, column]) => [id, isWhole ? column : pick(column)])),
  }
}

function* slices<T>(items: readonly T[], length: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += length) yield items.slice(at, at + length)
}
