import type { Database } from 'bun:sqlite'
import { droppedTier } from './schema.ts'

/**
 * A chunk’s id is its block and its key in one number, so that the chunks of a block lie together, many in a page: a
 * table by two columns would put each larger than a quarter of a page into a page of its own
 * (https://www.sqlite.org/fileformat.html#cell_payload_overflow_pages). Keys lie between −2^23 and 2^23.
 */
export const keysPerBlock = 2 ** 24
const firstChunkId = (blockId: number): number => blockId * keysPerBlock
const chunkId = (blockId: number, key: number): number => firstChunkId(blockId) + keysPerBlock / 2 + key
const keyOf = (id: number): number => (id % keysPerBlock) - keysPerBlock / 2

export function writeChunk(db: Database, blockId: number, key: number, data: Uint8Array): void {
  db.query('INSERT OR REPLACE INTO chunk (id, data) VALUES (?, ?)').run(chunkId(blockId, key), data)
}

export function readChunk(db: Database, blockId: number, key: number): Uint8Array | undefined {
  return db.query<{ data: Uint8Array }, [number]>('SELECT data FROM chunk WHERE id = ?').get(chunkId(blockId, key))
    ?.data
}

export function chunkKeys(db: Database, blockId: number): number[] {
  return db
    .query<{ id: number }, [number, number]>('SELECT id FROM chunk WHERE id >= ? AND id < ?')
    .all(firstChunkId(blockId), firstChunkId(blockId + 1))
    .map(({ id }) => keyOf(id))
}

/** Rows of `block` and the chunks under them: chunks count only once their block row is there. */
export interface NewBlock {
  readonly id: number
  readonly tier: number
  readonly startMs: number
  readonly endMs: number
  readonly firstSeq: number
  readonly lastSeq: number
  readonly length: number
  readonly isMerged: boolean
  readonly times: Uint8Array
}

/** The id for a block that is begun, cleared of chunks that an attempt which failed has left there. */
export function nextBlockId(db: Database): number {
  const id = (db.query<{ id: number | null }, []>('SELECT max(id) AS id FROM block').get()?.id ?? 0) + 1
  db.query('DELETE FROM chunk WHERE id >= ?').run(firstChunkId(id))
  return id
}

export function insertBlock(db: Database, block: NewBlock): void {
  db.query(
    `INSERT INTO block (id, tier, start_ms, end_ms, first_seq, last_seq, length, is_merged, times)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    block.id,
    block.tier,
    block.startMs,
    block.endMs,
    block.firstSeq,
    block.lastSeq,
    block.length,
    Number(block.isMerged),
    block.times,
  )
}

/** The block counts no more; its chunks go later, in a slice of their own. */
export function markDropped(db: Database, id: number): void {
  db.query('UPDATE block SET tier = ? WHERE id = ?').run(droppedTier, id)
}

/** The block counts from here on, as one of its tier. */
export function setTier(db: Database, id: number, tier: number): void {
  db.query('UPDATE block SET tier = ? WHERE id = ?').run(tier, id)
}

/** A block that was marked and still has its chunks. */
export function droppedBlock(db: Database): number | undefined {
  return db.query<{ id: number }, [number]>('SELECT id FROM block WHERE tier = ? LIMIT 1').get(droppedTier)?.id
}

export function removeBlock(db: Database, id: number): void {
  db.transaction(() => {
    db.query('DELETE FROM chunk WHERE id >= ? AND id < ?').run(firstChunkId(id), firstChunkId(id + 1))
    db.query('DELETE FROM block WHERE id = ?').run(id)
  })()
}
