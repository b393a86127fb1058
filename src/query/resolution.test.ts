import { describe, expect, test } from 'bun:test'
import { chooseResolution, type ResolutionContext, type Tier } from './resolution.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const now = Date.UTC(2026, 0, 5, 12)

/** A record of a year with the usual retention, asked for the time before now. */
const context = (spanMs: number, other: Partial<ResolutionContext> = {}): ResolutionContext => ({
  range: { startMs: now - spanMs, endMs: now },
  intervalMs: second,
  points: 600,
  oldestMs: (tier) => now - { '1s': day, '1m': 30 * day, '1h': 366 * day }[tier],
  ...other,
})
const kept =
  (oldest: Partial<Record<Tier, number>>) =>
  (tier: Tier): number | undefined =>
    oldest[tier]

describe('auto', () => {
  for (const [span, stepMs, tier] of [
    [10 * second, second, '1s'],
    [5 * minute, second, '1s'],
    [15 * minute, 2 * second, '1s'],
    [hour, 10 * second, '1s'],
    [6 * hour, minute, '1m'],
    [day, 5 * minute, '1m'],
    [7 * day, 30 * minute, '1m'],
    [30 * day, 2 * hour, '1h'],
    [366 * day, day, '1h'],
  ] as const) {
    test(`${span / second} s: steps of ${stepMs / second} s from the tier ${tier}`, () => {
      expect(chooseResolution('auto', context(span))).toEqual({ stepMs, tier })
    })
  }

  test('never finer than the interval', () => {
    expect(chooseResolution('auto', context(minute, { intervalMs: 10 * second })).stepMs).toBe(10 * second)
  })
})

describe('a step asked for', () => {
  test('is given, from the coarsest tier that is fine enough', () => {
    expect(chooseResolution('1s', context(hour))).toEqual({ stepMs: second, tier: '1s' })
    expect(chooseResolution('15s', context(hour))).toEqual({ stepMs: 15 * second, tier: '1s' })
    expect(chooseResolution('1m', context(hour))).toEqual({ stepMs: minute, tier: '1m' })
    expect(chooseResolution('1h', context(day))).toEqual({ stepMs: hour, tier: '1h' })
  })

  test('is whole buckets of the tier', () => {
    expect(chooseResolution('90s', context(hour))).toEqual({ stepMs: 2 * minute, tier: '1m' })
  })

  test('is not made coarser by a bucket that begins before the first tick in it', () => {
    const oldestMs = kept({ '1s': now - 30 * second, '1m': now - 55 * second, '1h': now - 50 * minute })
    expect(chooseResolution('1s', context(minute, { oldestMs }))).toEqual({ stepMs: second, tier: '1s' })
    expect(chooseResolution('auto', context(hour, { oldestMs }))).toMatchObject({ tier: '1s' })
  })

  test('is no finer than what is still kept', () => {
    expect(chooseResolution('1s', context(3 * day))).toEqual({ stepMs: minute, tier: '1m' })
    expect(chooseResolution('1m', context(60 * day))).toEqual({ stepMs: hour, tier: '1h' })
  })
})

describe('a young record', () => {
  const startMs = now - 6 * minute + 7 * second
  test('that does not reach back as far is shown as fine as it is', () => {
    const oldestMs = kept({ '1s': startMs, '1m': Math.floor(startMs / minute) * minute })
    expect(chooseResolution('auto', context(15 * minute, { oldestMs })).tier).toBe('1s')
    expect(chooseResolution('1s', context(hour, { oldestMs })).tier).toBe('1s')
  })
  test('that has nothing rolled up yet is made of its ticks', () => {
    expect(chooseResolution('1h', context(day, { oldestMs: kept({ '1s': startMs }) }))).toEqual({
      stepMs: hour,
      tier: '1s',
    })
  })
  test('that is empty', () => {
    expect(chooseResolution('auto', context(hour, { oldestMs: kept({}) })).stepMs).toBe(10 * second)
  })
  test('whose minutes reach further back than its seconds, and begin after the range', () => {
    const oldestMs = kept({ '1s': now - hour, '1m': now - 2 * hour })
    expect(chooseResolution('30s', context(3 * hour, { oldestMs }))).toEqual({ stepMs: minute, tier: '1m' })
  })
})
