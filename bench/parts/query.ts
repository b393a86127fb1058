import { Database } from 'bun:sqlite'
import { FrameRing } from '../../src/frame/ring.ts'
import { SeriesTable } from '../../src/frame/series-table.ts'
import { history } from '../../src/query/history.ts'
import type { Sources } from '../../src/query/sources.ts'
import { unpackProcessTicks } from '../../src/recorder/pack.ts'
import type { Store } from '../../src/store/store.ts'
import { fullRecord } from '../full-record.ts'
import { type BenchContext, type BenchPart, type Figure, percentile } from '../part.ts'
import { findRecording, openRecord } from '../recording.ts'

const runs = 60
const warmUps = 8
const dayMs = 86_400_000
const target = 10

/** Questions of a record of full length, beside a plain table of the same rows. */
export const part: BenchPart = {
  name: 'query',
  about: 'history of one series out of 24 h of seconds, 30 d of minutes, 1 y of hours; processes at a second',
  async run(context) {
    const recording = findRecording(context)
    if (recording === undefined) {
      context.progress('no record to measure: name one with --recording or SYSMON_BENCH_RECORDING')
      return []
    }
    const { dataDir, endMs } = await fullRecord(recording, context.progress)
    const store = await openRecord(dataDir)
    try {
      return await measure(store, endMs, context)
    } finally {
      store.close()
    }
  },
}

async function measure(store: Store, endMs: number, { progress }: BenchContext): Promise<Figure[]> {
  const series = new SeriesTable(undefined, await store.series())
  const sources: Sources = { ring: new FrameRing(1), store, series, intervalMs: 1000, now: () => endMs }
  const ids = await recordedSeries(store, series, endMs)
  progress(`${runs} questions each, of ${ids.length} series in turn`)
  const ask = (spanMs: number, resolution: string) => (turn: number) => {
    const one = series.get(ids[(turn * 17) % ids.length] as number)
    if (one === undefined) throw new Error('a series that is not known')
    const range = { startMs: endMs - spanMs, endMs }
    return history(sources, { metric: one.metric, labels: one.labels, range, resolution })
  }
  const day = await timed(ask(dayMs - 1000, '1s'))
  const plain = await plainTable(store, ids[0] as number, endMs)
  const columns = await timed((turn) =>
    store.readSamples([ids[(turn * 17) % ids.length] as number], { startMs: endMs - dayMs, endMs }),
  )
  const month = await timed(ask(30 * dayMs - 60_000, '1m'))
  const year = await timed(ask(366 * dayMs - 3_600_000, '1h'))
  const seek = await timed(async (turn) => {
    const at = endMs - ((turn * 7_919_000 + 1234) % dayMs)
    const [block] = await store.readProcesses({ startMs: at, endMs: at })
    if (block !== undefined && 'packed' in block.content) unpackProcessTicks(block.content.packed)
  })
  return [
    ...figures('24 h of one series at 1 s', day, { name: 'plain table', times: plain }),
    ...figures('24 h at 1 s, columns only', columns, { name: 'plain table', times: plain }),
    ...figures('30 d of one series at 1m', month),
    ...figures('1 y of one series at 1h', year),
    ...figures('processes at a random second', seek),
  ]
}

async function timed(ask: (turn: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  for (let turn = 0; turn < runs + warmUps; turn++) {
    const start = performance.now()
    await ask(turn)
    if (turn >= warmUps) times.push(performance.now() - start)
  }
  return times
}

function figures(
  name: string,
  times: readonly number[],
  beside?: { name: string; times: readonly number[] },
): Figure[] {
  const reference = (share: number) =>
    beside === undefined ? {} : { reference: { name: beside.name, value: percentile(beside.times, share) } }
  return [
    { name: `${name}, median`, value: percentile(times, 0.5), unit: 'ms', target, ...reference(0.5) },
    { name: `${name}, p99`, value: percentile(times, 0.99), unit: 'ms', target, ...reference(0.99) },
  ]
}

/** Series with a value at the end of the record. */
async function recordedSeries(store: Store, series: SeriesTable, endMs: number): Promise<number[]> {
  const ids = Array.from({ length: series.size }, (_, id) => id)
  const { values } = await store.readSamples(ids, { startMs: endMs - 30_000, endMs })
  return ids.filter((id) => !Number.isNaN(values[id]?.at(-1) ?? Number.NaN))
}

/** The same rows as a table of times and values, read whole. */
async function plainTable(store: Store, id: number, endMs: number): Promise<number[]> {
  const { unixMs, values } = await store.readSamples([id], { startMs: endMs - dayMs, endMs })
  const db = new Database(':memory:')
  db.run('CREATE TABLE sample (unix_ms INTEGER PRIMARY KEY, value REAL)')
  const insert = db.query('INSERT INTO sample VALUES (?, ?)')
  db.transaction(() => {
    for (const [i, time] of unixMs.entries()) insert.run(time, values[0]?.[i] ?? null)
  })()
  const read = db.query('SELECT unix_ms, value FROM sample WHERE unix_ms BETWEEN ? AND ?')
  const times = await timed(async () => read.values(endMs - dayMs, endMs))
  db.close()
  return times
}
