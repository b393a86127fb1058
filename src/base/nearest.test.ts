import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { editDistance, nearest } from './nearest.ts'

for (const [left, right, distance] of [
  ['', '', 0],
  ['', 'abc', 3],
  ['status', 'status', 0],
  ['stauts', 'status', 1],
  ['statu', 'status', 1],
  ['statuss', 'status', 1],
  ['staqus', 'status', 1],
  ['ca', 'abc', 3],
  ['kitten', 'sitting', 3],
] as const) {
  test(`'${left}' is ${distance} from '${right}'`, () => {
    expect(editDistance(left, right)).toBe(distance)
  })
}

const commands = ['status', 'ps', 'process', 'history', 'metrics', 'watch']
for (const [typed, meant] of [
  ['stauts', 'status'],
  ['STATUS', 'status'],
  ['sp', 'ps'],
  ['histroy', 'history'],
  ['metric', 'metrics'],
  ['proc', 'process'],
  ['hist', 'history'],
  ['zzzzzz', undefined],
  ['', undefined],
  ['xy', undefined],
] as const) {
  test(`'${typed}' means ${meant ?? 'nothing here'}`, () => {
    expect(nearest(typed, commands)).toBe(meant as string)
  })
}

test('a beginning that several share is not guessed at', () => {
  expect(nearest('net', ['network.io.receive', 'network.io.transmit'])).toBeUndefined()
})

test('a word is 0 from itself, as far there as back, and no further than the longer word', () => {
  const word = fc.string({ maxLength: 12 })
  fc.assert(
    fc.property(word, word, (left, right) => {
      expect(editDistance(left, left)).toBe(0)
      expect(editDistance(left, right)).toBe(editDistance(right, left))
      expect(editDistance(left, right)).toBeLessThanOrEqual(Math.max(left.length, right.length))
    }),
  )
})

test('with a limit the distance is right below it and at least the limit above', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), fc.nat(6), (left, right, limit) => {
      const exact = editDistance(left, right)
      const limited = editDistance(left, right, limit)
      if (exact < limit) expect(limited).toBe(exact)
      else expect(limited).toBeGreaterThanOrEqual(limit)
    }),
  )
})
