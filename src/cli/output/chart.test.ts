import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Chart, chartLines, roundUp } from './chart.ts'
import { widthOf } from './fit.ts'
import { plainText } from './span.ts'
import { meter, sparkline } from './sparkline.ts'

const chart = (values: readonly (number | null)[], more: Partial<Chart> = {}): Chart => ({
  unixMs: values.map((_, index) => index * 1000),
  start: 0,
  end: (values.length - 1) * 1000,
  gapMs: 2500,
  series: [{ style: 'first', min: values, max: values }],
  formatValue: String,
  formatTime: String,
  scale: 'decimal',
  ...more,
})
const drawn = (given: Chart, width = 24, height = 4): readonly string[] =>
  chartLines(given, width, height).map(plainText)

describe('chart', () => {
  test('a line that rises, with its scale and its times', () => {
    expect(drawn(chart([0, 1, 2, 3, 4, 5, 6, 7, 8]))).toEqual([
      '8 │                ⢀⡠⠤⠒⠉',
      '4 │           ⢀⡠⠤⠒⠉⠁    ',
      '  │    ⢀⣀⠤⠒⠒⠊⠉⠁         ',
      '0 │⣀⠤⠒⠊⠁                ',
      '   0       4000     8000',
    ])
  })

  test('Q7: a gap stays a gap, whether values are null or times are missing', () => {
    expect(drawn(chart([0, 4, null, 4, 8]))[2]).toBe('  │   ⡠⠒⠁         ⠈     ')
    const apart = drawn(chart([8, 8, 8, 8], { unixMs: [0, 1000, 20_000, 21_000], end: 21_000 }))
    expect(apart[0]).toBe('8 │⠉⠁                 ⠈⠉')
  })

  test('a peak of one second is seen among hours', () => {
    const values = Array.from({ length: 20_000 }, (_, index) => (index === 12_345 ? 8 : 0))
    expect(drawn(chart(values))[0]?.slice(3).trim()).not.toBe('')
  })

  test('below 0 there is room too', () => {
    expect(drawn(chart([-4, 4])).map((line) => line.slice(0, 2))).toEqual([' 4', ' 0', '  ', '-4', '  '])
  })

  test('a bucket is drawn from its least to its most', () => {
    const lines = drawn(chart([1], { end: 1000, series: [{ style: 'first', min: [0], max: [8] }] }))
    expect(lines.slice(0, 4).map((line) => line.charAt(3))).toEqual(['⡇', '⡇', '⡇', '⡇'])
  })

  test('no line is wider than asked for, and there are as many as asked for', () => {
    const value = fc.option(fc.double({ noNaN: true, min: -1e12, max: 1e12 }))
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 2, maxLength: 50 }),
        fc.integer({ min: 30, max: 120 }),
        fc.integer({ min: 1, max: 12 }),
        (values, width, height) => {
          const lines = drawn(chart(values, { formatValue: (each) => each.toFixed(0) }), width, height)
          expect(lines).toHaveLength(height + 1)
          for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width)
        },
      ),
    )
  })

  test('the top of the scale is a round number, never below the highest and less than three times it', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-9, max: 1e15, noNaN: true }),
        fc.constantFrom('binary', 'decimal'),
        (value, scale) => {
          const top = roundUp(value, scale)
          expect(top).toBeGreaterThanOrEqual(value * (1 - 1e-9))
          expect(top).toBeLessThan(value * 3)
        },
      ),
    )
    expect([roundUp(0.295, 'decimal'), roundUp(1536 * 1024, 'binary'), roundUp(3, 'decimal')]).toEqual([
      0.4,
      2 * 2 ** 20,
      4,
    ])
  })
})

describe('sparkline', () => {
  for (const [values, width, top, expected] of [
    [[0, 1, 2, 3, 4, 5, 6, 7], 8, undefined, '▁▂▃▄▅▆▇█'],
    [[0, 0], 8, undefined, '▁▁'],
    [[1, null, 1], 8, undefined, '█ █'],
    [[0, 7, 0, 0], 2, undefined, '█▁'],
    [[0.5], 8, 1, '▅'],
    [[], 8, undefined, ''],
  ] as const) {
    test(`${JSON.stringify(values)} in ${width} is '${expected}'`, () => {
      expect(sparkline(values, width, top)).toBe(expected)
    })
  }
})

describe('meter', () => {
  for (const [share, expected] of [
    [0, '    '],
    [0.5, '██  '],
    [0.53125, '██▏ '],
    [1, '████'],
    [1.7, '████'],
    [-1, '    '],
  ] as const) {
    test(`${share} is '${expected}'`, () => {
      expect(meter(share, 4)).toBe(expected)
    })
  }
})
