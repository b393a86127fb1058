import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { hourMs, minuteMs, secondMs, wholeHourMs } from '../../test/conformance/recording.ts'
import { sqlitePlace } from '../../test/conformance/sqlite-place.ts'
import { openSubject, type Subject } from '../../test/conformance/store.ts'
import type { HistoryResponse } from '../api/contract.ts'
import { FrameRing } from '../frame/ring.ts'
import { type HistoryRequest, history } from './history.ts'
import { QueryError, type Sources } from './sources.ts'

let subject: Subject
let ring: FrameRing
beforeEach(() => {
  subject = openSubject(sqlitePlace())
  ring = new FrameRing(360)
})
afterEach(() => {
  subject.store.close()
  subject.place.remove()
})

const at = (second: number): number => wholeHourMs + second * secondMs
const sources = (): Sources => ({
  ring,
  store: subject.store,
  series: subject.recording.table,
  intervalMs: 1000,
  now: () => subject.recording.nowMs,
})
/** As the daemon does: into the ring and into the store. */
function record(count: number, state: (index: number) => void): void {
  for (let i = 0; i < count; i++) {
    state(i)
    keep()
  }
}
function keep(...options: Parameters<Subject['recording']['tick']>): void {
  subject.store.append(subject.recording.tick(...options))
  if (subject.recording.frame !== undefined) ring.push(subject.recording.frame)
}
const ask = (request: HistoryRequest): Promise<HistoryResponse> => history(sources(), request)
const range = (startSecond: number, endSecond: number) => ({ startMs: at(startSecond), endMs: at(endSecond) })
const limit = (): number => subject.recording.id('system.memory.limit', {})
const eth = (device: string, direction: 'receive' | 'transmit' = 'receive'): number =>
  subject.recording.id('system.network.io', { device, role: 'physical', direction })
const avgOf = ({ series }: HistoryResponse): readonly (number | null)[] => series[0]?.avg ?? []

describe('every tick', () => {
  test('ring and store agree on the same range', async () => {
    const [id, all, used] = [eth('eth0'), limit(), subject.recording.id('system.memory.usage', { state: 'used' })]
    record(350, (i) =>
      subject.recording
        .set(id, i * i)
        .set(all, 1000)
        .set(used, i % 11 === 5 ? Number.NaN : i),
    )
    const full = ring
    for (const metric of ['system.network.io', 'system.memory.usage', 'system.memory.utilization']) {
      ring = full
      const fromRing = await ask({ metric, range: range(100, 200), resolution: '1s' })
      ring = new FrameRing()
      const fromHead = await ask({ metric, range: range(100, 200), resolution: '1s' })
      await subject.compact()
      const fromBlocks = await ask({ metric, range: range(100, 200), resolution: '1s' })
      expect(fromHead).toEqual(fromRing)
      expect(fromBlocks).toEqual(fromRing)
      expect(fromRing.unixMs).toEqual(Array.from({ length: 101 }, (_, i) => at(100 + i)))
    }
  })

  test('a counter is shown as its rate, the first tick of the record without', async () => {
    const id = eth('eth0')
    record(10, (i) => subject.recording.set(id, i * 300))
    const answer = await ask({ metric: 'system.network.io', range: range(0, 9), resolution: '1s' })
    expect(avgOf(answer)).toEqual([null, ...new Array(9).fill(300)])
    expect(answer).toMatchObject({ unit: 'By/s', tier: '1s', resolutionMs: 1000 })
  })

  test('the first tick asked for has a rate, from the one before it', async () => {
    const id = eth('eth0')
    record(50, (i) => subject.recording.set(id, i * 300))
    for (const back of [new FrameRing(), ring]) {
      ring = back
      expect(avgOf(await ask({ metric: 'system.network.io', range: range(20, 22), resolution: '1s' }))).toEqual([
        300, 300, 300,
      ])
    }
  })

  test('Q10: what is absent is null in the answer, and so it stays in JSON', async () => {
    const [id, all] = [limit(), eth('eth0')]
    record(6, (i) => subject.recording.set(all, 1).set(id, i % 2 === 0 ? i : Number.NaN))
    for (const back of [ring, new FrameRing()]) {
      ring = back
      const answer = await ask({ metric: 'system.memory.limit', range: range(0, 5), resolution: '1s' })
      expect(avgOf(answer)).toEqual([0, null, 2, null, 4, null])
      expect(JSON.parse(JSON.stringify(answer))).toEqual(answer)
    }
  })

  test('Q7: a gap has no points', async () => {
    const id = limit()
    record(10, () => subject.recording.set(id, 1))
    keep({ atMs: at(60), gap: 'missed', elapsedMs: 51_000 })
    record(5, () => subject.recording.set(id, 2))
    const { unixMs } = await ask({ metric: 'system.memory.limit', range: range(0, 70), resolution: '1s' })
    expect(unixMs.map((time) => (time - wholeHourMs) / 1000)).toEqual([...Array(10).keys(), 60, 61, 62, 63, 64, 65])
  })

  test('24 h of one series at 1 s are 86,400 points', async () => {
    const id = limit()
    for (let i = 0; i < 86_401; i++) {
      subject.recording.set(id, i)
      subject.store.append(subject.recording.tick())
      if (i % 3000 === 0) {
        subject.store.maintain(subject.recording.nowMs, Number.POSITIVE_INFINITY)
        await subject.store.settled()
      }
    }
    const answer = await ask({ metric: 'system.memory.limit', range: range(1, 86_400), resolution: '1s' })
    expect(answer.unixMs).toHaveLength(86_400)
    expect(avgOf(answer)).toEqual(Array.from({ length: 86_400 }, (_, i) => i + 1))
  }, 60_000)
})

describe('steps', () => {
  test('Q3: a step’s mean is of its ticks; extremes stay', async () => {
    const id = limit()
    record(60, (i) => subject.recording.set(id, i === 33 ? 1000 : 10))
    const answer = await ask({ metric: 'system.memory.limit', range: range(0, 59), resolution: '30s' })
    expect(answer.unixMs).toEqual([at(0), at(30)])
    expect(answer.series[0]).toEqual({ labels: {}, avg: [10, 43], min: [10, 10], max: [10, 1000] })
  })

  test('T4: the mean of a counter is growth over time, not a mean of rates', async () => {
    const id = eth('eth0')
    record(10, (i) => subject.recording.set(id, i * 100))
    subject.recording.set(id, 900 + 9000)
    keep({ atMs: at(19), gap: 'missed', elapsedMs: 10_000 })
    const answer = await ask({ metric: 'system.network.io', range: range(0, 29), resolution: '30s' })
    expect(avgOf(answer)).toEqual([9900 / 19])
    expect(answer.series[0]?.max).toEqual([900])
  })

  test('of all tiers the same hour has the same mean', async () => {
    const id = eth('eth0')
    let total = 0
    record(2 * 3600 + 700, (i) => {
      total += (i * 7919) % 1000
      subject.recording.set(id, total)
    })
    const whole = { metric: 'system.network.io', range: range(0, 3599) }
    const raw = await ask({ ...whole, resolution: '1h' })
    expect(raw.tier).toBe('1s')
    await subject.compact()
    const hours = await ask({ ...whole, resolution: '1h' })
    expect(hours.tier).toBe('1h')
    expect(avgOf(hours)[0]).toBeCloseTo(avgOf(raw)[0] as number, 6)
    const minutes = await ask({ ...whole, resolution: '1m' })
    expect(minutes.tier).toBe('1m')
    const mean = avgOf(minutes).reduce<number>((sum, one) => sum + (one ?? 0), 0) / 60
    expect(mean).toBeCloseTo(avgOf(raw)[0] as number, -1)
  })

  for (const [what, metric] of [
    ['a gauge', 'system.memory.limit'],
    ['a counter', 'system.network.io'],
    ['a derived metric', 'system.memory.utilization'],
  ] as const) {
    test(`${what}: rolled up and not yet rolled up are joined without a hole and without counting twice`, async () => {
      const [id, all, used] = [eth('eth0'), limit(), subject.recording.id('system.memory.usage', { state: 'used' })]
      // Blocks end within a minute: a daemon that was restarted.
      const lengths = [3600, 1430, 17, 400]
      let i = 0
      for (const length of lengths) {
        record(length, () => {
          i++
          subject.recording
            .set(id, i * 60)
            .set(all, 1000)
            .set(used, 250)
        })
        keep({ isKey: true })
        subject.recording.set(id, ++i * 60)
        await subject.store.settled()
      }
      const question = { metric, range: range(0, i - 2) } as const
      const before = [await ask({ ...question, resolution: '1m' }), await ask({ ...question, resolution: '1h' })]
      for (let slice = 0; subject.store.maintain(subject.recording.nowMs, 0); slice++) {
        await subject.store.settled()
        if (slice % 23 !== 0) continue
        for (const [k, resolution] of (['1m', '1h'] as const).entries()) {
          const answer = await ask({ ...question, resolution })
          expect(answer.unixMs).toEqual([...(before[k]?.unixMs ?? [])])
          for (const [step, mean] of avgOf(answer).entries()) {
            expect(mean).toBeCloseTo(avgOf(before[k] as HistoryResponse)[step] as number, 6)
          }
        }
      }
      expect((await ask({ ...question, resolution: '1h' })).tier).toBe('1h')
    })
  }

  test('Q4, Q7: steps with nothing in them are null, between those that have', async () => {
    const id = limit()
    record(120, () => subject.recording.set(id, 5))
    keep({ atMs: at(600), gap: 'missed', elapsedMs: 481_000 })
    await subject.compact()
    const answer = await ask({ metric: 'system.memory.limit', range: range(0, 659), resolution: '1m' })
    expect(avgOf(answer)).toEqual([5, 5, ...new Array(8).fill(null), 5])
  })
})

describe('what is asked for', () => {
  test('labels choose the series; without them all come, each with its own', async () => {
    const ids = [eth('eth0'), eth('eth0', 'transmit'), eth('eth1')]
    record(5, (i) => {
      for (const id of ids) subject.recording.set(id, i * (id + 1))
    })
    const all = await ask({ metric: 'system.network.io', range: range(0, 4), resolution: '1s' })
    expect(all.series.map(({ labels }) => `${labels.device} ${labels.direction}`)).toEqual([
      'eth0 receive',
      'eth0 transmit',
      'eth1 receive',
    ])
    const labels = { device: 'eth0', direction: 'transmit' }
    const one = await ask({ metric: 'system.network.io', labels, range: range(1, 4), resolution: '1s' })
    expect(one.series.map(({ avg }) => avg)).toEqual([[2, 2, 2, 2]])
    const none = await ask({ metric: 'system.network.io', labels: { device: 'no' }, range: range(0, 4) })
    expect(none.series).toEqual([])
  })

  test('a name that is none is answered with the nearest', () => {
    expect(ask({ metric: 'system.memory.limt', range: range(0, 1) })).rejects.toThrow(
      'did you mean "system.memory.limit"?',
    )
    expect(ask({ metric: 'system.network.io', labels: { devise: 'eth0' }, range: range(0, 1) })).rejects.toThrow(
      'did you mean "device"?',
    )
    expect(ask({ metric: 'system.network.io', labels: { direction: 'up' }, range: range(0, 1) })).rejects.toThrow(
      'none of receive, transmit',
    )
    expect(ask({ metric: 'system.memory.limit', labels: { a: 'b' }, range: range(0, 1) })).rejects.toThrow(
      'has no labels',
    )
  })

  test('a range that is none, a resolution that is none, and more points than anybody wants are refused', async () => {
    record(5, () => undefined)
    const refused = async (request: Partial<HistoryRequest>): Promise<string> => {
      try {
        await ask({ metric: 'system.memory.limit', range: range(0, 4), ...request })
      } catch (error) {
        if (error instanceof QueryError) return error.code
        throw error
      }
      return 'answered'
    }
    expect(await refused({ range: range(5, 5) })).toBe('invalid_time')
    expect(await refused({ resolution: 'often' })).toBe('invalid_request')
    expect(await refused({ resolution: '1ms' })).toBe('invalid_request')
    expect(await refused({ range: { startMs: at(0), endMs: at(10 * 86_400) }, resolution: '1s' })).toBe('too_much')
    expect(await refused({})).toBe('answered')
  })

  test('before and after the record there is nothing, and that is no error', async () => {
    const id = limit()
    record(100, () => subject.recording.set(id, 1))
    for (const asked of [range(-500, -100), range(1000, 1100)]) {
      for (const resolution of ['1s', '30s', '1m', '1h', 'auto']) {
        expect((await ask({ metric: 'system.memory.limit', range: asked, resolution })).series).toEqual([])
      }
    }
  })

  test('T5: over a clock that was set back the ring is not believed, and every step is right', async () => {
    const id = limit()
    record(100, () => subject.recording.set(id, 1))
    subject.recording.set(id, 3)
    keep({ atMs: at(50), gap: 'clock_step', elapsedMs: 1000 })
    record(19, () => undefined)
    const answer = await ask({ metric: 'system.memory.limit', range: range(0, 99), resolution: '10s' })
    expect(avgOf(answer)).toEqual([1, 1, 1, 1, 1, 3, 3, 1, 1, 1])
  })

  test('T5: minutes and ticks that overlap after a step back of hours count once', async () => {
    const id = limit()
    record(3 * 3600, () => subject.recording.set(id, 1))
    await subject.compact()
    keep({ atMs: at(1800), gap: 'clock_step', elapsedMs: 1000 })
    record(100, () => subject.recording.set(id, 1))
    const minutes = await ask({ metric: 'system.memory.limit', range: range(0, 3 * 3600 - 1), resolution: '1m' })
    expect(avgOf(minutes)).toEqual(new Array(180).fill(1))
  })
})

test('minutes of a month and hours of a year come from their tiers', async () => {
  const recording = await subject.restart(wholeHourMs - 40 * 24 * hourMs, minuteMs)
  const id = recording.id('system.memory.limit', {})
  for (let i = 0; i < 40 * 24 * 60; i++) {
    recording.set(id, i)
    subject.store.append(recording.tick())
    if (i % 2000 === 0) {
      subject.store.maintain(recording.nowMs, Number.POSITIVE_INFINITY)
      await subject.store.settled()
    }
  }
  const month = await ask({
    metric: 'system.memory.limit',
    range: { startMs: recording.nowMs - 30 * 24 * hourMs, endMs: recording.nowMs },
    resolution: '1m',
  })
  expect([month.tier, month.unixMs.length]).toEqual(['1m', 30 * 24 * 60 + 1])
  expect(avgOf(month).every((value, i) => value === 10 * 24 * 60 - 1 + i)).toBe(true)
  const all = await ask({
    metric: 'system.memory.limit',
    range: { startMs: recording.nowMs - 40 * 24 * hourMs + minuteMs, endMs: recording.nowMs },
    resolution: '1h',
  })
  expect([all.tier, all.unixMs.length]).toEqual(['1h', 40 * 24])
  expect(avgOf(all).every((value, i) => value === 60 * i + 29.5)).toBe(true)
}, 60_000)
