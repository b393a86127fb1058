import * as v from 'valibot'
import type { AnomaliesResponse } from './anomaly-contract.ts'
import type { ForecastResponse } from './forecast-contract.ts'
import { momentParameter } from './schemas.ts'

/** Parameters and answers of the anomaly and forecast routes. */
export const anomaliesQuery = v.strictObject({
  start: v.optional(momentParameter('Begin of the window; left out: a day before its end.', '-24h')),
  end: v.optional(momentParameter('End of the window; left out: now.', 'now')),
})
export const forecastQuery = v.strictObject({
  within: v.optional(v.pipe(v.string(), v.description('Only what runs out within this time: a duration such as 4h.'))),
})

const unixMs = v.pipe(v.number(), v.description('Unix milliseconds.'))
const labels = v.record(v.string(), v.string())
const unit = v.pipe(v.string(), v.description('UCUM unit; ratios are 0 to 1.'))
const score = v.pipe(
  v.number(),
  v.minValue(0),
  v.maxValue(1),
  v.description('1 less the probability of such a sample, given its past.'),
)
const optional = v.exactOptional

const band = v.strictObject({
  startMs: unixMs,
  endMs: unixMs,
  isOpen: v.pipe(v.boolean(), v.description('It lasts.')),
  metric: v.string(),
  labels,
  unit,
  score,
  surprise: v.pipe(v.number(), v.description('Minus log10 of the probability.')),
  value: v.pipe(v.number(), v.description('Where it was the most unusual.')),
  expectedLow: v.number(),
  expectedHigh: v.number(),
})

export const anomaliesAnswer = v.strictObject({
  startMs: unixMs,
  endMs: unixMs,
  watch: v.strictObject({
    status: v.picklist(['watching', 'learning', 'off', 'failed']),
    why: optional(v.string()),
    series: v.number(),
    jointScore: optional(score),
  }),
  episodes: v.array(
    v.strictObject({
      rank: v.pipe(v.number(), v.description('1 is the most unusual.')),
      startMs: unixMs,
      endMs: unixMs,
      score,
      sentence: v.string(),
      bands: v.array(band),
    }),
  ),
  bands: v.array(band),
})

export const forecastAnswer = v.strictObject({
  unixMs,
  forecasts: v.array(
    v.strictObject({
      resource: v.picklist(['filesystem', 'inodes', 'memory', 'swap', 'descriptors']),
      instance: optional(v.string()),
      status: v.picklist(['runs_out', 'no_trend', 'unknown']),
      metric: v.string(),
      labels,
      value: v.number(),
      limit: v.number(),
      unit,
      slope: optional(v.pipe(v.number(), v.description('Growth a second.'))),
      slopeLow: optional(v.number()),
      slopeHigh: optional(v.number()),
      atMs: optional(v.pipe(v.number(), v.description('When it runs out.'))),
      earliestMs: optional(v.pipe(v.number(), v.description('Not before, in 9 of 10 cases.'))),
      latestMs: optional(v.pipe(v.number(), v.description('Not after; left out when it may never.'))),
      basisMs: optional(v.pipe(v.number(), v.description('Stretch of the record it was taken from.'))),
      sentence: v.string(),
    }),
  ),
})

const exampleBand = {
  startMs: 1_767_603_700_000,
  endMs: 1_767_603_780_000,
  isOpen: false,
  metric: 'system.pressure.some',
  labels: { resource: 'io' },
  unit: '1',
  score: 0.999_999,
  surprise: 6,
  value: 0.83,
  expectedLow: 0,
  expectedHigh: 0.06,
}
export const anomaliesExample: AnomaliesResponse = {
  startMs: 1_767_517_380_000,
  endMs: 1_767_603_780_000,
  watch: { status: 'watching', series: 31, jointScore: 0.4 },
  episodes: [
    {
      rank: 1,
      startMs: exampleBand.startMs,
      endMs: exampleBand.endMs,
      score: exampleBand.score,
      sentence: 'system.pressure.some (io) was unlike itself',
      bands: [exampleBand],
    },
  ],
  bands: [exampleBand],
}
export const forecastExample: ForecastResponse = {
  unixMs: 1_767_603_780_000,
  forecasts: [
    {
      resource: 'filesystem',
      instance: '/var',
      status: 'runs_out',
      metric: 'system.filesystem.usage',
      labels: { mountpoint: '/var' },
      value: 81_604_378_624,
      limit: 107_374_182_400,
      unit: 'By',
      slope: 298_000,
      slopeLow: 250_000,
      slopeHigh: 340_000,
      atMs: 1_767_690_200_000,
      earliestMs: 1_767_679_600_000,
      latestMs: 1_767_706_900_000,
      basisMs: 86_400_000,
      sentence: '/var is full in 24 h, between 21 h and 29 h, if it goes on as in the last day',
    },
  ],
}
