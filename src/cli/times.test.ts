import { expect, test } from 'bun:test'
import { Options } from './options.ts'
import { Times } from './times.ts'

const now = Date.parse('2026-11-23T08:40:01Z')
const times = (given: Record<string, unknown>, zone = 'UTC'): Times =>
  new Times({ now: () => now, zone }, new Options(given))

test('without options: live, and the usual span up to now', () => {
  expect(times({}).at()).toBeUndefined()
  expect(times({}).range('15m')).toEqual({ start: now - 900_000, end: now })
})

test('--since counts from now, also with --until', () => {
  expect(times({ since: '1h', until: '30m' }).range('15m')).toEqual({ start: now - 3_600_000, end: now - 1_800_000 })
})

test('--until alone: the usual span before it', () => {
  expect(times({ until: '08:00' }).range('15m').start).toBe(Date.parse('2026-11-23T07:45:00Z'))
})

for (const [given, message] of [
  [{ at: 'tomorrowish' }, "--at 'tomorrowish' is no time"],
  [{ at: '2030-01-01' }, "--at '2030-01-01' is 1134 d 15 h in the future"],
  [{ at: '+10s' }, "--at '+10s' is 10 s in the future"],
  [{ since: '5m', until: '10m' }, 'the end (2026-11-23 08:30:01) is not after the start (2026-11-23 08:35:01)'],
  [{ since: 'now' }, 'the end (2026-11-23 08:40:01) is not after the start (2026-11-23 08:40:01)'],
] as const) {
  test(`${JSON.stringify(given)} is refused: ${message}`, () => {
    expect(() => ('at' in given ? times(given).at() : times(given).range('15m'))).toThrow(message)
  })
}

test('--at and --until exclude each other', () => {
  expect(() => times({ at: '5m', until: '1m' }).rangeUpTo(now, '15m')).toThrow('--at and --until exclude each other')
})

test('a clock a second ahead of ours is not the future', () => {
  expect(times({ at: '+1s' }).at()).toBe(now + 1000)
})

test('times are shown in the reader’s zone, in UTC, or as Unix milliseconds, each as wide as it says', () => {
  const shown = [times({}, 'Asia/Kolkata'), times({ utc: true }, 'Asia/Kolkata'), times({ raw: true })]
  expect(shown.map((each) => each.stamp(now))).toEqual(['2026-11-23 14:10:01', '2026-11-23T08:40:01Z', String(now)])
  for (const each of shown) expect(each.stamp(now)).toHaveLength(each.stampWidth)
})
