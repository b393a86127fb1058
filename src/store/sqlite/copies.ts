import { Database } from 'bun:sqlite'
import { existsSync } from 'node:fs'
import { StoreError, type TimeRange } from '../store.ts'
import { keysPerBlock } from './blocks.ts'
import { translated } from './errors.ts'
import { mayBeDatabase } from './open.ts'
import { applicationId, formatVersion, pragma } from './schema.ts'

/**
 * Copies of a record while its daemon writes it: row by row out of one read transaction, so that the copy is of one
 * moment, and in steps, so that who copies can stop. The writer is not asked and does not wait; its log grows meanwhile
 * (Q1). Needs no daemon.
 */

/** Rows copied in one step. */
const rowsPerStep = 500
/** What of `meta` a stretch of the record needs: the rest is of the daemon's own business. */
const metaOfStretch = ['boots']

interface Master {
  readonly name: string
  readonly type: 'table' | 'index'
  readonly sql: string
}

/** The whole record of `path` into a new file. Yields after each step. Throws StoreError. */
export function* copyRecord(path: string, target: string): Generator<void> {
  yield* copying(path, target, function* (copier) {
    for (const table of copier.tables) yield* copier.rows(table)
  })
}

/**
 * What a stretch of the record needs to be shown: ticks and buckets that overlap it, whole blocks of them, processes,
 * events, and what the series mean.
 */
export function* copyStretch(path: string, target: string, { startMs, endMs }: TimeRange): Generator<void> {
  yield* copying(path, target, function* (copier) {
    for (const table of ['series', 'derived_key']) yield* copier.rows(table)
    const overlaps = 'start_ms <= ? AND end_ms >= ?'
    const blocks = copier.ids(`SELECT id FROM block WHERE tier >= 0 AND ${overlaps}`, [endMs, startMs])
    yield* copier.rows('block', `tier >= 0 AND ${overlaps}`, [endMs, startMs])
    for (const id of blocks) {
      yield* copier.rows('chunk', 'id >= ? AND id < ?', [id * keysPerBlock, (id + 1) * keysPerBlock])
    }
    yield* copier.rows('process_block', overlaps, [endMs, startMs])
    const key = 'coalesce((SELECT max(seq) FROM head WHERE is_key = 1 AND unix_ms <= ?), 0)'
    yield* copier.rows('head', `seq >= ${key} AND unix_ms <= ?`, [startMs, endMs])
    yield* copier.rows('event', 'unix_ms BETWEEN ? AND ?', [startMs, endMs])
    copier.meta(metaOfStretch)
  })
}

/** Whether a file is a whole record of a format that is known. Throws StoreError. */
export function checkRecord(path: string): void {
  if (!existsSync(path)) throw new StoreError('io', 'there is no such file')
  if (!mayBeDatabase(path)) throw new StoreError('corrupt', 'it is no record of sysmon')
  translated(() => {
    const db = new Database(path, { readonly: true })
    try {
      checkFormat(db)
      const wrong = db
        .query<Record<string, string>, []>('PRAGMA integrity_check')
        .all()
        .flatMap((line) => Object.values(line))
        .filter((text) => text !== 'ok')
      if (wrong.length > 0) throw new StoreError('corrupt', `it is damaged: ${wrong[0]}`)
    } finally {
      db.close()
    }
  })
}

function checkFormat(db: Database): void {
  if (pragma(db, 'application_id') !== applicationId) throw new StoreError('corrupt', 'it is no record of sysmon')
  const version = pragma(db, 'user_version')
  if (version > formatVersion) {
    throw new StoreError('newer_format', `it has format ${version}; this version knows up to ${formatVersion}`)
  }
}

function* copying(path: string, target: string, work: (copier: Copier) => Generator<void>): Generator<void> {
  if (!existsSync(path)) throw new StoreError('io', `there is no record at ${path}`)
  const from = translated(() => new Database(path, { readonly: true }))
  try {
    const to = translated(() => new Database(target, { create: true, readwrite: true }))
    try {
      translated(() => from.run('BEGIN'))
      translated(() => checkFormat(from))
      const copier = new Copier(from, to)
      copier.begin()
      yield* work(copier)
      copier.finish()
    } finally {
      to.close()
    }
  } finally {
    from.close()
  }
}

class Copier {
  readonly #master: readonly Master[]

  constructor(
    private readonly from: Database,
    private readonly to: Database,
  ) {
    this.#master = from
      .query<Master, []>("SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
      .all()
  }

  get tables(): readonly string[] {
    return this.#master.filter(({ type }) => type === 'table').map(({ name }) => name)
  }

  begin(): void {
    translated(() => {
      // A copy that was cut off is thrown away: nothing in it needs saving.
      for (const setting of ['journal_mode = OFF', 'synchronous = OFF']) this.to.run(`PRAGMA ${setting}`)
      for (const { type, sql } of this.#master) if (type === 'table') this.to.run(sql)
      for (const name of ['application_id', 'user_version']) this.to.run(`PRAGMA ${name} = ${pragma(this.from, name)}`)
    })
  }

  /** Indexes last: it is faster to make them once. */
  finish(): void {
    translated(() => {
      for (const { type, sql } of this.#master) if (type === 'index') this.to.run(sql)
    })
  }

  ids(sql: string, parameters: readonly number[]): number[] {
    return translated(() =>
      this.from
        .query<{ id: number }, number[]>(sql)
        .all(...parameters)
        .map(({ id }) => id),
    )
  }

  *rows(table: string, where = 'true', parameters: readonly number[] = []): Generator<void> {
    const isWithoutRowid = /WITHOUT ROWID/i.test(this.#master.find(({ name }) => name === table)?.sql ?? '')
    if (isWithoutRowid) return this.#keep(table, this.from.query(`SELECT * FROM ${table}`).values() as Row[])
    const read = this.from.query<Row, number[]>(
      `SELECT rowid, * FROM ${table} WHERE (${where}) AND rowid > ? ORDER BY rowid LIMIT ${rowsPerStep}`,
    )
    for (let last = Number.MIN_SAFE_INTEGER; ; ) {
      const rows = translated(() => read.values(...parameters, last) as Row[])
      if (rows.length === 0) return
      last = rows.at(-1)?.[0] as number
      this.#keep(
        table,
        rows.map((row) => row.slice(1)),
      )
      yield
    }
  }

  meta(keys: readonly string[]): void {
    const list = keys.map((key) => `'${key}'`).join(', ')
    this.#keep('meta', this.from.query(`SELECT * FROM meta WHERE key IN (${list})`).values() as Row[])
  }

  #keep(table: string, rows: readonly Row[]): void {
    const [first] = rows
    if (first === undefined) return
    const insert = this.to.query(`INSERT INTO ${table} VALUES (${first.map(() => '?').join(', ')})`)
    const all = this.to.transaction(() => {
      for (const row of rows) insert.run(...(row as never[]))
    })
    translated(() => all())
  }
}

type Row = readonly unknown[]
