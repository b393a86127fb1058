import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { changePoint, quantile } from './change-point.ts'

const levels = (...parts: readonly (readonly [count: number, value: number])[]): Float64Array =>
  Float64Array.from(parts.flatMap(([count, value]) => new Array<number>(count).fill(value)))

describe('a change point', () => {
  test('is where the level changes, however long each lasts', () => {
    expect(changePoint(levels([100, 1], [20, 5]))?.index).toBe(100)
    expect(changePoint(levels([10, 1], [110, 5]))?.index).toBe(10)
  })

  test('is not moved by one wild value', () => {
    const values = levels([60, 1], [60, 3])
    values[10] = 1000
    expect(changePoint(values)?.index).toBe(60)
  })

  test('is found among noise, within a few steps', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 80 }),
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 120, maxLength: 120 }),
        (at, noise) => {
          const values = Float64Array.from(noise, (one, i) => one + (i < at ? 0 : 10))
          return Math.abs((changePoint(values)?.index ?? -99) - at) <= 1
        },
      ),
    )
  })

  test('is none in one level, in a fall, and in too few values', () => {
    expect(changePoint(levels([50, 2]))).toBeUndefined()
    expect(changePoint(levels([50, 5], [50, 1]))).toBeUndefined()
    expect(changePoint(levels([2, 1], [2, 5]))).toBeUndefined()
  })

  test('passes over what is absent', () => {
    const values = levels([50, 1], [50, 5])
    for (const i of [3, 4, 49, 60]) values[i] = Number.NaN
    expect(changePoint(values)?.index).toBe(50)
  })
})

test('a quantile of nothing is absent', () => {
  expect(quantile([], 0.5)).toBeNaN()
  expect(quantile([3, 1, 2], 0.5)).toBe(2)
})
