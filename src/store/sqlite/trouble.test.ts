import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packTicks, Recording, rulesFor, wholeHourMs } from '../../../test/conformance/recording.ts'
import { sqliteOptions } from '../../../test/conformance/sqlite-place.ts'
import { maintainAll } from '../../../test/conformance/store-harness.ts'
import { holdDatabase } from '../../../test/holding.ts'
import { requireRoot } from '../../../test/tools.ts'
import { StoreError } from '../store.ts'
import { WriteBuffer } from '../write-buffer.ts'
import { type OpenOptions, openSqliteStore } from './open.ts'
import { defaultRetention, settlingMs } from './retention.ts'
import type { LogLimits, SqliteStore } from './sqlite-store.ts'

let dataDir: string
let monotonicMs = 0
let recording: Recording
const errors: unknown[] = []
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'sysmon-store-'))
  monotonicMs = 0
  recording = new Recording()
  errors.length = 0
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

const open = (other: Partial<OpenOptions> = {}): SqliteStore =>
  openSqliteStore({
    ...sqliteOptions(dataDir, {
      rules: rulesFor(() => recording.table.all()),
      packProcesses: packTicks,
      monotonicMs: () => monotonicMs,
      retention: defaultRetention,
      onError: (error) => errors.push(error),
    }),
    ...other,
  }).store

const database = (): string => join(dataDir, 'data.db')
const seqsIn = async (store: SqliteStore): Promise<number> =>
  (await store.readSamples([], { startMs: 0, endMs: Number.MAX_SAFE_INTEGER })).unixMs.length
/** One second of the daemon: a tick, and a slice of what need not happen now. */
async function second(store: SqliteStore, buffer: { append: WriteBuffer['append'] }): Promise<void> {
  monotonicMs += 1000
  buffer.append(recording.tick())
  try {
    store.maintain(recording.nowMs, 5)
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    errors.push(error)
  }
  await new Promise((resolve) => setImmediate(resolve))
}

test('Q11: while another process holds the database ticks wait, and are kept when it lets go', async () => {
  const store = open()
  const changes: (string | undefined)[] = []
  const buffer = new WriteBuffer(
    store,
    () => monotonicMs,
    (why) => changes.push(why),
  )
  for (let i = 0; i < 5; i++) buffer.append(recording.tick())
  await store.settled()
  store.close()
  const held = open()
  const heldBuffer = new WriteBuffer(
    held,
    () => monotonicMs,
    (why) => changes.push(why),
  )
  const writer = await holdDatabase(database(), 'write')
  for (let i = 0; i < 10; i++) await second(held, heldBuffer)
  expect(heldBuffer.waiting).toBe(10)
  expect(heldBuffer.degraded).toContain('locked')
  await writer.release()
  for (let i = 0; i < 40; i++) await second(held, heldBuffer)
  expect([heldBuffer.waiting, heldBuffer.dropped]).toEqual([0, 0])
  expect(await seqsIn(held)).toBe(55)
  expect(changes).toHaveLength(2)
  held.close()
})

test.skipIf(!requireRoot('fills a filesystem of its own'))(
  'Q6: a full disk: ticks wait, nothing throws, and all are kept once there is room',
  async () => {
    const mount = join(dataDir, 'mount')
    mkdirSync(mount)
    run('mount', '-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', mount)
    const filler = join(mount, 'filler')
    const limit = recording.id('system.memory.limit', {})
    try {
      const store = open({ dataDir: mount })
      const buffer = new WriteBuffer(store, () => monotonicMs, ignore, 2000)
      for (let i = 0; i < 20; i++) await second(store, buffer)
      fill(filler)
      for (let i = 0; i < 900; i++) {
        recording.set(limit, i)
        await second(store, buffer)
      }
      expect(buffer.waiting).toBeGreaterThan(500)
      expect(buffer.degraded).toContain('full')
      expect(errors.every((error) => error instanceof StoreError && error.code === 'full')).toBe(true)
      rmSync(filler)
      for (let i = 0; i < 40; i++) await second(store, buffer)
      expect([buffer.waiting, buffer.dropped]).toEqual([0, 0])
      expect(store.lastSeq()).toBe(959)
      store.checkIntegrity()
      store.close()
      const again = open({ dataDir: mount })
      expect(await seqsIn(again)).toBe(960)
      again.close()
    } finally {
      run('umount', '--lazy', mount)
    }
  },
)

test('Q1: the log stays bounded while a reader holds it for 20,000 ticks, and shrinks when he ends', async () => {
  const limits: LogLimits = { workBytes: 6 * 2 ** 20, appendBytes: 16 * 2 ** 20 }
  const store = open({ logLimits: limits })
  const buffer = new WriteBuffer(store, () => monotonicMs, ignore, 50_000)
  const limit = recording.id('system.memory.limit', {})
  for (let i = 0; i < 10; i++) await second(store, buffer)
  const reader = await holdDatabase(database(), 'read')
  let most = 0
  for (let i = 0; i < 20_000; i++) {
    recording.set(limit, i)
    monotonicMs += 1000
    buffer.append(recording.tick())
    if (i % 10 !== 0) continue
    store.maintain(recording.nowMs, 1)
    await store.settled()
    most = Math.max(most, store.stats().walBytes)
  }
  expect(most).toBeGreaterThan(limits.workBytes)
  expect(most).toBeLessThan(limits.appendBytes + 2 ** 20)
  expect(buffer.degraded).toContain('keeps the database open')
  await reader.release()
  while (buffer.waiting > 0) {
    await second(store, buffer)
    await store.settled()
  }
  await maintainAll(store, recording.nowMs)
  await second(store, buffer)
  expect(buffer.dropped).toBe(0)
  expect(store.stats().walBytes).toBeLessThan(limits.appendBytes)
  expect(await seqsIn(store)).toBe(store.stats().frames)
  expect(store.stats().frames).toBe(store.lastSeq() + 1)
  store.close()
})

test('Q1: many readers in turn, each short, do not keep the log from being moved', async () => {
  const store = open()
  const limit = recording.id('system.memory.limit', {})
  let most = 0
  for (let i = 0; i < 6000; i++) {
    recording.set(limit, i)
    store.append(recording.tick())
    store.maintain(recording.nowMs, 1)
    if (i % 20 === 0) await store.readSamples([limit], { startMs: recording.nowMs - 60_000, endMs: recording.nowMs })
    await store.settled()
    most = Math.max(most, store.stats().walBytes)
  }
  expect(most).toBeLessThan(6 * 2 ** 20)
  store.close()
})

test('closing in the middle of a checkpoint loses nothing and tells of no error', async () => {
  for (const turns of [0, 1, 2, 3]) {
    const store = open()
    const first = store.lastSeq() + 1
    recording = new Recording(wholeHourMs + first * 1000, 1000, { lastSeq: first - 1, known: await store.series() })
    for (let i = 0; i < 1500; i++) store.append(recording.tick())
    store.maintain(recording.nowMs, 0)
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
    store.close()
    const again = open()
    expect(await seqsIn(again)).toBe(first + 1500)
    again.checkIntegrity()
    again.close()
  }
  await new Promise((resolve) => setImmediate(resolve))
  expect(errors).toEqual([])
})

test('Q2: a day that expires goes in small pieces, and the next day takes its place in the file', async () => {
  const dayMs = 24 * 3_600_000
  recording = new Recording(wholeHourMs, 30_000)
  const ids = Array.from({ length: 40 }, (_, i) => recording.id('sysmon.collector.failures', { collector: `c${i}` }))
  const store = open({ retention: { ...defaultRetention, secondsMs: dayMs, minutesMs: dayMs, hoursMs: dayMs } })
  let total = 0
  const recordDay = async (): Promise<void> => {
    for (let i = 0; i < 2880; i++) {
      for (const id of ids) {
        total += (i * id * 7919) % 10_007
        recording.set(id, total)
      }
      store.append(recording.tick())
      monotonicMs += 30_000
      if (i % 100 === 0) await maintainAll(store, recording.nowMs)
    }
    await maintainAll(store, recording.nowMs)
  }
  await recordDay()
  const before = store.stats().frames
  const later = recording.nowMs + dayMs
  store.maintain(later, 0)
  monotonicMs += settlingMs
  let slices = 0
  let most = 0
  for (let frames = before; store.maintain(later, 0); slices++) {
    most = Math.max(most, frames - store.stats().frames)
    frames = store.stats().frames
    await store.settled()
  }
  // A block is five minutes: ten ticks.
  expect(most).toBe(10)
  expect(slices).toBeGreaterThanOrEqual((before - 20) / 10)
  expect(store.stats().frames).toBeLessThanOrEqual(20)
  await recordDay()
  await maintainAll(store, recording.nowMs)
  const size = statSync(database()).size
  for (let day = 0; day < 2; day++) await recordDay()
  expect(statSync(database()).size).toBeLessThan(size * 1.15)
  store.checkIntegrity()
  store.close()
})

const ignore = (): void => undefined

function fill(path: string): void {
  for (let size = 4 * 2 ** 20; size >= 1024; size /= 2) {
    try {
      writeFileSync(path, new Uint8Array(size), { flag: 'a' })
    } catch {
      // What did not fit in one piece may fit in smaller ones.
    }
  }
}

function run(...command: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(command)
  if (exitCode !== 0) throw new Error(`${command.join(' ')}: ${stderr}`)
}
