import type { Unusualness } from '../../api/explain-contract.ts'
import { history } from '../../query/history.ts'
import { QueryError, type Sources } from '../../query/sources.ts'
import type { TimeRange } from '../../store/store.ts'
import { median } from './change-point.ts'
import { percent, quantity } from './phrases.ts'
import { breathe, type Track } from './tracks.ts'

/** Against this machine's own past, by the minute: the same hour of the days before, else the day before. */
const hourMs = 3_600_000
const dayMs = 24 * hourMs
const daysBack = 7
/** Fewer minutes are no past. */
const leastMinutes = 60
/** Before the window: what led to it is no past to compare with. */
const apartMs = 10 * 60_000

export async function unusualness(
  sources: Sources,
  track: Track,
  value: number,
  sinceMs: number,
): Promise<Unusualness | undefined> {
  const sameHour = await pastMinutes(sources, track, sameHours(sinceMs))
  if (sameHour.length >= leastMinutes) return compared(sameHour, value, track.unit, 'same_hour')
  const recent = await pastMinutes(sources, track, [{ startMs: sinceMs - dayMs, endMs: sinceMs - apartMs }])
  return recent.length >= leastMinutes ? compared(recent, value, track.unit, 'recent') : undefined
}

function sameHours(aroundMs: number): TimeRange[] {
  return Array.from({ length: daysBack }, (_, i) => {
    const centreMs = aroundMs - (i + 1) * dayMs
    return { startMs: centreMs - hourMs / 2, endMs: centreMs + hourMs / 2 }
  })
}

async function pastMinutes(sources: Sources, track: Track, ranges: readonly TimeRange[]): Promise<number[]> {
  const oldestMs = Math.min(sources.store.oldestMs('1m') ?? Infinity, sources.store.oldestMs('1s') ?? Infinity)
  const found: number[] = []
  for (const range of ranges) {
    if (range.endMs < oldestMs) continue
    await breathe()
    try {
      const answer = await history(sources, { metric: track.metric, labels: track.labels, range, resolution: '1m' })
      for (const series of answer.series) {
        for (const value of series.avg) if (value !== null) found.push(value)
      }
    } catch (error) {
      // A track that was made of several has no past of its own.
      if (!(error instanceof QueryError)) throw error
      return []
    }
  }
  return found
}

function compared(past: readonly number[], value: number, unit: string, basis: Unusualness['basis']): Unusualness {
  const below = past.filter((one) => one < value).length
  const share = below / past.length
  const typical = median(past)
  const when = basis === 'same_hour' ? 'at this hour of the days before' : 'in the day before'
  const how =
    share >= 0.9995
      ? `higher than in any of ${past.length} minutes ${when}`
      : share >= 0.9
        ? `higher than in ${percent(share)} of the minutes ${when}`
        : `not unusual ${when}`
  return {
    share,
    typical,
    unit,
    minutes: past.length,
    basis,
    sentence: `${how} (typically ${quantity(typical, unit)})`,
  }
}
