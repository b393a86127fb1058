import { expect, test } from 'bun:test'
import { StoreError } from '../../src/store/store.ts'
import { packTicks, Recording, rulesFor, secondMs, wholeHourMs } from './recording.ts'
import type { Subject } from './store.ts'
import { maintainAll } from './store-harness.ts'

const at = (second: number): number => wholeHourMs + second * secondMs
const everything = { startMs: 0, endMs: Number.MAX_SAFE_INTEGER }

/** Events, named values, figures, and what happens when others fail. */
export function sundryTests(subject: () => Subject): void {
  test('events come back in order, those of the range, the newest when there are too many', async () => {
    const { store } = subject()
    const event = (second: number) => ({
      unixMs: at(second),
      kind: 'gap',
      severity: 'warning' as const,
      message: `no sample for ${second} s`,
      data: { seconds: second, what: 'a "quoted" – name' },
    })
    for (let i = 0; i < 5; i++) store.appendEvent(event(i))
    expect(await store.readEvents({ startMs: at(1), endMs: at(3) }, 10)).toEqual([event(1), event(2), event(3)])
    expect(await store.readEvents(everything, 2)).toEqual([event(3), event(4)])
    expect(await subject().reopen().readEvents(everything, 9)).toHaveLength(5)
  })

  test('named values are kept and replaced', () => {
    const { store } = subject()
    expect(store.getMeta('boot_id')).toBeUndefined()
    store.setMeta('boot_id', 'a')
    store.setMeta('boot_id', 'b')
    expect(subject().reopen().getMeta('boot_id')).toBe('b')
  })

  test('figures: ticks kept, oldest and newest, bytes', async () => {
    const { store, record, recording, compact } = subject()
    expect(store.stats()).toMatchObject({ frames: 0, oldestMs: undefined, newestMs: undefined, bytesAppended: 0 })
    const limit = recording.id('system.memory.limit', {})
    record(400, (i) => recording.set(limit, i))
    expect(store.stats()).toMatchObject({ frames: 400, oldestMs: at(0), newestMs: at(399) })
    await compact()
    const { databaseBytes, walBytes, bytesAppended, ...rest } = store.stats()
    expect(rest).toEqual({ frames: 401, oldestMs: at(0), newestMs: at(400) })
    expect(bytesAppended).toBeGreaterThan(400 * 10)
    expect(databaseBytes + walBytes).toBeGreaterThan(0)
    expect(subject().reopen().stats()).toMatchObject(rest)
  })

  test('a whole record is found whole', async () => {
    const { store, record, compact } = subject()
    record(400)
    await compact()
    expect(() => store.checkIntegrity()).not.toThrow()
  })

  test('a record of a later version is refused, and left as it is', () => {
    const current = subject()
    current.record(3)
    current.store.close()
    current.place.pretendNewer()
    for (let i = 0; i < 2; i++) expect(() => current.reopen()).toThrow(/format \d+, this version knows up to \d+/)
  })

  test('a closed store says so, and may be closed again', () => {
    const { store, recording } = subject()
    store.close()
    store.close()
    expect(() => store.append(recording.tick())).toThrow(StoreError)
    expect(() => store.maintain(0, 0)).toThrow('closed')
  })

  test('ids of series of metrics that this version does not know stay taken', async () => {
    const { recording, record } = subject()
    recording.id('system.memory.limit', {})
    recording.id('system.memory.usage', { state: 'used' })
    record(1)
    const store = subject().reopen()
    const [first] = await store.series()
    const next = new Recording(at(10), secondMs, { lastSeq: 0, known: [first, undefined] })
    expect(next.id('system.memory.usage', { state: 'free' })).toBe(2)
    expect(next.table.size).toBe(3)
  })

  test('a damaged tick costs those that depend on it, and nothing else', async () => {
    const { store, recording, record, compact, errors } = subject()
    const limit = recording.id('system.memory.limit', {})
    record(100, (i) => recording.set(limit, i))
    const damaged = recording.tick()
    store.append({ ...damaged, frame: damaged.frame.subarray(0, 3) })
    record(250, (i) => recording.set(limit, 1000 + i))
    const check = async (): Promise<void> => {
      const back = await store.readSamples([limit], { startMs: at(0), endMs: at(350) })
      // 0 … 99 before it; from 300 on a key frame stands alone.
      expect([...back.unixMs].length).toBe(100 + 51)
      expect((back.values[0] as Float64Array)[100]).toBe(1000 + 199)
    }
    await check()
    await compact()
    await check()
    expect(errors).toHaveLength(1)
    expect(store.maintain(recording.nowMs, 100)).toBe(false)
  })

  test('a formula or a packer that throws is told of, and the samples are kept', async () => {
    const { place, store, recording, errors } = subject()
    store.close()
    const broken = place.open({
      rules: {
        ...rulesFor(() => recording.table.all()),
        derive: () => {
          throw new Error('no formula')
        },
      },
      packProcesses: (ticks) => {
        if (ticks.length > 100) throw new Error('no packing')
        return packTicks(ticks)
      },
      monotonicMs: () => 0,
      retention: {
        secondsMs: 1e12,
        minutesMs: 1e12,
        hoursMs: 1e12,
        processesMs: 1e12,
        eventsMs: 1e12,
        maxBytes: undefined,
      },
      onError: (error) => errors.push(error),
    })
    const limit = recording.id('system.memory.limit', {})
    for (let i = 0; i < 310; i++) broken.append(recording.set(limit, i).tick())
    await maintainAll(broken, recording.nowMs)
    expect(errors.map(String)).toEqual(['Error: no formula', 'Error: no packing'])
    const { buckets } = await broken.readBuckets('1m', [{ series: limit }], everything)
    expect([...(buckets[0]?.count ?? [])]).toEqual([60, 60, 60, 60, 60])
    expect((await broken.readSamples([limit], everything)).unixMs).toHaveLength(310)
    broken.close()
  })
}
