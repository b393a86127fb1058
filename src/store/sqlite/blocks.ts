import type { Database } from 'bun:sqlite'
import { droppedTier } from './schema.ts'

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
  db.query('DELETE FROM chunk WHERE block_id >= ?').run(id)
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

/** A block that was marked and still has its chunks. */
export function droppedBlock(db: Database): number | undefined {
  return db.query<{ id: number }, [number]>('SELECT id FROM block WHERE tier = ? LIMIT 1').get(droppedTier)?.id
}

export function removeBlock(db: Database, id: number): void {
  db.transaction(() => {
    db.query('DELETE FROM chunk WHERE block_id = ?').run(id)
    db.query('DELETE FROM block WHERE id = ?').run(id)
  })()
}
