import { describe, expect, test } from 'bun:test'
import { isInWeek, isSilenceActive, silenceFits, weeklyMistake } from './silence.ts'

const night = { days: ['sat'] as const, from: '22:00', until: '06:00', zone: 'Europe/Berlin' }

describe('A5 weekly windows go by the clocks of their zone', () => {
  test.each([
    // Berlin is UTC+1 in winter, UTC+2 in summer.
    ['2026-01-10T20:59:59Z', false],
    ['2026-01-10T21:00:00Z', true],
    ['2026-01-11T04:59:59Z', true],
    ['2026-01-11T05:00:00Z', false],
    ['2026-07-11T20:00:00Z', true],
    ['2026-07-12T04:00:00Z', false],
    // 2026-03-28 is a Saturday; clocks go from 02:00 to 03:00 on Sunday: seven hours.
    ['2026-03-28T21:00:00Z', true],
    ['2026-03-29T03:59:59Z', true],
    ['2026-03-29T04:00:00Z', false],
    // 2026-10-24 is a Saturday; the hour from 02:00 comes twice on Sunday: nine hours.
    ['2026-10-24T20:00:00Z', true],
    ['2026-10-25T04:59:59Z', true],
    ['2026-10-25T05:00:00Z', false],
  ])('%s: %p', (at, expected) => {
    expect(isInWeek({ ...night, days: [...night.days] }, Date.parse(at))).toBe(expected)
  })

  test('a window within one day, and a whole one', () => {
    const noon = { days: ['mon' as const], from: '12:00', until: '13:00', zone: 'UTC' }
    expect(isInWeek(noon, Date.parse('2026-01-05T12:30:00Z'))).toBe(true)
    expect(isInWeek(noon, Date.parse('2026-01-05T13:00:00Z'))).toBe(false)
    expect(isInWeek(noon, Date.parse('2026-01-06T12:30:00Z'))).toBe(false)
    const day = { ...noon, from: '00:00', until: '24:00' }
    expect(isInWeek(day, Date.parse('2026-01-05T23:59:59Z'))).toBe(true)
    expect(isInWeek(day, Date.parse('2026-01-06T00:00:00Z'))).toBe(false)
  })

  test('what is no time or zone is named', () => {
    expect(weeklyMistake({ ...night, days: ['sat'], from: '25:00' })).toContain('from')
    expect(weeklyMistake({ ...night, days: ['sat'], zone: 'Europe/Atlantis' })).toContain('Atlantis')
    expect(weeklyMistake({ ...night, days: ['sat'] })).toBeUndefined()
  })
})

test('a silence has a begin, an end, and patterns that must all fit', () => {
  const silence = {
    id: '1',
    matchers: { rule: 'disk-*', device: 'sd*' },
    comment: '',
    createdMs: 0,
    startMs: 100,
    endMs: 200,
    weekly: undefined,
  }
  expect([99, 100, 199, 200].map((at) => isSilenceActive(silence, at))).toEqual([false, true, true, false])
  const thing = { rule: 'disk-full', severity: 'info', labels: { device: 'sda' } }
  expect(silenceFits(silence, thing)).toBe(true)
  expect(silenceFits(silence, { ...thing, labels: { device: 'nvme0n1' } })).toBe(false)
  expect(silenceFits(silence, { ...thing, labels: {} })).toBe(false)
})
