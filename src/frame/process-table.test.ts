import { describe, expect, test } from 'bun:test'
import { ProcessTable } from './process-table.ts'

const crowd = (table: ProcessTable, count: number): number[] =>
  Array.from({ length: count }, (_, i) => {
    const slot = table.add()
    table.numbers.pid[slot] = 1000 + i
    table.texts.name[slot] = `worker ${i}`
    return slot
  })

function end(table: ProcessTable, slots: readonly number[]): void {
  for (const slot of slots) table.end(slot)
  table.endTick()
}

describe('after a crowd', () => {
  test('V1 its room is given back, and those who stay keep their slots', () => {
    const table = new ProcessTable(8)
    const [first = -1] = crowd(table, 3)
    const gone = crowd(table, 2000)
    expect(table.alive.length).toBe(2048)
    table.beginTick()
    end(table, gone)
    table.trim()
    expect(table.alive.length).toBe(8)
    expect(table.slots).toBe(3)
    expect(table.texts.name).toHaveLength(3)
    expect(table.numbers.pid[first]).toBe(1000)
    expect(table.count).toBe(3)
  })

  test('one who stays high up keeps his place, and the low slots are taken first', () => {
    const table = new ProcessTable(8)
    const all = crowd(table, 1000)
    table.beginTick()
    end(table, all.slice(0, -1))
    table.trim()
    expect(table.slots).toBe(1000)
    expect(table.numbers.pid[999]).toBe(1999)
    table.beginTick()
    expect([table.add(), table.add()]).toEqual([0, 1])
  })

  test('texts of who has gone are not held', () => {
    const table = new ProcessTable()
    const [slot = -1] = crowd(table, 1)
    table.beginTick()
    table.end(slot)
    expect(table.texts.name[slot]).toBe('worker 0')
    table.endTick()
    expect(table.texts.name[slot]).toBe('')
  })

  test('a table that is filled is not trimmed', () => {
    const table = new ProcessTable(8)
    crowd(table, 500)
    table.trim()
    expect(table.alive.length).toBe(512)
  })
})
