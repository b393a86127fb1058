/**
 * What `GET /api/v1/anomalies` answers: when this machine was unlike itself, and in what. Types only. Times are Unix
 * milliseconds, units UCUM base units, scores 0 to 1: 1 less the probability of such a sample, given its past.
 */
export interface AnomaliesResponse {
  readonly startMs: number
  readonly endMs: number
  readonly watch: AnomalyWatch
  /** Times in which metrics were unusual together, the most unusual first. */
  readonly episodes: readonly AnomalyEpisode[]
  /** The same for charts: one band for each metric and time, oldest first. */
  readonly bands: readonly AnomalyBand[]
}

export interface AnomalyWatch {
  readonly status: 'watching' | 'learning' | 'off' | 'failed'
  /** Why it does not watch, or how far it has learnt. */
  readonly why?: string
  readonly series: number
  /** Score of all series together, now. */
  readonly jointScore?: number
}

export interface AnomalyEpisode {
  /** 1 is the most unusual. */
  readonly rank: number
  readonly startMs: number
  readonly endMs: number
  readonly score: number
  readonly sentence: string
  /** Most unusual first. */
  readonly bands: readonly AnomalyBand[]
}

export interface AnomalyBand {
  readonly startMs: number
  /** Of one that lasts: now. */
  readonly endMs: number
  readonly isOpen: boolean
  readonly metric: string
  readonly labels: Readonly<Record<string, string>>
  readonly unit: string
  readonly score: number
  /** Minus log10 of the probability: tells apart scores that are all nearly 1. */
  readonly surprise: number
  /** Where it was the most unusual. */
  readonly value: number
  readonly expectedLow: number
  readonly expectedHigh: number
}

export interface AnomaliesParameters {
  readonly start?: string | number
  readonly end?: string | number
}
