import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Profile, probationaryRows, profiles, type ScoredFile, scaledSigmoid, scoreCorpus } from './scoring.ts'

const [standard, lowFalsePositives, lowFalseNegatives] = profiles as [Profile, Profile, Profile]

/** 100 rows, the first 15 for learning, one window of 10 rows from 50. */
const windows = [{ first: 50, last: 59 }]
const detecting = (...rows: readonly number[]): ScoredFile => {
  const scores = new Float64Array(100)
  for (const row of rows) scores[row] = 1
  return { scores, windows }
}
/** Raw score with 1 as the threshold. */
const raw = (file: ScoredFile, profile = standard): number => scoreCorpus([file], profile, 1).raw
/** 2 / (1 + e^(5 y)) - 1, by hand. */
const sigmoid = (y: number): number => 2 / (1 + Math.E ** (5 * y)) - 1

describe('the NAB scorer', () => {
  test('nothing detected scores 0 in each profile', () => {
    for (const profile of profiles) expect(scoreCorpus([detecting()], profile, 1).normalized).toBe(0)
  })

  test('the first row of each window and nothing else scores 100 in each profile', () => {
    for (const profile of profiles)
      expect(scoreCorpus([detecting(50), detecting(50)], profile).normalized).toBeCloseTo(100, 10)
  })

  test('the sigmoid has the published values', () => {
    // 2/(1+e^-5) - 1, 2/(1+1) - 1, 2/(1+e^2.5) - 1
    expect(scaledSigmoid(-1)).toBeCloseTo(0.98661, 5)
    expect(scaledSigmoid(0)).toBe(0)
    expect(scaledSigmoid(0.5)).toBeCloseTo(-0.84828, 5)
    expect(scaledSigmoid(3.1)).toBe(-1)
  })

  test('the earliest detection in a window counts, later ones neither help nor harm', () => {
    // Row 55 of 50…59 is at -(59-55+1)/10 = -0.5.
    expect(raw(detecting(55))).toBeCloseTo(sigmoid(-0.5) / sigmoid(-1), 10)
    expect(raw(detecting(55, 57, 59))).toBeCloseTo(sigmoid(-0.5) / sigmoid(-1), 10)
  })

  test('a detection before any window costs the whole false positive', () => {
    expect(raw(detecting(30, 50))).toBeCloseTo(1 - 0.11, 10)
    expect(raw(detecting(30, 50), lowFalsePositives)).toBeCloseTo(1 - 0.22, 10)
  })

  test('a detection just after a window costs little, one long after it the whole', () => {
    // Row 60 is one row past a window 9 rows wide; row 99 more than three widths.
    expect(raw(detecting(50, 60))).toBeCloseTo(1 + 0.11 * sigmoid(1 / 9), 10)
    expect(raw(detecting(50, 99))).toBeCloseTo(1 - 0.11, 10)
  })

  test('a missed window costs 1, and 2 where misses weigh more', () => {
    expect(raw(detecting(20))).toBeCloseTo(-1 - 0.11, 10)
    expect(raw(detecting(20), lowFalseNegatives)).toBeCloseTo(-2 - 0.11, 10)
  })

  test('the learning period is 15 % of the rows, 750 at most, and counts for nothing', () => {
    expect([100, 4032, 5000, 22_695].map(probationaryRows)).toEqual([15, 604, 750, 750])
    expect(raw(detecting(0, 14, 50))).toBeCloseTo(1, 10)
    expect(raw(detecting(15, 50))).toBeCloseTo(1 - 0.11, 10)
  })

  test('one threshold holds for all files: the best one', () => {
    const sure: ScoredFile = { scores: Float64Array.from({ length: 100 }, (_, row) => (row === 50 ? 0.9 : 0)), windows }
    const noisy: ScoredFile = {
      scores: Float64Array.from({ length: 100 }, (_, row) => (row === 50 ? 0.5 : row % 2 === 1 ? 0.6 : 0)),
      windows,
    }
    const score = scoreCorpus([sure, noisy], standard)
    // Row 51 of the noisy file is in its window at -0.9; its 18 odd rows of 15…49 and those past the window cost.
    expect(score.threshold).toBe(0.9)
    expect(score.normalized).toBeCloseTo(50, 10)
    expect(scoreCorpus([sure], standard).normalized).toBeCloseTo(100, 10)
  })

  test('no set of scores leaves the range that the profile allows or makes NaN', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 100, maxLength: 100 }), (list) => {
        const file = { scores: Float64Array.from(list), windows }
        for (const profile of profiles) {
          const { normalized, raw: points } = scoreCorpus([file], profile)
          expect(normalized).toBeGreaterThanOrEqual(0)
          expect(normalized).toBeLessThanOrEqual(100)
          for (const threshold of [0, 0.3, 0.9])
            expect(scoreCorpus([file], profile, threshold).raw).toBeLessThanOrEqual(points + 1e-9)
        }
      }),
      { numRuns: 50 },
    )
  })
})
