import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDaemon } from '../../test/e2e/daemon.ts'
import { type BenchPart, percentile } from '../part.ts'

const runs = 10

/** From the start of the process to the first sample in the store, on an empty data directory and on a used one. */
export const part: BenchPart = {
  name: 'cold-start',
  about: 'process start → first sample stored',
  async run(context) {
    const fresh: number[] = []
    const reopened: number[] = []
    for (let run = 0; run < runs; run++) {
      const dataDir = mkdtempSync(join(tmpdir(), 'sysmon-bench-'))
      for (const times of [fresh, reopened]) {
        const startedMs = Date.now()
        const daemon = await startDaemon({ dataDir })
        const stored = await daemon.logged((record) => record.msg === 'first sample stored')
        times.push(Date.parse(String(stored.time)) - startedMs)
        await daemon.stop()
      }
      rmSync(dataDir, { recursive: true, force: true })
      context.progress(`run ${run + 1} of ${runs}`)
    }
    const target = 150
    return [
      { name: 'median, empty data directory', value: percentile(fresh, 0.5), unit: 'ms', target },
      { name: 'slowest of 10, empty data directory', value: Math.max(...fresh), unit: 'ms' },
      { name: 'median, existing record', value: percentile(reopened, 0.5), unit: 'ms', target },
    ]
  },
}
