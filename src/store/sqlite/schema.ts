import type { Database } from 'bun:sqlite'
import { StoreError } from '../store.ts'

/** `sysm` in PRAGMA application_id: tells file(1) and us that it is ours. */
export const applicationId = 0x73_79_73_6d
/** PRAGMA user_version: the format described in docs/format/store.md. */
export const formatVersion = 1

/** Tiers as stored in block.tier. */
export const tiers = { '1s': 0, '1m': 1, '1h': 2 } as const
/** Tier of a block that no longer counts and whose chunks are still to be removed. */
export const droppedTier = -1
/** Tier of a block that is being put in and does not count yet (docs/format/store.md). */
export const pendingTier = (tier: number): number => -2 - tier

const create = `
  CREATE TABLE series (id INTEGER PRIMARY KEY, metric_id INTEGER NOT NULL, labels TEXT NOT NULL) STRICT;
  CREATE TABLE derived_key (id INTEGER PRIMARY KEY, derived_id INTEGER NOT NULL, labels TEXT NOT NULL,
    UNIQUE (derived_id, labels)) STRICT;
  CREATE TABLE head (seq INTEGER PRIMARY KEY, unix_ms INTEGER NOT NULL, elapsed_ms REAL NOT NULL, gap INTEGER NOT NULL,
    is_key INTEGER NOT NULL, frame BLOB NOT NULL, processes BLOB NOT NULL) STRICT;
  CREATE INDEX head_key ON head (seq) WHERE is_key = 1;
  CREATE TABLE block (id INTEGER PRIMARY KEY, tier INTEGER NOT NULL, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL,
    first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL, length INTEGER NOT NULL, is_merged INTEGER NOT NULL,
    times BLOB NOT NULL) STRICT;
  CREATE INDEX block_time ON block (tier, start_ms, end_ms);
  CREATE INDEX block_fresh ON block (tier, start_ms) WHERE is_merged = 0;
  CREATE TABLE chunk (id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
  CREATE TABLE process_block (id INTEGER PRIMARY KEY, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL,
    data BLOB NOT NULL) STRICT;
  CREATE INDEX process_block_time ON process_block (start_ms, end_ms);
  CREATE TABLE event (id INTEGER PRIMARY KEY, unix_ms INTEGER NOT NULL, kind TEXT NOT NULL, severity TEXT NOT NULL,
    message TEXT NOT NULL, data TEXT NOT NULL) STRICT;
  CREATE INDEX event_time ON event (unix_ms);
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${formatVersion};
`

/** Each entry brings a store of its index + 1 one version forward. Version 1 is the first. */
const migrations: readonly string[] = []

/** Brings an empty or older store to the present format, each step whole or not at all. */
export function migrate(db: Database): void {
  const found = pragma(db, 'user_version')
  const owner = pragma(db, 'application_id')
  const isEmpty = db.query<{ n: number }, []>('SELECT count(*) AS n FROM sqlite_master').get()?.n === 0
  if (isEmpty) {
    db.transaction(() => db.run(create))()
    return
  }
  if (owner !== applicationId) throw new StoreError('corrupt', 'the file is a database of another program')
  if (found > formatVersion) {
    throw new StoreError('newer_format', `the record has format ${found}, this version knows up to ${formatVersion}`)
  }
  for (let version = found; version < formatVersion; version++) {
    db.transaction(() => {
      db.run(migrations[version - 1] as string)
      db.run(`PRAGMA user_version = ${version + 1}`)
    })()
  }
}

export function pragma(db: Database, name: string): number {
  const row = db.query<Record<string, number>, []>(`PRAGMA ${name}`).get()
  return row === null ? Number.NaN : (Object.values(row)[0] as number)
}
