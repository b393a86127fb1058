import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { formatLabels, formatTick, formatValue } from './values.ts'

test.each([
  [undefined, '1', '–'],
  [null, 'By', '–'],
  [Number.NaN, 'By', '–'],
  [0, '1', '0 %'],
  [0.72, 's/s', '72 %'],
  [0, 'Hz', '0 Hz'],
  [0.0001, '1', '<0.1 %'],
  [0.0557, '1', '5.6 %'],
  [1, '1', '100 %'],
  [512, 'By', '512 B'],
  [1023.9, 'By', '1 KiB'],
  [1536, 'By/s', '1.5 KiB/s'],
  [13_654_632, 'By/s', '13 MiB/s'],
  [0.00006466, 's', '64.7 µs'],
  [0.25, 's', '250 ms'],
  [3661, 's', '61 min 1 s'],
  [200_000, 's', '2 d 7 h'],
  [2_400_000_000, 'Hz', '2.4 GHz'],
  [51.5, 'Cel', '51.5 °C'],
  [12_345, '{operation}/s', '12.3 k ops/s'],
  [484, '{process}', '484'],
  [1.2619, '{cpu}', '1.26 CPU'],
  [1_000_000, '{packet}/s', '1 M pkt/s'],
])('%p of %s is %s', (value, unit, text) => {
  expect(formatValue(value, unit)).toBe(text)
})

test('no number makes text of more than 20 characters or without a digit', () => {
  const unit = fc.constantFrom('1', 'By', 'By/s', 's', 'Hz', 'Cel', '{operation}/s', 'rpm')
  fc.assert(
    fc.property(fc.double({ min: -1e15, max: 1e15, noNaN: true }), unit, (value, one) => {
      const text = formatValue(value, one)
      expect(text).toMatch(/\d/)
      expect(text.length).toBeLessThanOrEqual(24)
    }),
  )
})

test('labels as a legend says them', () => {
  expect(formatLabels({ device: 'vda', role: 'physical', direction: 'read' }, ['role'])).toBe('vda · read')
  expect(formatLabels({ cpu: '3' })).toBe('CPU 3')
})

test('an axis leaves out the words', () => {
  expect([
    formatTick(2500, '{page}/s'),
    formatTick(3, '{operation}'),
    formatTick(0.5, '1'),
    formatTick(null, '1'),
  ]).toEqual(['2500/s', '3', '50 %', '–'])
})
