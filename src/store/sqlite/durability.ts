import { Database } from 'bun:sqlite'
import { closeSync, fdatasync, fstatSync, openSync } from 'node:fs'

/**
 * Makes commits survive a power cut without the tick ever waiting for the disk. SQLite appends each commit to the
 * write-ahead log without syncing; the log is then synced from the thread pool, once at a time. A checkpoint moves the
 * log into the database in four steps, two of them syncs in the pool, while a reader holds the log so that nothing can
 * be overwritten before it is safe (docs/decisions/004-durability.md).
 *
 * The descriptor on the database file must stay open as long as the database is: POSIX drops all locks of a process on
 * a file when it closes any descriptor of it.
 */

/** The log is moved into the database when it is longer than this. */
export const checkpointAtBytes = 4 * 1024 * 1024

export class Durability {
  readonly #databaseDescriptor: number
  readonly #logDescriptor: number
  readonly #reader: Database
  readonly #checkpointer: Database
  #syncing = false
  #syncAgain = false
  #checkpoint: Promise<void> | undefined
  #isHeld = false
  #closed = false

  constructor(
    path: string,
    /** Told when the disk does not take what it was given. */
    private readonly onError: (error: unknown) => void,
  ) {
    this.#databaseDescriptor = openSync(path, 'r+')
    this.#logDescriptor = openSync(`${path}-wal`, 'r+')
    this.#reader = new Database(path, { readwrite: true })
    this.#checkpointer = new Database(path, { readwrite: true })
    this.#checkpointer.run('PRAGMA synchronous = OFF')
    this.#checkpointer.run('PRAGMA busy_timeout = 0')
  }

  get checkpointing(): boolean {
    return this.#checkpoint !== undefined
  }

  /** Resolves when no checkpoint is under way. */
  async settled(): Promise<void> {
    await this.#checkpoint?.catch(() => {
      // Whoever began it is told.
    })
  }

  /** The last checkpoint had to stop short: somebody reads an older state, and until he ends the log only grows (Q1). */
  get isHeld(): boolean {
    return this.#isHeld
  }

  get logBytes(): number {
    return fstatSync(this.#logDescriptor).size
  }

  /** After a commit. */
  committed(): void {
    if (this.#closed) return
    if (this.#syncing) {
      this.#syncAgain = true
      return
    }
    this.#syncing = true
    fdatasync(this.#logDescriptor, (error) => {
      this.#syncing = false
      if (this.#closed) return
      if (error !== null && error !== undefined) this.onError(error)
      if (!this.#syncAgain) return
      this.#syncAgain = false
      this.committed()
    })
  }

  /** Moves what the log holds now into the database; resolves when it is safe there. */
  checkpoint(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    this.#checkpoint ??= this.#moveLog().finally(() => {
      this.#checkpoint = undefined
    })
    return this.#checkpoint
  }

  async #moveLog(): Promise<void> {
    try {
      this.#reader.query('BEGIN').run()
      this.#reader.query('SELECT count(*) FROM meta').get()
      await sync(this.#logDescriptor)
      if (this.#closed) return
      const moved = this.#checkpointer
        .query<{ log: number; checkpointed: number }, []>('PRAGMA wal_checkpoint(PASSIVE)')
        .get()
      this.#isHeld = moved !== null && moved.checkpointed < moved.log
      await sync(this.#databaseDescriptor)
    } catch (error) {
      if (!this.#closed) throw error
    } finally {
      if (!this.#closed && this.#reader.inTransaction) this.#reader.query('COMMIT').run()
    }
  }

  /** Before the writing connection closes. */
  close(): void {
    this.#closed = true
    this.#reader.close()
    this.#checkpointer.close()
  }

  /** After it has closed. */
  closeDescriptors(): void {
    closeSync(this.#logDescriptor)
    closeSync(this.#databaseDescriptor)
  }
}

const sync = (descriptor: number): Promise<void> =>
  new Promise((resolve, reject) => {
    fdatasync(descriptor, (error) => (error === null || error === undefined ? resolve() : reject(error)))
  })
