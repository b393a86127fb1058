import { describe, expect, test } from 'bun:test'
import type { Frame, GapReason } from '../../frame/frame.ts'
import { FrameRing } from '../../frame/ring.ts'
import { SeriesTable } from '../../frame/series-table.ts'
import type { StoredEvent } from '../../store/store.ts'
import { episodesOf } from './episodes.ts'
import { anomalyOfEvent } from './open-anomaly.ts'
import { learningSamples, mostSeries, Watcher } from './watcher.ts'

/** A machine with a CPU and a disk, on a clock of its own; the watcher sees what the ring holds. */
class Machine {
  readonly ring = new FrameRing(40)
  readonly series = new SeriesTable()
  readonly events: Omit<StoredEvent, 'unixMs'>[] = []
  readonly meta = new Map<string, string>()
  readonly #user = this.series.intern('system.cpu.time', { cpu: '0', mode: 'user' }) as number
  readonly #idle = this.series.intern('system.cpu.time', { cpu: '0', mode: 'idle' }) as number
  readonly #io = this.series.intern('system.pressure.some.time', { resource: 'io' }) as number
  readonly #totals = [0, 0, 0]
  #seed = 1
  seq = 0
  unixMs = Date.UTC(2026, 0, 5)
  watcher = this.start()

  start(): Watcher {
    const store = {
      getMeta: (key: string) => this.meta.get(key),
      setMeta: (key: string, value: string) => void this.meta.set(key, value),
    }
    this.watcher = new Watcher({
      ring: this.ring,
      series: this.series,
      store,
      threshold: Math.log10(3000),
      onEvent: (event) => this.events.push(event),
    })
    return this.watcher
  }

  noise(): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0
    return this.#seed / 2 ** 32 - 0.5
  }

  /** Five-second ticks: quicker to make, the same samples. */
  run(ticks: number, { busy = 0.2, io = 0.02, gap = 'none' as GapReason, skipMs = 0 } = {}): void {
    const elapsedMs = 5000
    for (let tick = 0; tick < ticks; tick++) {
      this.unixMs += elapsedMs + (tick === 0 ? skipMs : 0)
      const used = Math.min(1, Math.max(0, busy + 0.04 * this.noise()))
      const grown = [used * 5, (1 - used) * 5, Math.max(0, io + 0.02 * this.noise()) * 5]
      grown.forEach((by, at) => {
        this.#totals[at] = (this.#totals[at] as number) + by
      })
      const frame: Frame = {
        seq: this.seq++,
        unixMs: this.unixMs,
        elapsedMs: elapsedMs + (tick === 0 ? skipMs : 0),
        gap: tick === 0 ? gap : 'none',
        isKey: false,
        ids: Uint32Array.of(this.#user, this.#idle, this.#io),
        values: Float64Array.from(this.#totals),
      }
      this.ring.push(frame)
      this.watcher.look()
    }
  }
  restartCounters(): void {
    this.#totals.fill(0)
  }
}

const hour = 720

describe('the watcher', () => {
  test('a calm day tells nothing; a disk that stalls while the CPU is idle is told with what was expected', () => {
    const machine = new Machine()
    machine.run(24 * hour)
    expect(machine.events).toEqual([])
    expect(machine.watcher.samplesToLearn).toBe(0)
    machine.run(24, { busy: 0.9, io: 0.8 })
    expect(machine.watcher.open.map(({ metric }) => metric).sort()).toEqual([
      'system.cpu.utilization',
      'system.pressure.some',
    ])
    expect(machine.watcher.openCount).toBe(2)
    machine.run(hour)
    const told = machine.events.map((event) => anomalyOfEvent({ ...event, unixMs: machine.unixMs }))
    const cpu = told.find((one) => one?.metric === 'system.cpu.utilization')
    expect(cpu?.value).toBeGreaterThan(0.85)
    expect(cpu?.expectedHigh).toBeLessThan(0.6)
    expect((cpu?.endMs ?? 0) - (cpu?.startMs ?? 0)).toBeLessThan(6 * 60_000)
    expect(machine.events.every(({ kind, severity }) => kind === 'anomaly' && severity === 'info')).toBe(true)
  })

  test('A8 while it learns, everything is news and nothing is told', () => {
    const machine = new Machine()
    machine.run(2 * (learningSamples - 20))
    machine.run(10, { busy: 1, io: 1 })
    expect(machine.events).toEqual([])
    expect(machine.watcher.openCount).toBe(0)
    expect(machine.watcher.samplesToLearn).toBeGreaterThan(0)
  })

  test('A8 a gap, a suspend, a clock that was set and a restart of the machine are no anomalies', () => {
    const machine = new Machine()
    machine.run(3 * hour)
    for (const gap of ['missed', 'suspend', 'clock_step', 'start'] as const) {
      machine.restartCounters()
      machine.run(hour / 4, { gap, skipMs: 3_600_000 })
    }
    machine.unixMs -= 7_200_000
    machine.run(hour / 4, { gap: 'clock_step' })
    expect(machine.events).toEqual([])
    expect(machine.watcher.openCount).toBe(0)
  })

  test('A8 a restart of sysmon forgets nothing', () => {
    const machine = new Machine()
    machine.run(3 * hour)
    machine.watcher.end(machine.unixMs)
    machine.start()
    machine.run(40, { gap: 'start', skipMs: 60_000 })
    expect(machine.watcher.samplesToLearn).toBe(0)
    expect(machine.events).toEqual([])
    machine.run(12, { busy: 0.95 })
    expect(machine.watcher.open.map(({ metric }) => metric)).toContain('system.cpu.utilization')
    machine.watcher.end(machine.unixMs)
    expect(machine.events.length).toBeGreaterThan(0)
  })

  test('what was kept is small; what is damaged is learnt anew', () => {
    const machine = new Machine()
    machine.run(3 * hour)
    machine.watcher.end(machine.unixMs)
    const [key, kept] = [...machine.meta][0] as [string, string]
    expect(kept.length).toBeLessThan(200_000)
    for (const damaged of [
      '',
      '{',
      '{"version":1}',
      kept.slice(0, -100),
      kept.replace(/"packed":"..../, '"packed":"AAAA'),
    ]) {
      machine.meta.set(key, damaged)
      machine.start()
      machine.run(4)
      expect(machine.watcher.samplesToLearn).toBeGreaterThan(learningSamples - 10)
    }
  })

  test('however many series there are, a bounded number is watched', () => {
    const machine = new Machine()
    for (let disk = 0; disk < 200; disk++)
      machine.series.intern('system.disk.io_time', { device: `sd${disk}`, role: 'physical' })
    machine.run(20)
    expect(machine.watcher.seriesCount).toBe(mostSeries)
  })
})

test('what was unusual together is one episode, the most unusual first', () => {
  const band = (metric: string, startMs: number, endMs: number, surprise: number) => ({
    metric,
    labels: {},
    startMs,
    endMs,
    isOpen: false,
    unit: '1',
    score: 1 - 10 ** -surprise,
    surprise,
    value: 1,
    expectedLow: 0,
    expectedHigh: 0.1,
  })
  const episodes = episodesOf([
    band('alone', 0, 10_000, 6),
    band('first', 1_000_000, 1_050_000, 5),
    band('second', 1_040_000, 1_100_000, 5.5),
  ])
  expect(episodes.map(({ rank, startMs, endMs, sentence }) => [rank, startMs, endMs, sentence])).toEqual([
    [1, 1_000_000, 1_100_000, 'second, first were unlike themselves together'],
    [2, 0, 10_000, 'alone was unlike itself'],
  ])
  expect(episodesOf([])).toEqual([])
})
