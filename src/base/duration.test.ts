import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { formatDuration, parseDuration } from './duration.ts'

const cases: readonly [string, number | undefined][] = [
  ['1s', 1000],
  ['500ms', 500],
  ['1.5h', 5_400_000],
  ['1h30m', 5_400_000],
  ['24h', 86_400_000],
  ['30d', 30 * 86_400_000],
  ['1y', 365 * 86_400_000],
  ['0s', 0],
  ['1 s', undefined],
  ['1 sec', undefined],
  ['1', undefined],
  ['', undefined],
  ['s', undefined],
  ['-1s', undefined],
  ['1s1s', undefined],
  ['1S', undefined],
  ['1month', undefined],
  ['1e3s', undefined],
]
for (const [text, expected] of cases)
  test(`"${text}" is ${expected ?? 'no duration'}`, () => expect(parseDuration(text)).toBe(expected))

test('what is written is read back exactly', () => {
  fc.assert(
    fc.property(fc.nat({ max: 10_000_000_000_000 }), (ms) => {
      expect(parseDuration(formatDuration(ms))).toBe(ms)
    }),
  )
})
