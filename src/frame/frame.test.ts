import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { FrameBuilder } from './builder.ts'
import { FormatError } from './bytes.ts'
import { FrameDecoder, FrameEncoder, peekFrameHead } from './codec.ts'
import { type Frame, gapReasons } from './frame.ts'
import { FrameRing } from './ring.ts'

const header = (seq: number, isKey = false): Parameters<FrameBuilder['finish']>[0] => ({
  seq,
  unixMs: 1_700_000_000_000 + seq * 1000,
  elapsedMs: seq === 0 ? 0 : 1000,
  gap: seq === 0 ? 'start' : 'none',
  isKey,
})

function run(builder: FrameBuilder, group: number, values: Record<number, number>): void {
  builder.beginGroup(group)
  for (const [id, value] of Object.entries(values)) builder.set(Number(id), value)
  builder.endGroup()
}
const pairs = (frame: Frame): [number, number][] => [...frame.ids].map((id, i) => [id, frame.values[i] as number])

describe('FrameBuilder', () => {
  test('a key frame holds everything, the next only what changed', () => {
    const builder = new FrameBuilder()
    run(builder, 0, { 0: 1, 1: 2, 2: 3 })
    expect(pairs(builder.finish(header(0, true)))).toEqual([[0, 1], [1, 2], [2, 3]]) // biome-ignore format: a table
    run(builder, 0, { 0: 1, 1: 5, 2: 3 })
    expect(pairs(builder.finish(header(1)))).toEqual([[1, 5]])
  })

  test('C7: what its collector no longer states is absent, not stale and not 0', () => {
    const builder = new FrameBuilder()
    run(builder, 0, { 0: 1, 1: 2 })
    builder.finish(header(0, true))
    run(builder, 0, { 0: 1 })
    expect(pairs(builder.finish(header(1)))).toEqual([[1, Number.NaN]])
    run(builder, 0, { 0: 1 })
    expect(pairs(builder.finish(header(2)))).toEqual([])
  })

  test('a collector that does not run in this tick keeps its values', () => {
    const builder = new FrameBuilder()
    run(builder, 0, { 0: 1 })
    run(builder, 1, { 1: 7 })
    builder.finish(header(0, true))
    run(builder, 0, { 0: 2 })
    expect(pairs(builder.finish(header(1)))).toEqual([[0, 2]])
    run(builder, 0, { 0: 2 })
    expect(pairs(builder.finish(header(2, true)))).toEqual([[0, 2], [1, 7]]) // biome-ignore format: a table
  })

  test('grows with the ids', () => {
    const builder = new FrameBuilder()
    run(builder, 0, { 0: 1, 50000: 2 })
    expect(pairs(builder.finish(header(0, true)))).toEqual([[0, 1], [50_000, 2]]) // biome-ignore format: a table
  })
})

const value = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53), 2 ** 64, 0.1, 1e-9),
  fc.maxSafeInteger(),
  fc.integer().map((n) => n / 100),
  fc.integer().map((n) => n / 1_000_000),
)
const frames = fc.array(
  fc.record({
    isKey: fc.boolean(),
    gap: fc.constantFrom(...gapReasons),
    elapsedMs: fc.nat(1_000_000).map((n) => n / 1000),
    values: fc.dictionary(fc.nat(3000).map(String), value, { maxKeys: 20 }),
  }),
  { minLength: 1, maxLength: 8 },
)
type Shape = typeof frames extends fc.Arbitrary<(infer T)[]> ? T : never

const frameOf = (shape: Shape, seq: number): Frame => {
  const entries = Object.entries(shape.values)
    .map(([id, v]) => [Number(id), v] as const)
    .sort(([a], [b]) => a - b)
  return {
    seq,
    unixMs: 1_700_000_000_000 + seq,
    elapsedMs: shape.elapsedMs,
    gap: shape.gap,
    isKey: seq === 0 || shape.isKey,
    ids: new Uint32Array(entries.map(([id]) => id)),
    values: new Float64Array(entries.map(([, v]) => v)),
  }
}

describe('the codec', () => {
  test('Q9: every double comes back to the bit, in any run of frames', () => {
    fc.assert(
      fc.property(frames, (shapes) => {
        const encoder = new FrameEncoder()
        const decoder = new FrameDecoder()
        shapes.forEach((shape, seq) => {
          const frame = frameOf(shape, seq)
          const back = decoder.decode(encoder.encode(frame))
          expect({ ...back, ids: [...back.ids] }).toEqual({ ...frame, ids: [...frame.ids], values: back.values })
          for (const [i, v] of frame.values.entries()) expect(Object.is(back.values[i], v)).toBe(true)
        })
      }),
    )
  })

  test('bytes that are no frame are refused, never misread as an endless one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          new FrameDecoder().decode(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError)
        }
      }),
    )
  })

  test('every frame cut short is refused', () => {
    fc.assert(
      fc.property(frames, (shapes) => {
        const bytes = new FrameEncoder().encode(frameOf(shapes[0] as Shape, 0))
        for (let length = 0; length < bytes.length; length++) {
          expect(() => new FrameDecoder().decode(bytes.subarray(0, length))).toThrow(FormatError)
        }
      }),
    )
  })

  test('a frame that needs one before it says so', () => {
    const encoder = new FrameEncoder()
    const shape = { isKey: false, gap: 'none', elapsedMs: 1000, values: { '1': 5 } } as Shape
    encoder.encode(frameOf(shape, 0))
    const second = encoder.encode(frameOf(shape, 1))
    expect(() => new FrameDecoder().decode(second)).toThrow('depends on an earlier frame')
    expect(peekFrameHead(second)).toMatchObject({ seq: 1, isKey: false, count: 1 })
  })

  test('a busy CPU counter costs three bytes a tick with its id', () => {
    const encoder = new FrameEncoder()
    const at = (seq: number): Frame =>
      frameOf({ isKey: false, gap: 'none', elapsedMs: 1000, values: { '7': 123456.78 + seq * 0.25 } }, seq)
    encoder.encode(at(0))
    const empty = new FrameEncoder().encode(frameOf({ isKey: true, gap: 'none', elapsedMs: 1000, values: {} }, 1))
    expect(encoder.encode(at(1)).length - empty.length).toBeLessThanOrEqual(3)
  })
})

describe('FrameRing', () => {
  test('holds the last ticks, oldest first, NaN where a series was absent', () => {
    const builder = new FrameBuilder()
    const ring = new FrameRing(3)
    for (let seq = 0; seq < 5; seq++) {
      run(builder, 0, seq === 3 ? { 0: seq } : { 0: seq, 1: 10 * seq })
      ring.push(builder.finish(header(seq, seq === 0)))
    }
    const column = (id: number): number[] => [0, 1, 2].map((i) => ring.valueAt(id, i))
    expect(ring.length).toBe(3)
    expect(column(0)).toEqual([2, 3, 4])
    expect(column(1)).toEqual([20, Number.NaN, 40])
    expect([0, 1, 2].map((i) => ring.seqAt(i))).toEqual([2, 3, 4])
    expect(ring.valueAt(0, 3)).toBeNaN()
    expect(ring.valueAt(9, 0)).toBeNaN()
  })
})
