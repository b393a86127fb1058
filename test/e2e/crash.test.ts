import { expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import { defaultRetention } from '../../src/store/sqlite/retention.ts'
import type { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { packTicks, rulesFor, wholeHourMs } from '../conformance/recording.ts'
import { sqliteOptions } from '../conformance/sqlite-place.ts'
import { maintainAll } from '../conformance/store-harness.ts'

const kills = 200
/** As crash-writer.ts records. */
const stepMs = 10_000
const timeOf = (seq: number): number => wholeHourMs + seq * stepMs

/** Numbers from 0 to 1, the same for the same seed. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

const open = (dataDir: string): SqliteStore => {
  const { store, movedAside } = openSqliteStore(
    sqliteOptions(dataDir, {
      rules: rulesFor(() => []),
      packProcesses: packTicks,
      monotonicMs: () => 0,
      retention: { ...defaultRetention, secondsMs: 1e12, processesMs: 1e12 },
      onError: (error) => {
        throw error
      },
    }),
  )
  expect(movedAside).toBeUndefined()
  return store
}

/** Lets a writer work until it has told `lines` seqs and a moment more, kills it, and gives the last seq it told. */
async function writeAndKill(dataDir: string, lines: number, moreMs: number): Promise<number> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'crash-writer.ts'), dataDir], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  let told = ''
  let count = 0
  let killed = false
  const kill = async (): Promise<void> => {
    killed = true
    await Bun.sleep(moreMs)
    child.kill('SIGKILL')
  }
  if (lines === 0) void kill()
  for await (const bytes of child.stdout) {
    const text = new TextDecoder().decode(bytes)
    told += text
    count += text.split('\n').length - 1
    if (!killed && count >= lines) void kill()
  }
  await child.exited
  if (!killed) throw new Error(`the writer ended by itself: ${await new Response(child.stderr).text()}`)
  const whole = told.slice(0, told.lastIndexOf('\n'))
  return whole === '' ? -1 : Number(whole.slice(whole.lastIndexOf('\n') + 1))
}

test('Q6: kill -9 at any moment costs no tick that was stored, and the record stays whole', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sysmon-crash-'))
  const seed = Number(process.env.SYSMON_SEED ?? 1 + (Date.now() % 2_147_483_646))
  const random = seeded(seed)
  let told = -1
  try {
    for (let kill = 0; kill < kills; kill++) {
      // Some die while they open, most at work.
      const lines = random() < 0.1 ? 0 : Math.floor(random() ** 3 * 400)
      told = Math.max(told, await writeAndKill(dataDir, lines, lines === 0 ? random() * 150 : random() * 5))
      const store = open(dataDir)
      expect(store.lastSeq()).toBeGreaterThanOrEqual(told)
      const recent = Math.max(0, store.lastSeq() - 1500)
      await expectAll(store, recent, store.lastSeq())
      if (kill % 10 === 9) store.checkIntegrity()
      store.close()
    }
    const store = open(dataDir)
    store.checkIntegrity()
    await expectAll(store, 0, store.lastSeq())
    await maintainAll(store, timeOf(store.lastSeq()))
    await expectAll(store, 0, store.lastSeq())
    await expectBuckets(store)
    store.close()
    expect(readdirSync(dataDir).sort()).toEqual(['data.db', 'sysmond.lock', 'sysmond.pid'])
  } catch (error) {
    throw new Error(`SYSMON_SEED=${seed} makes it happen again`, { cause: error })
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}, 120_000)

/** Every tick once, with the values it was given. */
async function expectAll(store: SqliteStore, from: number, to: number): Promise<void> {
  if (to < from) return
  const { unixMs, values } = await store.readSamples([0, 5], { startMs: timeOf(from), endMs: timeOf(to) })
  expect(unixMs.length).toBe(to - from + 1)
  for (let i = 0; i < unixMs.length; i++) {
    if (unixMs[i] !== timeOf(from + i)) throw new Error(`tick ${from + i} is not there`)
    if (values[0]?.[i] !== from + i || values[1]?.[i] !== (from + i) * 6) throw new Error(`tick ${from + i} is wrong`)
  }
}

/** Minutes and hours hold each tick once, too. */
async function expectBuckets(store: SqliteStore): Promise<void> {
  const until = store.rolledUpToMs('1h')
  const everything = { startMs: 0, endMs: Number.MAX_SAFE_INTEGER }
  const { startMs, buckets } = await store.readBuckets('1h', [{ series: 0 }], everything)
  const lasts = [...(buckets[0]?.last ?? [])]
  for (const [i, start] of startMs.entries()) {
    expect(lasts[i]).toBe((start + 3_600_000 - wholeHourMs) / stepMs - 1)
  }
  expect(startMs.length).toBe(Math.floor((until - wholeHourMs) / 3_600_000))
}
