import type { Hono } from 'hono'
import { createApp } from '../api/app.ts'
import type { HealthResponse, HostFacts } from '../api/contract.ts'
import { absencesOf, createExplainAnswers, type ExplainService } from '../api/explain-answers.ts'
import { createLiveHub, type LiveHub } from '../api/live/hub.ts'
import { createMonitor, readTime } from '../api/monitor.ts'
import { createProcessAnswers } from '../api/process-answers.ts'
import type { MonitorService } from '../api/service.ts'
import type { Clock } from '../base/clock.ts'
import { describeError } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import { ownZone } from '../base/time-expression.ts'
import { version } from '../base/version.ts'
import { systemCollectors } from '../collect/collectors/every.ts'
import { type ProcessCollector, processCollector } from '../collect/collectors/process.ts'
import { Registry } from '../collect/registry.ts'
import { Scheduler } from '../collect/scheduler.ts'
import type { Config } from '../config/schema.ts'
import { FrameBuilder } from '../frame/builder.ts'
import { FrameEncoder } from '../frame/codec.ts'
import type { Frame } from '../frame/frame.ts'
import { ProcessTable } from '../frame/process-table.ts'
import { FrameRing } from '../frame/ring.ts'
import type { SeriesTable } from '../frame/series-table.ts'
import type { Outward } from '../outward/outward.ts'
import type { Platform } from '../platform/platform.ts'
import type { RemoteSpace } from '../platform/remote-space.ts'
import { currentTick } from '../query/current.ts'
import type { Sources } from '../query/sources.ts'
import { LiveProcesses } from '../recorder/live.ts'
import type { Store } from '../store/store.ts'
import { WriteBuffer } from '../store/write-buffer.ts'
import { type AlertEvent, Alerting } from './alerting.ts'
import { AnomalyWatching } from './anomaly-watch.ts'
import { BlackBox, heldBack } from './black-box.ts'
import { Boots } from './boots.ts'
import { lazyExchange } from './exchange.ts'
import { createHealth } from './health.ts'
import { hostFacts } from './host-facts.ts'
import { tellUncleanEnd } from './last-minute.ts'
import { type LocalSocket, openLocalSocket } from './local-socket.ts'
import { Maintenance } from './maintenance.ts'
import { MemoryGuard, memoryState } from './memory-guard.ts'
import { Notices } from './notices.ts'
import { openOutward } from './outward.ts'
import { Pipeline } from './pipeline.ts'
import { type SelfCollector, selfCollector } from './self-collector.ts'
import { SpareMemory } from './spare-memory.ts'
import { CounterWatch } from './watch-counter.ts'
import type { WebListener, WebListenerParts } from './web-listener.ts'

export interface RunningParts {
  readonly config: Config
  readonly store: Store
  readonly clock: Clock
  readonly logger: Logger
  readonly startedMs: number
}

/** Ticks between two looks at how short memory is. */
const memoryLookTicks = 10
/** When memory stays short, a sample is taken once in so many intervals. */
const slowFactor = 5

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
  readonly #blackBox: BlackBox
  #isHeldBack = false
  readonly #self: SelfCollector
  readonly #health: () => HealthResponse
  readonly #host: HostFacts
  readonly #sources: Sources
  readonly #notices: Notices
  readonly #memory = new MemoryGuard(
    (stance, state, isNews) => {
      Bun.gc(true)
      if (isNews) this.#notices.memoryShort(stance, state, slowFactor)
    },
    () => this.#notices.memoryCalm(),
  )
  readonly #service: MonitorService
  readonly #stream: LiveHub
  readonly alerting: Alerting
  readonly #anomalies: AnomalyWatching
  readonly spare: SpareMemory
  #socket: LocalSocket | undefined
  #outward: Outward | undefined
  #web: WebListener | undefined
  #figures: { readonly databaseBytes: number; readonly walBytes: number; readonly untilTick: number } | undefined
  #hasBegun = false
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
    this.#notices = new Notices(clock, store, logger)
    this.#host = hostFacts(platform)
    this.spare = new SpareMemory(clock, platform, logger)
    this.#sources = { ring: this.#ring, store, series, intervalMs: config.intervalMs, now: () => clock.wallMs() }
    this.#buffer = this.#createBuffer()
    this.#anomalies = new AnomalyWatching(parts, this.#sources, this.#notices)
    this.#self = selfCollector(
      series,
      () => platform.system.self(),
      () => this.#storeFigures(),
      () => this.#outward?.figures(),
      () => this.alerting.figures(),
    )
    const processes = config.collectors.processes.enabled
      ? processCollector(platform.processes, this.#table, series)
      : undefined
    this.#registry = this.#createRegistry(processes)
    this.#pipeline = new Pipeline(
      {
        clock,
        intervalMs: () => config.intervalMs * this.#ticksPerSample,
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
          if (this.#buffer.needsKey) this.#pipeline.requestKey()
        },
        onEvent: (event) => this.#notices.event(event),
        onFrame: (frame) => this.#seen(frame),
        onError: (what, error) => logger.limited(what, 'error', what, { error }),
      },
      store.lastSeq(),
    )
    this.#scheduler = new Scheduler(clock, config.intervalMs, (latenessMs) => this.#tick(latenessMs))
    this.#maintenance = new Maintenance(
      clock,
      store,
      () => void this.spare.giveBack(),
      (error) => logger.limited('maintain', 'error', 'the record could not be tended', { error: describeError(error) }),
    )
    this.#oom = new CounterWatch('system.linux.memory.oom_kills', this.#host.bootId, store, (by, wasMissed) =>
      this.#notices.outOfMemory(by, wasMissed),
    )
    this.#blackBox = this.#createBlackBox()
    this.#health = this.#createHealth()
    this.#service = this.#createService()
    this.#stream = this.#createStream()
    this.alerting = this.#createAlerting()
  }

  #createBuffer(): WriteBuffer {
    const { store, clock } = this.parts
    const onChange = (why: string | undefined, waiting: number): void => {
      this.#notices.storeChanged(why, waiting)
      if (why !== undefined) this.#pipeline.requestKey()
    }
    return new WriteBuffer(store, () => clock.monotonicMs(), onChange)
  }

  #createBlackBox(): BlackBox {
    const { clock, config } = this.parts
    return new BlackBox({
      ring: this.#ring,
      series: this.series,
      table: () => this.#live.table,
      monotonicMs: () => clock.monotonicMs(),
      intervalMs: config.intervalMs,
      tell: (event) => this.#notices.event(event),
    })
  }

  #createHealth(): () => HealthResponse {
    const { clock, startedMs, config, store } = this.parts
    return createHealth({
      clock,
      startedMs,
      dataDir: config.dataDir,
      platform: this.platform,
      store,
      buffer: this.#buffer,
      registry: this.#registry,
      otherProblems: () => [...this.alerting.problems(), ...this.#anomalies.problems()],
      limitations: () => (this.#isHeldBack ? [heldBack] : []),
    })
  }

  #createRegistry(processes: ProcessCollector | undefined): Registry {
    const { disabled, slowIntervalMs } = this.parts.config.collectors
    const collectors = [
      ...(processes === undefined ? [] : [processes]),
      ...systemCollectors(this.platform, this.series, { disabled, slowIntervalMs }),
      this.#anomalies.collector(),
      this.#self,
    ]
    return new Registry(collectors, this.series, this.parts.clock, (state, previous) =>
      this.#notices.collectorChanged(state, previous),
    )
  }

  begin(): void {
    const { clock, logger } = this.parts
    this.#hasBegun = true
    for (const { what, lost, cure } of this.platform.limitations()) logger.warn('limited view', { what, lost, cure })
    const isNewBoot = this.#boots.note(this.#host.bootId, clock.wallMs(), this.platform.sinceBootMs())
    this.#isHeldBack = this.parts.config.priority === 'high' && this.platform.raisePriority?.() === false
    void tellUncleanEnd(this.#sources, isNewBoot, this.#notices, logger)
    this.#notices.event({
      kind: 'start',
      severity: 'info',
      message: isNewBoot ? 'sysmon started; the machine was restarted since the last record' : 'sysmon started',
      data: { pid: process.pid, boot_id: this.#host.bootId, version },
    })
    this.#scheduler.start()
    void this.alerting.begin()
    void this.#anomalies.begin()
  }

  async listen(config: Config): Promise<void> {
    const { clock, logger } = this.parts
    const sinceBootMs = () => this.platform.sinceBootMs()
    this.#outward = await openOutward({ config, clock, logger, sources: this.#sources, host: this.#host, sinceBootMs })
    const app = this.#app()
    const answer = (request: Request): Response | Promise<Response> => app.request(request)
    if (config.web.enabled) this.#web = await this.#openWeb(config, answer)
    const web = this.#web
    this.#socket = await openLocalSocket({
      ...config.socket,
      answer: web === undefined ? answer : async (request) => (await web.answerLocal(request)) ?? answer(request),
      live: this.#stream,
    })
  }

  get web(): WebListener | undefined {
    return this.#web
  }

  async #openWeb(config: Config, answer: WebListenerParts['answer']): Promise<WebListener> {
    const { clock, logger } = this.parts
    const { openWebListener } = await import('./web-listener.ts')
    const { assets, prepareAssets } = await import('./dashboard-assets.ts')
    await prepareAssets()
    return await openWebListener({ config, clock, logger, answer, assets, live: this.#stream })
  }

  /** Ticks that could not be kept. */
  async end(why: string): Promise<number> {
    this.#scheduler.stop()
    this.#maintenance.stop()
    this.#stream.close()
    this.alerting.close()
    this.#anomalies.end()
    this.#outward?.close()
    await this.#web?.close()
    await this.#socket?.close()
    if (this.#hasBegun)
      this.#notices.event({ kind: 'stop', severity: 'info', message: 'sysmon stopped', data: { why } })
    this.#buffer.flush()
    const lost = this.#buffer.waiting
    this.platform.close()
    this.remote.close()
    this.parts.store.close()
    return lost
  }

  /** Under want of memory most ticks are left out. */
  get #ticksPerSample(): number {
    return this.#memory.stance === 'slow' ? slowFactor : 1
  }

  #tick(latenessMs: number): void {
    if (this.#wallTick() % this.#ticksPerSample !== 0) return
    try {
      this.#pipeline.tick(latenessMs)
      this.#blackBox.look(latenessMs)
    } catch (error) {
      this.parts.logger.limited('tick', 'error', 'a tick failed', { error })
    }
    this.#maintenance.afterTick()
    this.spare.afterTick()
  }

  /** Number of the tick on the wall clock. */
  #wallTick(): number {
    return Math.round(this.parts.clock.wallMs() / this.parts.config.intervalMs)
  }

  #createService(): MonitorService {
    const { logger } = this.parts
    const sources = this.#sources
    const processes = createProcessAnswers({
      sources,
      platform: this.platform,
      live: () => this.#live.table,
      limitedView: () => this.#registry.states().find(({ name }) => name === 'process')?.why,
      bootUnixMs: (unixMs) => this.#boots.bootUnixMs(unixMs),
    })
    return createMonitor({
      sources,
      platform: this.platform,
      host: this.#host,
      processes,
      zone: ownZone,
      collectors: () => this.#registry.states(),
      health: this.#health,
      onSignal: (pid, signal, outcome) => logger.info('signal', { pid, signal, outcome }),
    })
  }

  #createStream(): LiveHub {
    const { clock, logger } = this.parts
    return createLiveHub({
      current: () => currentTick(this.#sources, []),
      hasTick: () => this.#ring.length > 0,
      processes: (query) => this.#service.processes(query),
      host: this.#host,
      clock,
      onTooSlow: () =>
        logger.limited('live client', 'info', 'a live client was cut off: it did not read what it was sent'),
      onError: (error) => logger.limited('live', 'error', 'the live stream failed', { error }),
    })
  }

  #app(): Hono {
    const { clock, logger } = this.parts
    return createApp({
      service: this.#service,
      exchange: lazyExchange(this.parts.config, this.#sources),
      explain: this.#explain(),
      alerts: () => this.alerting.service(),
      analysis: this.#anomalies.service(ownZone),
      parseTime: (text) => readTime(text, clock.wallMs(), ownZone),
      onInternalError: (error, path) => logger.error('a request failed', { path, error }),
    })
  }

  #explain(): ExplainService {
    return createExplainAnswers({
      sources: this.#sources,
      platform: this.platform,
      live: () => this.#live.table,
      absences: () => absencesOf(this.#registry.states()),
      parseTime: (text) => readTime(text, this.parts.clock.wallMs(), ownZone),
    })
  }

  #createAlerting(): Alerting {
    const host = this.#host.hostName
    const onEvent = (event: AlertEvent): void => this.#notices.event(event)
    const onWorked = (): void => void this.spare.giveBack()
    return new Alerting({ ...this.parts, host, sources: this.#sources, explain: this.#explain(), onEvent, onWorked })
  }

  #seen(frame: Frame): void {
    this.#stream.onTick()
    this.alerting.onFrame(frame)
    this.#anomalies.look()
    this.#outward?.onTick()
    this.#oom.look(frame, this.series)
    if (this.#pipeline.ticks % memoryLookTicks === 0) this.#memory.look(memoryState(this.#sources))
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
    return { bytesAppended: this.#bytesAppended, databaseBytes, walBytes, stored, dropped, buffered: waiting }
  }
}
