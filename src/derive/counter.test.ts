import { describe, expect, test } from 'bun:test'
import { SeriesTable } from '../frame/series-table.ts'
import { counterDelta } from './counter.ts'
import { ColumnCursor, deriveColumns } from './rollup-rules.ts'

const absent = Number.NaN

describe('growth of a counter', () => {
  test('is the difference', () => expect(counterDelta(1000, 1234, 0)).toBe(234))
  test('is nothing when it stood still', () => expect(counterDelta(1000, 1000, 0)).toBe(0))
  test('C15: there is none at first sight, nor when it is absent', () => {
    expect(counterDelta(absent, 5, 0)).toBe(absent)
    expect(counterDelta(5, absent, 0)).toBe(absent)
  })
  test('N2: there is none over a reset', () => expect(counterDelta(10e9, 5000, 0)).toBe(absent))
  test('C3: a step back within the jitter is no growth, beyond it a reset', () => {
    expect(counterDelta(5482.82, 5482.81, 3)).toBe(0)
    expect(counterDelta(5482.82, 5479.8, 3)).toBe(absent)
  })
  test('Q8: beyond 2^53 the difference is that of what was kept', () => {
    expect(counterDelta(2 ** 64 - 8192, 2 ** 64 - 4096, 0)).toBe(4096)
  })
  test('Q8: at the wrap of what is kept there is none for a tick', () => {
    expect(counterDelta(2 ** 53 - 10, 4, 0)).toBe(absent)
  })
})

describe('columns of derived values', () => {
  const table = new SeriesTable()
  const used = table.intern('system.memory.usage', { state: 'used' }) as number
  const limit = table.intern('system.memory.limit', {}) as number
  const stalled = table.intern('system.pressure.some.time', { resource: 'io' }) as number
  const elapsedMs = Float64Array.of(1000, 1000, 0, 2000)
  const columns: Readonly<Record<number, { before: number; values: Float64Array }>> = {
    [used]: { before: absent, values: Float64Array.of(1, 2, absent, 3) },
    [limit]: { before: absent, values: Float64Array.of(4, 4, 4, 4) },
    [stalled]: { before: 9.5, values: Float64Array.of(10, 10.25, 10.5, 11) },
  }
  const derived = [...deriveColumns([...table.all(), undefined], elapsedMs, (id) => columns[id])]
  const of = (name: string) => [...(derived.find((one) => one.derived === name)?.values ?? [])]

  test('levels of each tick, absent where a part is', () => {
    expect(of('system.memory.utilization')).toEqual([0.25, 0.5, absent, 0.75])
  })
  test('Q7: rates begin with the value before, and a tick without time has none', () => {
    expect(of('system.pressure.some')).toEqual([0.5, 0.25, absent, 0.25])
  })
  test('what is absent throughout is left out', () => {
    expect(derived.map((one) => one.derived)).toEqual(['system.memory.utilization', 'system.pressure.some'])
  })
  test('a cursor knows what is not there as absent', () => {
    const cursor = new ColumnCursor((id) => columns[id], elapsedMs).at(0)
    expect([cursor.now(99), cursor.before(99), cursor.seconds]).toEqual([absent, absent, 1])
  })
})
