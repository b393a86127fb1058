import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { counterColumns, histories, ProcessHistory, type TickShape, told } from '../../test/process-history.ts'
import { numberColumns, textColumns } from '../catalogue/process-columns.ts'
import { recordedNumbers } from './columns.ts'
import { offsetStepMs } from './format.ts'
import { packProcessTicks, unpackProcessTicks } from './pack.ts'
import { RecordedTable } from './recorded-table.ts'
import { processesAt, replayTicks } from './replay.ts'

interface Recorded {
  readonly ticks: readonly Uint8Array[]
  /** What the live table told after each. */
  readonly live: readonly unknown[]
  readonly unixMs: readonly number[]
}

function record(shapes: readonly TickShape[]): Recorded {
  const history = new ProcessHistory()
  const ticks: Uint8Array[] = []
  const live: unknown[] = []
  const unixMs: number[] = []
  for (const shape of shapes) {
    ticks.push(history.run(shape))
    live.push(told(history.live.table))
    unixMs.push(history.unixMs)
  }
  return { ticks, live, unixMs }
}

const stepsOf = Object.fromEntries(recordedNumbers.map(({ column, steps }) => [column, steps]))

/** One process as it stood, worked out from the scanned table alone. */
interface Seen {
  readonly identity: string
  readonly steps: Readonly<Record<string, number>>
  readonly offset: number
}

/** What should be told of numbers and rates, by the rules and not by the code under test. */
function expected(history: ProcessHistory, before: ReadonlyMap<number, Seen>, elapsedMs: number) {
  const { table, monotonicMs } = history
  const now = new Map<number, Seen>()
  const there = [...before].filter(([slot]) => table.alive[slot] === 1)
  const newest = Math.max(...there.map(([, seen]) => seen.steps.startTicks as number))
  const rates: Record<number, Record<string, number>> = {}
  for (let slot = 0; slot < table.slots; slot++) {
    if (table.alive[slot] !== 1) continue
    const steps = Object.fromEntries(
      numberColumns.map((column) => [
        column,
        Math.round((table.numbers[column][slot] as number) * (stepsOf[column] as number)),
      ]),
    )
    const identity = `${steps.pid} ${steps.startTicks}`
    const last = before.get(slot)?.identity === identity ? before.get(slot) : undefined
    const readMs = (table.readAtMs[slot] as number) - monotonicMs
    const offset = readMs < 0 ? (last?.offset ?? 0) : Math.round(readMs / offsetStepMs)
    now.set(slot, { identity, steps, offset })
    const seconds = (elapsedMs + (offset - (last?.offset ?? 0)) * offsetStepMs) / 1000
    const began = last === undefined && there.length > 0 && (steps.startTicks as number) > newest
    rates[slot] = {}
    for (const column of counterColumns) {
      const from = last === undefined ? (began ? 0 : Number.NaN) : (last.steps[column] as number)
      const gained = (steps[column] as number) - from
      if (elapsedMs === 0 || Number.isNaN(gained) || gained < 0 || seconds <= 0) continue
      ;(rates[slot] as Record<string, number>)[column] = gained / (stepsOf[column] as number) / seconds
    }
  }
  return { now, rates }
}

describe('what is recorded', () => {
  test('C15 R15 R18 numbers, texts and rates of the live table are those of the scan, tick by tick', () => {
    fc.assert(
      fc.property(histories, (shapes) => {
        const history = new ProcessHistory()
        let before: ReadonlyMap<number, Seen> = new Map()
        for (const shape of shapes) {
          history.run(shape)
          const { now, rates } = expected(history, before, shape.elapsedMs)
          before = now
          const { table } = history.live
          expect(table.count).toBe(now.size)
          for (const [slot, { steps }] of now) {
            expect(table.alive[slot]).toBe(1)
            for (const column of numberColumns) {
              const value = table.number(column, slot) * (stepsOf[column] as number)
              if (Number.isNaN(steps[column])) expect(value).toBeNaN()
              else expect(value).toBeCloseTo(steps[column] as number, 3)
            }
            for (const column of textColumns) {
              expect(table.text(column, slot)).toBe((history.table.texts[column][slot] ?? '').toWellFormed())
            }
            for (const column of counterColumns) {
              const rate = rates[slot]?.[column] ?? Number.NaN
              if (Number.isNaN(rate)) expect(table.rate(column, slot)).toBeNaN()
              else expect(Math.abs(table.rate(column, slot) - rate)).toBeLessThanOrEqual(1e-9 * (1 + rate))
            }
          }
        }
      }),
    )
  })

  test('replay tells at each tick what the live table told, rates and reaped time included', () => {
    fc.assert(
      fc.property(histories, (shapes) => {
        const { ticks, live, unixMs } = record(shapes)
        expect([...replayTicks({ ticks })].length).toBe(ticks.length)
        let i = 0
        for (const table of replayTicks({ packed: packProcessTicks(ticks) }))
          expect(told(table)).toEqual(live[i++] as object)
        for (const [tick, at] of unixMs.entries()) {
          const table = processesAt({ ticks }, at) as RecordedTable
          expect(told(table)).toEqual(live[tick] as object)
        }
        expect(processesAt({ ticks }, (unixMs[0] as number) - 1)).toBeUndefined()
        expect(processesAt({ ticks }, (unixMs[0] as number) + 1)?.unixMs).toBe(unixMs[0] as number)
      }),
    )
  })

  test('from any key tick on it can be read alone, with rates at its first tick', () => {
    fc.assert(
      fc.property(histories, (shapes) => {
        const { ticks, live } = record(shapes)
        for (const [from, { isKey }] of shapes.entries()) {
          const rest = ticks.slice(from)
          if (!isKey) {
            expect(() => new RecordedTable().apply(rest[0] as Uint8Array)).toThrow('depends on an earlier one')
            continue
          }
          let i = from
          for (const table of replayTicks({ ticks: rest })) expect(told(table)).toEqual(live[i++] as object)
        }
      }),
    )
  })

  test('packed and unpacked, the ticks are the same to the byte', () => {
    fc.assert(
      fc.property(histories, (shapes) => {
        const { ticks } = record(shapes)
        expect(unpackProcessTicks(packProcessTicks(ticks))).toEqual([...ticks])
        const keys = shapes.flatMap(({ isKey }, i) => (isKey ? [i] : []))
        for (const [i, from] of keys.entries()) {
          const block = ticks.slice(from, keys[i + 1])
          expect(unpackProcessTicks(packProcessTicks(block))).toEqual(block)
        }
      }),
    )
  })

  test('nothing packed is nothing', () => {
    expect(unpackProcessTicks(packProcessTicks([]))).toEqual([])
  })
})
