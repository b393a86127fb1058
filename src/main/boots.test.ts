import { expect, test } from 'bun:test'
import { Boots } from './boots.ts'

function memoryMeta() {
  const values = new Map<string, string>()
  return { values, getMeta: (key: string) => values.get(key), setMeta: (k: string, v: string) => void values.set(k, v) }
}
const hour = 3_600_000
const nowMs = Date.UTC(2026, 0, 5, 12)

test('the first boot ever recorded is no restart', () => {
  const boots = new Boots(memoryMeta())
  expect(boots.note('a', nowMs, 2 * hour)).toBe(false)
  expect(boots.bootUnixMs(nowMs)).toBe(nowMs - 2 * hour)
})

test('a restart of sysmon alone is no restart of the machine', () => {
  const meta = memoryMeta()
  new Boots(meta).note('a', nowMs, 2 * hour)
  expect(new Boots(meta).note('a', nowMs + hour, 3 * hour)).toBe(false)
})

test('a new boot id is one', () => {
  const meta = memoryMeta()
  new Boots(meta).note('a', nowMs, 2 * hour)
  expect(new Boots(meta).note('b', nowMs + hour, 60_000)).toBe(true)
})

test('T3: the boot id says whether it is another boot, however far the time of the start has drifted', () => {
  const meta = memoryMeta()
  new Boots(meta).note('a', nowMs, 2 * hour)
  const boots = new Boots(meta)
  expect(boots.note('a', nowMs + hour, 3 * hour - 25_000)).toBe(false)
  expect(boots.bootUnixMs(nowMs + hour)).toBe(nowMs - 2 * hour)
})

test('a moment of the past has the start of its own boot', () => {
  const meta = memoryMeta()
  new Boots(meta).note('a', nowMs, 2 * hour)
  const boots = new Boots(meta)
  boots.note('b', nowMs + hour, 60_000)
  expect(boots.bootUnixMs(nowMs + hour - 1)).toBe(nowMs - 2 * hour)
  expect(boots.bootUnixMs(nowMs + hour)).toBe(nowMs + hour - 60_000)
  expect(boots.bootUnixMs(nowMs + 9 * hour)).toBe(nowMs + hour - 60_000)
})

test('a moment before the record takes the first boot; an empty record has none', () => {
  const boots = new Boots(memoryMeta())
  expect(boots.bootUnixMs(nowMs)).toBeUndefined()
  boots.note('a', nowMs, hour)
  expect(boots.bootUnixMs(nowMs - 9 * hour)).toBe(nowMs - hour)
})

test('where the system does not tell its start nothing is invented', () => {
  const meta = memoryMeta()
  expect(new Boots(meta).note('a', nowMs, undefined)).toBe(false)
  expect(meta.values.size).toBe(0)
})

test('daily restarts do not grow the record without a bound', () => {
  const meta = memoryMeta()
  for (let day = 0; day < 450; day++) new Boots(meta).note(`boot-${day}`, nowMs + day * 24 * hour, 60_000)
  const kept = JSON.parse([...meta.values.values()][0] as string) as { id: string }[]
  expect([kept.length, kept[0]?.id, kept.at(-1)?.id]).toEqual([400, 'boot-50', 'boot-449'])
})
