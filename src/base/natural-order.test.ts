import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { naturalOrder } from './natural-order.ts'

test('numbers in names count as numbers', () => {
  const names = ['hwmon10', 'hwmon2', 'BAT1', 'hwmon', 'hwmon2a', 'a10b2', 'a10b10', 'a9']
  expect(names.sort(naturalOrder)).toEqual(['BAT1', 'a9', 'a10b2', 'a10b10', 'hwmon', 'hwmon2', 'hwmon2a', 'hwmon10'])
})

test('an order: the same from both sides, and none but equals are equal', () => {
  const name = fc.stringMatching(/^[a-c0-2]{0,6}$/)
  fc.assert(
    fc.property(name, name, (a, b) => {
      expect(Math.sign(naturalOrder(a, b))).toBe(-Math.sign(naturalOrder(b, a)) + 0)
      if (naturalOrder(a, b) === 0) expect(a).toBe(b)
    }),
  )
})
