import type { Database } from 'bun:sqlite'
import { removeBlock } from './blocks.ts'
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

/** How long the clock must agree with itself before anything is taken for old, milliseconds. */
export const settlingMs = 10 * 60_000
const mebibyte = 2 ** 20
/** https://www.sqlite.org/limits.html: as many as there can be. */
const mostPages = 2 ** 32 - 2
/** Kept free below the cap for what is written while the oldest is not yet gone: blocks in the making, the log. */
export const headroomBytes = (maxBytes: number): number => Math.min(8 * mebibyte, Math.floor(maxBytes / 4))

/**
 * Takes away what is too old, one block a slice. A block’s chunks lie together, so a deletion frees whole pages that
 * the next blocks fill again: the file neither grows nor needs a VACUUM (Q2).
 */
export class Expiry {
  /** What the bound was last set to; the configuration may change while we run. */
  #maxBytes: number | undefined
  #clock: { readonly offsetMs: number; readonly sinceMs: number } | undefined

  constructor(
    private readonly db: Database,
    private readonly retention: Retention,
  ) {}

  /**
   * Removes one expired block or batch. False when nothing is too old. What the clock says is believed only when it has
   * said so for a while: a clock that jumps years ahead and back must not cost the record (T1).
   */
  slice(nowMs: number, monotonicMs: number): boolean {
    if (!this.#isSettled(nowMs, monotonicMs)) return false
    const { secondsMs, minutesMs, hoursMs, processesMs, eventsMs } = this.retention
    return (
      this.#dropBlock(tiers['1s'], nowMs - secondsMs) ||
      this.#dropProcesses(nowMs - processesMs) ||
      this.#dropBlock(tiers['1m'], nowMs - minutesMs) ||
      this.#dropBlock(tiers['1h'], nowMs - hoursMs) ||
      this.#dropEvents(nowMs - eventsMs)
    )
  }

  #isSettled(nowMs: number, monotonicMs: number): boolean {
    const offsetMs = nowMs - monotonicMs
    if (this.#clock === undefined || Math.abs(offsetMs - this.#clock.offsetMs) > settlingMs) {
      this.#clock = { offsetMs, sinceMs: monotonicMs }
    }
    return monotonicMs - this.#clock.sinceMs >= settlingMs
  }

  #dropBlock(tier: number, beforeMs: number, endBeforeMs = beforeMs): boolean {
    const block = this.db
      .query<{ id: number }, [number, number, number]>(
        'SELECT id FROM block WHERE tier = ? AND start_ms < ? AND end_ms < ? ORDER BY start_ms LIMIT 1',
      )
      .get(tier, beforeMs, endBeforeMs)
    if (block === null) return false
    removeBlock(this.db, block.id)
    return true
  }

  #dropProcesses(beforeMs: number): boolean {
    const { changes } = this.db
      .query(
        'DELETE FROM process_block WHERE id IN (SELECT id FROM process_block WHERE start_ms < ? AND end_ms < ? ORDER BY start_ms LIMIT 1)',
      )
      .run(beforeMs, beforeMs)
    return changes > 0
  }

  #dropEvents(beforeMs: number): boolean {
    const { changes } = this.db
      .query('DELETE FROM event WHERE id IN (SELECT id FROM event WHERE unix_ms < ? LIMIT 200)')
      .run(beforeMs)
    return changes > 0
  }

  /** Near the cap: the oldest seconds and process history go first, then minutes, then hours. False: there is room. */
  shrink(): boolean {
    const { maxBytes } = this.retention
    if (maxBytes !== this.#maxBytes) this.#capSize(maxBytes)
    if (maxBytes === undefined || this.usedBytes() <= maxBytes - headroomBytes(maxBytes)) return false
    const all = Number.MAX_SAFE_INTEGER
    const oldestProcesses = this.db
      .query<{ ms: number }, []>('SELECT start_ms AS ms FROM process_block ORDER BY start_ms LIMIT 1')
      .get()?.ms
    return (
      this.#dropBlock(tiers['1s'], oldestProcesses === undefined ? all : oldestProcesses + 1, all) ||
      this.#dropProcesses(all) ||
      this.#dropBlock(tiers['1s'], all) ||
      this.#dropBlock(tiers['1m'], all) ||
      this.#dropBlock(tiers['1h'], all)
    )
  }

  /** The bound that SQLite itself keeps; a file that is larger already stays so, and is filled again before it grows. */
  #capSize(maxBytes: number | undefined): void {
    const pages = maxBytes === undefined ? mostPages : Math.floor(maxBytes / pragma(this.db, 'page_size'))
    this.db.query(`PRAGMA max_page_count = ${pages}`).all()
    this.#maxBytes = maxBytes
  }

  /** Bytes of the database that hold something. */
  usedBytes(): number {
    return (pragma(this.db, 'page_count') - pragma(this.db, 'freelist_count')) * pragma(this.db, 'page_size')
  }
}
