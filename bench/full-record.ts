import { Database } from 'bun:sqlite'
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeBuckets, encodeBuckets } from '../src/store/chunk/buckets.ts'
import { addBucket, emptyBuckets, type MutableBuckets } from '../src/store/rollup.ts'
import { chunkKeys, insertBlock, nextBlockId, readChunk, writeChunk } from '../src/store/sqlite/blocks.ts'
import { fileNames } from '../src/store/sqlite/open.ts'
import { migrate, tiers } from '../src/store/sqlite/schema.ts'
import { decodeTimes, encodeTimes } from '../src/store/sqlite/times.ts'
import { compactAll, copyRecording, openRecord } from './recording.ts'

const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const [days, months, years] = [1, 30, 366]

/** A record of full length, and where it ends. */
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
  const source = new Database(from)
  const target = new Database(to, { create: true })
  target.run('PRAGMA synchronous = OFF')
  migrate(target)
  const newest = source.query<{ ms: number }, []>('SELECT max(end_ms) AS ms FROM block').get()?.ms ?? 0
  const copy: Copy = { source, target, endMs: Math.floor(newest / dayMs) * dayMs }
  target.transaction(() => {
    copyTable(copy, 'series', 3)
    copyTable(copy, 'derived_key', 3)
    writeSeconds(copy)
    writeBuckets(copy)
    writeProcesses(copy)
  })()
  target.close()
  source.close()
}

interface Copy {
  readonly source: Database
  readonly target: Database
  /** Where the long record ends. */
  readonly endMs: number
}

function copyTable({ source, target }: Copy, table: string, columns: number): void {
  const insert = target.query(`INSERT INTO ${table} VALUES (${new Array(columns).fill('?').join(', ')})`)
  for (const row of source.query(`SELECT * FROM ${table}`).values()) insert.run(...(row as string[]))
}

const blocksOf = ({ source }: Copy, tier: number): Block[] =>
  source
    .query<Block, [number]>('SELECT id, start_ms, length, times FROM block WHERE tier = ? ORDER BY first_seq')
    .all(tier)

function writeSeconds(copy: Copy): void {
  const { source, target, endMs } = copy
  const all = blocksOf(copy, tiers['1s'])
  const longest = Math.max(...all.map((block) => block.length))
  const blocks = all.filter((block) => block.length > longest / 2)
  let seq = 0
  for (let startMs = endMs - days * dayMs, turn = 0; startMs < endMs; turn++) {
    const block = blocks[turn % blocks.length] as Block
    const { length } = block
    const [unixMs, elapsedMs] = decodeTimes(block.times, length, 2) as [Float64Array, Float64Array]
    const shiftMs = startMs - (unixMs[0] as number)
    const id = nextBlockId(target)
    insertBlock(target, {
      id,
      tier: tiers['1s'],
      startMs,
      endMs: (unixMs[length - 1] as number) + shiftMs,
      firstSeq: seq,
      lastSeq: seq + length - 1,
      length,
      isMerged: false,
      times: encodeTimes(
        unixMs.map((time) => time + shiftMs),
        elapsedMs,
      ),
    })
    for (const key of chunkKeys(source, block.id)) {
      writeChunk(target, id, key, readChunk(source, block.id, key) as Uint8Array)
    }
    startMs += length * secondMs
    seq += length
  }
}

/** Minutes as hours merged, hours as days merged: what a month and a year are read from. */
function writeBuckets(copy: Copy): void {
  writeTier(copy, { tier: tiers['1m'], bucketMs: minuteMs, length: 60, count: months * 24 })
  writeTier(copy, { tier: tiers['1h'], bucketMs: hourMs, length: 24, count: years })
}

interface TierShape {
  readonly tier: number
  readonly bucketMs: number
  /** Buckets of a block. */
  readonly length: number
  /** Blocks. */
  readonly count: number
}

function writeTier(copy: Copy, { tier, bucketMs, length, count }: TierShape): void {
  const { source, target, endMs } = copy
  const minutes = blocksOf(copy, tiers['1m']).map((block) => {
    const [, ticks, seconds] = decodeTimes(block.times, block.length, 3) as [Float64Array, Float64Array, Float64Array]
    return { ...block, coverage: { count: ticks, seconds } }
  })
  const nothing = new Float64Array(length)
  const coverage = repeated(minutes, length, (block) => ({
    ...block.coverage,
    min: nothing,
    max: nothing,
    sum: nothing,
    last: nothing,
  }))
  const keys = [...new Set(minutes.flatMap(({ id }) => chunkKeys(source, id)))].sort((a, b) => a - b)
  const chunks = keys.map((key) => {
    const buckets = repeated(minutes, length, (block) => {
      const data = readChunk(source, block.id, key)
      return data === undefined ? emptyBuckets(block.length) : decodeBuckets(data, block.length, block.coverage)
    })
    return encodeBuckets(buckets, coverage)
  })
  const spanMs = bucketMs * length
  for (let i = 0; i < count; i++) {
    const startMs = endMs - (count - i) * spanMs
    const starts = Float64Array.from({ length }, (_, k) => startMs + k * bucketMs)
    const id = nextBlockId(target)
    const run = {
      firstSeq: 0,
      lastSeq: 0,
      isMerged: true,
      times: encodeTimes(starts, coverage.count, coverage.seconds),
    }
    insertBlock(target, { ...run, id, tier, startMs, endMs: startMs + spanMs, length })
    for (const [k, key] of keys.entries()) writeChunk(target, id, key, chunks[k] as Uint8Array)
  }
}

/** So many buckets, those of the blocks again and again. */
function repeated<B extends Block>(
  blocks: readonly B[],
  length: number,
  read: (block: B) => MutableBuckets,
): MutableBuckets {
  const result = emptyBuckets(length)
  for (let at = 0, turn = 0; at < length; turn++) {
    const block = blocks[turn % blocks.length] as B
    const buckets = read(block)
    for (let i = 0; i < block.length && at < length; i++, at++) addBucket(result, at, buckets, i)
  }
  return result
}

function writeProcesses({ source, target, endMs }: Copy): void {
  const blocks = source
    .query<{ start_ms: number; end_ms: number; data: Uint8Array }, []>(
      'SELECT start_ms, end_ms, data FROM process_block',
    )
    .all()
    .filter((block) => block.end_ms > block.start_ms)
  const insert = target.query('INSERT INTO process_block (start_ms, end_ms, data) VALUES (?, ?, ?)')
  if (blocks.length === 0) return
  for (let startMs = endMs - days * dayMs, turn = 0; startMs < endMs; turn++) {
    const block = blocks[turn % blocks.length] as (typeof blocks)[number]
    const lengthMs = block.end_ms - block.start_ms
    insert.run(startMs, startMs + lengthMs, block.data)
    startMs += lengthMs + secondMs
  }
}
