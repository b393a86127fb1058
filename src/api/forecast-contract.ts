/**
 * What `GET /api/v1/forecast` answers: what runs out at the present trend, and when. Types only. Times are Unix
 * milliseconds, units UCUM base units.
 */
export interface ForecastResponse {
  readonly unixMs: number
  /** What runs out first stands first; then what has no trend. */
  readonly forecasts: readonly Forecast[]
}

export type ForecastResource = 'filesystem' | 'inodes' | 'memory' | 'swap' | 'descriptors'

export interface Forecast {
  readonly resource: ForecastResource
  /** Mount point, where there are several. */
  readonly instance?: string
  /** `runs_out`: the trend leads to the limit. `no_trend`: none that could be told from chance. `unknown`: too little is recorded. */
  readonly status: 'runs_out' | 'no_trend' | 'unknown'
  readonly metric: string
  readonly labels: Readonly<Record<string, string>>
  /** Now, and the limit, in `unit`. */
  readonly value: number
  readonly limit: number
  readonly unit: string
  /** Growth a second, with the bounds between which it lies in 9 of 10 cases. */
  readonly slope?: number
  readonly slopeLow?: number
  readonly slopeHigh?: number
  /** When it runs out; not before, and not after, in 9 of 10 cases. Left out: not within ten years. */
  readonly atMs?: number
  readonly earliestMs?: number
  readonly latestMs?: number
  /** Stretch of the record that the trend was taken from, milliseconds. */
  readonly basisMs?: number
  readonly sentence: string
}

export interface ForecastParameters {
  /** Only what runs out within this time: a duration such as 4h. */
  readonly within?: string
}
