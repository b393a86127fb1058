import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { forestNumbers, HalfSpaceTrees } from './half-space-trees.ts'

const noise = (at: number): number => (Math.imul(at ^ 0x5bd1e995, 2_654_435_761) >>> 0) / 2 ** 32 - 0.5

test('a state that no series alone gives away is isolated early', () => {
  const forest = new HalfSpaceTrees(2)
  // Both move together all the time, each over its whole range.
  const together = (at: number): Float64Array => {
    const level = 0.5 + 0.8 * noise(at)
    return Float64Array.of(level + 0.03 * noise(at + 1e6), level + 0.03 * noise(at + 2e6))
  }
  let usual = 0
  for (let at = 0; at < 3000; at++) usual = forest.judge(together(at))
  expect(usual).toBeLessThan(3)
  expect(forest.judge(Float64Array.of(0.15, 0.85))).toBeGreaterThan(1.5)
})

test('whatever comes: a number within bounds, no growth, the same after a restart', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }), {
        maxLength: 600,
      }),
      (vectors) => {
        const forest = new HalfSpaceTrees(4)
        for (const vector of vectors) {
          const surprise = forest.judge(Float64Array.from(vector))
          expect(surprise >= 0 && surprise <= 30).toBe(true)
        }
        const again = new HalfSpaceTrees(4, forest.save())
        expect([again.isReady, again.save().length]).toEqual([forest.isReady, forestNumbers])
      },
    ),
    { numRuns: 20 },
  )
})
