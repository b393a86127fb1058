import { systemCollectors } from '../src/collect/collectors/every.ts'
import { type ProcessCollector, processCollector } from '../src/collect/collectors/process.ts'
import { Registry } from '../src/collect/registry.ts'
import { FrameBuilder } from '../src/frame/builder.ts'
import { FrameEncoder } from '../src/frame/codec.ts'
import type { Frame } from '../src/frame/frame.ts'
import { ProcessTable } from '../src/frame/process-table.ts'
import { FrameRing } from '../src/frame/ring.ts'
import { SeriesTable } from '../src/frame/series-table.ts'
import { Pipeline } from '../src/main/pipeline.ts'
import { selfCollector } from '../src/main/self-collector.ts'
import { createLinuxPlatform } from '../src/platform/linux/platform.ts'
import type { Sources } from '../src/query/sources.ts'
import { LiveProcesses } from '../src/recorder/live.ts'
import { packProcessTicks } from '../src/recorder/pack.ts'
import { defaultRetention } from '../src/store/sqlite/retention.ts'
import type { Store, StoredEvent, StoredTick } from '../src/store/store.ts'
import { rulesFor, wholeHourMs } from './conformance/recording.ts'
import { sqlitePlace } from './conformance/sqlite-place.ts'
import { type FixtureHost, fixtureHost } from './fixture-host.ts'
import { type ManualClock, manualClock } from './manual-clock.ts'

/**
 * All that lies between a recorded machine and an answer, on a clock that a test moves: collectors, registry, pipeline,
 * ring, store and the queries over them. Each second of the clock one CPU of two is half busy, eth0 receives a thousand
 * bytes and process 300 runs a quarter of a second.
 */
export interface PipelineMachine {
  readonly host: FixtureHost
  readonly clock: ManualClock
  readonly pipeline: Pipeline
  readonly series: SeriesTable
  readonly live: LiveProcesses
  readonly processes: ProcessCollector
  readonly store: Store
  readonly sources: Sources
  readonly events: Omit<StoredEvent, 'unixMs'>[]
  /** Copies of what was shown. */
  readonly frames: Frame[]
  readonly ticks: StoredTick[]
  readonly errors: { readonly what: string; readonly error: unknown }[]
  /** Thrown by the next keeps, while set. */
  failure: Error | undefined
  /** Lets the machine work for a time and takes one tick at its end. */
  tick(ms?: number): void
  /** The machine sleeps: only the clock of the wall and that since boot go on. */
  suspend(ms: number): void
  /** Everything behind the pipeline made anew over the same record, as after a restart. */
  restart(): Promise<void>
  close(): void
}

/** As they stand in the recorded machine's files, in ticks of a hundredth second and bytes. */
const initial = { user0: 24_946, idle0: 284_624, idle1: 276_092, received: 142_703_889, process: 4021 }
export const busyShare = 0.25
export const receivedPerSecond = 1000
export const processCpu = 0.25

export async function pipelineMachine(startMs = wholeHourMs + 90_000): Promise<PipelineMachine> {
  const clock = manualClock(startMs)
  const host = fixtureHost('recorded-vm', { clock })
  const place = sqlitePlace()
  const fail = (error: unknown): never => {
    throw error
  }
  const store = place.open({
    rules: rulesFor(() => machine.series.all()),
    packProcesses: packProcessTicks,
    monotonicMs: () => clock.monotonicMs(),
    retention: defaultRetention,
    onError: fail,
  })
  let workedMs = 0
  let sleptMs = 0
  const state = { failure: undefined as Error | undefined }
  const kept = { events: [], frames: [], ticks: [], errors: [] } as Pick<
    PipelineMachine,
    'events' | 'frames' | 'ticks' | 'errors'
  >

  async function assemble() {
    const platform = createLinuxPlatform(host, { cgroupLimit: 10 })
    const series = new SeriesTable(undefined, await store.series())
    const table = new ProcessTable()
    const live = new LiveProcesses()
    const ring = new FrameRing()
    const processes = processCollector(platform.processes, table, series)
    const self = selfCollector(
      series,
      () => platform.system.self(),
      () => ({ bytesAppended: 0, databaseBytes: 0, walBytes: 0, stored: 0, dropped: 0, buffered: 0 }),
    )
    const collectors = systemCollectors(platform, series).filter(({ lane }) => lane === 'tick')
    const pipeline = new Pipeline(
      {
        clock,
        intervalMs: () => 1000,
        registry: new Registry([processes, ...collectors, self], series, clock),
        processes,
        table,
        series,
        builder: new FrameBuilder(),
        encoder: new FrameEncoder(),
        live,
        ring,
        self,
        sinceBootMs: () => 1e7 + clock.monotonicMs() + sleptMs,
        keep: (tick) => {
          if (state.failure !== undefined) throw state.failure
          store.append(tick)
          kept.ticks.push(tick)
        },
        onEvent: (event) => kept.events.push(event),
        onFrame: (frame) => kept.frames.push({ ...frame, ids: frame.ids.slice(), values: frame.values.slice() }),
        onError: (what, error) => kept.errors.push({ what, error }),
      },
      store.lastSeq(),
    )
    const sources: Sources = { ring, store, series, intervalMs: 1000, now: () => clock.wallMs() }
    return { platform, pipeline, series, live, processes, sources }
  }

  let parts = await assemble()
  const machine: PipelineMachine = {
    host,
    clock,
    store,
    ...kept,
    get pipeline() {
      return parts.pipeline
    },
    get series() {
      return parts.series
    },
    get live() {
      return parts.live
    },
    get processes() {
      return parts.processes
    },
    get sources() {
      return parts.sources
    },
    get failure() {
      return state.failure
    },
    set failure(failure) {
      state.failure = failure
    },
    tick: (ms = 1000) => {
      clock.advance(ms)
      workedMs += ms
      writeFiles(host, workedMs / 1000)
      parts.pipeline.tick(0)
    },
    suspend: (ms) => {
      sleptMs += ms
      clock.stepWall(ms)
    },
    restart: async () => {
      parts.platform.close()
      parts = await assemble()
    },
    close: () => {
      parts.platform.close()
      store.close()
      place.remove()
    },
  }
  return machine
}

/** The files that change, after so many seconds of work. */
function writeFiles(host: FixtureHost, seconds: number): void {
  const of = (name: string): string => host.readText(`${host.procfs}/${name}`)
  const busy = Math.round(seconds * 100 * 2 * busyShare)
  const whole = Math.round(seconds * 100)
  const stat = of('stat')
    .replace(/^cpu0 .*$/m, `cpu0 ${initial.user0 + busy} 5 10416 ${initial.idle0 + whole - busy} 152 0 39 19 0 0`)
    .replace(/^cpu1 .*$/m, `cpu1 27230 1 14917 ${initial.idle1 + whole} 1807 0 118 19 0 0`)
  host.put('proc/stat', stat)
  const received = initial.received + Math.round(seconds * receivedPerSecond)
  for (const name of ['1/net/dev', 'net/dev'])
    host.put(`proc/${name}`, of(name).replace(/^( *eth0: )\d+/m, `$1${received}`))
  const ran = initial.process + Math.round(seconds * 100 * processCpu)
  host.put('proc/300/stat', of('300/stat').replace(/^((?:\S+ ){13})\d+/, `$1${ran}`))
}
