import type { Hono } from 'hono'
import { createApp } from '../api/app.ts'
import type { HealthResponse, HostFacts } from '../api/contract.ts'
import { createMonitor, readTime } from '../api/monitor.ts'
import { createProcessAnswers } from '../api/process-answers.ts'
import type { Clock } from '../base/clock.ts'
import { describeError } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import { systemCollectors } from '../collect/collectors/every.ts'
import { type ProcessCollector, processCollector } from '../collect/collectors/process.ts'
import { type CollectorState, Registry } from '../collect/registry.ts'
import { Scheduler } from '../collect/scheduler.ts'
import type { Config } from '../config/schema.ts'
import { FrameBuilder } from '../frame/builder.ts'
import { FrameEncoder } from '../frame/codec.ts'
import type { Frame } from '../frame/frame.ts'
import { ProcessTable } from '../frame/process-table.ts'
import { FrameRing } from '../frame/ring.ts'
import { SeriesTable } from '../frame/series-table.ts'
import { choosePlatform } from '../platform/choose.ts'
import { createLiveHost } from '../platform/live-host.ts'
import { ownCommand } from '../platform/own-command.ts'
import type { Platform } from '../platform/platform.ts'
import { createRemoteSpace, type RemoteSpace } from '../platform/remote-space.ts'
import type { Sources } from '../query/sources.ts'
import { LiveProcesses } from '../recorder/live.ts'
import type { Store, StoredEvent } from '../store/store.ts'
import { WriteBuffer } from '../store/write-buffer.ts'
import { Boots } from './boots.ts'
import { createHealth } from './health.ts'
import { type LocalSocket, openLocalSocket } from './local-socket.ts'
import { Maintenance } from './maintenance.ts'
import { Pipeline } from './pipeline.ts'
import { type SelfCollector, selfCollector } from './self-collector.ts'
import { CounterWatch } from './watch-counter.ts'

export interface RunningParts {
  readonly config: Config
  readonly store: Store
  readonly clock: Clock
  readonly logger: Logger
  readonly startedMs: number
}

export const assemble = async (parts: RunningParts): Promise<Running> => {
  const { config } = parts
  const remote = createRemoteSpace({ command: ownCommand('__mount-probe') })
  const host = createLiveHost({
    procfs: config.procfs ?? '/proc',
    sysfs: config.sysfs ?? '/sys',
    remoteSpace: (path, timeoutMs) => remote.space(path, timeoutMs),
  })
  const platform = await choosePlatform(host, { cgroupLimit: config.collectors.cgroups.max })
  const series = new SeriesTable(config.limits.series, await parts.store.series())
  return new Running(parts, platform, remote, series)
}

/** Everything that runs between start and stop. */
export class Running {
  readonly #ring = new FrameRing()
  readonly #live = new LiveProcesses()
  readonly #table = new ProcessTable()
  readonly #builder = new FrameBuilder()
  readonly #buffer: WriteBuffer
  readonly #registry: Registry
  readonly #pipeline: Pipeline
  readonly #scheduler: Scheduler
  readonly #maintenance: Maintenance
  readonly #boots: Boots
  readonly #oom: CounterWatch
  readonly #self: SelfCollector
  readonly #health: () => HealthResponse
  readonly #host: HostFacts
  #socket: LocalSocket | undefined
  #figures: { readonly databaseBytes: number; readonly walBytes: number; readonly untilTick: number } | undefined
  #isFirstStored = false
  #bytesAppended = 0

  constructor(
    private readonly parts: RunningParts,
    readonly platform: Platform,
    private readonly remote: RemoteSpace,
    readonly series: SeriesTable,
  ) {
    const { clock, config, store, logger } = parts
    this.#boots = new Boots(store)
    this.#host = hostFacts(platform)
    this.#buffer = new WriteBuffer(
      store,
      () => clock.monotonicMs(),
      (why, waiting) => this.#storeChanged(why, waiting),
    )
    this.#self = selfCollector(
      series,
      () => platform.system.self(),
      () => this.#storeFigures(),
    )
    const processes = config.collectors.processes.enabled
      ? processCollector(platform.processes, this.#table, series)
      : undefined
    this.#registry = this.#createRegistry(processes)
    this.#pipeline = new Pipeline(
      {
        clock,
        intervalMs: config.intervalMs,
        registry: this.#registry,
        processes,
        table: this.#table,
        series,
        builder: this.#builder,
        encoder: new FrameEncoder(),
        live: this.#live,
        ring: this.#ring,
        self: this.#self,
        sinceBootMs: () => platform.sinceBootMs(),
        keep: (tick) => {
          this.#bytesAppended += tick.frame.length + tick.processes.length
          this.#buffer.append(tick)
        },
        onEvent: (event) => this.#event(event),
        onFrame: (frame) => this.#seen(frame),
        onError: (what, error) => logger.limited(what, 'error', what, { error }),
      },
      store.lastSeq(),
    )
    this.#scheduler = new Scheduler(clock, config.intervalMs, (latenessMs) => this.#tick(latenessMs))
    this.#maintenance = new Maintenance(
      clock,
      store,
      () => Bun.gc(true),
      (error) => logger.limited('maintain', 'error', 'the record could not be tended', { error: describeError(error) }),
    )
    this.#oom = new CounterWatch('system.linux.memory.oom_kills', this.#host.bootId, store, (by, wasMissed) =>
      this.#outOfMemory(by, wasMissed),
    )
    this.#health = createHealth({
      clock,
      startedMs: parts.startedMs,
      dataDir: config.dataDir,
      platform,
      store,
      buffer: this.#buffer,
      registry: this.#registry,
    })
  }

  #createRegistry(processes: ProcessCollector | undefined): Registry {
    const { disabled, slowIntervalMs } = this.parts.config.collectors
    const collectors = [
      ...(processes === undefined ? [] : [processes]),
      ...systemCollectors(this.platform, this.series, { disabled, slowIntervalMs }),
      this.#self,
    ]
    return new Registry(collectors, this.series, this.parts.clock, (state, previous) =>
      this.#collectorChanged(state, previous),
    )
  }

  begin(): void {
    const { clock, logger } = this.parts
    for (const { what, lost, cure } of this.platform.limitations()) logger.warn('limited view', { what, lost, cure })
    const isNewBoot = this.#boots.note(this.#host.bootId, clock.wallMs(), this.platform.sinceBootMs())
    this.#event({
      kind: 'start',
      severity: 'info',
      message: isNewBoot ? 'sysmon started; the machine was restarted since the last record' : 'sysmon started',
      data: { pid: process.pid, boot_id: this.#host.bootId },
    })
    this.#scheduler.start()
  }

  async listen({ socket }: Config): Promise<void> {
    const app = this.#app()
    this.#socket = await openLocalSocket({ ...socket, answer: (request) => app.fetch(request) })
  }

  /** Ticks that could not be kept. */
  async end(why: string): Promise<number> {
    this.#scheduler.stop()
    this.#maintenance.stop()
    await this.#socket?.close()
    this.#event({ kind: 'stop', severity: 'info', message: 'sysmon stopped', data: { why } })
    this.#buffer.flush()
    const lost = this.#buffer.waiting
    this.platform.close()
    this.remote.close()
    this.parts.store.close()
    return lost
  }

  #tick(latenessMs: number): void {
    try {
      this.#pipeline.tick(latenessMs)
    } catch (error) {
      this.parts.logger.limited('tick', 'error', 'a tick failed', { error })
    }
    this.#maintenance.afterTick()
  }

  #app(): Hono {
    const { clock, logger, config, store } = this.parts
    const sources: Sources = {
      ring: this.#ring,
      store,
      series: this.series,
      intervalMs: config.intervalMs,
      now: () => clock.wallMs(),
    }
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
    const processes = createProcessAnswers({
      sources,
      platform: this.platform,
      live: () => this.#live.table,
      limitedView: () => this.#registry.states().find(({ name }) => name === 'process')?.why,
      bootUnixMs: (unixMs) => this.#boots.bootUnixMs(unixMs),
    })
    const service = createMonitor({
      sources,
      platform: this.platform,
      host: this.#host,
      processes,
      zone,
      collectors: () => this.#registry.states(),
      health: this.#health,
      onSignal: (pid, signal, outcome) => logger.info('signal', { pid, signal, outcome }),
    })
    return createApp({
      service,
      parseTime: (text) => readTime(text, clock.wallMs(), zone),
      onInternalError: (error, path) => logger.error('a request failed', { path, error }),
    })
  }

  #seen(frame: Frame): void {
    this.#oom.look(frame, this.series)
    if (this.#isFirstStored || this.#buffer.stored === 0) return
    this.#isFirstStored = true
    const sinceStartMs = Math.round(this.parts.clock.monotonicMs() - this.parts.startedMs)
    this.parts.logger.info('first sample stored', { since_start_ms: sinceStartMs, values: frame.ids.length })
  }

  #storeFigures(): ReturnType<Parameters<typeof selfCollector>[2]> {
    const { stored, dropped, waiting } = this.#buffer
    const { ticks } = this.#pipeline
    if (this.#figures === undefined || ticks >= this.#figures.untilTick) {
      const { databaseBytes, walBytes } = this.parts.store.stats()
      this.#figures = { databaseBytes, walBytes, untilTick: ticks + 10 }
    }
    const { databaseBytes, walBytes } = this.#figures
    return {
      bytesAppended: this.#bytesAppended,
      databaseBytes,
      walBytes,
      stored,
      dropped,
      buffered: waiting,
    }
  }

  #event(event: Omit<StoredEvent, 'unixMs'>): void {
    try {
      this.parts.store.appendEvent({ ...event, unixMs: Math.round(this.parts.clock.wallMs()) })
    } catch (error) {
      this.parts.logger.limited('event', 'warn', 'an event could not be kept', {
        event: event.message,
        error: describeError(error),
      })
    }
  }

  #storeChanged(why: string | undefined, waiting: number): void {
    const { logger } = this.parts
    if (why === undefined) {
      logger.info('the store writes again')
      this.#event({ kind: 'store_recovered', severity: 'info', message: 'the store writes again', data: {} })
      return
    }
    logger.error('the store cannot write; ticks wait in memory', { why, waiting })
    this.#pipeline.requestKey()
  }

  #collectorChanged(state: CollectorState, previous: CollectorState['status']): void {
    const { logger } = this.parts
    const { name, status, why } = state
    const isBad = status === 'failing' || status === 'backing_off'
    const wasBad = previous === 'failing' || previous === 'backing_off'
    if (isBad) logger.limited(`collector ${name}`, 'warn', 'a collector fails', { collector: name, why })
    else if (wasBad) logger.info('the collector works again', { collector: name })
    else if (why !== undefined)
      logger.limited(`collector ${name}`, 'info', 'a collector has no data', { collector: name, why })
    if (isBad === wasBad) return
    this.#event({
      kind: isBad ? 'collector_failed' : 'collector_recovered',
      severity: isBad ? 'warning' : 'info',
      message: isBad ? `the collector ${name} fails: ${why}` : `the collector ${name} works again`,
      data: { collector: name },
    })
  }

  #outOfMemory(by: number, wasMissed: boolean): void {
    const what =
      by === 1 ? 'the kernel ended a process for want of memory' : `the kernel ended ${by} processes for want of memory`
    const message = wasMissed ? `${what} while sysmon was not running` : what
    this.parts.logger.warn(message)
    this.#event({ kind: 'oom_kill', severity: 'error', message, data: { count: by } })
  }
}

function hostFacts(platform: Platform): HostFacts {
  const { memoryBytes, ...identity } = platform.identity()
  return { ...identity, os: platform.os, ...(memoryBytes === undefined ? {} : { memoryBytes }) }
}
