import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { detectorNumbers, likelihoodOf, SeriesDetector } from './detector.ts'

const minute = 60_000
const startMs = Date.UTC(2026, 0, 5)
/** More than once in a thousand is no anomaly to look at. */
const notable = 3

/** Uniform noise, the same in each run. */
function noise(seed = 1): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32 - 0.5
  }
}

interface Feed {
  readonly detector: SeriesDetector
  readonly samples: number
  readonly value: (index: number) => number
  readonly from?: number
  readonly everyMs?: number
}
/** Largest alarm of the samples, and the index of the first notable one. */
function feed({ detector, samples, value, from = startMs, everyMs = 5 * minute }: Feed): {
  most: number
  first: number
} {
  let most = 0
  let first = -1
  for (let index = 0; index < samples; index++) {
    const { alarm } = detector.judge(from + index * everyMs, value(index))
    if (alarm >= notable && first < 0) first = index
    most = Math.max(most, alarm)
  }
  return { most, first }
}

describe('the detector', () => {
  test('A8 a constant series makes no anomaly, at any level', () => {
    for (const level of [0, 1, -3, 1e12, 1e-6])
      expect(feed({ detector: new SeriesDetector(), samples: 3000, value: () => level }).most).toBe(0)
  })

  test('A8 a constant series that moves by less than matters makes no anomaly', () => {
    const next = noise()
    const value = (index: number): number => 100 + (index > 2000 ? next() : 0)
    expect(feed({ detector: new SeriesDetector(), samples: 3000, value }).most).toBe(0)
  })

  test('A8 differences below the floor of the metric are none', () => {
    const value = (index: number): number => (index === 2500 ? 0.03 : 0.001)
    expect(feed({ detector: new SeriesDetector(0.05), samples: 3000, value }).most).toBe(0)
    expect(feed({ detector: new SeriesDetector(), samples: 3000, value }).most).toBeGreaterThan(notable)
  })

  test('A8 a gap and what was back-filled make no anomaly and are not learnt', () => {
    const detector = new SeriesDetector()
    const next = noise()
    const usual = (): number => 50 + next()
    feed({ detector, samples: 2000, value: usual })
    const { samples } = detector
    expect(feed({ detector, samples: 10, value: () => 5000, from: startMs + 1000 * minute }).most).toBe(0)
    expect(detector.samples).toBe(samples)
    expect(feed({ detector, samples: 500, value: usual, from: startMs + 40 * 86_400_000 }).most).toBeLessThan(notable)
  })

  test('A8 a restart goes on where it was: no learning anew, no alarm by itself', () => {
    const next = noise()
    const usual = (): number => 50 + next()
    const before = new SeriesDetector()
    feed({ detector: before, samples: 2000, value: usual })
    const after = new SeriesDetector(0, before.save())
    expect(after.samples).toBe(2000)
    const from = startMs + 2001 * 5 * minute
    expect(feed({ detector: after, samples: 500, value: usual, from }).most).toBeLessThan(notable)
    expect(after.judge(from + 505 * 5 * minute, 90).alarm).toBeGreaterThan(notable)
  })

  test('a spike, a step and a wider spread in noise are found when they begin', () => {
    for (const unusual of [
      (_index: number, usual: number) => usual + 30,
      (index: number, usual: number) => usual + (index === 2000 ? 40 : 0),
      (_index: number, usual: number) => 50 + 12 * (usual - 50),
    ]) {
      const next = noise()
      const value = (index: number): number => (index < 2000 ? 50 + 4 * next() : unusual(index, 50 + 4 * next()))
      const { first } = feed({ detector: new SeriesDetector(), samples: 2200, value })
      expect(first).toBeGreaterThanOrEqual(2000)
      expect(first).toBeLessThan(2012)
    }
  })

  test('a usual day is none; a day that does not come is one', () => {
    const day = (index: number): number => (index % 288 >= 108 && index % 288 < 216 ? 80 : 20)
    const next = noise()
    const detector = new SeriesDetector()
    const value = (index: number): number => (Math.floor(index / 288) === 10 ? 20 : day(index)) + next()
    feed({ detector, samples: 3 * 288, value })
    const from = startMs + 3 * 288 * 5 * minute
    const { first } = feed({ detector, samples: 8 * 288, value: (index) => value(index + 3 * 288), from })
    expect(Math.floor(first / 288)).toBe(7)
  })

  test('week-ends that are quiet are usual once weeks are known', () => {
    const next = noise()
    const isWork = (index: number): boolean => Math.floor(index / 24) % 7 < 5 && index % 24 >= 8 && index % 24 < 18
    const detector = new SeriesDetector()
    const value = (index: number): number => (isWork(index) ? 80 : 20) + next()
    const everyMs = 60 * minute
    feed({ detector, samples: 24 * 7 * 6, value, everyMs })
    const from = startMs + 24 * 7 * 6 * everyMs
    expect(feed({ detector, samples: 24 * 14, value, from, everyMs }).most).toBeLessThan(notable)
  })

  test('an alarm that goes on or comes again is told once, a larger one again', () => {
    const next = noise()
    const detector = new SeriesDetector()
    feed({ detector, samples: 2000, value: () => 50 + next() })
    const from = startMs + 2000 * 5 * minute
    let alarms = 0
    for (let index = 0; index < 100; index++)
      if (detector.judge(from + index * 5 * minute, index % 20 === 0 ? 70 : 50 + next()).alarm >= notable) alarms++
    expect(alarms).toBeLessThanOrEqual(2)
    expect(detector.judge(from + 101 * 5 * minute, 5000).alarm).toBeGreaterThan(notable)
  })

  test('no future is looked at: what comes later changes no judgement', () => {
    const series = (seed: number): number[] => {
      const next = noise(seed)
      return Array.from({ length: 600 }, () => next())
    }
    const judged = (values: readonly number[]): number[] => {
      const detector = new SeriesDetector()
      return values.map((value, index) => detector.judge(startMs + index * minute, value).surprise)
    }
    const same = series(1)
    expect(judged([...same, ...series(2)]).slice(0, 600)).toEqual(judged([...same, 1e9]).slice(0, 600))
  })

  test('whatever comes: no NaN, no score out of bounds, the state stays the same size', () => {
    const value = fc.oneof(fc.double(), fc.constantFrom(0, -0, 1e308, -1e308, 5e-324, Number.NaN), fc.integer())
    const step = fc.oneof(fc.integer({ min: -100_000, max: 1_000_000 }), fc.constant(10_000))
    fc.assert(
      fc.property(fc.array(fc.tuple(value, step), { maxLength: 400 }), (samples) => {
        let detector = new SeriesDetector()
        let unixMs = startMs
        samples.forEach(([one, elapsedMs], index) => {
          unixMs += elapsedMs
          const { surprise, alarm } = detector.judge(unixMs, one)
          expect(surprise >= 0 && surprise <= 31 && alarm >= 0 && alarm <= surprise).toBe(true)
          expect(likelihoodOf(surprise) >= 0 && likelihoodOf(surprise) <= 1).toBe(true)
          if (index === 200) detector = new SeriesDetector(0, detector.save())
        })
        expect(detector.save().length).toBe(detectorNumbers)
      }),
      { numRuns: 60 },
    )
  })

  test('a detector takes less than 16 KiB', () => {
    expect(detectorNumbers * 4).toBeLessThan(16 * 1024)
  })
})
