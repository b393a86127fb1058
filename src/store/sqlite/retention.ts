import type { Database } from 'bun:sqlite'
import { pragma, tiers } from './schema.ts'

/** How long each part of the record is kept, and how large the whole may grow. */
export interface Retention {
  readonly secondsMs: number
  readonly minutesMs: number
  readonly hoursMs: number
  readonly processesMs: number
  readonly eventsMs: number
  /** Hard cap on the database file, bytes. */
  readonly maxBytes: number | undefined
}

export const defaultRetention: Retention = {
  secondsMs: 24 * 3_600_000,
  minutesMs: 30 * 86_400_000,
  hoursMs: 366 * 86_400_000,
  processesMs: 24 * 3_600_000,
  eventsMs: 366 * 86_400_000,
  maxBytes: undefined,
}

/**
 * Takes away what is too old, one block a slice. A block’s chunks lie together, so a deletion frees whole pages that
 * the next blocks fill again: the file neither grows nor needs a VACUUM (Q2).
 */
export class Expiry {
  constructor(
    private readonly db: Database,
    private readonly retention: Retention,
  ) {}

  /** Removes one expired block or batch. False when nothing is too old and the size is within the cap. */
  slice(nowMs: number): boolean {
    const { secondsMs, minutesMs, hoursMs, processesMs, eventsMs } = this.retention
    return (
      this.#dropBlock(tiers['1s'], nowMs - secondsMs) ||
      this.#dropProcesses(nowMs - processesMs) ||
      this.#dropBlock(tiers['1m'], nowMs - minutesMs) ||
      this.#dropBlock(tiers['1h'], nowMs - hoursMs) ||
      this.#dropEvents(nowMs - eventsMs) ||
      this.#shrink()
    )
  }

  #dropBlock(tier: number, beforeMs: number): boolean {
    const block = this.db
      .query<{ id: number }, [number, number]>(
        'SELECT id FROM block WHERE tier = ? AND end_ms < ? ORDER BY start_ms LIMIT 1',
      )
      .get(tier, beforeMs)
    if (block === null) return false
    this.#removeBlock(block.id)
    return true
  }

  #removeBlock(id: number): void {
    this.db.transaction(() => {
      this.db.query('DELETE FROM chunk WHERE block_id = ?').run(id)
      this.db.query('DELETE FROM block WHERE id = ?').run(id)
    })()
  }

  #dropProcesses(beforeMs: number): boolean {
    const { changes } = this.db
      .query(
        'DELETE FROM process_block WHERE id IN (SELECT id FROM process_block WHERE end_ms < ? ORDER BY start_ms LIMIT 1)',
      )
      .run(beforeMs)
    return changes > 0
  }

  #dropEvents(beforeMs: number): boolean {
    const { changes } = this.db
      .query('DELETE FROM event WHERE id IN (SELECT id FROM event WHERE unix_ms < ? LIMIT 200)')
      .run(beforeMs)
    return changes > 0
  }

  /** Over the cap: the oldest seconds and process history go first, then minutes, then hours. */
  #shrink(): boolean {
    const { maxBytes } = this.retention
    if (maxBytes === undefined || this.usedBytes() <= maxBytes) return false
    return (
      this.#dropBlock(tiers['1s'], Number.MAX_SAFE_INTEGER) ||
      this.#dropProcesses(Number.MAX_SAFE_INTEGER) ||
      this.#dropBlock(tiers['1m'], Number.MAX_SAFE_INTEGER) ||
      this.#dropBlock(tiers['1h'], Number.MAX_SAFE_INTEGER)
    )
  }

  /** Bytes of the database that hold something. */
  usedBytes(): number {
    return (pragma(this.db, 'page_count') - pragma(this.db, 'freelist_count')) * pragma(this.db, 'page_size')
  }
}
