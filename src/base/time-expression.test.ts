import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseTimeExpression, zoneOffsetMs } from './time-expression.ts'

const nowMs = Date.parse('2026-11-23T08:40:01Z')
const utc = { nowMs, zone: 'UTC' }
const berlin = { nowMs, zone: 'Europe/Berlin' }
const at = (text: string): number => Date.parse(text)

for (const [text, expected] of [
  ['now', nowMs],
  ['15m', nowMs - 900_000],
  ['-15m', nowMs - 900_000],
  ['now-1h30m', nowMs - 5_400_000],
  ['15m ago', nowMs - 900_000],
  ['+10s', nowMs + 10_000],
  ['-0.5s', nowMs - 500],
  ['1763887201000', 1_763_887_201_000],
  ['2026-11-23T03:12:00Z', at('2026-11-23T03:12:00Z')],
  ['2026-11-23t03:12:00.5z', at('2026-11-23T03:12:00.500Z')],
  ['2026-11-23 03:12:00+01:00', at('2026-11-23T02:12:00Z')],
  ['03:12', at('2026-11-23T03:12:00Z')],
  ['3:12:05', at('2026-11-23T03:12:05Z')],
  ['08:40:01', nowMs],
  ['23:50', at('2026-11-22T23:50:00Z')],
  ['yesterday 22:00', at('2026-11-22T22:00:00Z')],
  ['yesterday', at('2026-11-22T00:00:00Z')],
  ['today 10:00', at('2026-11-23T10:00:00Z')],
  ['2026-11-20', at('2026-11-20T00:00:00Z')],
  ['2026-11-20 03:12', at('2026-11-20T03:12:00Z')],
] as const) {
  test(`${text} is ${new Date(expected).toISOString()}`, () => {
    expect(parseTimeExpression(text, utc)).toBe(expected)
  })
}

for (const text of [
  '',
  'soon',
  '25:00',
  '03:60',
  '2026-02-30',
  '2026-13-01T00:00:00Z',
  '15',
  '15x',
  '10:00x',
  '-',
  'today yesterday',
  '2026-11-23T03:12:00+1',
]) {
  test(`'${text}' is no time`, () => {
    expect(parseTimeExpression(text, utc)).toBeUndefined()
  })
}

test('a time without a zone is read in the zone of the reader', () => {
  expect(parseTimeExpression('03:12', berlin)).toBe(at('2026-11-23T02:12:00Z'))
  expect(parseTimeExpression('2026-07-01 12:00', berlin)).toBe(at('2026-07-01T10:00:00Z'))
  expect(parseTimeExpression('09:40:02', berlin)).toBe(at('2026-11-22T08:40:02Z'))
})

test('T1: a time that the clocks jumped over lies just after the jump, one that came twice is one of the two', () => {
  expect(parseTimeExpression('2026-03-29 02:30', berlin)).toBe(at('2026-03-29T01:30:00Z'))
  expect([at('2026-10-25T00:30:00Z'), at('2026-10-25T01:30:00Z')]).toContain(
    parseTimeExpression('2026-10-25 02:30', berlin) ?? Number.NaN,
  )
})

test('every whole second written in a zone is read back', () => {
  const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kolkata', 'Pacific/Auckland')
  fc.assert(
    fc.property(fc.integer({ min: 1_000_000_000, max: 1_780_000_000 }), zones, (seconds, zone) => {
      const unixMs = seconds * 1000
      const text = new Date(unixMs + zoneOffsetMs(unixMs, zone)).toISOString().slice(0, 19).replace('T', ' ')
      const read = parseTimeExpression(text, { nowMs, zone }) ?? Number.NaN
      // The hour that comes twice a year may be read as either.
      expect([0, 3_600_000]).toContain(Math.abs(read - unixMs))
    }),
  )
})
