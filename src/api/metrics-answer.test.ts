import { expect, test } from 'bun:test'
import type { MetricName } from '../catalogue/catalogue.ts'
import type { CollectorState } from '../collect/registry.ts'
import { FrameRing } from '../frame/ring.ts'
import { SeriesTable } from '../frame/series-table.ts'
import type { Sources } from '../query/sources.ts'
import type { Store } from '../store/store.ts'
import { describeMetrics } from './metrics-answer.ts'

const series = new SeriesTable()
series.intern('system.memory.limit', {})
const sources: Sources = { ring: new FrameRing(), store: {} as Store, series, intervalMs: 1000, now: () => 0 }
const state = (name: string, more: Partial<CollectorState> = {}): CollectorState => ({
  name,
  status: 'ok',
  why: undefined,
  failures: 0,
  durationSeconds: 0.001,
  ...more,
})
const collectors = [
  state('memory'),
  state('sensor', { status: 'no_data', why: 'no sensors in /sys/class/hwmon' }),
  state('pressure', { status: 'no_data', why: 'the kernel was built without PSI' }),
  state('filesystem', { durationSeconds: undefined }),
  state('disk', { status: 'failing', why: 'took 300 ms and held up the tick' }),
]
const absentOf = (metric: MetricName | 'system.memory.utilization' | 'system.pressure.some', of = collectors) =>
  describeMetrics(sources, of).metrics.find(({ name }) => name === metric)?.absent

test.each([
  ['what is there', 'system.memory.limit', undefined],
  ['the reason of its own collector', 'hw.temperature', 'sensor: no sensors in /sys/class/hwmon'],
  ['of no other one', 'system.pressure.some.time', 'pressure: the kernel was built without PSI'],
  ['what a formula is made of', 'system.pressure.some', 'pressure: the kernel was built without PSI'],
  ['a collector that fails', 'system.disk.io', 'disk: took 300 ms and held up the tick'],
  ['one that has yet to run', 'system.filesystem.usage', 'filesystem: has not been read yet'],
  ['one that runs and finds none', 'system.linux.memory.zfs_arc', 'memory: this machine has none, or does not tell'],
  ['one that is turned off', 'system.linux.entropy.available', 'entropy: turned off in the configuration'],
  ['the registry’s own', 'sysmon.collector.failures', undefined],
] as const)('absent is told with %s: %s', (_, metric, why) => expect(absentOf(metric)).toBe(why))

test('where nothing is collected, no reason is made up', () => expect(absentOf('hw.temperature', [])).toBeUndefined())
