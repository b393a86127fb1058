import { Database } from 'bun:sqlite'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RollupRules } from '../rollup.ts'
import { StoreError } from '../store.ts'
import { storeError } from './errors.ts'
import type { Retention } from './retention.ts'
import { migrate, pragma } from './schema.ts'
import { defaultLogLimits, type LogLimits, SqliteStore } from './sqlite-store.ts'

/** Names of all files in the data directory. */
export const fileNames = {
  database: 'data.db',
  /** An empty database whose lock says that a daemon is at work; freed by the kernel when it dies, however it dies. */
  lock: 'sysmond.lock',
  pid: 'sysmond.pid',
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
  const release = takeLock(dataDir, options.pid)
  try {
    return openRecord(options, release)
  } catch (error) {
    release()
    throw storeError(error)
  }
}

function openRecord(options: OpenOptions, release: () => void): OpenedStore {
  const path = join(options.dataDir, fileNames.database)
  try {
    return { store: openDatabase(path, options, release), movedAside: undefined }
  } catch (error) {
    const known = storeError(error)
    if (!(known instanceof StoreError) || known.code !== 'corrupt') throw known
    const aside = moveAside(path, options.wallMs())
    return { store: openDatabase(path, options, release), movedAside: { path: aside, why: known.message } }
  }
}

function openDatabase(path: string, options: OpenOptions, release: () => void): SqliteStore {
  const isNew = !existsSync(path)
  Database.MAX_QUERY_CACHE_SIZE = Math.max(Database.MAX_QUERY_CACHE_SIZE, statementsKept)
  const db = new Database(path, { create: true, readwrite: true })
  try {
    if (isNew) chmodSync(path, fileMode)
    db.run('PRAGMA busy_timeout = 50')
    db.run('PRAGMA journal_mode = WAL')
    db.run('PRAGMA synchronous = NORMAL')
    db.run('PRAGMA wal_autocheckpoint = 0')
    db.run(`PRAGMA journal_size_limit = ${4 * 1024 * 1024}`)
    db.run('PRAGMA cache_size = -2000')
    db.run('PRAGMA temp_store = MEMORY')
    migrate(db)
    probe(db)
    if (options.retention.maxBytes !== undefined) capSize(db, options.retention.maxBytes)
    return new SqliteStore({
      db,
      path,
      retention: options.retention,
      rules: options.rules,
      packProcesses: options.packProcesses,
      monotonicMs: options.monotonicMs,
      logLimits: options.logLimits ?? defaultLogLimits,
      onError: options.onError,
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
    ['chunk', 'block_id'],
    ['process_block', 'id'],
    ['event', 'id'],
  ]) {
    for (const order of ['', 'DESC']) db.query(`SELECT * FROM ${table} ORDER BY ${key} ${order} LIMIT 1`).all()
  }
}

/** The bound that SQLite itself keeps; a file that is larger already stays so, and is filled again before it grows. */
function capSize(db: Database, maxBytes: number): void {
  db.run(`PRAGMA max_page_count = ${Math.floor(maxBytes / pragma(db, 'page_size'))}`)
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

function prepareDirectory(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: directoryMode })
    if (!statSync(dataDir).isDirectory()) throw new StoreError('read_only', `${dataDir} is not a directory`)
  } catch (error) {
    if (error instanceof StoreError) throw error
    throw new StoreError('read_only', `${dataDir} cannot be made: ${error instanceof Error ? error.message : error}`)
  }
}

function takeLock(dataDir: string, pid: number): () => void {
  const pidFile = join(dataDir, fileNames.pid)
  let lock: Database | undefined
  try {
    lock = new Database(join(dataDir, fileNames.lock), { create: true, readwrite: true })
    lock.run('PRAGMA busy_timeout = 0')
    lock.run('PRAGMA locking_mode = EXCLUSIVE')
    lock.run('BEGIN EXCLUSIVE')
    writeFileSync(pidFile, `${pid}\n`, { mode: fileMode })
    return () => lock?.close()
  } catch (error) {
    lock?.close()
    const known = storeError(error)
    if (known instanceof StoreError && known.code === 'locked') {
      throw new StoreError('locked', `another sysmond${pidIn(pidFile)} records into ${dataDir}`)
    }
    throw new StoreError('read_only', `${dataDir} is not writable: ${error instanceof Error ? error.message : error}`)
  }
}

function pidIn(file: string): string {
  if (!existsSync(file)) return ''
  const pid = readFileSync(file, 'utf8').trim()
  return /^\d+$/.test(pid) ? ` (pid ${pid})` : ''
}
