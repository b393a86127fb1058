import type { Database } from 'bun:sqlite'
import { statSync } from 'node:fs'
import { metricDef, metricNameById } from '../../catalogue/catalogue.ts'
import { gapReasons } from '../../frame/frame.ts'
import type { Series } from '../../frame/series-table.ts'
import type { Backfill } from '../backfill.ts'
import type { RollupRules } from '../rollup.ts'
import {
  type BucketColumns,
  type ProcessBlock,
  type RollupKey,
  type RollupTier,
  type SampleColumns,
  type Store,
  type StoredEvent,
  type StoredTick,
  StoreError,
  type StoreStats,
  type TimeRange,
} from '../store.ts'
import { BackFilling, dropPending } from './back-filling.ts'
import { droppedBlock, removeBlock } from './blocks.ts'
import { Compaction } from './compaction.ts'
import { checkpointAtBytes, Durability } from './durability.ts'
import { storeError, translated } from './errors.ts'
import { Merging } from './merging.ts'
import { Reading } from './reading.ts'
import { Expiry, type Retention } from './retention.ts'
import { tiers } from './schema.ts'

export interface SqliteStoreParts {
  readonly db: Database
  readonly path: string
  readonly retention: Retention
  readonly rules: RollupRules
  readonly packProcesses: (ticks: readonly Uint8Array[]) => Uint8Array
  readonly monotonicMs: () => number
  readonly logLimits: LogLimits
  /** Told when background work fails; it is tried again. */
  readonly onError: (error: unknown) => void
  /** Told when the record turns out to be damaged: it is to be moved aside at the next start. */
  readonly onDamage: () => void
  /** Releases the directory. */
  readonly release: () => void
}

/** How far the log may grow while somebody keeps the database open for reading (Q1), bytes. */
export interface LogLimits {
  /** Past this only ticks are written. */
  readonly workBytes: number
  /** Past this nothing is: ticks wait in memory. */
  readonly appendBytes: number
}
export const defaultLogLimits: LogLimits = { workBytes: 64 * 2 ** 20, appendBytes: 192 * 2 ** 20 }

/**
 * The embedded store: one insert a tick into `head`, closed runs of ticks compacted into blocks, buckets merged,
 * the old dropped, all on one connection of the one writer and in slices between ticks.
 */
export class SqliteStore implements Store {
  readonly #durability: Durability
  readonly #compaction: Compaction
  readonly #merging: Merging
  readonly #expiry: Expiry
  readonly #reading: Reading
  readonly #series: (Series | undefined)[]
  #work: Generator<void> | undefined
  /** Blocks have come since merges were last looked for. */
  #mayMerge = true
  #lastSeq: number
  /** Ticks in the record; undefined when they have to be counted again. */
  #frames: number | undefined
  #bytesAppended = 0
  /** A write has failed for want of room. */
  #isFull = false
  #closed = false

  constructor(private readonly parts: SqliteStoreParts) {
    const { db } = parts
    this.#series = readSeries(db)
    dropPending(db)
    this.#compaction = new Compaction({
      db,
      rules: parts.rules,
      series: () => this.#series,
      packProcesses: parts.packProcesses,
      onError: parts.onError,
    })
    this.#merging = new Merging(db)
    this.#expiry = new Expiry(db, parts.retention)
    this.#reading = new Reading(db)
    this.#lastSeq = lastSeqOf(db)
    this.#durability = new Durability(parts.path, parts.onError)
  }

  series(): Promise<readonly (Series | undefined)[]> {
    return Promise.resolve([...this.#series])
  }

  lastSeq(): number {
    return this.#lastSeq
  }

  append(tick: StoredTick): void {
    this.#open()
    if (tick.seq <= this.#lastSeq) return
    const { isHeld, logBytes } = this.#durability
    if (isHeld && logBytes > this.parts.logLimits.appendBytes) {
      const size = `${Math.round(logBytes / 1e6)} MB`
      throw new StoreError('locked', `a program keeps the database open for reading: its log has grown to ${size}`)
    }
    const isNew = tick.newSeries.length > 0
    this.#noting(() => (isNew ? this.parts.db.transaction(() => this.#write(tick))() : this.#write(tick)))
    for (const series of tick.newSeries) this.#series[series.id] = series
    this.#lastSeq = tick.seq
    if (this.#frames !== undefined) this.#frames++
    this.#bytesAppended += tick.frame.length + tick.processes.length
    this.#durability.committed()
  }

  #write(tick: StoredTick): void {
    const { db } = this.parts
    for (const { id, metric, labels } of tick.newSeries) {
      db.query('INSERT OR IGNORE INTO series (id, metric_id, labels) VALUES (?, ?, ?)').run(
        id,
        metricDef(metric).id,
        JSON.stringify(labels),
      )
    }
    // After ticks that were lost there is no tick to compare with: its elapsed time is since one that is not kept.
    const elapsedMs = tick.seq === this.#lastSeq + 1 ? tick.elapsedMs : 0
    db.query(
      'INSERT INTO head (seq, unix_ms, elapsed_ms, gap, is_key, frame, processes) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ).run(
      tick.seq,
      tick.unixMs,
      elapsedMs,
      gapReasons.indexOf(tick.gap),
      Number(tick.isKey),
      tick.frame,
      tick.processes,
    )
  }

  maintain(nowMs: number, budgetMs: number): boolean {
    this.#open()
    if (this.#durability.checkpointing) return false
    const { logBytes } = this.#durability
    if (logBytes > checkpointAtBytes || this.#isFull) {
      this.#isFull = false
      this.#durability.checkpoint().catch((error) => this.parts.onError(storeError(error)))
      if (logBytes > this.parts.logLimits.workBytes) return false
    }
    const { monotonicMs } = this.parts
    const endMs = monotonicMs() + budgetMs
    try {
      return this.#noting(() => {
        do {
          if (!this.#step(nowMs)) return false
        } while (monotonicMs() < endMs && this.#durability.logBytes <= this.parts.logLimits.workBytes)
        return true
      })
    } catch (error) {
      this.#work = undefined
      this.#mayMerge = true
      throw error
    }
  }

  /** Where there is no room for the log to grow it is moved, however short, so that it can be written from its start again. */
  #noting<T>(write: () => T): T {
    try {
      return translated(write)
    } catch (error) {
      const code = error instanceof StoreError ? error.code : undefined
      this.#isFull ||= code === 'full'
      if (code === 'corrupt') this.parts.onDamage()
      throw error
    }
  }

  settled(): Promise<void> {
    return this.#durability.settled()
  }

  /** One slice of whatever is to be done; false when there is nothing. Room is made first: the rest may need it. */
  #step(nowMs: number): boolean {
    if (this.#expiry.shrink()) return this.#recount()
    this.#work ??= this.#nextWork()
    if (this.#work === undefined)
      return this.#tidy() || (this.#expiry.slice(nowMs, this.parts.monotonicMs()) && this.#recount())
    if (this.#work.next().done === true) this.#work = undefined
    return true
  }

  #recount(): true {
    this.#frames = undefined
    return true
  }

  #tidy(): boolean {
    const id = droppedBlock(this.parts.db)
    if (id !== undefined) removeBlock(this.parts.db, id)
    return id !== undefined
  }

  #nextWork(): Generator<void> | undefined {
    const closed = this.#compaction.next()
    if (closed !== undefined) {
      this.#mayMerge = true
      this.#frames = undefined
      return this.#compaction.run(closed.from, closed.to)
    }
    const merge = this.#mayMerge ? this.#merging.next(this.#completeMs()) : undefined
    this.#mayMerge = merge !== undefined
    return merge === undefined ? undefined : this.#merging.run(merge)
  }

  /** All before this is in blocks. */
  #completeMs(): number {
    const { db } = this.parts
    const inHead = db.query<{ ms: number | null }, []>('SELECT min(unix_ms) AS ms FROM head').get()?.ms
    const inBlocks = db.query<{ ms: number | null }, []>('SELECT max(end_ms) AS ms FROM block').get()?.ms
    return inHead ?? inBlocks ?? 0
  }

  rolledUpToMs(tier: RollupTier): number {
    this.#open()
    const { db } = this.parts
    const head = db.query<{ ms: number | null }, []>('SELECT min(unix_ms) AS ms FROM head').get()?.ms
    const fresh = db
      .query<{ ms: number }, [number]>(
        'SELECT start_ms AS ms FROM block WHERE tier = ? AND is_merged = 0 ORDER BY start_ms LIMIT 1',
      )
      .get(tiers['1m'])?.ms
    const inHead = head ?? Number.POSITIVE_INFINITY
    return tier === '1m' ? inHead : Math.min(inHead, fresh ?? Number.POSITIVE_INFINITY)
  }

  async readSamples(ids: readonly number[], range: TimeRange): Promise<SampleColumns> {
    this.#open()
    return translated(() => this.#reading.samples(ids, range))
  }

  async readBuckets(tier: RollupTier, keys: readonly RollupKey[], range: TimeRange): Promise<BucketColumns> {
    this.#open()
    return translated(() => this.#reading.buckets(tier, keys, range))
  }

  async derivedLabels(derivedId: number): Promise<readonly Readonly<Record<string, string>>[]> {
    this.#open()
    return translated(() => this.#reading.derivedLabels(derivedId))
  }

  oldestMs(tier: keyof typeof tiers): number | undefined {
    this.#open()
    const row = this.parts.db
      .query<{ ms: number }, [number]>('SELECT start_ms AS ms FROM block WHERE tier = ? ORDER BY start_ms LIMIT 1')
      .get(tiers[tier])
    if (row !== null || tier !== '1s') return row?.ms
    return this.parts.db.query<{ ms: number | null }, []>('SELECT min(unix_ms) AS ms FROM head').get()?.ms ?? undefined
  }

  async readProcesses(range: TimeRange): Promise<readonly ProcessBlock[]> {
    this.#open()
    return translated(() => this.#reading.processes(range))
  }

  backfill(isTrial: boolean): Backfill {
    this.#open()
    return new BackFilling({
      ...this.parts,
      isTrial,
      reading: this.#reading,
      durability: this.#durability,
      onCommit: (series) => {
        for (const one of series) this.#series[one.id] = one
        this.#mayMerge = true
        this.#frames = undefined
      },
    })
  }

  appendEvent(event: StoredEvent): void {
    this.#open()
    translated(() =>
      this.parts.db
        .query('INSERT INTO event (unix_ms, kind, severity, message, data) VALUES (?, ?, ?, ?, ?)')
        .run(event.unixMs, event.kind, event.severity, event.message, JSON.stringify(event.data)),
    )
    this.#durability.committed()
  }

  async readEvents({ startMs, endMs }: TimeRange, limit: number): Promise<readonly StoredEvent[]> {
    this.#open()
    const rows = translated(() =>
      this.parts.db
        .query<EventRow, [number, number, number]>(
          'SELECT unix_ms, kind, severity, message, data FROM event WHERE unix_ms BETWEEN ? AND ? ORDER BY id DESC LIMIT ?',
        )
        .all(startMs, endMs, limit),
    )
    return rows.reverse().map((row) => ({
      unixMs: row.unix_ms,
      kind: row.kind,
      severity: row.severity as StoredEvent['severity'],
      message: row.message,
      data: JSON.parse(row.data) as StoredEvent['data'],
    }))
  }

  getMeta(key: string): string | undefined {
    this.#open()
    const read = this.parts.db.query<{ value: string }, [string]>('SELECT value FROM meta WHERE key = ?')
    return translated(() => read.get(key))?.value
  }

  setMeta(key: string, value: string): void {
    this.#open()
    translated(() => this.parts.db.query('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(key, value))
    this.#durability.committed()
  }

  stats(): StoreStats {
    this.#open()
    const { db } = this.parts
    this.#frames ??= countFrames(db)
    const one = (sql: string): number | undefined => db.query<{ v: number | null }, []>(sql).get()?.v ?? undefined
    return {
      databaseBytes: statSync(this.parts.path).size,
      walBytes: this.#durability.logBytes,
      frames: this.#frames,
      oldestMs:
        one('SELECT start_ms AS v FROM block WHERE tier = 0 ORDER BY start_ms LIMIT 1') ??
        one('SELECT unix_ms AS v FROM head ORDER BY seq LIMIT 1'),
      newestMs:
        one('SELECT unix_ms AS v FROM head ORDER BY seq DESC LIMIT 1') ??
        one('SELECT end_ms AS v FROM block WHERE tier = 0 ORDER BY start_ms DESC LIMIT 1'),
      bytesAppended: this.#bytesAppended,
    }
  }

  checkIntegrity(): void {
    this.#open()
    this.#noting(() => {
      const rows = this.parts.db.query<{ integrity_check: string }, []>('PRAGMA integrity_check').all()
      const wrong = rows.map((row) => row.integrity_check).filter((line) => line !== 'ok')
      if (wrong.length > 0) throw new StoreError('corrupt', wrong.slice(0, 3).join('; '))
    })
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#durability.close()
    this.parts.db.close()
    this.#durability.closeDescriptors()
    this.parts.release()
  }

  #open(): void {
    if (this.#closed) throw new StoreError('closed', 'the store is closed')
  }
}

interface EventRow {
  readonly unix_ms: number
  readonly kind: string
  readonly severity: string
  readonly message: string
  readonly data: string
}

/** Series of metrics that this version does not know keep their place in the numbering, unreadable. */
function readSeries(db: Database): (Series | undefined)[] {
  const rows = db
    .query<{ id: number; metric_id: number; labels: string }, []>(
      'SELECT id, metric_id, labels FROM series ORDER BY id',
    )
    .all()
  const series = new Array<Series | undefined>((rows.at(-1)?.id ?? -1) + 1).fill(undefined)
  for (const row of rows) {
    const metric = metricNameById(row.metric_id)
    if (metric !== undefined) series[row.id] = { id: row.id, metric, labels: JSON.parse(row.labels) }
  }
  return series
}

function lastSeqOf(db: Database): number {
  const head = db.query<{ seq: number | null }, []>('SELECT max(seq) AS seq FROM head').get()?.seq
  const block = db.query<{ seq: number | null }, []>('SELECT max(last_seq) AS seq FROM block').get()?.seq
  return Math.max(head ?? -1, block ?? -1)
}

function countFrames(db: Database): number {
  const head = db.query<{ n: number }, []>('SELECT count(*) AS n FROM head').get()?.n
  const blocks = db.query<{ n: number | null }, []>('SELECT sum(length) AS n FROM block WHERE tier = 0').get()?.n
  return (head ?? 0) + (blocks ?? 0)
}
