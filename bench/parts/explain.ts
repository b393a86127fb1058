import { FrameRing } from '../../src/frame/ring.ts'
import { SeriesTable } from '../../src/frame/series-table.ts'
import type { Sources } from '../../src/query/sources.ts'
import { fullRecord } from '../full-record.ts'
import { type BenchPart, type Figure, percentile } from '../part.ts'
import { findRecording, openRecord } from '../recording.ts'

const minuteMs = 60_000
const windows = [
  ['10 min', 10 * minuteMs],
  ['1 h', 60 * minuteMs],
  ['24 h', 24 * 60 * minuteMs],
] as const
const runs = 3
/** A pause is looked for so often, milliseconds. */
const lookMs = 5

/** Windows of a record of full length explained: how long, how long the next tick would have waited, what it takes. */
export const part: BenchPart = {
  name: 'explain',
  about: 'explain over a record of 24 h: time of an answer, longest wait of whatever else has to run',
  async run(context) {
    const recording = findRecording(context)
    if (recording === undefined) {
      context.progress('no record to measure: name one with --recording or SYSMON_BENCH_RECORDING')
      return []
    }
    const { dataDir, endMs } = await fullRecord(recording, context.progress)
    const store = await openRecord(dataDir)
    try {
      const series = new SeriesTable(undefined, await store.series())
      const sources: Sources = { ring: new FrameRing(1), store, series, intervalMs: 1000, now: () => endMs }
      const { explain } = await import('../../src/analyze/explain/explain.ts')
      const figures: Figure[] = []
      for (const [name, lengthMs] of windows) {
        context.progress(`${name}, ${runs} times`)
        const times: number[] = []
        const watch = pauses()
        Bun.gc(true)
        const beforeBytes = process.memoryUsage.rss()
        for (let run = 0; run < runs; run++) {
          const startedMs = performance.now()
          await explain({ sources, absences: () => [] }, { window: { startMs: endMs - lengthMs, endMs } })
          times.push(performance.now() - startedMs)
        }
        const grownBytes = process.memoryUsage.rss() - beforeBytes
        const pauseMs = watch.end()
        figures.push({
          name: `${name}: an answer`,
          value: percentile(times, 0.5),
          unit: 'ms',
          target: lengthMs > 3_600_000 ? 5000 : 1000,
        })
        figures.push({ name: `${name}: longest pause`, value: pauseMs, unit: 'ms', target: 100 })
        figures.push({ name: `${name}: memory grown`, value: grownBytes / 1e6, unit: 'MB' })
      }
      return figures
    } finally {
      store.close()
    }
  },
}

/** How long a timer that is due had to wait. */
function pauses(): { end(): number } {
  let longest = 0
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last - lookMs)
    last = now
  }, lookMs)
  return {
    end: () => {
      clearInterval(timer)
      return longest
    },
  }
}
