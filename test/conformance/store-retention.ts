import { expect, test } from 'bun:test'
import { defaultRetention, settlingMs } from '../../src/store/sqlite/retention.ts'
import { hourMs, minuteMs, secondMs, wholeHourMs } from './recording.ts'
import type { Subject } from './store.ts'
import { maintainAll } from './store-harness.ts'

const at = (second: number): number => wholeHourMs + second * secondMs

/** What goes, when, and in which pieces. */
export function retentionTests(subject: () => Subject): void {
  /** Time passes for the store, and the clock says so throughout. */
  const live = async (startMs: number, forMs: number): Promise<void> => {
    const current = subject()
    current.monotonicMs += 1
    await maintainAll(current.store, startMs)
    current.monotonicMs += forMs
    await maintainAll(current.store, startMs + forMs)
  }

  test('each tier is kept as long as it is meant to be', async () => {
    const current = subject()
    const recording = await current.restart(wholeHourMs, 10_000)
    const limit = recording.id('system.memory.limit', {})
    current.reopen({ secondsMs: hourMs, processesMs: 2 * hourMs, minutesMs: 3 * hourMs, hoursMs: 24 * hourMs })
    current.store.appendEvent({ unixMs: at(0), kind: 'start', severity: 'info', message: 'begun', data: {} })
    current.record(360 * 5, () => recording.set(limit, 1))
    await current.compact()
    await live(recording.nowMs, settlingMs)
    const now = recording.nowMs + settlingMs
    const { store } = current
    expect(store.oldestMs('1s')).toBe(Math.floor((now - hourMs) / 300_000) * 300_000)
    expect(store.oldestMs('1m')).toBe(wholeHourMs + 2 * hourMs)
    expect(store.oldestMs('1h')).toBe(wholeHourMs)
    const everything = { startMs: 0, endMs: now }
    expect((await store.readSamples([limit], everything)).unixMs[0]).toBe(store.oldestMs('1s'))
    expect((await store.readBuckets('1h', [{ series: limit }], everything)).startMs).toHaveLength(5)
    expect((await store.readProcesses(everything))[0]?.startMs).toBe(Math.floor((now - 2 * hourMs) / 300_000) * 300_000)
    expect(await store.readEvents(everything, 10)).toHaveLength(1)
    expect(store.stats().frames).toBe((await store.readSamples([limit], everything)).unixMs.length)
    expect(store.lastSeq()).toBe(1800)
    current.reopen({ eventsMs: hourMs })
    await live(now, settlingMs)
    expect(await current.store.readEvents(everything, 10)).toHaveLength(0)
  })

  test('T1: a clock that jumps years ahead and back costs nothing of the record', async () => {
    const current = subject()
    current.record(3600)
    await current.compact()
    const frames = current.store.stats().frames
    await live(current.recording.nowMs, settlingMs)
    await maintainAll(current.store, current.recording.nowMs + 10 * 366 * 24 * hourMs)
    current.monotonicMs += settlingMs / 2
    await maintainAll(current.store, current.recording.nowMs + settlingMs)
    current.monotonicMs += settlingMs * 2
    await maintainAll(current.store, current.recording.nowMs + settlingMs)
    expect(current.store.stats().frames).toBe(frames)
    expect(current.store.oldestMs('1s')).toBe(at(0))
  })

  test('Q6: the cap on size holds, the oldest goes first, and the newest stays', async () => {
    const current = subject()
    const maxBytes = 2 * 2 ** 20
    current.reopen({ maxBytes })
    const recording = await current.restart(wholeHourMs)
    const ids = Array.from({ length: 40 }, (_, i) =>
      recording.id('system.filesystem.usage', { device: `sd${i}`, mountpoint: `/${i}`, type: 'ext4', state: 'used' }),
    )
    let state = 1
    for (let i = 0; i < 20; i++) {
      current.record(300, () => {
        for (const id of ids) {
          state = (state * 48_271) % 2_147_483_647
          recording.set(id, state)
        }
      })
      await maintainAll(current.store, recording.nowMs)
      expect(current.store.stats().databaseBytes).toBeLessThanOrEqual(maxBytes)
    }
    const { store } = current
    expect(store.oldestMs('1s')).toBeGreaterThan(at(0))
    const newest = await store.readSamples([ids[0] as number], { startMs: recording.nowMs, endMs: recording.nowMs })
    expect(newest.unixMs).toHaveLength(1)
    expect(store.oldestMs('1m')).toBe(at(0))
    store.checkIntegrity()
  })

  test('Q6: a cap that is raised while it runs is the new one', async () => {
    const current = subject()
    const retention = { ...defaultRetention, maxBytes: 2 ** 18 }
    const store = current.reopenWith(retention)
    const recording = await current.restart(wholeHourMs)
    const ids = Array.from({ length: 40 }, (_, i) => recording.id('sysmon.collector.failures', { collector: `c${i}` }))
    const fill = async (blocks: number): Promise<void> => {
      for (let i = 0; i < blocks; i++) {
        current.record(300, (k) => {
          for (const id of ids) recording.set(id, (i * 300 + k) * id * 7919 + ((k * 104_729) % 1009))
        })
        await maintainAll(store, recording.nowMs)
      }
    }
    await fill(6)
    expect(store.stats().databaseBytes).toBeLessThanOrEqual(retention.maxBytes)
    retention.maxBytes = 2 ** 22
    await fill(12)
    expect(store.stats().databaseBytes).toBeGreaterThan(2 ** 18)
    expect(store.stats().databaseBytes).toBeLessThanOrEqual(retention.maxBytes)
  })

  test('work comes in slices: one a call when there is no budget, and the record is whole after each', async () => {
    const current = subject()
    const { recording, store } = current
    const ids = Array.from({ length: 60 }, (_, i) => recording.id('system.network.sockets', sockets(i)))
    current.record(310, (i) => {
      for (const id of ids) recording.set(id, i)
    })
    let slices = 0
    while (store.maintain(recording.nowMs, 0)) {
      slices++
      const back = await store.readSamples([ids[0] as number], { startMs: at(0), endMs: at(309) })
      expect(back.unixMs).toHaveLength(310)
      expect((back.values[0] as Float64Array)[200]).toBe(200)
    }
    expect(slices).toBeGreaterThan(15)
    expect(store.oldestMs('1m')).toBe(wholeHourMs)
    expect(store.maintain(recording.nowMs + minuteMs, 100)).toBe(false)
  })

  test('work that was cut off by the end of the process is done again, the same', async () => {
    const current = subject()
    const { recording } = current
    const limit = recording.id('system.memory.limit', {})
    current.record(3601, (i) => recording.set(limit, i))
    for (let cut = 1; cut < 60; cut += 3) {
      for (let i = 0; i < cut; i++) current.store.maintain(recording.nowMs, 0)
      current.reopen()
    }
    await current.compact()
    const { buckets } = await current.store.readBuckets('1h', [{ series: limit }], { startMs: 0, endMs: at(9999) })
    expect([...(buckets[0]?.count ?? [])]).toEqual([3600])
    const back = await current.store.readSamples([limit], { startMs: 0, endMs: at(3600) })
    expect([...(back.values[0] as Float64Array)]).toEqual(Array.from({ length: 3601 }, (_, i) => i))
    current.store.checkIntegrity()
  })
}

const protocols = ['tcp', 'udp', 'udplite', 'raw', 'frag'] as const
/** Any labels will do: series are told apart by them. */
const sockets = (i: number) => ({ protocol: `${protocols[i % 5]}${i}` as 'tcp' })
