import { expect, test } from 'bun:test'
import type { MetricName } from '../catalogue/catalogue.ts'
import { SeriesTable } from '../frame/series-table.ts'
import type { SelfReading } from '../platform/platform.ts'
import { type StoreFigures, selfCollector } from './self-collector.ts'

const self: SelfReading = {
  userSeconds: 1.5,
  systemSeconds: 0.25,
  residentBytes: 40_000_000,
  diskReadBytes: undefined,
  diskWrittenBytes: 4096,
}
const store: StoreFigures = {
  bytesAppended: 1000,
  databaseBytes: 2000,
  walBytes: 300,
  stored: 40,
  dropped: 5,
  buffered: 6,
}

function collected(limit?: number) {
  const series = new SeriesTable(limit)
  const collector = selfCollector(
    series,
    () => self,
    () => store,
  )
  const collect = (): Map<string, number> => {
    const values = new Map<string, number>()
    const sink = {
      set: (id: number, value: number) => {
        const { metric, labels } = series.get(id) as { metric: MetricName; labels: Record<string, string> }
        values.set([metric, ...Object.values(labels)].join(' '), value)
      },
    }
    expect(collector.collect(sink)).toEqual({ outcome: 'samples' })
    return values
  }
  return { collector, series, collect }
}

test('what it costs and what the store says of itself, in base units', () => {
  const { collector, collect } = collected()
  collector.note({ latenessMs: 2.5, missed: 0 })
  collector.noteCost({ storeMs: 1.25, tickMs: 12.5 })
  const values = collect()
  values.delete('sysmon.series.count')
  expect(Object.fromEntries(values)).toEqual({
    'sysmon.tick.lateness': 0.0025,
    'sysmon.tick.missed': 0,
    'sysmon.tick.duration': 0.0125,
    'sysmon.process.cpu.time user': 1.5,
    'sysmon.process.cpu.time system': 0.25,
    'sysmon.process.memory.usage': 40_000_000,
    'sysmon.process.disk.io write': 4096,
    'sysmon.store.io': 1000,
    'sysmon.store.duration': 0.00125,
    'sysmon.store.size database': 2000,
    'sysmon.store.size wal': 300,
    'sysmon.store.frames stored': 40,
    'sysmon.store.frames dropped': 5,
    'sysmon.store.buffered': 6,
    'sysmon.series.dropped': 0,
  })
})

test('absent is not 0: the first tick has no cost yet, and what the system does not give is left out', () => {
  const names = [...collected().collect().keys()]
  expect(names).not.toContain('sysmon.tick.duration')
  expect(names).not.toContain('sysmon.store.duration')
  expect(names).not.toContain('sysmon.process.disk.io read')
})

test('T4: missed ticks add up, lateness is of the last tick', () => {
  const { collector, collect } = collected()
  collector.note({ latenessMs: 9000, missed: 9 })
  collect()
  collector.note({ latenessMs: 1, missed: 0 })
  expect(collect().get('sysmon.tick.missed')).toBe(9)
  collector.note({ latenessMs: 2000, missed: 2 })
  const values = collect()
  expect([values.get('sysmon.tick.missed'), values.get('sysmon.tick.lateness')]).toEqual([11, 2])
})

test('K11: series that were refused are counted, and it lives with being refused itself', () => {
  const { series, collect } = collected(3)
  const values = collect()
  expect(values.size).toBeLessThanOrEqual(3)
  expect(series.refused).toBeGreaterThan(0)
})
