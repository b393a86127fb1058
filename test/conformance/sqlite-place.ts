import { Database } from 'bun:sqlite'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileNames, type OpenOptions, openSqliteStore } from '../../src/store/sqlite/open.ts'
import { formatVersion } from '../../src/store/sqlite/schema.ts'
import type { StoreOptions, StorePlace } from './store-harness.ts'

/** What a test need not say when it opens a store itself. */
export const sqliteOptions = (dataDir: string, options: StoreOptions): OpenOptions => ({
  ...options,
  dataDir,
  wallMs: () => Date.UTC(2026, 0, 5, 12),
  pid: process.pid,
})

export function sqlitePlace(dataDir = mkdtempSync(join(tmpdir(), 'sysmon-store-'))): StorePlace {
  return {
    open: (options) => openSqliteStore(sqliteOptions(dataDir, options)).store,
    pretendNewer: () => {
      const db = new Database(join(dataDir, fileNames.database))
      db.run(`PRAGMA user_version = ${formatVersion + 1}`)
      db.close()
    },
    remove: () => rmSync(dataDir, { recursive: true, force: true }),
  }
}
