import { expect, test } from 'bun:test'
import { minuteMs, secondMs, unpackTicks, wholeHourMs } from './recording.ts'
import type { Subject } from './store.ts'
import { maintainAll } from './store-harness.ts'

const everything = { startMs: 0, endMs: Number.MAX_SAFE_INTEGER }
const at = (second: number): number => wholeHourMs + second * secondMs

/** Raw ticks in, raw ticks out. */
export function sampleTests(subject: () => Subject): void {
  test('what was appended is read back to the bit, before compaction, after it and across both', async () => {
    const { recording, record, store, compact } = subject()
    const odd = [0.1 + 0.2, -0, 5e-324, 1e308, 123_456.789, -1, 2 ** 53 - 1, 25.5]
    const io = recording.id('system.network.io', { device: 'eth0', role: 'physical', direction: 'receive' })
    const used = recording.id('system.memory.usage', { state: 'used' })
    const limit = recording.id('system.memory.limit', {})
    const expected: number[][] = [[], [], []]
    const state = (i: number): void => {
      const values = [1e12 + i * 977, odd[i % odd.length] as number, i % 7 === 3 ? Number.NaN : i]
      for (const [k, id] of [io, used, limit].entries()) {
        recording.set(id, values[k] as number)
        ;(expected[k] as number[]).push(values[k] as number)
      }
    }
    record(700, state)
    const check = async (): Promise<void> => {
      const back = await store.readSamples([io, used, limit], { startMs: at(0), endMs: at(699) })
      expect(back.unixMs).toEqual(Float64Array.from({ length: 700 }, (_, i) => at(i)))
      for (const [k, column] of back.values.entries()) {
        expect(column.every((value, i) => Object.is(value, expected[k]?.[i]))).toBe(true)
      }
      expect([back.elapsedMs[0], back.elapsedMs[1], back.elapsedMs[699]]).toEqual([0, 1000, 1000])
    }
    await check()
    await maintainAll(store, recording.nowMs)
    await check()
    await compact()
    await check()
    const part = await store.readSamples([used], { startMs: at(290), endMs: at(310) })
    expect(part.unixMs).toEqual(Float64Array.from({ length: 21 }, (_, i) => at(290 + i)))
    expect(part.values[0]).toEqual(Float64Array.from((expected[1] as number[]).slice(290, 311)))
  })

  test('nothing is there before the record, after it, and of a series that does not exist', async () => {
    const { recording, record, store, compact } = subject()
    const limit = recording.id('system.memory.limit', {})
    record(10, () => recording.set(limit, 1))
    for (const range of [
      { startMs: 0, endMs: at(-1) },
      { startMs: at(100), endMs: at(200) },
    ]) {
      expect((await store.readSamples([limit], range)).unixMs).toHaveLength(0)
    }
    await compact()
    const unknown = await store.readSamples([99], { startMs: at(0), endMs: at(9) })
    expect([...(unknown.values[0] as Float64Array)]).toEqual(new Array(10).fill(Number.NaN))
  })

  test('a tick that comes again changes nothing, even when it is compacted already', async () => {
    const { recording, record, store, compact } = subject()
    const limit = recording.id('system.memory.limit', {})
    const tick = recording.set(limit, 5).tick()
    store.append(tick)
    store.append(tick)
    expect(store.stats().frames).toBe(1)
    record(5)
    await compact()
    store.append(tick)
    const back = await store.readSamples([limit], everything)
    expect(back.unixMs).toHaveLength(7)
    expect(store.stats().frames).toBe(7)
  })

  test('a new series is kept with the first frame that uses it, and known after opening again', async () => {
    const { recording, record, reopen, store } = subject()
    expect(store.lastSeq()).toBe(-1)
    expect(await store.series()).toEqual([])
    const limit = recording.id('system.memory.limit', {})
    record(1, () => recording.set(limit, 5))
    const used = recording.id('system.memory.usage', { state: 'used' })
    record(1, () => recording.set(used, 7))
    const again = reopen()
    expect(again.lastSeq()).toBe(1)
    expect(await again.series()).toEqual([
      { id: limit, metric: 'system.memory.limit', labels: {} },
      { id: used, metric: 'system.memory.usage', labels: { state: 'used' } },
    ])
    const back = await again.readSamples([limit, used], everything)
    expect(back.values.map((column) => [...column])).toEqual([
      [5, 5],
      [Number.NaN, 7],
    ])
  })

  test('a restart goes on where the record ended: first tick without a rate, the same series', async () => {
    const { recording, record, restart, reopen } = subject()
    const limit = recording.id('system.memory.limit', {})
    record(5, () => recording.set(limit, 5))
    const store = reopen()
    const next = await restart(at(60))
    expect(next.id('system.memory.limit', {})).toBe(limit)
    record(5, (_, now) => now.set(limit, 6))
    expect(store.lastSeq()).toBe(9)
    const back = await store.readSamples([limit], everything)
    expect([...(back.values[0] as Float64Array)]).toEqual([5, 5, 5, 5, 5, 6, 6, 6, 6, 6])
    expect([...back.elapsedMs]).toEqual([0, 1000, 1000, 1000, 1000, 0, 1000, 1000, 1000, 1000])
  })

  test('N2, Q7: after ticks that were lost there is no time to divide by', async () => {
    const { recording, record, store } = subject()
    const limit = recording.id('system.memory.limit', {})
    record(3, () => recording.set(limit, 5))
    recording.tick()
    store.append(recording.tick({ isKey: true }))
    const back = await store.readSamples([limit], everything)
    expect([...back.elapsedMs]).toEqual([0, 1000, 1000, 0])
  })

  test('Q8: a counter near 2^53 and beyond it keeps every bit', async () => {
    const { recording, record, store, compact } = subject()
    const io = recording.id('system.network.io', { device: 'eth0', role: 'physical', direction: 'receive' })
    const values = [2 ** 53 - 2, 2 ** 53 - 1, 2 ** 53 + 2, 18_446_744_073_709_552_000, 4096, 2 ** 52 + 1]
    record(values.length, (i) => recording.set(io, values[i] as number))
    const read = async (): Promise<number[]> => [
      ...((await store.readSamples([io], { startMs: at(0), endMs: at(values.length - 1) })).values[0] as Float64Array),
    ]
    expect(await read()).toEqual(values)
    await compact()
    expect(await read()).toEqual(values)
  })

  test('T5: the clock set back by two hours: both stretches are there, and where times are twice the later wins', async () => {
    const { recording, record, store, compact } = subject()
    const limit = recording.id('system.memory.limit', {})
    record(60, (i) => recording.set(limit, i))
    recording.set(limit, 1000)
    store.append(recording.tick({ atMs: at(-7200), gap: 'clock_step', elapsedMs: 1000 }))
    record(9)
    recording.set(limit, 2000)
    store.append(recording.tick({ atMs: at(30), gap: 'clock_step', elapsedMs: 1000 }))
    record(9)
    const check = async (stepped: number): Promise<void> => {
      const back = await store.readSamples([limit], { startMs: at(0), endMs: at(59) })
      expect([...back.unixMs]).toEqual(Array.from({ length: 60 }, (_, i) => at(i)))
      const expected = Array.from({ length: 60 }, (_, i) => (i >= 30 && i < 30 + stepped ? 2000 : i))
      expect([...(back.values[0] as Float64Array)]).toEqual(expected)
      const early = await store.readSamples([limit], { startMs: at(-7200), endMs: at(-7100) })
      expect([...(early.values[0] as Float64Array)]).toEqual(new Array(10).fill(1000))
    }
    await check(10)
    await compact()
    await check(11)
  })

  test('T5, Q7: a tick beside one that it did not follow on has no length: no rate over a seam of the clock', async () => {
    const { recording, record, store, compact } = subject()
    const io = recording.id('system.network.io', { device: 'eth0', role: 'physical', direction: 'receive' })
    let bytes = 0
    const grow = (): void => {
      bytes += 100
      recording.set(io, bytes)
    }
    record(12, grow)
    for (const atMs of [at(-7200), at(7)]) {
      grow()
      store.append(recording.tick({ atMs, gap: 'clock_step', elapsedMs: 1000 }))
      record(1, grow)
    }
    /** `stepped`: how many ticks after the step lie between those before it. */
    const check = async (stepped: number): Promise<void> => {
      const { unixMs, elapsedMs, values } = await store.readSamples([io], { startMs: at(0), endMs: at(11) })
      expect([...unixMs]).toEqual(Array.from({ length: 12 }, (_, i) => at(i)))
      const withoutLength = [...elapsedMs].flatMap((length, i) => (length === 0 ? [i] : []))
      expect(withoutLength).toEqual([0, 7, 7 + stepped])
      expect([...(values[0] as Float64Array)].slice(5, 9)).toEqual([600, 700, 1500, 1600])
    }
    await check(2)
    await compact()
    await check(3)
  })

  test('Q6, Q7: after ticks that were lost the next one has no length', async () => {
    const { recording, record, store, compact } = subject()
    const limit = recording.id('system.memory.limit', {})
    record(3, (i) => recording.set(limit, i))
    for (let lost = 0; lost < 4; lost++) recording.set(limit, 100 + lost).tick()
    store.append(recording.set(limit, 7).tick({ isKey: true }))
    record(2, (i) => recording.set(limit, 8 + i))
    const check = async (): Promise<void> => {
      const { elapsedMs, values } = await store.readSamples([limit], { startMs: at(0), endMs: at(9) })
      expect([...(values[0] as Float64Array)]).toEqual([0, 1, 2, 7, 8, 9])
      expect([...elapsedMs]).toEqual([0, 1000, 1000, 0, 1000, 1000])
    }
    await check()
    await compact()
    await check()
  })

  test('the process ticks of a moment come as one block, from the head and packed', async () => {
    const { record, store, compact } = subject()
    record(700)
    const seek = (second: number) => store.readProcesses({ startMs: at(second), endMs: at(second) })
    const check = async (): Promise<void> => {
      for (const [second, start, end] of [
        [0, 0, 299],
        [299, 0, 299],
        [299.5, 0, 299],
        [300, 300, 599],
        [640, 600, 699],
      ] as const) {
        const blocks = await seek(second)
        expect(blocks).toHaveLength(1)
        const [block] = blocks
        expect([block?.startMs, block?.endMs]).toEqual([at(start), at(end)])
        const content = block?.content ?? { ticks: [] }
        const ticks =
          'packed' in content
            ? unpackTicks(content.packed)
            : content.ticks.map((tick) => new TextDecoder().decode(tick))
        expect(ticks).toHaveLength(end - start + 1)
        expect(ticks[0]).toBe(`all at ${at(start)}`)
        expect(ticks.at(-1)).toBe(`changes at ${at(end)}`)
      }
      expect(await seek(-1)).toEqual([])
    }
    await check()
    await compact()
    await check()
    const three = await store.readProcesses({ startMs: at(200), endMs: at(650) })
    expect(three.map((block) => block.startMs)).toEqual([at(0), at(300), at(600)])
  })

  test('T5: a moment that was twice shows the processes of both runs, the later one last', async () => {
    const { recording, record, store, compact } = subject()
    record(60)
    store.append(recording.tick({ atMs: at(20), gap: 'clock_step', elapsedMs: 1000 }))
    record(20)
    const check = async (): Promise<void> => {
      const blocks = await store.readProcesses({ startMs: at(25), endMs: at(25) })
      expect(blocks.map((block) => block.startMs)).toEqual([at(0), at(20)])
    }
    await check()
    await compact()
    await check()
  })

  test('a gap in the record is answered with the last block before it', async () => {
    const { recording, record, store, compact } = subject()
    record(10)
    await compact()
    store.append(recording.tick({ atMs: at(10 * 60), gap: 'suspend', elapsedMs: 10 * minuteMs }))
    const blocks = await store.readProcesses({ startMs: at(300), endMs: at(300) })
    expect(blocks.map((block) => block.endMs)).toEqual([at(10)])
  })
}
