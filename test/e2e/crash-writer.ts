/**
 * `bun crash-writer.ts DIRECTORY`: records as fast as it can, with all the work that follows, until it is killed. Writes
 * each seq once `append` has returned.
 */
import { writeSync } from 'node:fs'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import { defaultRetention } from '../../src/store/sqlite/retention.ts'
import { packTicks, Recording, rulesFor, wholeHourMs } from '../conformance/recording.ts'
import { sqliteOptions } from '../conformance/sqlite-place.ts'

const [dataDir = ''] = process.argv.slice(2)
/** Ticks far apart, so that minutes and hours are rolled up while it lasts. */
const stepMs = 10_000

const options = sqliteOptions(dataDir, {
  rules: rulesFor(() => recording.table.all()),
  packProcesses: packTicks,
  monotonicMs: () => performance.now(),
  retention: { ...defaultRetention, secondsMs: 1e12, processesMs: 1e12 },
  onError: (error) => {
    throw error
  },
})
const { store, movedAside } = openSqliteStore(options)
if (movedAside !== undefined) throw new Error(`moved aside: ${movedAside.why}`)
const first = store.lastSeq() + 1
const recording = new Recording(wholeHourMs + first * stepMs, stepMs, {
  lastSeq: store.lastSeq(),
  known: await store.series(),
})
const ids = Array.from({ length: 24 }, (_, i) => recording.id('system.cpu.time', { cpu: String(i), mode: 'user' }))

for (let seq = first; ; seq++) {
  // A series more now and then: its first frame is kept with it.
  if (seq % 97 === 0) ids.push(recording.id('sysmon.collector.failures', { collector: `c${seq}` }))
  for (const id of ids) recording.set(id, seq * (id + 1))
  store.append(recording.tick())
  writeSync(1, `${seq}\n`)
  store.maintain(recording.nowMs, 3)
  await new Promise((resolve) => setImmediate(resolve))
}
