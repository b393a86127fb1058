import { Database } from 'bun:sqlite'
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeBuckets, encodeBuckets } from '../src/store/chunk/buckets.ts'
import { addBucket, emptyBuckets, type MutableBuckets } from '../src/store/rollup.ts'
import { insertBlock } from '../src/store/sqlite/blocks.ts'
import { fileNames } from '../src/store/sqlite/open.ts'
import { migrate, tiers } from '../src/store/sqlite/schema.ts'
import { decodeTimes, encodeTimes } from '../src/store/sqlite/times.ts'
import { compactAll, copyRecording, openRecord } from './recording.ts'

const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const [days, months, years] = [1, 30, 366]

/** A record of full length: where it ends, and how many pages each tier takes. */
export interface FullRecord {
  readonly dataDir: string
  readonly endMs: number
}

interface Block {
  readonly id: number
  readonly start_ms: number
  readonly length: number
  readonly times: Uint8Array
}

/**
 * 24 hours of seconds, 30 days of minutes and a year of hours, made of a shorter record by repeating its blocks: the
 * same bytes as long as they need be. Kept in the temporary directory for the next run.
 */
export async function fullRecord(recording: string, progress: (text: string) => void): Promise<FullRecord> {
  const { size, mtimeMs } = statSync(recording)
  const dataDir = join(tmpdir(), `sysmon-bench-full-${size}-${Math.floor(mtimeMs)}`)
  const database = join(dataDir, fileNames.database)
  if (!existsSync(database)) {
    progress('writing a record of 24 h, 30 d and 1 y')
    const copy = copyRecording(recording)
    try {
      const store = await openRecord(copy.dataDir)
      await compactAll(store)
      store.close()
      mkdirSync(dataDir, { recursive: true })
      write(copy.database, `${database}.part`)
      renameSync(`${database}.part`, database)
    } finally {
      copy.remove()
      rmSync(`${database}.part`, { force: true })
    }
  }
  return { dataDir, endMs: endOf(database) }
}

function endOf(database: string): number {
  const db = new Database(database)
  const row = db.query<{ ms: number }, []>('SELECT max(end_ms) AS ms FROM block WHERE tier = 0').get()
  db.close()
  return row?.ms ?? 0
}

function write(from: string, to: string): void {
  const db = new Database(to, { create: true })
  db.run('PRAGMA synchronous = OFF')
  migrate(db)
  db.query('ATTACH ? AS source').run(from)
  for (const table of ['series', 'derived_key', 'meta']) db.run(`INSERT INTO ${table} SELECT * FROM source.${table}`)
  const endMs =
    Math.floor((db.query<{ ms: number }, []>('SELECT max(end_ms) AS ms FROM source.block').get()?.ms ?? 0) / dayMs) *
    dayMs
  db.transaction(() => {
    const nextId = writeSeconds(db, endMs)
    writeBuckets(db, endMs, nextId)
    writeProcesses(db, endMs)
  })()
  db.query('DETACH source').run()
  db.close()
}

const blocksOf = (db: Database, tier: number, least: number): Block[] =>
  db
    .query<Block, [number, number]>(
      'SELECT id, start_ms, length, times FROM source.block WHERE tier = ? AND length >= ? ORDER BY first_seq',
    )
    .all(tier, least)

/** Gives the id for the next block. */
function writeSeconds(db: Database, endMs: number): number {
  const all = blocksOf(db, tiers['1s'], 2)
  const longest = Math.max(...all.map((block) => block.length))
  const blocks = all.filter((block) => block.length > longest / 2)
  const copyChunks = db.query('INSERT INTO chunk SELECT ?, key, data FROM source.chunk WHERE block_id = ?')
  let id = 1
  let seq = 0
  for (let startMs = endMs - days * dayMs; startMs < endMs; id++) {
    const block = blocks[id % blocks.length] as Block
    const [unixMs, elapsedMs] = decodeTimes(block.times, block.length, 2) as [Float64Array, Float64Array]
    const length = Math.min(block.length, 300)
    const shifted = unixMs.map((_, i) => startMs + i * secondMs)
    insertBlock(db, {
      id,
      tier: tiers['1s'],
      startMs,
      endMs: startMs + (length - 1) * secondMs,
      firstSeq: seq,
      lastSeq: seq + length - 1,
      length: block.length,
      isMerged: false,
      times: encodeTimes(shifted, elapsedMs),
    })
    copyChunks.run(id, block.id)
    startMs += block.length * secondMs
    seq += block.length
  }
  return id
}

/** Minutes as hours merged, hours as days merged: what a month and a year are read from. */
function writeBuckets(db: Database, endMs: number, firstId: number): void {
  const minutes = blocksOf(db, tiers['1m'], 1)
  const keys = db
    .query<{ key: number }, []>(
      'SELECT DISTINCT key FROM source.chunk WHERE block_id IN (SELECT id FROM source.block WHERE tier = 1)',
    )
    .all()
  const hour = new Map(keys.map(({ key }) => [key, encodeBuckets(repeated(db, minutes, key, 60))]))
  const day = new Map(keys.map(({ key }) => [key, encodeBuckets(repeated(db, minutes, key, 24))]))
  let id = writeTier(
    db,
    { tier: tiers['1m'], chunks: hour, bucketMs: minuteMs, length: 60, count: months * 24 },
    endMs,
    firstId,
  )
  id = writeTier(db, { tier: tiers['1h'], chunks: day, bucketMs: hourMs, length: 24, count: years }, endMs, id)
}

interface TierContent {
  readonly tier: number
  readonly chunks: ReadonlyMap<number, Uint8Array>
  readonly bucketMs: number
  readonly length: number
  readonly count: number
}

function writeTier(
  db: Database,
  { tier, chunks, bucketMs, length, count }: TierContent,
  endMs: number,
  firstId: number,
): number {
  const insert = db.query('INSERT INTO chunk (block_id, key, data) VALUES (?, ?, ?)')
  const inOrder = [...chunks].sort(([a], [b]) => a - b)
  const spanMs = bucketMs * length
  for (let i = 0; i < count; i++) {
    const startMs = endMs - (count - i) * spanMs
    const starts = Float64Array.from({ length }, (_, k) => startMs + k * bucketMs)
    const run = { firstSeq: 0, lastSeq: 0, isMerged: true, times: encodeTimes(starts) }
    insertBlock(db, { ...run, id: firstId + i, tier, startMs, endMs: startMs + spanMs, length })
    for (const [key, data] of inOrder) insert.run(firstId + i, key, data)
  }
  return firstId + count
}

/** So many buckets of a series, those of the record again and again. */
function repeated(db: Database, blocks: readonly Block[], key: number, length: number): MutableBuckets {
  const result = emptyBuckets(length)
  const read = db.query<{ data: Uint8Array }, [number, number]>(
    'SELECT data FROM source.chunk WHERE block_id = ? AND key = ?',
  )
  for (let at = 0, turn = 0; at < length; turn++) {
    const block = blocks[turn % blocks.length] as Block
    const chunk = read.get(block.id, key)
    const buckets = chunk === null ? emptyBuckets(block.length) : decodeBuckets(chunk.data, block.length)
    for (let i = 0; i < block.length && at < length; i++, at++) addBucket(result, at, buckets, i)
  }
  return result
}

function writeProcesses(db: Database, endMs: number): void {
  const blocks = db
    .query<{ start_ms: number; end_ms: number; data: Uint8Array }, []>(
      'SELECT start_ms, end_ms, data FROM source.process_block',
    )
    .all()
    .filter((block) => block.end_ms > block.start_ms)
  const insert = db.query('INSERT INTO process_block (start_ms, end_ms, data) VALUES (?, ?, ?)')
  if (blocks.length === 0) return
  for (let startMs = endMs - days * dayMs, turn = 0; startMs < endMs; turn++) {
    const block = blocks[turn % blocks.length] as (typeof blocks)[number]
    const lengthMs = block.end_ms - block.start_ms
    insert.run(startMs, startMs + lengthMs, block.data)
    startMs += lengthMs + secondMs
  }
}
