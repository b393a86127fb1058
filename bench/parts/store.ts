import { Database } from 'bun:sqlite'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeColumn } from '../../src/store/chunk/column.ts'
import { chunkKeys, keysPerBlock, readChunk } from '../../src/store/sqlite/blocks.ts'
import { migrate } from '../../src/store/sqlite/schema.ts'
import { type BenchContext, type BenchPart, type Figure, percentile } from '../part.ts'
import { compactAll, copyRecording, findRecording, openRecord, type RecordCopy } from '../recording.ts'

const kibibyte = 1024
const mebibyte = 1024 * kibibyte
const daySeconds = 86_400
const appends = 2000

/** What a recorded second costs on disk, and how long it takes to get there. */
export const part: BenchPart = {
  name: 'store',
  about: 'bytes a sample and a process tick, all included; time of an append; size of the three tiers',
  async run(context) {
    const recording = findRecording(context)
    if (recording === undefined) {
      context.progress('no record to measure: name one with --recording or SYSMON_BENCH_RECORDING')
      return []
    }
    context.progress(`a copy of ${recording}`)
    const copy = copyRecording(recording)
    try {
      const times = await appendTimes(copy, context)
      const store = await openRecord(copy.dataDir)
      await compactAll(store)
      store.close()
      return [...sizes(copy), ...times]
    } finally {
      copy.remove()
    }
  },
}

function sizes({ dataDir, database }: RecordCopy): Figure[] {
  const db = new Database(database, { readwrite: true })
  const one = (sql: string): number => Number(Object.values(db.query(sql).get() as object)[0] ?? 0)
  const ticks = one('SELECT sum(length) FROM block WHERE tier = 0')
  const samples = countSamples(db)
  const seconds = tableBytes(db, dataDir, 'SELECT id FROM block WHERE tier = 0')
  const minutes = tableBytes(db, dataDir, 'SELECT id FROM block WHERE tier = 1')
  const minuteBuckets = one('SELECT sum(length) FROM block WHERE tier = 1')
  const processes = processBytes(db, dataDir)
  db.close()
  const day = (seconds / ticks) * daySeconds
  const month = (minutes / minuteBuckets) * 30 * 24 * 60
  return [
    { name: 'ticks measured', value: ticks, unit: 'ticks', note: `${Math.round(samples / ticks)} values each` },
    { name: 'seconds: a sample, all included', value: seconds / samples, unit: 'B', target: 0.7 },
    { name: 'seconds: a tick, all included', value: seconds / ticks, unit: 'B' },
    { name: 'processes: a tick, all included', value: processes / ticks, unit: 'B', target: 512 },
    { name: 'minutes: a bucket of all series', value: minutes / minuteBuckets, unit: 'B' },
    { name: '24 h of seconds', value: day / mebibyte, unit: 'MiB' },
    { name: '24 h of processes', value: ((processes / ticks) * daySeconds) / mebibyte, unit: 'MiB' },
    {
      name: '30 d of minutes',
      value: month / mebibyte,
      unit: 'MiB',
      note: 'as 5-minute blocks; hours merged are smaller',
    },
    {
      name: '1 y of hours',
      value: ((minutes / minuteBuckets) * 366 * 24) / mebibyte,
      unit: 'MiB',
      note: 'an hour bucket as a minute bucket',
    },
  ]
}

function countSamples(db: Database): number {
  let samples = 0
  const lengths = new Map(
    db
      .query<{ id: number; length: number }, []>('SELECT id, length FROM block WHERE tier = 0')
      .all()
      .map(({ id, length }) => [id, new Float64Array(length)]),
  )
  for (const [id, column] of lengths) {
    for (const key of chunkKeys(db, id)) {
      decodeColumn(readChunk(db, id, key) as Uint8Array, column)
      for (const value of column) if (!Number.isNaN(value)) samples++
    }
  }
  return samples
}

/** The pages that a part of the record takes in a database of its own, indexes and unfilled space included. */
function pagesOf(source: Database, dataDir: string, copy: (db: Database) => void): number {
  const path = join(dataDir, 'part.db')
  const empty = new Database(path, { create: true })
  migrate(empty)
  const base = statSync(path).size
  empty.close()
  const db = new Database(path)
  db.query('ATTACH ? AS source').run(source.filename)
  copy(db)
  db.query('DETACH source').run()
  db.close()
  const { size } = statSync(path)
  rmSync(path)
  return size - base
}

const tableBytes = (source: Database, dataDir: string, ids: string): number =>
  pagesOf(source, dataDir, (db) => {
    const qualified = ids.replace('FROM block', 'FROM source.block')
    db.run(`INSERT INTO block SELECT * FROM source.block WHERE id IN (${qualified})`)
    db.run(`INSERT INTO chunk SELECT * FROM source.chunk WHERE id / ${keysPerBlock} IN (${qualified}) ORDER BY id`)
  })

const processBytes = (source: Database, dataDir: string): number =>
  pagesOf(source, dataDir, (db) => {
    db.run('INSERT INTO process_block SELECT * FROM source.process_block')
  })

/** Ticks as they were recorded, again and again, with time between them for the sync that follows each. */
async function appendTimes({ database }: RecordCopy, { progress }: BenchContext): Promise<Figure[]> {
  const db = new Database(database, { readonly: true })
  const rows = db.query<{ frame: Uint8Array; processes: Uint8Array }, []>('SELECT frame, processes FROM head').all()
  db.close()
  if (rows.length === 0) return []
  progress(`${appends} appends, the ${rows.length} ticks of the open run again and again`)
  const dataDir = mkdtempSync(join(tmpdir(), 'sysmon-bench-'))
  const store = await openRecord(dataDir)
  const times: number[] = []
  try {
    for (let seq = 0; seq < appends; seq++) {
      const { frame, processes } = rows[seq % rows.length] as (typeof rows)[number]
      const tick = { seq, unixMs: 1000 * seq, elapsedMs: 1000, gap: 'none', isKey: seq === 0 } as const
      const start = performance.now()
      store.append({ ...tick, frame, processes, newSeries: [] })
      times.push(performance.now() - start)
      if (seq % 400 === 399) store.maintain(1000 * seq, 0)
      await store.settled()
      await Bun.sleep(2)
    }
  } finally {
    store.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
  return [
    { name: 'append, median', value: percentile(times, 0.5), unit: 'ms' },
    { name: 'append, p99', value: percentile(times, 0.99), unit: 'ms' },
  ]
}
