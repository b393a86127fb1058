import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type BadLine, LineScorer, type ScoredLine } from './scored-lines.ts'

function scoreAll(pieces: readonly Uint8Array[]): { scored: ScoredLine[]; bad: BadLine[] } {
  const scored: ScoredLine[] = []
  const bad: BadLine[] = []
  const scorer = new LineScorer(
    0.99,
    (line) => scored.push(line),
    (line) => bad.push(line),
  )
  for (const piece of pieces) scorer.take(piece)
  scorer.end()
  return { scored, bad }
}
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

test('wherever the bytes are cut, the answer is the same', () => {
  const whole = bytes('time,ü\r\n1767571200,1\r\nx,2\r\n\r\n1767571201,3.5\n1767571202;é\n1767571203\t4')
  const expected = scoreAll([whole])
  expect(expected.scored.map(({ line, value }) => [line, value])).toEqual([
    [2, 1],
    [5, 3.5],
    [7, 4],
  ])
  expect(expected.bad.map(({ line }) => line)).toEqual([3, 6])
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: whole.length })), (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), whole.length]
      const pieces = places.slice(1).map((to, index) => whole.subarray(places[index] as number, to))
      expect(scoreAll(pieces)).toEqual(expected)
    }),
    { numRuns: 50 },
  )
})

test('a file without line ends does not fill the memory', () => {
  const { bad } = scoreAll(Array.from({ length: 4 }, () => bytes('x'.repeat(40_000))))
  expect(bad[0]?.why).toContain('longer than')
})
