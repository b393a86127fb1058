import { expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  formatAmount,
  formatBytes,
  formatCell,
  formatClockTime,
  formatCount,
  formatLatency,
  formatPercent,
  formatTimeSpan,
  formatUnit,
  formatValue,
} from './format.ts'

for (const [shown, expected] of [
  [formatBytes(0), '0 B'],
  [formatBytes(1023), '1023 B'],
  [formatBytes(1024), '1.00 KiB'],
  [formatBytes(10.04 * 2 ** 20), '10.0 MiB'],
  [formatBytes(1023.9 * 2 ** 20), '1.00 GiB'],
  [formatBytes(5 * 2 ** 60), '5120 PiB'],
  [formatAmount(40 * 2 ** 20), '40.0M'],
  [formatAmount(12), '12'],
  [formatCount(9999), '9999'],
  [formatCount(12_345), '12.3k'],
  [formatCount(0.3), '0.30'],
  [formatPercent(0.372), '37.2 %'],
  [formatPercent(2, '%'), '200.0%'],
  [formatTimeSpan(0.42), '0.4 s'],
  [formatTimeSpan(3), '3 s'],
  [formatTimeSpan(200), '3 min 20 s'],
  [formatTimeSpan(3600), '1 h'],
  [formatTimeSpan(1_047_600), '12 d 3 h'],
  [formatTimeSpan(-60), '-1 min'],
  [formatClockTime(7384.9), '2:03:04'],
  [formatClockTime(59), '0:59'],
  [formatLatency(0.00035), '350 µs'],
  [formatLatency(0.0034), '3.40 ms'],
  [formatLatency(2.5), '2.50 s'],
  [formatValue(0.5, '1'), '50.0 %'],
  [formatValue(1536, 'By/s'), '1.50 KiB/s'],
  [formatValue(3.2e9, 'Hz'), '3.20GHz'],
  [formatValue(47, 'Cel'), '47.0 °C'],
  [formatValue(3, '{thread}'), '3 thread'],
  [formatCell(0.372, '1'), '37.2%'],
  [formatCell(1536, 'By'), '1.50K'],
  [formatUnit('{page}/s'), 'page/s'],
  [formatUnit('By/s'), 'B/s'],
] as const) {
  test(expected, () => {
    expect(shown).toBe(expected)
  })
}

test('C14: one core is 100 %, two cores are 200 %', () => {
  expect(formatPercent(1)).toBe('100.0 %')
  expect(formatPercent(2)).toBe('200.0 %')
})

test('T6: no more than a tenth of a percent is shown', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 100, noNaN: true }), (ratio) => {
      expect(formatPercent(ratio)).toMatch(/^\d+\.\d %$/)
    }),
  )
})

test('sizes have three digits that mean something, and never reach the next prefix', () => {
  fc.assert(
    fc.property(fc.double({ min: 1, max: 2 ** 59, noNaN: true }), (bytes) => {
      expect(formatBytes(bytes)).toMatch(/^((\d\.\d\d|\d\d\.\d|\d{1,4}) B|(\d\.\d\d|\d\d\.\d|\d{3,4}) [KMGTP]iB)$/)
      expect(Number.parseFloat(formatBytes(bytes))).toBeLessThan(1024)
    }),
  )
})

test('words of a column hold no space, so that a pipe can be split at spaces', () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom('1', 'By', 'By/s', 's', '{page}', 'Hz', 'Cel'),
      (value, unit) => {
        expect(formatCell(value, unit)).not.toContain(' ')
      },
    ),
  )
})
