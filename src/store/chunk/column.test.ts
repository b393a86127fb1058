import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { FormatError } from '../../frame/bytes.ts'
import { decodeColumn, encodeColumn } from './column.ts'

const roundTrip = (values: Float64Array): { back: Float64Array; bytes: number } => {
  const bytes = encodeColumn(values)
  const back = new Float64Array(values.length)
  decodeColumn(bytes, back)
  return { back, bytes: bytes.length }
}
const same = (values: Float64Array): number => {
  const { back, bytes } = roundTrip(values)
  expect([...back].every((value, i) => Object.is(value, values[i]))).toBe(true)
  return bytes
}

const odd = fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, 2 ** 53, 2 ** 64, 5e-324, 0.1)
const columns = fc.oneof(
  fc.array(fc.oneof(fc.double(), odd), { minLength: 1, maxLength: 100 }),
  fc.array(fc.integer(), { minLength: 1, maxLength: 400 }),
  fc.array(fc.nat(500), { minLength: 1, maxLength: 400 }).map((steps) => {
    let sum = 1e12
    return steps.map((step) => {
      sum += step
      return sum
    })
  }),
  fc.array(
    fc.oneof(
      fc.nat(100_000).map((n) => n / 100),
      fc.constant(Number.NaN),
    ),
    { minLength: 1, maxLength: 400 },
  ),
  fc.array(fc.constantFrom(7, 7, 7, 8), { minLength: 1, maxLength: 400 }),
  fc
    .tuple(fc.constantFrom(512, 4096, 0.01, 1e-5, 3 * 2 ** 20), fc.array(fc.integer({ min: -5000, max: 50_000 })))
    .map(([unit, counts]) => [0, ...counts].map((count) => count * unit)),
)

describe('a column', () => {
  test('of pages costs no more than one of their numbers', () => {
    const counts = Float64Array.from({ length: 300 }, (_, i) => 5000 + ((i * 7919) % 13))
    const odd = counts.map((count) => count * 4096 + 1)
    const pages = counts.map((count) => count * 4096)
    expect(same(pages)).toBeLessThanOrEqual(same(counts) + 2)
    expect(same(odd)).toBeGreaterThan(1.5 * same(pages))
  })

  test('whose unit is damaged is refused', () => {
    const bytes = encodeColumn(Float64Array.from({ length: 50 }, (_, i) => ((i * 31) % 17) * 4096))
    bytes[2] = 0
    bytes[3] = 0
    expect(() => decodeColumn(bytes, new Float64Array(50))).toThrow(FormatError)
  })

  test('Q9: comes back to the bit, whatever is in it', () => {
    fc.assert(
      fc.property(columns, (values) => void same(Float64Array.from(values))),
      { numRuns: 400 },
    )
  })

  test('bytes that are no column are refused or read as numbers, never run away', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 400 }), (bytes, length) => {
        try {
          decodeColumn(bytes, new Float64Array(length))
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError)
        }
      }),
    )
  })

  const size = (at: (i: number) => number): number => same(Float64Array.from({ length: 300 }, (_, i) => at(i)))
  test('what never changes costs a few bytes', () => expect(size(() => 25_275_068_416)).toBeLessThanOrEqual(10))
  test('what is absent costs a byte', () => expect(size(() => Number.NaN)).toBe(1))
  test('an even counter costs a few bytes', () => expect(size((i) => 1e9 + i * 100)).toBeLessThan(25))
  test('an idle CPU that ticks now and then', () => {
    expect(size((i) => 1234.5 + Math.floor(i / 40) / 100)).toBeLessThan(60)
  })
  test('a noisy counter costs little more than its noise', () => {
    let sum = 1e10
    let state = 1
    const next = (): number => {
      state = (state * 48_271) % 2_147_483_647
      sum += state % 4096
      return sum
    }
    expect(size(next)).toBeLessThan(300 * 1.8)
  })
})
