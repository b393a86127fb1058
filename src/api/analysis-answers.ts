import type { OpenAnomaly } from '../analyze/anomaly/open-anomaly.ts'
import { parseDuration } from '../base/duration.ts'
import { QueryError, type Sources } from '../query/sources.ts'
import { StoreError, type TimeRange } from '../store/store.ts'
import type { AnalysisService } from './analysis-service.ts'
import type { AnomaliesParameters, AnomalyWatch } from './anomaly-contract.ts'
import { ApiError } from './problems.ts'

export interface AnalysisParts {
  readonly sources: Sources
  readonly watch: () => AnomalyWatch
  /** What lasts. */
  readonly open: () => readonly OpenAnomaly[]
  /** Unix milliseconds. Throws ApiError. */
  readonly parseTime: (text: string) => number
}

/** When the caller names no start. */
const usualSpanMs = 24 * 3_600_000

/** Anomalies and forecasts from the record; what it needs is loaded at the first question. Errors are `ApiError`. */
export function createAnalysisAnswers(parts: AnalysisParts): AnalysisService {
  const { sources } = parts
  return {
    anomalies: (parameters) =>
      asApiErrors(async () => {
        const { anomalyBands, episodesOf } = await import('../analyze/anomaly/episodes.ts')
        const window = windowOf(parameters, parts)
        const bands = await anomalyBands(sources.store, parts.open(), window)
        return { ...window, watch: parts.watch(), episodes: episodesOf(bands), bands }
      }),
    forecast: ({ within }) =>
      asApiErrors(async () => {
        const withinMs = within === undefined ? undefined : parseDuration(within)
        if (within !== undefined && !(withinMs !== undefined && withinMs > 0))
          throw new ApiError('invalid_request', `within: '${within}' is no duration`, 'Use one such as 4h or 7d.')
        const { forecastAll } = await import('../analyze/forecast/forecast.ts')
        const unixMs = sources.now()
        const forecasts = await forecastAll(sources)
        const isWithin = (atMs: number | undefined): boolean =>
          withinMs === undefined || (atMs !== undefined && atMs - unixMs <= withinMs)
        return { unixMs, forecasts: forecasts.filter(({ atMs }) => isWithin(atMs)) }
      }),
  }
}

async function asApiErrors<T>(answer: () => Promise<T>): Promise<T> {
  try {
    return await answer()
  } catch (error) {
    if (error instanceof QueryError) throw new ApiError(error.code, error.message, error.cure)
    if (error instanceof StoreError) throw new ApiError('store_unavailable', error.message)
    throw error
  }
}

function windowOf({ start, end }: AnomaliesParameters, { sources, parseTime }: AnalysisParts): TimeRange {
  const endMs = end === undefined ? sources.now() : parseTime(String(end))
  const startMs = start === undefined ? endMs - usualSpanMs : parseTime(String(start))
  if (startMs >= endMs) throw new ApiError('invalid_time', 'the start is not before the end')
  return { startMs, endMs }
}
