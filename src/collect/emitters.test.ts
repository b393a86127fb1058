import { describe, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { fixtureHost, fixtures } from '../../test/fixture-host.ts'
import { type MetricName, metricNames } from '../catalogue/catalogue.ts'
import { collectorNames } from '../config/schema.ts'
import { ProcessTable } from '../frame/process-table.ts'
import { SeriesTable } from '../frame/series-table.ts'
import { createLinuxPlatform } from '../platform/linux/platform.ts'
import type { Collector } from './collector.ts'
import { systemCollectors } from './collectors/every.ts'
import { processCollector } from './collectors/process.ts'
import { collectorOf } from './emitters.ts'

/** Names of the metrics that a collector gives. */
async function given(collector: Collector, series: SeriesTable): Promise<Set<MetricName>> {
  const names = new Set<MetricName>()
  const sink = {
    set: (id: number) => {
      const name = series.get(id)?.metric
      if (name !== undefined) names.add(name)
    },
  }
  if (collector.lane === 'tick') collector.collect(sink)
  else collector.write(await collector.read(), sink)
  return names
}

describe('which collector gives a metric', () => {
  test('is known of each in the catalogue', () => {
    const known = new Set<string>([...collectorNames, 'process', 'self'])
    const unknown = metricNames.filter(
      (name) => !name.startsWith('sysmon.collector.') && !known.has(collectorOf(name) ?? ''),
    )
    expect(unknown).toEqual([])
  })

  test.each(readdirSync(fixtures).sort())('is as it is said: on %s', async (machine) => {
    const host = fixtureHost(machine)
    const platform = createLinuxPlatform(host, { cgroupLimit: 100 })
    const series = new SeriesTable()
    const collectors = [
      ...systemCollectors(platform, series),
      processCollector(platform.processes, new ProcessTable(), series),
    ]
    const wrong: string[] = []
    for (const collector of collectors) {
      // What hangs in a recorded machine hangs until its clock says that it is enough.
      let isOver = false
      const names = given(collector, series).finally(() => {
        isOver = true
      })
      for (let turn = 0; !isOver; turn++) {
        await new Promise((resolve) => setImmediate(resolve))
        if (turn > 200) host.clock.advance(1000)
      }
      for (const name of await names)
        if (collectorOf(name) !== collector.name) wrong.push(`${name}: ${collectorOf(name)}, not ${collector.name}`)
    }
    platform.close()
    expect(wrong).toEqual([])
  })
})
