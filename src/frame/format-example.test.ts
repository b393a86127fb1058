import { expect, test } from 'bun:test'
import { formatExamples } from '../../test/format-examples.ts'
import { FrameDecoder, FrameEncoder } from './codec.ts'
import type { Frame } from './frame.ts'

test('the example of docs/format/frame.md is what the codec reads and writes', () => {
  const { bytes, values } = formatExamples('frame.md')
  expect(bytes).toHaveLength(2)
  expect(values).toHaveLength(2)
  const encoder = new FrameEncoder()
  const decoder = new FrameDecoder()
  for (const [i, stated] of (values as (Frame & { values: (number | null)[] })[]).entries()) {
    const ids = Uint32Array.from(stated.ids)
    const doubles = Float64Array.from(stated.values, (value) => value ?? Number.NaN)
    const found = decoder.decode(bytes[i] as Uint8Array)
    expect({ ...found, ids: [...found.ids], values: [...found.values] }).toEqual({
      ...stated,
      ids: [...ids],
      values: [...doubles],
    } as never)
    expect(encoder.encode({ ...stated, ids, values: doubles })).toEqual(bytes[i] as Uint8Array)
  }
})
