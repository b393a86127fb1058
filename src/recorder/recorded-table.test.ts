import { describe, expect, test } from 'bun:test'
import { ProcessHistory, told } from '../../test/process-history.ts'
import { numberColumns } from '../catalogue/process-columns.ts'
import { ByteWriter } from '../frame/bytes.ts'
import { recordedNumbers, recordedTexts } from './columns.ts'
import { largestSteps } from './format.ts'
import { packProcessTicks, unpackProcessTicks } from './pack.ts'
import { RecordedTable } from './recorded-table.ts'
import { replayTicks } from './replay.ts'

const second = { elapsedMs: 1000, isKey: false }
const first = { elapsedMs: 0, isKey: true }
const nothing = (): void => undefined

/** A history whose first tick has one process in it. */
function begun(): { history: ProcessHistory; slot: number; table: RecordedTable } {
  const history = new ProcessHistory()
  let slot = -1
  history.tick(first, (h) => {
    slot = h.start({ cpuUserSeconds: 500, cpuSystemSeconds: 10, childrenCpuSeconds: 70 })
  })
  return { history, slot, table: history.live.table }
}

describe('rates', () => {
  test('C15 the first tick ever has none, and the second those of the second alone', () => {
    const { history, slot, table } = begun()
    for (const column of numberColumns) expect(table.rate(column, slot)).toBeNaN()
    expect(table.number('cpuUserSeconds', slot)).toBe(500)
    history.tick(second, (h) => h.set(slot, { cpuUserSeconds: 500.25 }))
    expect(table.rate('cpuUserSeconds', slot)).toBe(0.25)
    expect(table.rate('cpuSystemSeconds', slot)).toBe(0)
    expect(table.rate('readBytes', slot)).toBeNaN()
  })

  test('C15 a first scan that comes late has none, whatever time has gone by', () => {
    const history = new ProcessHistory()
    history.tick(first, nothing)
    let slot = -1
    history.tick(second, (h) => {
      slot = h.start({ cpuUserSeconds: 500 })
    })
    expect(history.live.table.rate('cpuUserSeconds', slot)).toBeNaN()
  })

  test('a process that started between two ticks has its rate from 0', () => {
    const { history, table } = begun()
    let slot = -1
    history.tick(second, (h) => {
      slot = h.start({ cpuUserSeconds: 0.3, readBytes: 4096 })
    })
    expect(table.rate('cpuUserSeconds', slot)).toBe(0.3)
    expect(table.rate('readBytes', slot)).toBe(4096)
    expect(table.rate('cpuSystemSeconds', slot)).toBeNaN()
  })

  test('C15 a process that was there before but could not be seen has none at first', () => {
    const { history, slot, table } = begun()
    let late = -1
    history.tick(second, (h) => {
      late = h.start({ startTicks: 900, cpuUserSeconds: 5000 })
    })
    expect(table.number('startTicks', slot)).toBeGreaterThan(900)
    expect(table.rate('cpuUserSeconds', late)).toBeNaN()
    history.tick(second, (h) => h.set(late, { cpuUserSeconds: 5001 }))
    expect(table.rate('cpuUserSeconds', late)).toBe(1)
  })

  test('R15 a counter that falls has no rate, and the next is over the growth since', () => {
    const { history, slot, table } = begun()
    history.tick(second, (h) => h.set(slot, { cpuUserSeconds: 499.5 }))
    expect(table.rate('cpuUserSeconds', slot)).toBeNaN()
    expect(table.number('cpuUserSeconds', slot)).toBe(499.5)
    history.tick(second, (h) => h.set(slot, { cpuUserSeconds: 500 }))
    expect(table.rate('cpuUserSeconds', slot)).toBe(0.5)
  })

  test('R18 a rate is over the time between the process’s own two readings', () => {
    const { history, slot, table } = begun()
    history.tick(second, (h) => h.set(slot, { cpuUserSeconds: 501.2 }, 200))
    expect(table.rate('cpuUserSeconds', slot)).toBeCloseTo(1.2 / 1.2, 12)
    history.tick(second, (h) => h.set(slot, { cpuUserSeconds: 501.7 }, 100))
    expect(table.rate('cpuUserSeconds', slot)).toBeCloseTo(0.5 / 0.9, 12)
    history.tick(second, (h) => h.table.touch(slot))
    history.tick(second, (h) => h.set(slot, { cpuUserSeconds: 502.7 }, 100))
    expect(table.rate('cpuUserSeconds', slot)).toBe(1)
  })

  test('of a tick without a length there are none, at rest or not, and of the next again', () => {
    const { history, slot, table } = begun()
    history.tick(second, nothing)
    expect(table.rate('cpuUserSeconds', slot)).toBe(0)
    history.tick({ elapsedMs: 0, isKey: false }, nothing)
    expect(table.rate('cpuUserSeconds', slot)).toBeNaN()
    history.tick(second, nothing)
    expect(table.rate('cpuUserSeconds', slot)).toBe(0)
  })

  test('what goes absent and comes back has no rate until it has two values', () => {
    const { history, slot, table } = begun()
    history.tick(second, (h) => h.set(slot, { cpuUserSeconds: Number.NaN }))
    expect(table.number('cpuUserSeconds', slot)).toBeNaN()
    history.tick(second, (h) => h.set(slot, { cpuUserSeconds: 600 }))
    expect(table.rate('cpuUserSeconds', slot)).toBeNaN()
    history.tick(second, (h) => h.set(slot, { cpuUserSeconds: 601 }))
    expect(table.rate('cpuUserSeconds', slot)).toBe(1)
  })

  test('R2 a pid given again is another process, in the same slot or not', () => {
    const { history, slot, table } = begun()
    history.tick(second, (h) => h.set(slot, { startTicks: 5000, cpuUserSeconds: 0.5, cpuSystemSeconds: Number.NaN }))
    expect(table.rate('cpuUserSeconds', slot)).toBe(0.5)
    expect(table.number('cpuSystemSeconds', slot)).toBeNaN()
    expect(table.count).toBe(1)
  })
})

describe('C18 the time of reaped children', () => {
  /** A parent and a child that has been seen to use 2 s. */
  function family(): { history: ProcessHistory; parent: number; child: number; table: RecordedTable } {
    const { history, slot: parent, table } = begun()
    let child = -1
    history.tick(second, (h) => {
      child = h.start({ parentPid: h.table.numbers.pid[parent] as number, cpuUserSeconds: 1.5, cpuSystemSeconds: 0.5 })
    })
    return { history, parent, child, table }
  }

  test('C18 of a child that nobody saw is all told', () => {
    const { history, parent, table } = family()
    history.tick(second, (h) => h.set(parent, { childrenCpuSeconds: 70.4 }))
    expect(table.reapedCpu(parent)).toBeCloseTo(0.4, 9)
    history.tick(second, nothing)
    expect(table.reapedCpu(parent)).toBe(0)
  })

  test('C18 of a child that was seen only what came after is told', () => {
    const { history, parent, child, table } = family()
    history.tick(second, (h) => {
      h.table.end(child)
      h.set(parent, { childrenCpuSeconds: 72.1 })
    })
    expect(table.reapedCpu(parent)).toBeCloseTo(0.1, 9)
  })

  test('C18 it is never negative: a child whose parent does not count it', () => {
    const { history, parent, child, table } = family()
    history.tick(second, (h) => {
      h.table.end(child)
      h.set(parent, { childrenCpuSeconds: 70.5 })
    })
    expect(table.reapedCpu(parent)).toBe(0)
  })

  test('C18 a parent read before it waited is told the rest in the next tick, not all of it', () => {
    const { history, parent, child, table } = family()
    history.tick(second, (h) => h.table.end(child))
    history.tick(second, (h) => h.set(parent, { childrenCpuSeconds: 72.25 }))
    expect(table.reapedCpu(parent)).toBeCloseTo(0.25, 9)
  })

  test('C18 what a parent is still to reap is not carried over a key tick, in the live table as in a replay', () => {
    const { history, parent, child, table } = family()
    history.tick(second, (h) => h.table.end(child))
    const key = history.tick({ elapsedMs: 1000, isKey: true }, (h) => h.set(parent, { childrenCpuSeconds: 72.25 }))
    const replayed = new RecordedTable()
    replayed.apply(key)
    expect(replayed.reapedCpu(parent)).toBeCloseTo(2.25, 9)
    expect(told(replayed)).toEqual(told(table) as object)
  })

  test('C18 a child seen is counted once: the tick after the next begins anew', () => {
    const { history, parent, child, table } = family()
    history.tick(second, (h) => {
      h.table.end(child)
      h.set(parent, { childrenCpuSeconds: 72 })
    })
    expect(table.reapedCpu(parent)).toBe(0)
    history.tick(second, (h) => h.set(parent, { childrenCpuSeconds: 73 }))
    expect(table.reapedCpu(parent)).toBe(1)
  })

  test('C18 R18 what was seen comes off before the parent’s own window is applied', () => {
    const { history, parent, child, table } = family()
    history.tick(second, (h) => {
      h.table.end(child)
      h.set(parent, { childrenCpuSeconds: 72 }, 400)
    })
    expect(table.rate('childrenCpuSeconds', parent)).toBeCloseTo(2 / 1.4, 9)
    expect(table.reapedCpu(parent)).toBe(0)
  })

  test('C15 C18 the first tick tells nothing of a parent’s whole life', () => {
    const { slot, table } = begun()
    expect(table.reapedCpu(slot)).toBe(0)
  })
})

describe('columns', () => {
  /** A key tick as a later version would write it: its columns and one process. */
  function laterTick(): Uint8Array {
    const out = new ByteWriter()
    const [pid, startTicks] = recordedNumbers.map(({ id }) => id) as [number, number]
    out.byte((1 << 1) | 1)
    for (const n of [1_700_000_000_000, 0, 3, pid, startTicks, 9999, 2, 9998, recordedTexts[0]?.id ?? 0, 0, 0, 1])
      out.varint(n)
    out.varint(0)
    out.varint(0b11111 * 4 + 1)
    for (const n of [1 + 2 * 42, 1 + 2 * 7, 1 + 2 * 123_456]) out.varint(n)
    for (const text of ['unknown', 'known']) {
      out.varint(0)
      out.varint(text.length)
      out.bytes(new TextEncoder().encode(text))
    }
    return out.copy()
  }

  test('those of a later version are read over', () => {
    const table = new RecordedTable()
    table.apply(laterTick())
    expect(told(table)).toMatchObject({
      count: 1,
      rows: { 0: { numbers: { pid: 42, startTicks: 7 }, texts: { name: 'known', commandLine: '' } } },
    })
    expect(unpackProcessTicks(packProcessTicks([laterTick()]))).toEqual([laterTick()])
  })

  test('a number too large to be told apart from its neighbours is absent, and the tick is kept', () => {
    const { history, slot, table } = begun()
    for (const value of [2 ** 63, -(2 ** 63), Number.POSITIVE_INFINITY, largestSteps]) {
      history.tick(second, (h) => h.set(slot, { readBytes: value }))
      expect(table.number('readBytes', slot)).toBeNaN()
      history.tick(second, (h) => h.set(slot, { readBytes: largestSteps - 1 }))
      expect(table.number('readBytes', slot)).toBe(largestSteps - 1)
      history.tick(second, (h) => h.set(slot, { readBytes: 1 - largestSteps }))
      expect(table.number('readBytes', slot)).toBe(1 - largestSteps)
    }
  })

  test('a row that carries nothing is left out', () => {
    const { history, slot } = begun()
    const empty = history.tick(second, nothing)
    expect(history.tick(second, (h) => h.set(slot, { cpuUserSeconds: 500.0001 })).length).toBe(empty.length)
  })
})

describe('a table of 5,000', () => {
  test('is kept, changed and replayed whole', () => {
    const history = new ProcessHistory()
    const ticks = [
      history.tick(first, (h) => {
        for (let i = 0; i < 5000; i++) h.start({ cpuUserSeconds: i })
      }),
    ]
    for (let tick = 1; tick < 6; tick++) {
      const shape = { elapsedMs: 1000, isKey: tick === 3 }
      ticks.push(
        history.tick(shape, (h) => {
          for (let slot = tick; slot < 5000; slot += 7) h.set(slot, { cpuUserSeconds: slot + tick })
          for (let slot = tick; slot < 5000; slot += 101) h.table.end(slot)
        }),
      )
    }
    const live = told(history.live.table)
    expect(history.live.table.count).toBe(history.table.count)
    for (const content of [{ ticks }, { packed: packProcessTicks(ticks) }, { ticks: ticks.slice(3) }]) {
      let last: RecordedTable | undefined
      for (const table of replayTicks(content)) last = table
      expect(told(last as RecordedTable)).toEqual(live as object)
    }
  })
})
