import type { AnomalyBand, AnomalyEpisode } from '../../api/anomaly-contract.ts'
import { derivedDef, isDerivedName, isMetricName, metricDef } from '../../catalogue/catalogue.ts'
import type { Store, TimeRange } from '../../store/store.ts'
import { likelihoodOf } from './detector.ts'
import { anomalyOfEvent, nameOf, type OpenAnomaly } from './open-anomaly.ts'

/** What was unusual in a window of the record, put together by when it was. */

/** Bands that begin within so long of the end of others belong together. */
const togetherMs = 60_000
/** An event is kept when its anomaly has passed: at most six hours and a minute after it began. */
const latestToldMs = 6 * 3_600_000 + 120_000
const mostEvents = 10_000
const mostNamed = 3

export async function anomalyBands(
  store: Pick<Store, 'readEvents'>,
  open: readonly OpenAnomaly[],
  { startMs, endMs }: TimeRange,
): Promise<AnomalyBand[]> {
  const events = await store.readEvents({ startMs, endMs: endMs + latestToldMs }, mostEvents)
  const passed = events.flatMap((event) => anomalyOfEvent(event) ?? [])
  return [...passed.map((one) => bandOf(one, false)), ...open.map((one) => bandOf(one, true))]
    .filter((band) => band.endMs >= startMs && band.startMs <= endMs)
    .sort((a, b) => a.startMs - b.startMs || b.surprise - a.surprise)
}

function bandOf(one: OpenAnomaly, isOpen: boolean): AnomalyBand {
  const { metric, labels, startMs, endMs, surprise, value, expectedLow, expectedHigh } = one
  const score = likelihoodOf(surprise)
  return {
    startMs,
    endMs,
    isOpen,
    metric,
    labels,
    unit: unitOf(metric),
    score,
    surprise,
    value,
    expectedLow,
    expectedHigh,
  }
}

/** A counter is told as its rate. */
function unitOf(metric: string): string {
  if (isDerivedName(metric)) return derivedDef(metric).unit
  if (!isMetricName(metric)) return '1'
  const { kind, unit } = metricDef(metric)
  return kind === 'counter' ? `${unit}/s` : unit
}

/** Bands that overlap are one episode. Ranked by how improbable all of it is together: the sum of the surprises. */
export function episodesOf(bands: readonly AnomalyBand[]): AnomalyEpisode[] {
  const groups: AnomalyBand[][] = []
  let untilMs = Number.NEGATIVE_INFINITY
  for (const band of bands) {
    if (band.startMs > untilMs + togetherMs) groups.push([])
    groups.at(-1)?.push(band)
    untilMs = Math.max(untilMs, band.endMs)
  }
  const total = (group: readonly AnomalyBand[]): number => group.reduce((sum, { surprise }) => sum + surprise, 0)
  return groups.sort((a, b) => total(b) - total(a)).map((group, index) => episodeOf(group, index + 1))
}

function episodeOf(group: readonly AnomalyBand[], rank: number): AnomalyEpisode {
  const bands = [...group].sort((a, b) => b.surprise - a.surprise)
  const names = [...new Set(bands.map(nameOf))]
  const named = names.slice(0, mostNamed).join(', ')
  const rest = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : ''
  return {
    rank,
    startMs: Math.min(...bands.map(({ startMs }) => startMs)),
    endMs: Math.max(...bands.map(({ endMs }) => endMs)),
    score: bands[0]?.score ?? 0,
    sentence: `${named}${rest} ${names.length > 1 ? 'were unlike themselves together' : 'was unlike itself'}`,
    bands,
  }
}
