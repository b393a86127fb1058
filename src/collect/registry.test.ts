import { describe, expect, test } from 'bun:test'
import { type ManualClock, manualClock } from '../../test/manual-clock.ts'
import { SeriesTable } from '../frame/series-table.ts'
import { type Collector, noData, partial, type SlowCollector, samples, type TickCollector } from './collector.ts'
import { type CollectorState, type GroupSink, Registry } from './registry.ts'

class Recorder implements GroupSink {
  readonly groups: { group: number; values: [number, number][] }[] = []
  beginGroup(group: number): void {
    this.groups.push({ group, values: [] })
  }
  endGroup(): void {
    this.groups.push({ group: -1, values: [] })
  }
  set(series: number, value: number): void {
    this.groups.at(-1)?.values.push([series, value])
  }
  of(group: number): [number, number][] | undefined {
    return this.groups.findLast((entry) => entry.group === group)?.values
  }
}

const settled = (): Promise<void> => new Promise((resolve) => queueMicrotask(() => queueMicrotask(resolve)))

const tickOf = (name: string, collect: TickCollector['collect']): TickCollector => ({ name, lane: 'tick', collect })
const slowOf = (name: string, read: () => Promise<unknown>): SlowCollector => ({
  name,
  lane: 'slow',
  everyMs: 10_000,
  timeoutMs: 5_000,
  read,
  write: (record, sink) => {
    sink.set(100, record as number)
    return samples
  },
})

function setUp(...collectors: Collector[]): {
  registry: Registry
  clock: ManualClock
  sink: Recorder
  told: CollectorState[]
  run: (tick?: number) => void
  state: (name: string) => CollectorState | undefined
} {
  const clock = manualClock()
  const sink = new Recorder()
  const told: CollectorState[] = []
  const registry = new Registry(collectors, new SeriesTable(), clock, (state) => told.push(state))
  let ticks = 0
  return {
    registry,
    clock,
    sink,
    told,
    run: (tick = ticks++) => registry.runTick(sink, tick),
    state: (name) => registry.states().find((state) => state.name === name),
  }
}

describe('the tick lane', () => {
  test('a collector that throws harms no other', () => {
    const { run, sink, state } = setUp(
      tickOf('bad', () => {
        throw new Error('broken')
      }),
      tickOf('good', (s) => {
        s.set(1, 42)
        return samples
      }),
    )
    run()
    expect(sink.of(1)).toEqual([[1, 42]])
    expect(state('bad')).toMatchObject({ status: 'failing', why: 'broken', failures: 1 })
    expect(state('good')).toMatchObject({ status: 'ok', failures: 0 })
  })

  test('a collector that keeps failing is tried less and less often, then recovers at once', () => {
    let calls = 0
    let broken = true
    const { run, clock, state } = setUp(
      tickOf('flaky', () => {
        calls++
        if (broken) throw new Error('no')
        return samples
      }),
    )
    for (let second = 0; second < 60; second++) {
      run()
      clock.advance(1000)
    }
    expect(calls).toBeLessThan(10)
    expect(state('flaky')?.status).toBe('backing_off')
    broken = false
    clock.advance(600_000)
    run()
    expect(state('flaky')?.status).toBe('ok')
  })

  test('each change of state is told once, not once a tick', () => {
    const { run, told } = setUp(tickOf('psi', () => noData('the kernel has psi=0')))
    for (let tick = 0; tick < 5; tick++) run()
    expect(told).toHaveLength(1)
    expect(told[0]).toMatchObject({ status: 'no_data', why: 'the kernel has psi=0' })
  })

  test('partial is not failed', () => {
    const { run, state } = setUp(tickOf('process', () => partial('hidepid')))
    run()
    expect(state('process')).toMatchObject({ status: 'partial', why: 'hidepid', failures: 0 })
  })

  test('a collector may run every few ticks only', () => {
    let calls = 0
    const collector: TickCollector = {
      ...tickOf('rare', () => {
        calls++
        return samples
      }),
      everyTicks: 5,
    }
    const { run } = setUp(collector)
    for (let tick = 0; tick < 10; tick++) run()
    expect(calls).toBe(2)
  })
})

describe('the slow lane', () => {
  test('what it brings is handed over at the next tick', async () => {
    const { run, sink } = setUp(slowOf('disk', () => Promise.resolve(7)))
    run()
    expect(sink.of(0)).toBeUndefined()
    await settled()
    run()
    expect(sink.of(0)).toEqual([[100, 7]])
  })

  test('F1, S2: one that never answers is told as failing, is not asked twice, and the others go on', async () => {
    let asked = 0
    const { run, clock, state, sink } = setUp(
      slowOf('dead', () => {
        asked++
        return new Promise(() => undefined)
      }),
      slowOf('alive', () => Promise.resolve(1)),
    )
    run()
    clock.advance(5_000)
    await settled()
    for (let second = 0; second < 120; second++) {
      run()
      await settled()
      clock.advance(1000)
    }
    expect(asked).toBe(1)
    expect(state('dead')).toMatchObject({ status: 'failing', why: 'did not answer within 5 s' })
    expect(sink.of(1)).toEqual([[100, 1]])
    expect(sink.of(0)).toEqual([])
  })

  test('a failed read makes its values absent, not stale', async () => {
    let fail = false
    const { run, clock, sink } = setUp(
      slowOf('sensor', () => (fail ? Promise.reject(new Error('EIO')) : Promise.resolve(3))),
    )
    run()
    await settled()
    run()
    expect(sink.of(0)).toEqual([[100, 3]])
    fail = true
    clock.advance(10_000)
    run()
    await settled()
    run()
    expect(sink.of(0)).toEqual([])
  })

  test('V2: one at a time', async () => {
    let running = 0
    let most = 0
    const slow = async (): Promise<number> => {
      running++
      most = Math.max(most, running)
      await settled()
      running--
      return 1
    }
    const { run } = setUp(slowOf('a', slow), slowOf('b', slow), slowOf('c', slow))
    run()
    for (let i = 0; i < 20; i++) await settled()
    expect(most).toBe(1)
    expect(running).toBe(0)
  })
})
