import { Database } from 'bun:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packTicks, Recording, rulesFor } from '../../../test/conformance/recording.ts'
import { sqliteOptions } from '../../../test/conformance/sqlite-place.ts'
import { maintainAll } from '../../../test/conformance/store-harness.ts'
import { holdDatabase } from '../../../test/holding.ts'
import { requireRoot } from '../../../test/tools.ts'
import { StoreError, type StoreErrorCode } from '../store.ts'
import { type OpenedStore, openSqliteStore } from './open.ts'
import { defaultRetention } from './retention.ts'
import type { SqliteStore } from './sqlite-store.ts'

let dataDir: string
let database: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'sysmon-store-'))
  database = join(dataDir, 'data.db')
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

let recording: Recording
const open = (directory = dataDir): OpenedStore =>
  openSqliteStore(
    sqliteOptions(directory, {
      rules: rulesFor(() => recording.table.all()),
      packProcesses: packTicks,
      monotonicMs: () => 0,
      retention: defaultRetention,
      onError: (error) => {
        throw error
      },
    }),
  )

function isDamaged(store: SqliteStore): boolean {
  try {
    store.checkIntegrity()
    return false
  } catch (error) {
    return error instanceof StoreError && error.code === 'corrupt'
  }
}

/** A record of some blocks and an open run, closed. */
async function writeRecord(): Promise<void> {
  recording = new Recording()
  const { store } = open()
  const ids = Array.from({ length: 50 }, (_, i) => recording.id('system.cpu.time', { cpu: String(i), mode: 'user' }))
  for (let i = 0; i < 1000; i++) {
    for (const id of ids) recording.set(id, i * id)
    store.append(recording.tick())
  }
  await maintainAll(store, recording.nowMs)
  store.close()
}

function refusal(act: () => unknown): StoreError {
  try {
    act()
  } catch (error) {
    if (error instanceof StoreError) return error
    throw error
  }
  throw new Error('nothing was refused')
}
const expectCode = (act: () => unknown, code: StoreErrorCode): StoreError => {
  const error = refusal(act)
  expect(error.code).toBe(code)
  return error
}

test('the record is private to its owner, and closed without a log', async () => {
  await writeRecord()
  expect(statSync(database).mode & 0o777).toBe(0o600)
  expect(readdirSync(dataDir).filter((name) => /-(wal|shm)$/.test(name))).toEqual([])
})

describe('a damaged record is moved aside whole, and a fresh one begun', () => {
  const damages: Readonly<Record<string, () => void>> = {
    'cut off in the middle': () => truncateSync(database, Math.floor(statSync(database).size / 2)),
    'cut off within its first page': () => truncateSync(database, 700),
    'the first bytes overwritten': () => overwrite(0, 100),
    'the second page overwritten': () => overwrite(4096, 4096),
    'another file altogether': () => writeFileSync(database, 'no database at all\n'.repeat(500)),
    'every second page overwritten': () => {
      for (let at = 4096; at < statSync(database).size; at += 8192) overwrite(at, 4096)
    },
  }
  for (const [what, damage] of Object.entries(damages)) {
    test(what, async () => {
      await writeRecord()
      damage()
      const bytes = readFileSync(database)
      const { store, movedAside } = open()
      expect(movedAside?.path).toBe(`${database}.corrupt-2026-01-05T120000Z`)
      expect(movedAside?.why).not.toBe('')
      expect(readFileSync(movedAside?.path as string).equals(bytes)).toBe(true)
      expect(store.lastSeq()).toBe(-1)
      store.append(new Recording().tick())
      store.checkIntegrity()
      store.close()
    })
  }

  test('damage that shows only in use is remembered to the next start', async () => {
    await writeRecord()
    // Leaves of tables, the first that a start does not look at: https://www.sqlite.org/fileformat.html#b_tree_pages
    const whole = readFileSync(database)
    const leaves = Array.from({ length: whole.length / 4096 }, (_, i) => i * 4096).filter((at) => whole[at] === 0x0d)
    const unseen = leaves.find((at) => {
      overwrite(at, 4096)
      const { store, movedAside } = open()
      const isFound = movedAside === undefined && isDamaged(store)
      store.close()
      if (isFound) return true
      if (movedAside !== undefined) rmSync(movedAside.path)
      writeFileSync(database, whole)
      return false
    })
    expect(unseen).toBeDefined()
    const next = open()
    expect(next.movedAside?.why).toContain('damaged while in use')
    next.store.close()
    const last = open()
    expect(last.movedAside).toBeUndefined()
    last.store.close()
  })

  test('a second time in the same second takes another name', async () => {
    for (const count of [1, 2, 3]) {
      writeFileSync(database, 'no database at all\n'.repeat(500))
      recording = new Recording()
      const { store, movedAside } = open()
      expect(movedAside?.path.endsWith(count === 1 ? 'Z' : `Z-${count}`)).toBe(true)
      store.close()
      rmSync(database)
    }
    expect(readdirSync(dataDir).filter((name) => name.includes('corrupt'))).toHaveLength(3)
  })

  test('its log goes with it', async () => {
    await writeRecord()
    overwrite(0, 100)
    writeFileSync(`${database}-wal`, 'log')
    const { store, movedAside } = open()
    expect(readFileSync(`${movedAside?.path}-wal`, 'utf8')).toBe('log')
    store.close()
  })

  test('a database of another program is not written into', () => {
    recording = new Recording()
    const other = new Database(database, { create: true })
    other.run('CREATE TABLE theirs (x)')
    other.close()
    const { store, movedAside } = open()
    expect(movedAside?.why).toContain('another program')
    store.close()
  })
})

test('an empty file is a new record', () => {
  recording = new Recording()
  writeFileSync(database, '')
  const { store, movedAside } = open()
  expect(movedAside).toBeUndefined()
  store.close()
})

describe('one daemon a data directory', () => {
  test('Q11: a second one is refused, and named the first', () => {
    recording = new Recording()
    const first = open()
    expect(expectCode(open, 'locked').message).toContain(`(pid ${process.pid})`)
    first.store.append(recording.tick())
    first.store.close()
    open().store.close()
  })

  test('Q11: a second one in another process too', async () => {
    recording = new Recording()
    open().store.close()
    const holder = await holdDatabase(join(dataDir, 'sysmond.lock'), 'exclusive')
    expectCode(open, 'locked')
    await holder.release()
    open().store.close()
  })

  test('a lock file that is damaged is no reason not to start', () => {
    recording = new Recording()
    writeFileSync(join(dataDir, 'sysmond.lock'), 'no database at all\n'.repeat(500))
    open().store.close()
  })

  test('a database held by another program is refused at start', async () => {
    await writeRecord()
    const holder = await holdDatabase(database, 'exclusive')
    expectCode(open, 'locked')
    await holder.release()
    open().store.close()
  })
})

describe('where nothing can be written', () => {
  test('a file in the place of the directory', () => {
    const path = join(dataDir, 'file')
    writeFileSync(path, '')
    expect(expectCode(() => open(path), 'read_only').message).toContain(path)
  })

  test.skipIf(!requireRoot('mounts a filesystem read-only'))('a read-only filesystem', async () => {
    await writeRecord()
    const mount = join(dataDir, 'mount')
    mkdirSync(mount)
    run('mount', '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', mount)
    try {
      copyFileSync(database, join(mount, 'data.db'))
      run('mount', '-o', 'remount,ro', mount)
      expect(expectCode(() => open(mount), 'read_only').message).toContain(mount)
    } finally {
      run('umount', mount)
    }
  })

  test.skipIf(!requireRoot('mounts a file read-only'))('a read-only file', async () => {
    await writeRecord()
    const before = readFileSync(database)
    run('mount', '--bind', database, database)
    try {
      run('mount', '-o', 'remount,bind,ro', database)
      expect(expectCode(open, 'read_only').message).toContain(database)
    } finally {
      run('umount', database)
    }
    expect(readFileSync(database).equals(before)).toBe(true)
    expect(existsSync(`${database}.corrupt-2026-01-05T120000Z`)).toBe(false)
  })

  test.skipIf(process.getuid?.() === 0)('a directory without permission', () => {
    chmodSync(dataDir, 0o500)
    expectCode(open, 'read_only')
    chmodSync(dataDir, 0o700)
  })
})

function overwrite(at: number, length: number): void {
  const file = openSync(database, 'r+')
  writeSync(file, new Uint8Array(length).fill(0xa5), 0, length, at)
  closeSync(file)
}

function run(...command: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(command)
  if (exitCode !== 0) throw new Error(`${command.join(' ')}: ${stderr}`)
}
