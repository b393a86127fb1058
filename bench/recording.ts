import { Database } from 'bun:sqlite'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { deriveColumns, isCounter, seriesDelta } from '../src/derive/rollup-rules.ts'
import { FrameEncoder } from '../src/frame/codec.ts'
import type { Series } from '../src/frame/series-table.ts'
import { packProcessTicks } from '../src/recorder/pack.ts'
import { fileNames, openSqliteStore } from '../src/store/sqlite/open.ts'
import { defaultRetention } from '../src/store/sqlite/retention.ts'
import type { SqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import type { BenchContext } from './part.ts'

/** Where a daemon records when nobody says otherwise. */
const usualPlaces = [join(homedir(), '.sysmon'), '/var/lib/sysmon']

/** The record to measure on: the one named, else the newest there is. */
export function findRecording({ recording }: BenchContext): string | undefined {
  const named = recording ?? process.env.SYSMON_BENCH_RECORDING
  if (named !== undefined) return statSync(named).isDirectory() ? join(named, fileNames.database) : named
  return usualPlaces
    .map((place) => join(place, fileNames.database))
    .filter((path) => existsSync(path))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0]
}

export interface RecordCopy {
  readonly dataDir: string
  readonly database: string
  remove(): void
}

/** A copy of a record, whether a daemon is writing it or not. */
export function copyRecording(recording: string): RecordCopy {
  const dataDir = mkdtempSync(join(tmpdir(), 'sysmon-bench-'))
  const database = join(dataDir, fileNames.database)
  const source = new Database(recording, { readwrite: true })
  source.query('VACUUM INTO ?').run(database)
  source.close()
  return { dataDir, database, remove: () => rmSync(dataDir, { recursive: true, force: true }) }
}

export async function openRecord(dataDir: string): Promise<SqliteStore> {
  let series: readonly (Series | undefined)[] = []
  const forEver = 1e13
  const { store } = openSqliteStore({
    dataDir,
    retention: { ...defaultRetention, secondsMs: forEver, minutesMs: forEver, hoursMs: forEver, processesMs: forEver },
    rules: {
      isCounter,
      counterDelta: seriesDelta,
      derive: (input) => deriveColumns(series, input.elapsedMs, input.column),
    },
    packProcesses: packProcessTicks,
    monotonicMs: () => performance.now(),
    wallMs: () => Date.now(),
    pid: process.pid,
    onError: (error) => {
      throw error
    },
  })
  series = await store.series()
  return store
}

/** Closes the run that is open, so that all of the record is in blocks but one empty tick. */
export async function compactAll(store: SqliteStore): Promise<void> {
  const seq = store.lastSeq() + 1
  const unixMs = (store.stats().newestMs ?? 0) + 1000
  const head = { seq, unixMs, elapsedMs: 0, gap: 'start', isKey: true } as const
  const frame = new FrameEncoder().encode({ ...head, ids: new Uint32Array(0), values: new Float64Array(0) })
  store.append({ ...head, frame, processes: new Uint8Array(0), newSeries: [] })
  while (store.maintain(unixMs, 1000)) await store.settled()
  await store.settled()
}
