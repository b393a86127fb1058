import type { Clock } from '../base/clock.ts'
import type { SeriesTable } from '../frame/series-table.ts'
import type { Collector, Outcome, SlowCollector, TickCollector } from './collector.ts'
import { type Emit, emit, KeyedEmission, type ValueSink } from './emit.ts'

/**
 * Runs the collectors: times each one, isolates what throws or hangs, backs off what keeps failing, and says so in
 * `sysmon.collector.*`. The values of a run replace those of the collector's last run whole: what is not emitted any
 * more has become absent.
 */

/** A sink that knows which collector is writing. */
export interface GroupSink extends ValueSink {
  beginGroup(group: number): void
  endGroup(): void
}

export type CollectorStatus = 'ok' | 'no_data' | 'partial' | 'failing' | 'backing_off'
export interface CollectorState {
  readonly name: string
  readonly status: CollectorStatus
  readonly why: string | undefined
  readonly failures: number
  readonly durationSeconds: number | undefined
}

/** Told when a collector's state becomes another: once a change, not once a tick. */
export type OnTransition = (state: CollectorState, previous: CollectorStatus) => void

/** A tick collector that takes longer than this counts as failed: it holds up the whole tick. Milliseconds. */
const tickBudgetMs = 250
/** Longest pause of a collector that keeps failing. */
const longestPauseMs = 300_000

/** How a collector has been doing. */
interface Track {
  readonly name: string
  readonly group: number
  status: CollectorStatus
  why: string | undefined
  failures: number
  consecutiveFailures: number
  durationSeconds: number | undefined
  nextDueMs: number
}
interface QuickEntry {
  readonly collector: TickCollector
  readonly track: Track
}
interface SlowEntry {
  readonly collector: SlowCollector
  readonly track: Track
  /** Started and not settled, however long ago: never a second one meanwhile. */
  outstanding: boolean
  arrived: { readonly record: unknown } | { readonly failed: true } | undefined
}

export class Registry {
  readonly #quick: QuickEntry[] = []
  readonly #slow: SlowEntry[] = []
  readonly #tracks: readonly Track[]
  readonly #self: KeyedEmission<Track>
  #slowLaneBusy = false
  #runs = 0

  constructor(
    collectors: readonly Collector[],
    series: SeriesTable,
    private readonly clock: Clock,
    private readonly onTransition: OnTransition = () => undefined,
  ) {
    this.#self = new KeyedEmission<Track>(series, (track) => track.name, selfEmits)
    this.#tracks = collectors.map((collector, group) => newTrack(collector.name, group))
    collectors.forEach((collector, group) => {
      const track = this.#tracks[group] as Track
      if (collector.lane === 'tick') this.#quick.push({ collector, track })
      else this.#slow.push({ collector, track, outstanding: false, arrived: undefined })
    })
  }

  /** Groups that write to the sink: one a collector and one for the registry itself. */
  get groups(): number {
    return this.#tracks.length + 1
  }

  /** Runs that gave samples since start. */
  get runs(): number {
    return this.#runs
  }

  /** Runs everything that is due in this tick and hands over what the slow lane has brought since the last. */
  runTick(sink: GroupSink, tick: number): void {
    const nowMs = this.clock.monotonicMs()
    for (const entry of this.#quick) {
      const { collector, track } = entry
      if (nowMs >= track.nextDueMs && tick % (collector.everyTicks ?? 1) === 0) this.#runQuick(entry, sink)
    }
    for (const entry of this.#slow) this.#handOver(entry, sink)
    sink.beginGroup(this.#tracks.length)
    this.#self.write(this.#tracks, sink)
    sink.endGroup()
    this.#startSlow()
  }

  states(): CollectorState[] {
    return this.#tracks.map(stateOf)
  }

  #runQuick({ collector, track }: QuickEntry, sink: GroupSink): void {
    const startMs = this.clock.monotonicMs()
    sink.beginGroup(track.group)
    let outcome: Outcome | undefined
    let error: unknown
    try {
      outcome = collector.collect(sink)
    } catch (thrown) {
      error = thrown
    }
    sink.endGroup()
    const tookMs = this.clock.monotonicMs() - startMs
    track.durationSeconds = inSeconds(tookMs)
    if (outcome === undefined) this.#failed(track, messageOf(error))
    else if (tookMs > tickBudgetMs) this.#failed(track, `took ${Math.round(tookMs)} ms and held up the tick`)
    else this.#succeeded(track, outcome)
  }

  /** The slow lane runs one collector at a time (V2); one that is past its timeout no longer holds up the others. */
  #startSlow(): void {
    if (this.#slowLaneBusy) return
    const startMs = this.clock.monotonicMs()
    const entry = this.#slow.find(({ outstanding, track }) => !outstanding && startMs >= track.nextDueMs)
    if (entry === undefined) return
    const { collector, track } = entry
    this.#slowLaneBusy = true
    entry.outstanding = true
    track.nextDueMs = startMs + collector.everyMs
    let timedOut = false
    const timer = this.clock.after(collector.timeoutMs, () => {
      timedOut = true
      entry.arrived = { failed: true }
      this.#failed(track, `did not answer within ${collector.timeoutMs / 1000} s`)
      this.#releaseSlowLane()
    })
    const settle = (arrived: NonNullable<SlowEntry['arrived']>, error?: unknown): void => {
      entry.outstanding = false
      if (timedOut) return
      timer.cancel()
      track.durationSeconds = inSeconds(this.clock.monotonicMs() - startMs)
      entry.arrived = arrived
      if ('failed' in arrived) this.#failed(track, messageOf(error))
      this.#releaseSlowLane()
    }
    readSafely(collector).then(
      (record) => settle({ record }),
      (error) => settle({ failed: true }, error),
    )
  }

  #releaseSlowLane(): void {
    this.#slowLaneBusy = false
    this.#startSlow()
  }

  #handOver(entry: SlowEntry, sink: GroupSink): void {
    const { arrived, collector, track } = entry
    if (arrived === undefined) return
    entry.arrived = undefined
    sink.beginGroup(track.group)
    if ('record' in arrived) {
      try {
        this.#succeeded(track, collector.write(arrived.record, sink))
      } catch (error) {
        this.#failed(track, messageOf(error))
      }
    }
    sink.endGroup()
  }

  #succeeded(track: Track, outcome: Outcome): void {
    track.consecutiveFailures = 0
    if (outcome.outcome !== 'no_data') this.#runs++
    if (outcome.outcome === 'samples') this.#turn(track, 'ok', undefined)
    else this.#turn(track, outcome.outcome, outcome.why)
  }

  #failed(track: Track, why: string): void {
    track.failures++
    track.consecutiveFailures++
    const { consecutiveFailures } = track
    const pauseMs = consecutiveFailures < 3 ? 0 : Math.min(longestPauseMs, 1000 * 2 ** consecutiveFailures)
    track.nextDueMs = Math.max(track.nextDueMs, this.clock.monotonicMs() + pauseMs)
    this.#turn(track, pauseMs > 0 ? 'backing_off' : 'failing', why)
  }

  #turn(track: Track, status: CollectorStatus, why: string | undefined): void {
    const previous = track.status
    if (previous === status && track.why === why) return
    track.status = status
    track.why = why
    this.onTransition(stateOf(track), previous)
  }
}

const selfEmits = ({ name }: Track): Emit<Track>[] => [
  emit('sysmon.collector.duration', { collector: name }, (t: Track) => t.durationSeconds),
  emit('sysmon.collector.failures', { collector: name }, (t: Track) => t.failures),
]

const newTrack = (name: string, group: number): Track => ({
  name,
  group,
  status: 'ok',
  why: undefined,
  failures: 0,
  consecutiveFailures: 0,
  durationSeconds: undefined,
  nextDueMs: 0,
})

/** A collector that throws before it returns its promise fails like one that rejects. */
async function readSafely(collector: SlowCollector): Promise<unknown> {
  return collector.read()
}

/** Seconds, in steps of ten microseconds: the digits behind are noise, and would take more of the record than all else. */
const inSeconds = (ms: number): number => Math.round(ms * 100) / 1e5

const stateOf = ({ name, status, why, failures, durationSeconds }: Track): CollectorState => ({
  name,
  status,
  why,
  failures,
  durationSeconds,
})

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
