import { Database } from 'bun:sqlite'
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { errnoCode } from '../../base/errors.ts'
import type { RollupRules } from '../rollup.ts'
import { StoreError } from '../store.ts'
import { storeError } from './errors.ts'
import type { Retention } from './retention.ts'
import { migrate } from './schema.ts'
import { defaultLogLimits, type LogLimits, SqliteStore } from './sqlite-store.ts'

/** Names of all files in the data directory. */
export const fileNames = {
  database: 'data.db',
  /** An empty database whose lock says that a daemon is at work; freed by the kernel when it dies, however it dies. */
  lock: 'sysmond.lock',
  pid: 'sysmond.pid',
  /** Says that the record was found damaged while in use. */
  damaged: 'data.db.damaged',
} as const

export interface OpenOptions {
  readonly dataDir: string
  readonly retention: Retention
  readonly rules: RollupRules
  readonly packProcesses: (ticks: readonly Uint8Array[]) => Uint8Array
  readonly monotonicMs: () => number
  readonly wallMs: () => number
  readonly pid: number
  readonly onError: (error: unknown) => void
  readonly logLimits?: LogLimits
}

export interface OpenedStore {
  readonly store: SqliteStore
  /** Where a damaged record was put, and what was wrong with it; a fresh one has been begun. */
  readonly movedAside: { readonly path: string; readonly why: string } | undefined
}

/** Statements kept ready: as many as there are in this folder. The default of 20 would prepare the rest anew each time. */
const statementsKept = 80

/** Private to the owner. */
const fileMode = 0o600
const directoryMode = 0o700

/** Throws StoreError: read_only (with the cure), locked (naming the other daemon), newer_format. */
export function openSqliteStore(options: OpenOptions): OpenedStore {
  const { dataDir } = options
  prepareDirectory(dataDir)
  const release = takeLock(dataDir, options.pid, options.wallMs())
  try {
    return openRecord(options, release)
  } catch (error) {
    release()
    throw storeError(error)
  }
}

function openRecord(options: OpenOptions, release: () => void): OpenedStore {
  const path = join(options.dataDir, fileNames.database)
  const mark = join(options.dataDir, fileNames.damaged)
  try {
    if (existsSync(mark)) throw new StoreError('corrupt', 'it was found damaged while in use')
    return { store: openDatabase(path, options, release), movedAside: undefined }
  } catch (error) {
    const known = storeError(error)
    if (!(known instanceof StoreError)) throw known
    if (known.code !== 'corrupt') throw new StoreError(known.code, `${path}: ${known.message}`)
    const aside = moveAside(path, options.wallMs())
    rmSync(mark, { force: true })
    return { store: openDatabase(path, options, release), movedAside: { path: aside, why: known.message } }
  }
}

/** Unlike `run`, leaves nothing open when it fails: a statement left open keeps the connection, and with it the file. */
const execute = (db: Database, sql: string): void => void db.query(sql).run()

function openDatabase(path: string, options: OpenOptions, release: () => void): SqliteStore {
  if (!mayBeDatabase(path)) throw new StoreError('corrupt', 'the file is not a database')
  const isNew = !existsSync(path)
  if (!isNew && !isWritable(path)) throw new StoreError('read_only', 'the file cannot be written')
  Database.MAX_QUERY_CACHE_SIZE = Math.max(Database.MAX_QUERY_CACHE_SIZE, statementsKept)
  const db = new Database(path, { create: true, readwrite: true })
  try {
    if (isNew) chmodSync(path, fileMode)
    execute(db, 'PRAGMA busy_timeout = 50')
    // Fails at once when another program holds it.
    execute(db, 'BEGIN IMMEDIATE')
    execute(db, 'ROLLBACK')
    execute(db, 'PRAGMA journal_mode = WAL')
    execute(db, 'PRAGMA synchronous = NORMAL')
    execute(db, 'PRAGMA wal_autocheckpoint = 0')
    execute(db, `PRAGMA journal_size_limit = ${4 * 1024 * 1024}`)
    execute(db, 'PRAGMA cache_size = -2000')
    execute(db, 'PRAGMA temp_store = MEMORY')
    migrate(db)
    probe(db)
    return new SqliteStore({
      db,
      path,
      retention: options.retention,
      rules: options.rules,
      packProcesses: options.packProcesses,
      monotonicMs: options.monotonicMs,
      logLimits: options.logLimits ?? defaultLogLimits,
      onError: options.onError,
      onDamage: () => markDamaged(options),
      release,
    })
  } catch (error) {
    db.close()
    throw error
  }
}

/**
 * A look at every table’s root and both ends of the record, and at all of the tables that are small: cheap, and finds
 * what would fail later.
 */
function probe(db: Database): void {
  for (const table of ['head', 'series', 'derived_key', 'block', 'meta']) {
    const lines = db.query<Record<string, string>, []>(`PRAGMA quick_check('${table}')`).all()
    const wrong = lines.flatMap((line) => Object.values(line)).filter((text) => text !== 'ok')
    if (wrong.length > 0) throw new StoreError('corrupt', wrong[0] as string)
  }
  for (const [table, key] of [
    ['chunk', 'id'],
    ['process_block', 'id'],
    ['event', 'id'],
  ]) {
    for (const order of ['', 'DESC']) db.query(`SELECT * FROM ${table} ORDER BY ${key} ${order} LIMIT 1`).all()
  }
}

function markDamaged({ dataDir, onError }: OpenOptions): void {
  try {
    writeFileSync(join(dataDir, fileNames.damaged), '', { mode: fileMode })
  } catch (error) {
    onError(error)
  }
}

/** The record and its log keep their names with the time behind; nothing is deleted, nothing put in another’s place. */
function moveAside(path: string, wallMs: number): string {
  const stamp = new Date(wallMs).toISOString().replaceAll(':', '').replace(/\.\d+/, '')
  const first = `${path}.corrupt-${stamp}`
  let aside = first
  for (let count = 2; existsSync(aside); count++) aside = `${first}-${count}`
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix)
  }
  return aside
}

/** SQLite would go on with a log beside the file for as long as the directory can be written. */
function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function prepareDirectory(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: directoryMode })
    if (!statSync(dataDir).isDirectory()) throw new StoreError('read_only', `${dataDir} is not a directory`)
  } catch (error) {
    if (error instanceof StoreError) throw error
    if (errnoCode(error) === 'EEXIST') throw new StoreError('read_only', `${dataDir} is not a directory`)
    throw new StoreError('read_only', `${dataDir} cannot be made: ${error instanceof Error ? error.message : error}`)
  }
}

function takeLock(dataDir: string, pid: number, wallMs: number): () => void {
  const pidFile = join(dataDir, fileNames.pid)
  const lockFile = join(dataDir, fileNames.lock)
  try {
    const lock = lockOf(lockFile, wallMs)
    writeFileSync(pidFile, `${pid}\n`, { mode: fileMode })
    return () => lock.close()
  } catch (error) {
    const known = storeError(error)
    if (known instanceof StoreError && known.code === 'locked') {
      throw new StoreError('locked', `another sysmond${pidIn(pidFile)} records into ${dataDir}`)
    }
    throw new StoreError('read_only', `${dataDir} is not writable: ${error instanceof Error ? error.message : error}`)
  }
}

function lockOf(path: string, wallMs: number): Database {
  const lock = new Database(path, { create: true, readwrite: true })
  try {
    execute(lock, 'PRAGMA busy_timeout = 0')
    execute(lock, 'PRAGMA locking_mode = EXCLUSIVE')
    execute(lock, 'BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    const known = storeError(error)
    if (!(known instanceof StoreError) || known.code !== 'corrupt') throw error
    moveAside(path, wallMs)
    return lockOf(path, wallMs)
  }
}

/** https://www.sqlite.org/fileformat.html: what a database begins with. An empty file is one too. */
const magic = 'SQLite format 3\0'

/** SQLite throws away the log beside a file that is no database; so this is found out before it is asked. */
export function mayBeDatabase(path: string): boolean {
  if (!existsSync(path) || statSync(path).size === 0) return true
  const file = openSync(path, 'r')
  try {
    const start = new Uint8Array(magic.length)
    readSync(file, start)
    return new TextDecoder().decode(start) === magic
  } finally {
    closeSync(file)
  }
}

function pidIn(file: string): string {
  if (!existsSync(file)) return ''
  const pid = readFileSync(file, 'utf8').trim()
  return /^\d+$/.test(pid) ? ` (pid ${pid})` : ''
}
