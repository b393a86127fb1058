import { describe, expect, test } from 'bun:test'
import { collectorNames } from '../../config/schema.ts'
import { SeriesTable } from '../../frame/series-table.ts'
import { createUnsupportedPlatform } from '../../platform/unsupported/platform.ts'
import { cgroupCollector } from './cgroup.ts'
import { systemCollectors } from './every.ts'

const platform = createUnsupportedPlatform('plan9')
const sink = { set: () => undefined }

describe('the collectors there are', () => {
  test('are those that the configuration knows', () => {
    expect(systemCollectors(platform, new SeriesTable()).map(({ name }) => name)).toEqual([...collectorNames])
  })

  test('less those that are turned off', () => {
    const names = systemCollectors(platform, new SeriesTable(), { disabled: ['sensor', 'cgroup'] }).map(
      ({ name }) => name,
    )
    expect(names).toEqual(collectorNames.filter((name) => name !== 'sensor' && name !== 'cgroup'))
  })

  test('slow ones keep their proportions when the interval is another', () => {
    const times = (slowIntervalMs: number): number[] =>
      systemCollectors(platform, new SeriesTable(), { slowIntervalMs }).flatMap((collector) =>
        collector.lane === 'slow' ? [collector.everyMs] : [],
      )
    expect(times(20_000)).toEqual(times(10_000).map((everyMs) => 2 * everyMs))
  })
})

describe('control groups', () => {
  test('K11 those beyond the limit are told', () => {
    const system = { ...platform.system, cgroups: () => [], cgroupsLeftOut: () => 7 }
    expect(cgroupCollector(system, new SeriesTable()).collect(sink)).toEqual({
      outcome: 'partial',
      why: '7 groups more than collectors.cgroups.max allows are not measured one by one',
    })
  })

  test('a machine without groups is no partial one', () => {
    expect(cgroupCollector(platform.system, new SeriesTable()).collect(sink)).toMatchObject({ outcome: 'no_data' })
  })
})
