import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CurrentResponse, EventsResponse, HealthResponse, HistoryResponse } from '../../src/api/contract.ts'
import { errnoCode } from '../../src/base/errors.ts'
import { holdDatabase } from '../holding.ts'
import { requireRoot, requireTool } from '../tools.ts'
import { type DaemonOptions, eventually, startDaemon, type TestDaemon } from './daemon.ts'
import { runProgram } from './program-run.ts'

/** What happens to the record when the disk, other programs or the permissions are against it. */
let folder: string
let dataDir: string
const daemons: TestDaemon[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sysmon-failures-'))
  dataDir = join(folder, 'data')
})
afterEach(async () => {
  for (const daemon of daemons.splice(0)) await daemon.kill()
  rmSync(folder, { recursive: true, force: true })
})
async function started(options: DaemonOptions = {}): Promise<TestDaemon> {
  const daemon = await startDaemon({ dataDir, ...options })
  daemons.push(daemon)
  return daemon
}

const health = (daemon: TestDaemon): Promise<HealthResponse> => daemon.get('/health')
const current = (daemon: TestDaemon): Promise<CurrentResponse> =>
  daemon.get('/api/v1/metrics/current?metric=sysmon.tick.lateness')
const seqOf = async (daemon: TestDaemon): Promise<number> => (await current(daemon)).seq
const reaches = (daemon: TestDaemon, seq: number): Promise<number> =>
  eventually(
    () => seqOf(daemon),
    (now) => now >= seq,
  )
const eventsOf = async (daemon: TestDaemon): Promise<EventsResponse['events']> =>
  (await daemon.get<EventsResponse>('/api/v1/events?start=-1h')).events
/** As they happened. */
const kindsOf = async (daemon: TestDaemon): Promise<string[]> =>
  [...(await eventsOf(daemon))].sort((a, b) => a.unixMs - b.unixMs).map(({ kind }) => kind)

/** What lies on the disk, whatever is in memory. Asked among the daemon's own mounts where it has such. */
function storedSeqs(database: string, among?: TestDaemon): number[] {
  const script = `
    const { Database } = require('bun:sqlite')
    const db = new Database(${JSON.stringify(database)}, { readonly: true })
    const runs = db.query("SELECT first_seq, last_seq FROM block WHERE tier = 0 UNION ALL SELECT seq, seq FROM head ORDER BY 1")
    console.log(JSON.stringify(runs.values()))`
  const enter = among === undefined ? [] : ['nsenter', '--target', String(among.pid), '--mount']
  const { stdout, stderr } = Bun.spawnSync([...enter, process.execPath, '-e', script])
  if (stdout.length === 0) throw new Error(stderr.toString())
  const runs = JSON.parse(stdout.toString()) as [first: number, last: number][]
  return runs.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index))
}
const upTo = (last: number): number[] => Array.from({ length: last + 1 }, (_, seq) => seq)

/** Degraded and buffering while it lasts, drained and healthy after `end`, and no tick missing anywhere. */
async function expectOutlasted(daemon: TestDaemon, end: () => void | Promise<void>, among?: TestDaemon): Promise<void> {
  const startMs = (await current(daemon)).unixMs
  const bad = await eventually(
    () => health(daemon),
    ({ db_buffered_frames: waiting }) => waiting >= 3,
  )
  expect(bad).toMatchObject({ status: 'degraded', db_connection: 'degraded', db_dropped_frames: 0 })
  expect(bad.problems[0]).toStartWith('the store cannot write: ')
  await reaches(daemon, (await seqOf(daemon)) + 2)
  expect((await health(daemon)).db_buffered_frames).toBeGreaterThan(bad.db_buffered_frames)
  await end()
  const good = await eventually(
    () => health(daemon),
    ({ db_buffered_frames: waiting, status }) => waiting === 0 && status === 'healthy',
    45_000,
  )
  expect(good).toMatchObject({ problems: [], db_connection: 'ok', db_dropped_frames: 0 })
  const last = await seqOf(daemon)
  const seqs = storedSeqs(join(dataDir, 'data.db'), among)
  expect(seqs.slice(0, last + 1)).toEqual(upTo(last))
  const { unixMs } = await daemon.get<HistoryResponse>(
    `/api/v1/metrics/history?metric=sysmon.tick.lateness&start=${startMs}&resolution=1s`,
  )
  for (let i = 1; i < unixMs.length; i++) expect((unixMs[i] as number) - (unixMs[i - 1] as number)).toBeLessThan(1900)
  expect((await kindsOf(daemon)).filter((kind) => kind.startsWith('store_'))).toEqual([
    'store_degraded',
    'store_recovered',
  ])
}

/** A small disk of its own, gone with the daemon. */
const onSmallDisk = (size: string, before = ''): string[] => [
  'unshare',
  '--mount',
  'sh',
  '-c',
  `mkdir -p "${dataDir}" && mount -t tmpfs -o size=${size} tmpfs "${dataDir}" && { ${before} exec "$@"; }`,
  'sh',
]
/** Writes until there is no room. */
function fill(file: string): void {
  const descriptor = openSync(file, 'w')
  try {
    for (const size of [65_536, 4096, 1]) {
      try {
        for (;;) writeSync(descriptor, new Uint8Array(size))
      } catch (error) {
        if (errnoCode(error) !== 'ENOSPC') throw error
      }
    }
  } finally {
    closeSync(descriptor)
  }
}

describe.skipIf(!requireRoot('mounts a small disk') || !requireTool('unshare') || !requireTool('nsenter'))(
  'a full disk',
  () => {
    test('Q6: collection goes on, ticks wait in memory, and none is missing when there is room again', async () => {
      const daemon = await started({ enter: onSmallDisk('3m'), hasOwnMounts: true })
      const inside = join(`/proc/${daemon.pid}/root`, dataDir)
      await reaches(daemon, 2)
      fill(join(inside, 'fill'))
      await expectOutlasted(daemon, () => unlinkSync(join(inside, 'fill')), daemon)
      expect(await daemon.stop()).toBe(0)
    }, 90_000)

    test('Q6: ended while it is full, it says how many ticks are lost and exits with 1', async () => {
      const daemon = await started({ enter: onSmallDisk('3m'), hasOwnMounts: true })
      const inside = join(`/proc/${daemon.pid}/root`, dataDir)
      await reaches(daemon, 2)
      fill(join(inside, 'fill'))
      await eventually(
        () => health(daemon),
        ({ db_buffered_frames: waiting }) => waiting >= 2,
      )
      expect(await daemon.stop()).toBe(1)
      const stopped = daemon.log.find(({ msg }) => msg === 'stopped')
      expect(stopped?.lost_ticks).toBeGreaterThanOrEqual(2)
    }, 60_000)

    test('full from the beginning, it says so in one line', async () => {
      const filled = onSmallDisk('64k', `cat /dev/zero >"${dataDir}/fill" 2>/dev/null;`)
      const { code, stderr } = await runProgram('sysmond', ['--data-dir', dataDir, '--log-level', 'error'], {
        enter: filled,
      })
      expect(code).toBe(1)
      expect(stderr).toHaveLength(1)
      expect(stderr[0]).toContain(dataDir)
    })
  },
)

test('Q6, Q11: a database that another program holds for seconds loses nothing', async () => {
  const daemon = await started()
  await reaches(daemon, 1)
  const holder = await holdDatabase(join(dataDir, 'data.db'), 'write')
  try {
    await expectOutlasted(daemon, holder.release)
  } finally {
    await holder.release()
  }
  expect(await daemon.stop()).toBe(0)
}, 90_000)

describe('a damaged record', () => {
  test('is moved aside whole, named in the log and as an event, and a fresh one begun', async () => {
    const first = await started()
    await reaches(first, 3)
    expect(await first.stop()).toBe(0)
    const database = join(dataDir, 'data.db')
    const { size } = statSync(database)
    const descriptor = openSync(database, 'r+')
    for (let at = 4096; at < size; at += 4096) writeSync(descriptor, new Uint8Array(4096).fill(0xa5), 0, 4096, at)
    closeSync(descriptor)

    const second = await started()
    const aside = readdirSync(dataDir).filter((name) => name.startsWith('data.db.corrupt-'))
    expect(aside).toHaveLength(1)
    const path = join(dataDir, aside[0] as string)
    expect(statSync(path).size).toBe(size)
    expect(second.log.find(({ msg }) => msg.includes('moved aside'))).toMatchObject({ level: 'error', path })
    await reaches(second, 2)
    const moved = (await eventsOf(second)).filter(({ kind }) => kind === 'store_moved_aside')
    expect(moved).toMatchObject([{ severity: 'error', data: { path } }])
    expect((await health(second)).status).toBe('healthy')
    expect(await second.stop()).toBe(0)
    expect(storedSeqs(database).length).toBeGreaterThanOrEqual(3)
  }, 60_000)

  test('a file that is no database is not written over', async () => {
    const first = await started()
    expect(await first.stop()).toBe(0)
    writeFileSync(join(dataDir, 'data.db'), 'the only copy of a novel')
    const second = await started()
    const aside = readdirSync(dataDir).find((name) => name.startsWith('data.db.corrupt-')) as string
    expect(await Bun.file(join(dataDir, aside)).text()).toBe('the only copy of a novel')
    expect(await second.stop()).toBe(0)
  }, 30_000)
})

describe.skipIf(!requireRoot('becomes another user') || !requireTool('setpriv'))('as another user', () => {
  const nobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--']
  const refusal = async (): Promise<string> => {
    const args = ['--data-dir', dataDir, '--log-level', 'error']
    const { code, stdout, stderr } = await runProgram('sysmond', args, { enter: nobody, env: { HOME: folder } })
    expect({ code, stdout, lines: stderr.length }).toEqual({ code: 1, stdout: '', lines: 1 })
    return stderr[0] as string
  }
  beforeEach(() => chmodSync(folder, 0o755))

  test('a data directory that cannot be made', async () => {
    expect(await refusal()).toMatch(new RegExp(`^sysmond: ${dataDir} cannot be made: EACCES`))
    expect(existsSync(dataDir)).toBe(false)
  })

  test('a data directory that cannot be written', async () => {
    const owner = await started()
    expect(await owner.stop()).toBe(0)
    chmodSync(dataDir, 0o755)
    const before = readdirSync(dataDir)
    expect(await refusal()).toMatch(new RegExp(`^sysmond: ${dataDir} is not writable`))
    expect(readdirSync(dataDir)).toEqual(before)
  })

  test('a database file that cannot be written', async () => {
    const owner = await started()
    expect(await owner.stop()).toBe(0)
    chmodSync(dataDir, 0o777)
    for (const name of ['sysmond.lock', 'sysmond.pid']) rmSync(join(dataDir, name))
    chmodSync(join(dataDir, 'data.db'), 0o444)
    expect(await refusal()).toBe(
      `sysmond: ${join(dataDir, 'data.db')}: the file cannot be written. Let this user write there, or name another place with --data-dir`,
    )
  })
})

test('a second daemon on the same record is refused with the pid of the first, which goes on', async () => {
  const first = await started()
  const { code, stderr } = await runProgram('sysmond', ['--data-dir', dataDir, '--log-level', 'error'])
  expect(code).toBe(1)
  expect(stderr).toEqual([
    `sysmond: another sysmond (pid ${first.pid}) records into ${dataDir}. End that program, or name another place with --data-dir`,
  ])
  await reaches(first, (await seqOf(first)) + 2)
  expect((await health(first)).status).toBe('healthy')
  expect(await first.stop()).toBe(0)
}, 30_000)

test('kill -9: the next start goes on in the same record, and at most the last second is lost', async () => {
  const first = await started()
  const seen = await reaches(first, 3)
  await first.kill()
  const stored = storedSeqs(join(dataDir, 'data.db'))
  expect(stored).toEqual(upTo(stored.length - 1))
  expect(stored.length).toBeGreaterThanOrEqual(seen)
  const second = await started()
  expect(second.log.filter(({ level }) => level === 'warn' || level === 'error')).toEqual(
    second.log.filter(({ msg }) => msg === 'limited view' || /^sysmon was ended without a stop/.test(msg)),
  )
  await reaches(second, stored.length + 1)
  await second.logged(({ msg }) => /^sysmon was ended without a stop/.test(msg))
  expect((await eventsOf(second)).map(({ kind }) => kind)).toEqual(['start', 'start', 'unclean_shutdown'])
  expect(await second.stop()).toBe(0)
  const whole = storedSeqs(join(dataDir, 'data.db'))
  expect(whole).toEqual(upTo(whole.length - 1))
  expect(whole.length).toBeGreaterThan(stored.length)
}, 60_000)
