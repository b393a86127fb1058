import type { MetricName } from '../src/catalogue/catalogue.ts'
import { systemCollectors } from '../src/collect/collectors/every.ts'
import { processCollector } from '../src/collect/collectors/process.ts'
import { type CollectorState, Registry } from '../src/collect/registry.ts'
import { FrameBuilder } from '../src/frame/builder.ts'
import { ProcessTable } from '../src/frame/process-table.ts'
import { SeriesTable } from '../src/frame/series-table.ts'
import type { Platform } from '../src/platform/platform.ts'
import { manualClock } from './manual-clock.ts'

/** What the collectors made of a platform. */
export interface Collected {
  /** Values of the last tick by series, `metric{label="value"}`. */
  readonly values: ReadonlyMap<string, number>
  readonly metrics: ReadonlySet<MetricName>
  readonly table: ProcessTable
  readonly collectors: readonly CollectorState[]
}

/**
 * Runs every collector of the product on the platform, through registry and frame builder. `advance` lets time pass on
 * the platform's own clock, so that what hangs is given up.
 */
export async function collect(platform: Platform, ticks: number, advance: (ms: number) => void): Promise<Collected> {
  const series = new SeriesTable()
  const table = new ProcessTable()
  const clock = manualClock()
  const collectors = [...systemCollectors(platform, series), processCollector(platform.processes, table, series)]
  const registry = new Registry(collectors, series, clock)
  const builder = new FrameBuilder()
  const values = new Map<string, number>()
  for (let tick = 0; tick < ticks; tick++) {
    registry.runTick(builder, tick)
    table.endTick()
    await settled(registry, advance)
    const header = { seq: tick, unixMs: clock.wallMs(), elapsedMs: 1000, gap: 'none', isKey: true } as const
    const frame = builder.finish(header)
    values.clear()
    frame.ids.forEach((id, index) => {
      const one = series.get(id)
      if (one !== undefined) values.set(nameOf(one.metric, one.labels), frame.values[index] as number)
    })
    clock.advance(1000)
    advance(1000)
  }
  const metrics = new Set([...values.keys()].map((key) => key.replace(/\{.*$/s, '') as MetricName))
  return { values, metrics, table, collectors: registry.states() }
}

/** Until every collector has run, the slow ones too; time passes only when nothing else moves. */
async function settled(registry: Registry, advance: (ms: number) => void): Promise<void> {
  const waiting = (): number => registry.states().filter(({ durationSeconds }) => durationSeconds === undefined).length
  for (let idle = 0, before = waiting(); before > 0; idle++) {
    await new Promise((resolve) => setImmediate(resolve))
    const now = waiting()
    if (now < before) idle = 0
    else if (idle > 200) advance(1000)
    before = now
  }
}

const nameOf = (metric: string, labels: Readonly<Record<string, string>>): string => {
  const list = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return list.length === 0 ? metric : `${metric}{${list.join(',')}}`
}
