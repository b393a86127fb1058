import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { secondMs, wholeHourMs } from '../../test/conformance/recording.ts'
import { sqlitePlace } from '../../test/conformance/sqlite-place.ts'
import { openSubject, type Subject } from '../../test/conformance/store.ts'
import { FrameRing } from '../frame/ring.ts'
import { SeriesTable } from '../frame/series-table.ts'
import { type CurrentTick, currentTick, nameFilter, tickAt } from './current.ts'
import { QueryError, type Sources } from './sources.ts'

let subject: Subject
let ring: FrameRing
beforeEach(() => {
  subject = openSubject(sqlitePlace())
  ring = new FrameRing()
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
function keep(...options: Parameters<Subject['recording']['tick']>): void {
  subject.store.append(subject.recording.tick(...options))
  if (subject.recording.frame !== undefined) ring.push(subject.recording.frame)
}
const valueIn = ({ values }: CurrentTick, metric: string): number | undefined =>
  values.find((value) => value.metric === metric)?.value

/** Ten seconds of a counter, a level and what is derived of them. */
function recordTen(): void {
  const { recording } = subject
  const io = recording.id('system.network.io', { device: 'eth0', role: 'physical', direction: 'receive' })
  const used = recording.id('system.memory.usage', { state: 'used' })
  const limit = recording.id('system.memory.limit', {})
  for (let i = 0; i < 10; i++) {
    recording
      .set(io, i * 500)
      .set(used, 250 + i)
      .set(limit, 1000)
    keep()
  }
}

describe('the tick now', () => {
  test('levels as they are, counters as rates, derived values', () => {
    recordTen()
    const tick = currentTick(sources(), [])
    expect(tick).toMatchObject({ unixMs: at(9), seq: 9, elapsedSeconds: 1, gap: undefined })
    expect(valueIn(tick, 'system.memory.usage')).toBe(259)
    expect(valueIn(tick, 'system.network.io')).toBe(500)
    expect(valueIn(tick, 'system.memory.utilization')).toBe(0.259)
    expect(valueIn(tick, 'system.network.throughput')).toBe(500)
    expect(tick.values.find((value) => value.metric === 'system.network.io')?.unit).toBe('By/s')
  })

  test('C15: at the first tick there are levels and no rates', () => {
    const limit = subject.recording.id('system.memory.limit', {})
    const io = subject.recording.id('system.network.io', { device: 'eth0', role: 'physical', direction: 'receive' })
    subject.recording.set(limit, 5).set(io, 1e9)
    keep()
    const tick = currentTick(sources(), [])
    expect(tick).toMatchObject({ gap: 'start', elapsedSeconds: 0 })
    expect(tick.values.map(({ metric }) => metric)).toEqual(['system.memory.limit'])
  })

  test('names choose, one with a star all that begin so', () => {
    recordTen()
    const names = (...filter: string[]): string[] => currentTick(sources(), filter).values.map(({ metric }) => metric)
    expect(names('system.memory.limit')).toEqual(['system.memory.limit'])
    expect(names('system.memory.*')).toEqual([
      'system.memory.utilization',
      'system.memory.usage',
      'system.memory.limit',
    ])
    expect(names('no.such')).toEqual([])
    expect(nameFilter([])('anything')).toBe(true)
  })

  test('before the first tick there is none', () => {
    expect(() => currentTick(sources(), [])).toThrow(QueryError)
  })
})

describe('a tick of the past', () => {
  test('is what it was when it was now', async () => {
    recordTen()
    const then = currentTick(sources(), [])
    for (let i = 0; i < 400; i++) keep()
    for (const compacted of [false, true]) {
      if (compacted) await subject.compact()
      const again = await tickAt(sources(), at(9) + 400, [])
      expect(again.unixMs).toBe(at(9))
      expect(again.values).toEqual(then.values)
    }
  })

  test('one long before the moment asked for is not the answer', () => {
    recordTen()
    expect(tickAt(sources(), at(30), [])).rejects.toThrow('no record of 2026-01-05T10:00:30.000Z')
    expect(tickAt(sources(), at(-1), [])).rejects.toThrow(QueryError)
  })

  test('series of metrics that are not known are passed over', async () => {
    recordTen()
    const known = [...(await subject.store.series()), undefined, undefined]
    const withHole = { ...sources(), series: new SeriesTable(undefined, known) }
    expect((await tickAt(withHole, at(9), ['system.memory.limit'])).values).toHaveLength(1)
  })
})
