import { describe, expect, test } from 'bun:test'
import { ProcessTable } from '../../src/frame/process-table.ts'
import { LiveProcesses } from '../../src/recorder/live.ts'
import { RecordedTable } from '../../src/recorder/recorded-table.ts'

interface Reading {
  readonly cpuSeconds: number
  readonly startTicks?: number
  /** When it was read, milliseconds after the tick began. */
  readonly afterMs?: number
}

/** The rate of CPU time of one process after each of these readings, a second apart. */
function rates(readings: readonly Reading[]): (number | undefined)[] {
  const table = new ProcessTable()
  const live = new LiveProcesses()
  const other = table.add()
  table.numbers.pid[other] = 1
  table.numbers.startTicks[other] = 1
  let slot = table.add()
  let startTicks = Number.NaN
  return readings.map((reading, tick) => {
    if (tick > 0) table.beginTick()
    if (!Number.isNaN(startTicks) && reading.startTicks !== undefined && reading.startTicks !== startTicks) {
      table.end(slot)
      slot = table.add()
    }
    startTicks = reading.startTicks ?? 5
    table.numbers.pid[slot] = 7
    table.numbers.startTicks[slot] = startTicks
    table.numbers.cpuUserSeconds[slot] = reading.cpuSeconds
    table.readAtMs[slot] = tick * 1000 + (reading.afterMs ?? 0)
    table.touch(slot)
    const elapsedMs = tick === 0 ? 0 : 1000
    live.update(table, { unixMs: tick * 1000, monotonicMs: tick * 1000, elapsedMs, isKey: tick === 0 })
    table.endTick()
    return live.table.rate('cpuUserSeconds', slot)
  })
}

describe('rates of a process', () => {
  test('C15, C16 the first tick has none, and what it used before says nothing of now', () => {
    expect(rates([{ cpuSeconds: 5000 }, { cpuSeconds: 5000.25 }])).toEqual([Number.NaN, 0.25])
  })

  test('R15 a count that falls while it exits gives no rate, and no huge one', () => {
    expect(rates([{ cpuSeconds: 5000 }, { cpuSeconds: 3 }, { cpuSeconds: 3.5 }])).toEqual([Number.NaN, Number.NaN, 0.5])
  })

  test('R2 a pid given again does not go on where the other ended', () => {
    const [, , after] = rates([{ cpuSeconds: 5000 }, { cpuSeconds: 5001 }, { cpuSeconds: 0.25, startTicks: 900_000 }])
    expect(after).toBe(0.25)
  })

  test('R18 the rate is over its own interval, between its own readings', () => {
    const [, rate] = rates([{ cpuSeconds: 10 }, { cpuSeconds: 10.5, afterMs: 250 }])
    expect(rate).toBeCloseTo(0.4, 3)
  })

  test('a recorded tick gives the same rates as the live one', () => {
    const table = new ProcessTable()
    const live = new LiveProcesses()
    const replayed = new RecordedTable()
    const slot = table.add()
    for (let tick = 0; tick < 5; tick++) {
      if (tick > 0) table.beginTick()
      table.numbers.pid[slot] = 7
      table.numbers.startTicks[slot] = 5
      table.numbers.cpuUserSeconds[slot] = tick * tick
      table.readAtMs[slot] = tick * 1000
      table.touch(slot)
      const times = {
        unixMs: tick * 1000,
        monotonicMs: tick * 1000,
        elapsedMs: tick === 0 ? 0 : 1000,
        isKey: tick === 0,
      }
      replayed.apply(live.update(table, times))
      table.endTick()
      expect(replayed.rate('cpuUserSeconds', slot)).toBe(live.table.rate('cpuUserSeconds', slot))
    }
  })
})
