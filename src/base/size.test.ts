import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { formatSize, parseSize } from './size.ts'

const cases: readonly [string, number | undefined][] = [
  ['2GiB', 2 * 1024 ** 3],
  ['2 GiB', 2 * 1024 ** 3],
  ['2GB', 2e9],
  ['1.5MiB', 1.5 * 1024 ** 2],
  ['10kB', 10_000],
  ['7B', 7],
  ['2', undefined],
  ['2G', undefined],
  ['2gib', undefined],
  ['-2GiB', undefined],
  ['GiB', undefined],
  ['toString', undefined],
  ['1toString', undefined],
]
for (const [text, expected] of cases)
  test(`"${text}" is ${expected ?? 'no size'}`, () => expect(parseSize(text)).toBe(expected))

test('what is written is read back exactly', () => {
  fc.assert(
    fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (bytes) => {
      expect(parseSize(formatSize(bytes))).toBe(bytes)
    }),
  )
})
