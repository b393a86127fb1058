import { systemCollectors } from '../src/collect/collectors/every.ts'
import { ProcessTable } from '../src/frame/process-table.ts'
import { SeriesTable } from '../src/frame/series-table.ts'
import { createLiveHost } from '../src/platform/live-host.ts'
import { createLiveNative } from '../src/platform/windows/live-native.ts'
import { createWindowsPlatform } from '../src/platform/windows/platform.ts'

/** To be run on Windows or inside Wine: what the tick lane costs there in calls and in time. One line of JSON. */
const native = createLiveNative()
const host = createLiveHost({ remoteSpace: (path) => Promise.reject(new Error(path)) })
const platform = createWindowsPlatform(host, native)
const table = new ProcessTable()
const collectors = systemCollectors(platform, new SeriesTable()).filter(({ lane }) => lane === 'tick')
const sink = { set: () => undefined }
const ticks = 120
const tookMs: number[] = []
let calls = 0
for (let tick = 0; tick < ticks; tick++) {
  const startMs = performance.now()
  const before = native.calls
  platform.processes.scan(table)
  for (const collector of collectors) if (collector.lane === 'tick') collector.collect(sink)
  calls = native.calls - before
  tookMs.push(performance.now() - startMs)
  table.endTick()
}
tookMs.sort((a, b) => a - b)
console.log(JSON.stringify({ calls, medianMs: tookMs[ticks / 2], processes: table.count }))
platform.close()
