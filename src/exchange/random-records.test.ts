import { afterEach, expect, test } from 'bun:test'
import fc from 'fast-check'
import { packTicks, Recording, rulesFor, wholeHourMs } from '../../test/conformance/recording.ts'
import { sqlitePlace } from '../../test/conformance/sqlite-place.ts'
import { maintainAll } from '../../test/conformance/store-harness.ts'
import { FrameRing } from '../frame/ring.ts'
import { SeriesTable } from '../frame/series-table.ts'
import { defaultRetention } from '../store/sqlite/retention.ts'
import type { Store } from '../store/store.ts'
import { createExchange } from './exchange.ts'

/** Whatever a record holds comes back the same from every format: any double, absent ones, gaps, ticks of odd lengths. */
const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close()
})

function openStore(recording: () => Recording): Store {
  const place = sqlitePlace()
  const store = place.open({
    rules: rulesFor(() => recording().table.all()),
    packProcesses: packTicks,
    monotonicMs: () => 0,
    retention: defaultRetention,
    onError: (error) => {
      throw error
    },
  })
  closing.push(() => {
    store.close()
    place.remove()
  })
  return store
}

const exchangeOver = (store: Store, series: SeriesTable) =>
  createExchange({
    sources: { ring: new FrameRing(1), store, series, intervalMs: 1000, now: () => wholeHourMs + 3_600_000 },
    retention: () => ({ secondsMs: defaultRetention.secondsMs, hoursMs: defaultRetention.hoursMs }),
    dataDir: `/tmp/sysmon-random-${process.pid}`,
  })

/** A tick: milliseconds since the one before, and a value for each of three series; undefined: absent. */
const aValue = fc.option(fc.double({ noNaN: true }), { nil: undefined, freq: 4 })
const aTick = fc.record({
  stepMs: fc.oneof(fc.constant(1000), fc.integer({ min: 1, max: 90_000 })),
  values: fc.tuple(aValue, aValue, aValue),
})
const hex = (values: Float64Array): string => Buffer.from(values.slice().buffer).toString('hex')

async function samplesOf(store: Store, series: SeriesTable): Promise<readonly (readonly [string, string])[]> {
  const all = series.all()
  const { unixMs, elapsedMs, values } = await store.readSamples(
    all.map(({ id }) => id),
    { startMs: 0, endMs: Number.MAX_SAFE_INTEGER },
  )
  // A tick at which nothing is there is none of a file.
  const rows = [...unixMs.keys()].filter((row) => values.some((column) => !Number.isNaN(column[row] as number)))
  const pick = (column: Float64Array): string => hex(Float64Array.from(rows, (row) => column[row] as number))
  const isFollowed = (row: number): boolean => row === 0 || rows.includes(row - 1)
  const lengths = elapsedMs.map((length, row) => (isFollowed(row) ? length : 0))
  return [
    ['times', pick(unixMs)] as const,
    ['lengths', pick(lengths)] as const,
    ...all
      .map(({ metric, labels }, i) => [`${metric}${JSON.stringify(labels)}`, pick(values[i] as Float64Array)] as const)
      .filter(([, column]) => column !== hex(new Float64Array(rows.length).fill(Number.NaN)))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  ]
}

test.each(['csv', 'jsonl', 'parquet'] as const)(
  '%s gives back every record',
  async (format) => {
    await fc.assert(
      fc.asyncProperty(fc.array(aTick, { minLength: 1, maxLength: 60 }), async (ticks) => {
        const recording = new Recording(wholeHourMs)
        const from = openStore(() => recording)
        const ids = [
          recording.id('system.memory.limit', {}),
          recording.id('system.memory.usage', { state: 'used' }),
          recording.id('system.network.io', { device: 'a "b", \\c', role: 'physical', direction: 'receive' }),
        ]
        let atMs = wholeHourMs
        for (const [i, { stepMs, values }] of ticks.entries()) {
          atMs += stepMs
          for (const [k, id] of ids.entries()) recording.set(id, values[k] ?? Number.NaN)
          from.append(recording.tick({ atMs, elapsedMs: i === 0 ? 0 : stepMs }))
        }
        await maintainAll(from, atMs)
        const { bytes } = await exchangeOver(from, recording.table).export({
          content: 'samples',
          metrics: [],
          startMs: wholeHourMs,
          endMs: atMs + 1,
          stepMs: undefined,
          format,
        })
        const to = openStore(() => recording)
        const series = new SeriesTable()
        const answer = await exchangeOver(to, series).import({ format, isDryRun: false, body: bytes })
        const isEmpty = ticks.every(({ values }) => values.every((value) => value === undefined))
        if (!isEmpty) expect(answer).toMatchObject({ ticks: ticks.length })
        expect(await samplesOf(to, series)).toEqual(await samplesOf(from, recording.table))
        for (const close of closing.splice(0).reverse()) close()
      }),
      { numRuns: 25 },
    )
  },
  60_000,
)
