import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { runOutOf, runsOutWithin, type Stretch } from './run-out.ts'
import { type Points, trendOf } from './trend.ts'

const hourMs = 3_600_000
const nowMs = Date.UTC(2026, 0, 8)

/** Pseudo-random, -0.5 to 0.5, the same for the same place. */
const noise = (at: number): number => (Math.imul(at ^ 0x5bd1e995, 2_654_435_761) >>> 0) / 2 ** 32 - 0.5

/** A level as a function of hours before now (negative), read as the record gives it. */
function stretches(level: (hours: number) => number, recordedHours = 168): Stretch[] {
  return [
    { lengthMs: hourMs, stepMs: 60_000 },
    { lengthMs: 6 * hourMs, stepMs: 60_000 },
    { lengthMs: 24 * hourMs, stepMs: 300_000 },
    { lengthMs: 168 * hourMs, stepMs: hourMs },
  ].map(({ lengthMs, stepMs }) => {
    const reachMs = Math.min(lengthMs, recordedHours * hourMs)
    const count = Math.floor(reachMs / stepMs) + 1
    const unixMs = Array.from({ length: count }, (_, at) => nowMs - (count - 1 - at) * stepMs)
    return { lengthMs, points: { unixMs, values: unixMs.map((ms) => level((ms - nowMs) / hourMs)) } }
  })
}

describe('a trend', () => {
  const points = (value: (at: number) => number): Points => {
    const unixMs = Array.from({ length: 100 }, (_, at) => nowMs + at * 1000)
    return { unixMs, values: unixMs.map((_, at) => value(at)) }
  }

  test('a straight line is found exactly, a fifth of wild points bend it hardly', () => {
    expect(trendOf(points((at) => 5 + 2 * at))?.slope).toBeCloseTo(2, 10)
    const { slope = 0 } = trendOf(points((at) => 5 + 2 * at + (at % 5 === 0 ? 5000 * noise(at) : 0))) ?? {}
    expect(Math.abs(slope - 2)).toBeLessThan(0.3)
  })

  test('noise alone has an interval around 0; it holds the true slope nine times of ten', () => {
    let held = 0
    for (let run = 0; run < 200; run++) {
      const { slopeLow = 1, slopeHigh = 0 } = trendOf(points((at) => 0.1 * at + 20 * noise(at + run * 1000))) ?? {}
      if (slopeLow <= 0.1 && slopeHigh >= 0.1) held++
    }
    expect(held).toBeGreaterThan(165)
  })

  test('too few points have none; whatever the numbers, no NaN', () => {
    expect(trendOf({ unixMs: [1, 2, 3], values: [1, 2, 3] })).toBeUndefined()
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1e15, max: 1e15 }), { minLength: 8, maxLength: 60 }),
        (values) => {
          const trend = trendOf({ unixMs: values.map((_, at) => at * 1000), values })
          for (const number of Object.values(trend ?? {})) expect(Number.isNaN(number)).toBe(false)
          if (trend !== undefined) expect(trend.slopeLow <= trend.slope && trend.slope <= trend.slopeHigh).toBe(true)
        },
      ),
      { numRuns: 100 },
    )
  })
})

describe('what runs out', () => {
  const hours = (level: (hour: number) => number, recorded?: number): number | string => {
    const found = runOutOf(stretches(level, recorded), 100)
    return found.status === 'runs_out'
      ? (found.atMs - nowMs) / hourMs
      : found.status === 'no_trend'
        ? found.reason
        : found.status
  }

  test('even growth over a week', () => {
    // 80 now, 0.2 an hour: 100 hours are left.
    expect(hours((hour) => 80 + 0.2 * hour + noise(Math.round(hour * 60)))).toBeCloseTo(100, -1)
  })

  test('a leak that began three hours ago', () => {
    const level = (hour: number): number => 40 + Math.max(0, 10 * (hour + 3)) + 0.3 * noise(Math.round(hour * 60))
    const found = runOutOf(stretches(level), 100)
    expect(found.status).toBe('runs_out')
    if (found.status !== 'runs_out') return
    expect((found.atMs - nowMs) / hourMs).toBeCloseTo(3, 0)
    expect(found.earliestMs).toBeLessThanOrEqual(found.atMs)
    expect(found.latestMs ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(found.atMs)
    expect([runsOutWithin(found, nowMs, 4 * hourMs), runsOutWithin(found, nowMs, 2 * hourMs)]).toEqual([true, false])
  })

  test('a level that stays, noise, and one that falls', () => {
    expect(hours(() => 95)).toBe('flat')
    expect(hours((hour) => 60 + 20 * noise(Math.round(hour * 60)))).toBe('flat')
    expect(hours((hour) => 50 - 0.2 * hour)).toBe('flat')
  })

  test('A2 rotated logs and a day of work come and go: never a forecast, at whatever moment', () => {
    for (let shift = 0; shift < 24; shift++) {
      const sawtooth = (hour: number): number => 30 + (50 * ((((hour + shift) % 24) + 24) % 24)) / 24
      expect(['comes_and_goes', 'flat', 'bent']).toContain(hours(sawtooth) as string)
      const day = (hour: number): number =>
        50 + 30 * Math.sin(((hour + shift) / 24) * 2 * Math.PI) + noise(Math.round(hour * 60))
      expect(['comes_and_goes', 'flat', 'bent']).toContain(hours(day) as string)
    }
  })

  test('a step up is no trend', () => {
    expect(hours((hour) => (hour < -0.3 ? 40 : 60))).not.toBeNumber()
    expect(hours((hour) => (hour < -30 ? 40 : 60))).not.toBeNumber()
  })

  test('growth that leads nowhere near is none; too short a record is not known', () => {
    expect(hours((hour) => 20 + 0.0004 * hour)).not.toBeNumber()
    expect(hours((hour) => 50 + 10 * hour, 0.5)).toBe('unknown')
    expect(runOutOf([], 100)).toEqual({ status: 'unknown' })
  })
})
