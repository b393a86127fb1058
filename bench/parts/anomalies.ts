import { anomalyOfEvent, nameOf } from '../../src/analyze/anomaly/open-anomaly.ts'
import { sampleMs, Watcher } from '../../src/analyze/anomaly/watcher.ts'
import { derivedDef, isDerivedName } from '../../src/catalogue/catalogue.ts'
import { watchedMetrics } from '../../src/catalogue/watched.ts'
import { FrameRing } from '../../src/frame/ring.ts'
import { type Series, SeriesTable } from '../../src/frame/series-table.ts'
import type { Store } from '../../src/store/store.ts'
import type { BenchContext, BenchPart, Figure } from '../part.ts'
import { copyRecording, findRecording, openRecord } from '../recording.ts'

const hourMs = 3_600_000
/** Ticks closer than this follow on each other. */
const mostElapsedMs = 2500
const threshold = Math.log10(3000)

/** A record of this machine through the watcher, as if it had run then: what it tells, and what it costs. */
export const part: BenchPart = {
  name: 'anomalies',
  about: 'a record replayed through the anomaly detector of the daemon',
  async run(context) {
    const recording = findRecording(context)
    if (recording === undefined) {
      context.progress('no record: name one with --recording or SYSMON_BENCH_RECORDING')
      return []
    }
    const copy = copyRecording(recording)
    const store = await openRecord(copy.dataDir)
    try {
      return await replay(store, context)
    } finally {
      store.close()
      copy.remove()
    }
  },
}

/** Of the metrics that are watched, what they are made of. */
function inputsOf(all: readonly (Series | undefined)[]): Series[] {
  const names = new Set<string>(
    watchedMetrics.flatMap(({ metric }) => (isDerivedName(metric) ? derivedDef(metric).from : [metric])),
  )
  return all.filter((one): one is Series => one !== undefined && names.has(one.metric))
}

async function replay(store: Store, { progress }: BenchContext): Promise<Figure[]> {
  const series = new SeriesTable(undefined, await store.series())
  const ring = new FrameRing(40)
  const meta = new Map<string, string>()
  let told = 0
  let nowMs = 0
  const watcher = new Watcher({
    ring,
    series,
    store: { getMeta: (key) => meta.get(key), setMeta: (key, value) => void meta.set(key, value) },
    threshold,
    onEvent: (event) => {
      told++
      const one = anomalyOfEvent({ ...event, unixMs: nowMs })
      if (one === undefined) return
      const { startMs, endMs, surprise, value, expectedLow, expectedHigh } = one
      const times = `${new Date(startMs).toISOString().slice(5, 19)} for ${(endMs - startMs) / 1000} s`
      progress(
        `${times} ${nameOf(one)}: ${value.toPrecision(3)}, expected ${expectedLow.toPrecision(2)} … ${expectedHigh.toPrecision(2)}, surprise ${surprise.toFixed(1)}`,
      )
    },
  })
  const inputs = inputsOf(series.all())
  const ids = Uint32Array.from(inputs, ({ id }) => id)
  const { newestMs = 0 } = store.stats()
  const oldestMs = store.oldestMs('1s') ?? newestMs
  let ticks = 0
  let tookMs = 0
  for (let startMs = oldestMs; startMs <= newestMs; startMs += hourMs) {
    const { unixMs, elapsedMs, values } = await store.readSamples([...ids], { startMs, endMs: startMs + hourMs - 1 })
    for (let at = 0; at < unixMs.length; at++) {
      nowMs = unixMs[at] as number
      const elapsed = elapsedMs[at] as number
      const isNext = elapsed > 0 && elapsed < mostElapsedMs
      ring.push({
        seq: ticks,
        unixMs: nowMs,
        elapsedMs: isNext ? elapsed : 0,
        gap: isNext ? 'none' : 'missed',
        isKey: true,
        ids,
        values: Float64Array.from(values, (column) => column[at] as number),
      })
      const beganMs = performance.now()
      watcher.look()
      tookMs += performance.now() - beganMs
      ticks++
    }
  }
  const hours = (ticks * 1000) / hourMs
  const keepMs = performance.now()
  watcher.save(nowMs)
  const savedMs = performance.now() - keepMs
  return [
    { name: 'record', value: hours, unit: 'h' },
    { name: 'series watched', value: watcher.seriesCount, unit: '' },
    {
      name: 'anomalies told',
      value: told,
      unit: '',
      note: `the first hour is learning; ${((told / Math.max(1, hours - 1)) * 24).toFixed(1)} a day`,
    },
    { name: 'a tick, mean', value: (tookMs * 1000) / ticks, unit: 'µs' },
    { name: 'of a core, saving included', value: (tookMs / (ticks * 1000)) * 100, unit: '%', target: 0.05 },
    { name: `a sample of all series (each ${sampleMs / 1000} s)`, value: (tookMs * 1000) / (ticks / 10), unit: 'µs' },
    { name: 'keeping what is known, once an hour', value: savedMs, unit: 'ms' },
    { name: 'kept', value: [...meta.values()].reduce((sum, text) => sum + text.length, 0) / 1024, unit: 'KiB' },
  ]
}
