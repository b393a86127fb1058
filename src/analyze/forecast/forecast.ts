import type { HistorySeries } from '../../api/contract.ts'
import type { Forecast, ForecastResource } from '../../api/forecast-contract.ts'
import { naturalOrder } from '../../base/natural-order.ts'
import { history } from '../../query/history.ts'
import type { Sources } from '../../query/sources.ts'
import { type RunOut, runOutOf, type Stretch } from './run-out.ts'
import type { Points } from './trend.ts'

/** What of the machine can run out, read from the record's minutes and hours. Reads only; nothing is kept. */
const hourMs = 3_600_000
const dayMs = 24 * hourMs
const minuteMs = 60_000
/** What has not been seen for so long is gone: an unmounted filesystem. */
const staleMs = 5 * minuteMs
/** What is read, and the stretches that are cut from it. */
const readings = [
  { spanMs: 6 * hourMs, resolution: '1m', stretchesMs: [hourMs, 6 * hourMs] },
  { spanMs: dayMs, resolution: '5m', stretchesMs: [dayMs] },
  { spanMs: 7 * dayMs, resolution: '1h', stretchesMs: [7 * dayMs] },
] as const

interface Resource {
  readonly resource: ForecastResource
  readonly metric: string
  readonly unit: string
  /** Label that tells several apart. */
  readonly by?: string
  /** Series of `metric` that is used; with `free` beside it they are the limit, else `limit` is. */
  readonly used: Readonly<Record<string, string>>
  readonly limit?: string
  readonly full: string
}

const used = { state: 'used' }
const resources: readonly Resource[] = [
  { resource: 'filesystem', metric: 'system.filesystem.usage', unit: 'By', by: 'mountpoint', used, full: 'is full' },
  {
    resource: 'inodes',
    metric: 'system.filesystem.inodes',
    unit: '{inode}',
    by: 'mountpoint',
    used,
    full: 'has no inode left',
  },
  {
    resource: 'memory',
    metric: 'system.memory.usage',
    unit: 'By',
    used,
    limit: 'system.memory.limit',
    full: 'memory is used up',
  },
  { resource: 'swap', metric: 'system.paging.usage', unit: 'By', used, full: 'swap is used up' },
  {
    resource: 'descriptors',
    metric: 'system.file_descriptor.count',
    unit: '{file_descriptor}',
    used: {},
    limit: 'system.file_descriptor.limit',
    full: 'no file descriptor is left',
  },
]

/** Everything that can run out, the soonest first, then by name. Throws QueryError and StoreError. */
export async function forecastAll(sources: Sources): Promise<Forecast[]> {
  const found: Forecast[] = []
  for (const resource of resources) found.push(...(await forecastResource(sources, resource)))
  const name = ({ resource, instance = '' }: Forecast): string => `${resource} ${instance}`
  return found.sort(
    (a, b) => (a.atMs ?? Number.MAX_VALUE) - (b.atMs ?? Number.MAX_VALUE) || naturalOrder(name(a), name(b)),
  )
}

interface Followed {
  readonly labels: Readonly<Record<string, string>>
  readonly stretches: Stretch[]
  latest: { readonly unixMs: number; readonly value: number } | undefined
}

async function forecastResource(sources: Sources, resource: Resource): Promise<Forecast[]> {
  const endMs = sources.now()
  const followed = new Map<string, Followed>()
  for (const { spanMs, resolution, stretchesMs } of readings) {
    const range = { startMs: endMs - spanMs, endMs }
    const answer = await history(sources, { metric: resource.metric, labels: resource.used, range, resolution })
    for (const series of answer.series) {
      const key = JSON.stringify(series.labels)
      const known = followed.get(key) ?? { labels: series.labels, stretches: [], latest: undefined }
      followed.set(key, known)
      const points = pointsOf(answer.unixMs, series)
      if (known.latest === undefined) known.latest = latestOf(points)
      for (const lengthMs of stretchesMs) known.stretches.push({ lengthMs, points: since(points, endMs - lengthMs) })
    }
  }
  const limitOf = await limitsOf(sources, resource, endMs)
  return [...followed.values()].flatMap(({ labels, stretches, latest }) => {
    if (latest === undefined || endMs - latest.unixMs > staleMs) return []
    const limit = limitOf(labels, latest.value)
    return limit > 0
      ? [forecastOf(resource, { labels, value: latest.value, limit }, runOutOf(stretches, limit), endMs)]
      : []
  })
}

/** The present limit: of its own metric, or what is used and what is free together; NaN: none is known. */
type LimitOf = (labels: Readonly<Record<string, string>>, usedNow: number) => number

async function limitsOf(sources: Sources, resource: Resource, endMs: number): Promise<LimitOf> {
  const range = { startMs: endMs - 2 * staleMs, endMs }
  const { limit } = resource
  const request = limit === undefined ? { metric: resource.metric, labels: { state: 'free' } } : { metric: limit }
  const { series, unixMs } = await history(sources, { ...request, range, resolution: '1m' })
  const latest = (one: HistorySeries | undefined): number =>
    one === undefined ? Number.NaN : (latestOf(pointsOf(unixMs, one))?.value ?? Number.NaN)
  if (limit !== undefined) return () => latest(series[0])
  const free = new Map(series.map((one) => [JSON.stringify({ ...one.labels, ...used }), latest(one)]))
  return (labels, usedNow) => usedNow + (free.get(JSON.stringify(labels)) ?? Number.NaN)
}

function pointsOf(unixMs: readonly number[], { avg }: HistorySeries): Points {
  const at = avg.flatMap((value, index) => (value === null ? [] : [index]))
  return { unixMs: at.map((index) => unixMs[index] as number), values: at.map((index) => avg[index] as number) }
}

function since({ unixMs, values }: Points, startMs: number): Points {
  const from = unixMs.findIndex((at) => at >= startMs)
  return from < 0 ? { unixMs: [], values: [] } : { unixMs: unixMs.slice(from), values: values.slice(from) }
}

function latestOf({ unixMs, values }: Points): Followed['latest'] {
  const [at, value] = [unixMs.at(-1), values.at(-1)]
  return at === undefined || value === undefined ? undefined : { unixMs: at, value }
}

const reasons = {
  flat: 'it does not grow',
  bent: 'it does not grow evenly',
  comes_and_goes: 'it comes and goes, and has been as high',
  far: 'its growth leads nowhere near the limit',
} as const

function forecastOf(
  { resource, metric, unit, by, full }: Resource,
  { labels, value, limit }: Pick<Forecast, 'labels' | 'value' | 'limit'>,
  runOut: RunOut,
  nowMs: number,
): Forecast {
  const instance = by === undefined ? undefined : labels[by]
  const what = { resource, ...(instance === undefined ? {} : { instance }), metric, labels, value, limit, unit }
  const name = instance ?? resource
  if (runOut.status === 'unknown') {
    return { ...what, status: 'unknown', sentence: `${name}: less than an hour is recorded, too little for a trend` }
  }
  if (runOut.status === 'no_trend') {
    return { ...what, status: 'no_trend', sentence: `${name}: no trend towards its limit: ${reasons[runOut.reason]}` }
  }
  const { trend, basisMs, atMs, earliestMs, latestMs } = runOut
  const left = (untilMs: number): string => spanText(Math.max(0, untilMs - nowMs))
  const span =
    latestMs === undefined ? `not before ${left(earliestMs)}` : `between ${left(earliestMs)} and ${left(latestMs)}`
  return {
    ...what,
    status: 'runs_out',
    slope: trend.slope,
    slopeLow: trend.slopeLow,
    slopeHigh: trend.slopeHigh,
    atMs,
    earliestMs,
    ...(latestMs === undefined ? {} : { latestMs }),
    basisMs,
    sentence: `${instance === undefined ? '' : `${instance} `}${full} in ${left(atMs)} (${span}) if it goes on as in the last ${spanText(basisMs)}`,
  }
}

function spanText(spanMs: number): string {
  const minutes = spanMs / minuteMs
  if (minutes < 90) return `${Math.round(minutes)} min`
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 60 / 24)} days`
}
