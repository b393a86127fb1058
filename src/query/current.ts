import type { CurrentValue } from '../api/contract.ts'
import { derivedDef, metricDef } from '../catalogue/catalogue.ts'
import { counterDelta } from '../derive/counter.ts'
import { type DerivedKey, planDerived, type TickPair } from '../derive/plan.ts'
import type { Series } from '../frame/series-table.ts'
import { shownUnit } from './selection.ts'
import { QueryError, readRaw, type Sources } from './sources.ts'

/** All values of one tick: levels as they are, counters as rates, derived ones by their formulas. */
export interface CurrentTick {
  readonly unixMs: number
  readonly seq: number
  readonly elapsedSeconds: number
  readonly gap: string | undefined
  readonly values: readonly CurrentValue[]
}

/** Plans are kept until a series appears. */
let plan: { readonly size: number; readonly keys: readonly DerivedKey[] } = { size: -1, keys: [] }
function planFor(sources: Sources): readonly DerivedKey[] {
  const { series } = sources
  if (plan.size !== series.size) plan = { size: series.size, keys: planDerived(series.all()) }
  return plan.keys
}

/** Names wanted; one that ends in `*` takes all that begin so. None: all. */
export function nameFilter(filter: readonly string[]): (name: string) => boolean {
  if (filter.length === 0) return () => true
  const exact = new Set(filter.filter((name) => !name.endsWith('*')))
  const prefixes = filter.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1))
  return (name) => exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix))
}

export function currentTick(sources: Sources, filter: readonly string[]): CurrentTick {
  const { ring } = sources
  const last = ring.length - 1
  if (last < 0) throw new QueryError('not_recorded', 'no tick has been taken yet')
  const elapsedSeconds = ring.elapsedMsAt(last) / 1000
  const pair: TickPair = {
    seconds: last > 0 ? elapsedSeconds : 0,
    now: (id) => ring.valueAt(id, last),
    before: (id) => ring.valueAt(id, last - 1),
  }
  const gap = ring.gapAt(last)
  return {
    unixMs: ring.unixMsAt(last),
    seq: ring.seqAt(last),
    elapsedSeconds: pair.seconds,
    gap: gap === 'none' ? undefined : gap,
    values: valuesOf(sources.series.all(), planFor(sources), pair, filter),
  }
}

/** How far before the moment asked for a tick may lie and still be the answer, in intervals. */
const toleranceIntervals = 10

/** The last tick at or before the moment. Throws QueryError when the record has none there. */
export async function tickAt(sources: Sources, atMs: number, filter: readonly string[]): Promise<CurrentTick> {
  const ids = Array.from({ length: sources.series.size }, (_, id) => id)
  const startMs = atMs - toleranceIntervals * sources.intervalMs
  const samples = await readRaw(sources, ids, { startMs, endMs: atMs })
  const last = samples.unixMs.length - 1
  if (last < 0) throw new QueryError('not_recorded', `there is no record of ${new Date(atMs).toISOString()}`)
  const elapsedSeconds = (samples.elapsedMs[last] as number) / 1000
  const pair: TickPair = {
    seconds: last > 0 ? elapsedSeconds : 0,
    now: (id) => samples.values[id]?.[last] ?? Number.NaN,
    before: (id) => samples.values[id]?.[last - 1] ?? Number.NaN,
  }
  return {
    unixMs: samples.unixMs[last] as number,
    seq: -1,
    elapsedSeconds: pair.seconds,
    gap: undefined,
    values: valuesOf(sources.series.all(), planFor(sources), pair, filter),
  }
}

function valuesOf(
  series: readonly Series[],
  keys: readonly DerivedKey[],
  pair: TickPair,
  filter: readonly string[],
): CurrentValue[] {
  const wanted = nameFilter(filter)
  const values: CurrentValue[] = []
  for (const { derived, labels, evaluate } of keys) {
    if (!wanted(derived)) continue
    const value = evaluate(pair)
    if (Number.isFinite(value)) values.push({ metric: derived, labels, value, unit: derivedDef(derived).unit })
  }
  for (const one of series) {
    if (one === undefined || !wanted(one.metric)) continue
    const value = storedValue(one, pair)
    if (!Number.isFinite(value)) continue
    const isCounter = metricDef(one.metric).kind === 'counter'
    values.push({
      metric: one.metric,
      labels: one.labels,
      value,
      unit: shownUnit({ kind: 'stored', metric: one.metric, isCounter }),
    })
  }
  return values
}

function storedValue({ id, metric }: Series, pair: TickPair): number {
  const { kind, jitter = 0 } = metricDef(metric)
  if (kind !== 'counter') return pair.now(id)
  return pair.seconds > 0 ? counterDelta(pair.before(id), pair.now(id), jitter) / pair.seconds : Number.NaN
}
