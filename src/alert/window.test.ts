import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { neededMs, SlidingWindow } from './window.ts'

const value = fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constant(Number.NaN))
const steps = fc.array(fc.record({ value, elapsedS: fc.constantFrom(1, 1, 1, 1, 2, 7, 100) }), { maxLength: 200 })

test('a window says what a look over all its samples would', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 2, max: 60 }), (series, seconds) => {
      const durationMs = seconds * 1000
      const windows = (['avg', 'min', 'max', 'rate'] as const).map((name) => new SlidingWindow(name, durationMs, 1000))
      const seen: { readonly atMs: number; readonly value: number }[] = []
      let timeMs = 0
      let sinceMs = Number.NaN
      for (const { value, elapsedS } of series) {
        timeMs += elapsedS * 1000
        const lastMs = seen.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY
        if (!Number.isNaN(value)) {
          if (timeMs - lastMs > durationMs) sinceMs = timeMs
          seen.push({ atMs: timeMs, value })
        }
        const [avg, min, max, rate] = windows.map((window) => window.add(timeMs, value)) as [
          number,
          number,
          number,
          number,
        ]
        const inside = seen.filter(({ atMs }) => atMs > timeMs - durationMs)
        const values = inside.map((one) => one.value)
        const isEnough = timeMs - sinceMs >= neededMs(durationMs)
        const first = inside[0]
        const last = inside.at(-1)
        if (first === undefined || last === undefined) {
          expect([avg, min, max, rate]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN])
          continue
        }
        expect(max).toBe(Math.max(...values))
        expect(min).toBe(isEnough ? Math.min(...values) : Number.NaN)
        const mean = values.reduce((sum, one) => sum + one, 0) / values.length
        if (isEnough) expect(avg).toBeCloseTo(mean, 9)
        else expect(avg).toBeNaN()
        const grown = ((last.value - first.value) / (last.atMs - first.atMs)) * 1000
        if (isEnough && last.atMs > first.atMs) expect(rate).toBeCloseTo(grown, 9)
        else expect(rate).toBeNaN()
      }
    }),
    { numRuns: 300 },
  )
})

test('a long window takes no more memory than a short one, and is right to a 120th of its length', () => {
  const window = new SlidingWindow('avg', 3_600_000, 1000)
  let said = Number.NaN
  for (let second = 1; second <= 7200; second++) said = window.add(second * 1000, second <= 3600 ? 0 : 120)
  expect(said).toBeGreaterThan(118)
})
