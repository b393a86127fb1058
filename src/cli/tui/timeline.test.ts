import { describe, expect, test } from 'bun:test'
import { sampleCurrent, sampleHistory, sampleNowMs } from '../../../test/sample-answers.ts'
import type { CurrentResponse } from '../../api/contract.ts'
import { covers, emptyTimeline, seriesKey, timelineLength, timelineOf, valuesUpTo, withTick } from './timeline.ts'

const metric = 'system.cpu.utilization'
const key = seriesKey(metric, {})
const tick = (unixMs: number, value: number): CurrentResponse => ({
  ...sampleCurrent,
  unixMs,
  values: [{ metric, labels: {}, value, unit: '1' }],
})
const start = sampleNowMs - 59_000
const history = timelineOf([sampleHistory(metric, [{}])], start, sampleNowMs)
const list = (values: Float32Array | undefined): readonly number[] =>
  [...(values ?? [])].map((each) => Number(each.toFixed(3)))

describe('the timeline', () => {
  test('takes history as it came, holes included', () => {
    const values = valuesUpTo(history, key, sampleNowMs)
    expect(values).toHaveLength(60)
    expect(values?.[59]).toBeCloseTo(59 / 200)
    expect(values?.[30]).toBeNaN()
  })

  test('a tick adds a column; ticks that are missing leave theirs absent', () => {
    const longer = withTick(withTick(history, tick(sampleNowMs + 1003, 0.5)), tick(sampleNowMs + 4000, 0.7))
    expect(list(valuesUpTo(longer, key, sampleNowMs + 4000)).slice(-5)).toEqual([
      0.295,
      0.5,
      Number.NaN,
      Number.NaN,
      0.7,
    ])
  })

  test('the tick that history already had replaces it, and one a moment behind joins', () => {
    const same = withTick(history, tick(sampleNowMs, 0.9))
    expect(list(valuesUpTo(same, key, sampleNowMs)).slice(-2)).toEqual([0.29, 0.9])
    const behind = withTick(history, tick(sampleNowMs - 1000, 0.8))
    expect(behind.length).toBe(60)
    expect(list(valuesUpTo(behind, key, sampleNowMs - 1000)).at(-1)).toBe(0.8)
  })

  test('a clock that was set back begins anew', () => {
    const anew = withTick(history, tick(sampleNowMs - 3_600_000, 0.1))
    expect(list(valuesUpTo(anew, key, sampleNowMs - 3_600_000))).toEqual([0.1])
  })

  test('does not grow without a bound, and forgets series that have gone', () => {
    let timeline = withTick(history, {
      ...tick(sampleNowMs, 0),
      values: [{ metric: 'system.disk.io', labels: { device: 'usb', direction: 'read' }, value: 1, unit: 'By/s' }],
    })
    for (let second = 1; second <= timelineLength + 5; second++)
      timeline = withTick(timeline, tick(sampleNowMs + second * 1000, 0))
    expect(timeline.length).toBe(timelineLength)
    expect([...timeline.series.keys()]).toEqual([key])
  })

  test('in replay, only what lies before the time shown is shown', () => {
    expect(list(valuesUpTo(history, key, start + 2000))).toEqual([0, 0.005, 0.01])
    expect(covers(history, sampleNowMs, 60)).toBe(true)
    expect(covers(history, sampleNowMs + 1000, 60)).toBe(false)
    expect(covers(history, start + 5000, 60)).toBe(false)
    expect(covers(emptyTimeline, sampleNowMs, 1)).toBe(false)
  })

  test('a record of every five seconds has columns of five seconds', () => {
    const slow = { ...sampleHistory(metric, [{}]), resolutionMs: 5000, unixMs: [0, 5000, 10_000] }
    const timeline = timelineOf([slow], 0, 10_000)
    expect([timeline.stepMs, timeline.length]).toEqual([5000, 3])
    expect(withTick(timeline, tick(15_000, 1)).length).toBe(4)
  })
})
