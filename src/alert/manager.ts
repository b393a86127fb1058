import type { ExplanationDto } from '../api/alert-contract.ts'
import type { Clock, Timer } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Config } from '../config/schema.ts'
import type { Frame } from '../frame/frame.ts'
import type { SeriesTable } from '../frame/series-table.ts'
import type { Sources } from '../query/sources.ts'
import { formatAmount } from '../rule/level.ts'
import type { Rule } from '../rule/rule.ts'
import { fillTemplate } from '../rule/template.ts'
import type { StoredEvent } from '../store/store.ts'
import type { Resolve } from './channel/address-guard.ts'
import { type AlertDatabase, type Incident, type Kept, openAlertDatabase } from './database.ts'
import { type Change, Engine, type Watch } from './engine.ts'
import { Explainer } from './explainer.ts'
import { raisesWith } from './flapping.ts'
import { ForecastWatch } from './forecast-watch.ts'
import { Notifier } from './notifier.ts'
import { Outbox } from './outbox.ts'
import { RuleBook } from './rule-book.ts'
import type { Silence } from './silence.ts'

export interface AlertEvent extends Omit<StoredEvent, 'unixMs'> {
  readonly kind: 'alert_raised' | 'alert_cleared'
}

/** The span that is to be explained, Unix milliseconds. */
export interface ExplainedWindow {
  readonly startMs: number
  readonly endMs: number
}

export interface AlertsParts {
  readonly config: Config['alerts']
  readonly dataDir: string
  readonly intervalMs: number
  readonly host: string
  readonly clock: Clock
  readonly logger: Logger
  readonly series: SeriesTable
  readonly sources: Sources
  readonly onEvent: (event: AlertEvent) => void
  /** Something that took memory is over. */
  readonly onWorked?: () => void
  /** What was short then, and who used it; left out where nobody can tell. */
  readonly explain?: (window: ExplainedWindow) => Promise<ExplanationDto | undefined>
  readonly random?: () => number
  readonly newId?: () => string
  readonly resolve?: Resolve
  readonly firstRetryMs?: number
}

/** What is known of a watch beside what the engine knows. */
interface WatchFacts {
  sinceMs: number
  raises: readonly number[]
}

interface Noted {
  readonly watch: Watch
  readonly change: Change
  readonly phase: Watch['phase']
  readonly isMissing: boolean
  readonly value: number
  readonly unixMs: number
}

/** Changes that wait for a file that cannot be written; what would be more is lost, and said. */
const mostNoted = 20_000
/** How often what is pending is written down, so that a restart does not begin its time anew. */
const heldEveryMs = 60_000
/** Without data for so long, and not raised: its device is gone for good. */
const forgetMs = 24 * 3_600_000

/** Rules, engine, states, incidents and notifications of one daemon. */
export class Alerts {
  readonly engine: Engine
  readonly database: AlertDatabase
  readonly outbox: Outbox
  readonly notifier: Notifier
  readonly rules: RuleBook
  readonly #explainer: Explainer
  readonly #forecast: ForecastWatch
  readonly #facts = new Map<string, WatchFacts>()
  readonly #open = new Map<string, Incident>()
  /** Open, and those cleared of which something is still to be told. */
  #unsettled: Incident[] = []
  #silences: readonly Silence[]
  #config: Config['alerts']
  #noted: Noted[] = []
  #flush: Timer | undefined
  #nextLookMs = 0
  #nextHeldMs = 0
  #isClosed = false
  /** Of the last tick, milliseconds. */
  durationMs = 0
  /** Why states cannot be kept now. */
  degraded: string | undefined

  constructor(private readonly parts: AlertsParts) {
    const { clock, logger, dataDir } = parts
    this.#config = parts.config
    const { database, movedAside } = openAlertDatabase(dataDir, Math.round(clock.wallMs()))
    if (movedAside !== undefined)
      logger.error('alerts.db was damaged; it was moved aside and a fresh one begun', { path: movedAside })
    this.database = database
    this.rules = new RuleBook(database, logger)
    this.#silences = database.silences()
    this.#forecast = new ForecastWatch(parts.sources, clock, logger, parts.onWorked)
    this.engine = new Engine({
      intervalMs: parts.intervalMs,
      onChange: (watch, change) => this.#note(watch, change),
      forecast: (metric, labels) => this.#forecast.secondsLeft(metric, labels),
    })
    this.outbox = new Outbox({
      database,
      clock,
      logger,
      channels: () => this.#config.channels,
      random: parts.random ?? Math.random,
      ...(parts.resolve === undefined ? {} : { resolve: parts.resolve }),
      ...(parts.firstRetryMs === undefined ? {} : { firstRetryMs: parts.firstRetryMs }),
    })
    this.#explainer = new Explainer(clock, logger, parts.explain)
    this.notifier = this.#createNotifier()
    this.#restore()
    const { ring } = parts.sources
    this.engine.prime(ring.size, (id) => ring.valueAt(id, ring.length - 1))
    this.outbox.kick()
  }

  #createNotifier(): Notifier {
    const { clock, host } = this.parts
    return new Notifier({
      database: this.database,
      outbox: this.outbox,
      clock,
      host,
      groupWaitMs: () => this.#config.groupWaitMs,
      channels: () => this.#config.channels,
      ruleOf: (name) => this.rules.find(name),
      silences: () => this.#silences,
      raisesOf: (key) => this.#facts.get(key)?.raises ?? [],
      isExplaining: ({ id }) => this.#explainer.isBusyWith(id),
      newId: this.parts.newId ?? (() => crypto.randomUUID()),
    })
  }

  #restore(): void {
    const kept = this.database.watches()
    for (const { key, sinceMs, raises } of kept) this.#facts.set(key, { sinceMs, raises })
    this.#unsettled = this.database.openIncidents()
    for (const incident of this.#unsettled) if (incident.clearedMs === undefined) this.#open.set(incident.key, incident)
    this.rules.set(this.#config)
    this.engine.setRules(this.rules.all(), kept)
    if (this.rules.all().some(({ isForecast }) => isForecast)) this.#forecast.begin()
    this.#closeOrphans()
  }

  get config(): Config['alerts'] {
    return this.#config
  }
  get silences(): readonly Silence[] {
    return this.#silences
  }
  get openIncidents(): ReadonlyMap<string, Incident> {
    return this.#open
  }

  factsOf(key: string): Readonly<WatchFacts> | undefined {
    return this.#facts.get(key)
  }

  /** New settings, at once. */
  apply(config: Config['alerts']): void {
    this.#config = config
    this.rulesChanged()
    this.outbox.kick()
  }

  rulesChanged(): void {
    this.rules.set(this.#config)
    this.engine.setRules(this.rules.all())
    if (this.rules.all().some(({ isForecast }) => isForecast)) this.#forecast.begin()
    this.#closeOrphans()
  }

  silencesChanged(): void {
    this.#silences = this.database.silences()
  }

  tick(frame: Frame): void {
    const { clock } = this.parts
    const startMs = clock.monotonicMs()
    this.engine.tick(frame, this.parts.series)
    if (this.#noted.length > 0 || this.#unsettled.length > 0 || startMs >= this.#nextLookMs) this.#plan()
    this.durationMs = clock.monotonicMs() - startMs
  }

  /** What is written and told comes after the tick, not in it. */
  #plan(): void {
    this.#flush ??= this.parts.clock.after(0, () => {
      this.#flush = undefined
      if (!this.#isClosed) this.settle()
    })
  }

  /** Writes down what has changed and tells what is to be told. Never throws. */
  settle(): void {
    const { clock, logger } = this.parts
    this.#nextLookMs = clock.monotonicMs() + heldEveryMs
    try {
      if (this.#noted.length > 0) this.#keepNoted()
      this.#trackWorst()
      if (clock.monotonicMs() >= this.#nextHeldMs) this.#keepHeld()
      const ended = new Set(this.notifier.reconcile(this.#unsettled))
      if (ended.size > 0) this.#unsettled = this.#unsettled.filter((incident) => !ended.has(incident))
      this.degraded = undefined
    } catch (error) {
      this.degraded = error instanceof Error ? error.message : String(error)
      logger.limited('alerts.db', 'error', 'what alerts must not forget could not be written', { error })
    }
  }

  #note(watch: Watch, change: Change): void {
    if (this.#noted.length >= mostNoted) {
      this.#noted.shift()
      this.parts.logger.limited('noted', 'error', 'changes of alerts were lost: too many wait to be written')
    }
    const { phase, isMissing, value } = watch
    this.#noted.push({ watch, change, phase, isMissing, value, unixMs: Math.round(this.parts.clock.wallMs()) })
  }

  /** In one transaction; what the memory holds changes after it. */
  #keepNoted(): void {
    const noted = this.#noted
    const after: (() => void)[] = []
    const opened = new Map<string, Incident>()
    this.database.together(() => {
      for (const one of noted) this.#keepOne(one, opened, after)
    })
    this.#noted = []
    for (const run of after) run()
  }

  #keepOne(noted: Noted, opened: Map<string, Incident>, after: (() => void)[]): void {
    const { watch, change, phase, isMissing, unixMs } = noted
    const before = this.#facts.get(watch.key)
    const raises = change === 'raised' ? raisesWith(before?.raises ?? [], unixMs) : (before?.raises ?? [])
    // Each as it goes, so that two of one watch in one batch see each other.
    this.#facts.set(watch.key, { sinceMs: unixMs, raises })
    this.database.putWatch({ ...keptOf(watch), phase, isMissing, heldMs: 0, sinceMs: unixMs, raises })
    const incident = opened.get(watch.key) ?? this.#open.get(watch.key)
    if (change === 'raised') {
      const made = this.#newIncident(noted)
      const complete: Incident = { ...made, id: this.database.addIncident(made) }
      opened.set(watch.key, complete)
      after.push(() => this.#opened(complete, watch.rule))
    } else if (change === 'cleared' && incident !== undefined) {
      const cleared = { ...incident, clearedMs: unixMs }
      this.database.putIncident(cleared)
      after.push(() => this.#cleared(incident, unixMs))
    } else if ((change === 'no_data' || change === 'data') && incident !== undefined) {
      this.database.putIncident({ ...incident, isMissing })
      after.push(() => Object.assign(incident, { isMissing }))
    }
  }

  #newIncident({ watch, value, unixMs }: Noted): Omit<Incident, 'id'> {
    const { rule, labels, key } = watch
    return {
      key,
      rule: rule.name,
      severity: rule.severity,
      labels,
      unit: unitOf(rule),
      raisedMs: unixMs,
      value: Number.isFinite(value) ? value : null,
      summary: this.summaryOf(rule, labels, value, unixMs),
      worst: Number.isFinite(value) ? value : null,
      clearedMs: undefined,
      isMissing: false,
      told: 'nothing',
      toldMs: unixMs,
      isNotified: false,
      acknowledged: undefined,
      explanation: undefined,
    }
  }

  summaryOf(rule: Rule, labels: Readonly<Record<string, string>>, value: number, unixMs: number): string {
    const unit = unitOf(rule)
    const facts = {
      rule: rule.name,
      host: this.parts.host,
      severity: rule.severity,
      state: 'raised',
      value: formatAmount(value, unit),
      level: formatAmount(rule.raiseLevel, unit),
      since: new Date(unixMs).toISOString(),
    }
    return fillTemplate(rule.summary, facts, labels)
  }

  #opened(incident: Incident, rule: Rule): void {
    this.#open.set(incident.key, incident)
    this.#unsettled.push(incident)
    const data = { rule: incident.rule, incident: incident.id }
    const severity = incident.severity === 'critical' ? 'error' : incident.severity
    this.parts.onEvent({ kind: 'alert_raised', severity, message: incident.summary, data })
    const startMs = incident.raisedMs - Math.max(60_000, rule.raiseForMs)
    this.#explainer.explain(incident.id, { startMs, endMs: incident.raisedMs }, (explanation) => {
      this.database.putIncident({ ...incident, explanation })
      incident.explanation = explanation
    })
  }

  #cleared(incident: Incident, unixMs: number): void {
    incident.clearedMs = unixMs
    this.#open.delete(incident.key)
    const data = { rule: incident.rule, incident: incident.id }
    this.parts.onEvent({ kind: 'alert_cleared', severity: 'info', message: `over: ${incident.summary}`, data })
  }

  /** The furthest that open ones went, in memory; written with the next change of the incident. */
  #trackWorst(): void {
    if (this.#open.size === 0) return
    for (const { key, value, rule } of this.engine.watches) {
      const incident = this.#open.get(key)
      if (incident === undefined || !Number.isFinite(value)) continue
      const { worst } = incident
      const isWorse = worst === null || (rule.direction === 'above' ? value > worst : value < worst)
      if (isWorse) incident.worst = value
    }
  }

  /** Times that run, so that a kill costs a minute of them at most; and devices that are gone for good are let go. */
  #keepHeld(): void {
    const { clock } = this.parts
    this.#nextHeldMs = clock.monotonicMs() + heldEveryMs
    const nowMs = clock.wallMs()
    const running: Kept[] = []
    const gone = new Set<string>()
    for (const watch of this.engine.watches) {
      const facts = this.#facts.get(watch.key)
      if (facts === undefined) continue
      if ((watch.phase === 'pending' || watch.phase === 'clearing') && watch.heldMs > 0) {
        running.push({ ...keptOf(watch), ...facts })
      } else if (watch.phase === 'ok' && watch.isMissing && nowMs - facts.sinceMs > forgetMs) gone.add(watch.key)
    }
    if (running.length === 0 && gone.size === 0) return
    this.database.together(() => {
      for (const kept of running) this.database.putWatch(kept)
      for (const key of gone) this.database.removeWatch(key)
    })
    for (const key of gone) this.#facts.delete(key)
    if (gone.size > 0) this.engine.forget(gone)
  }

  /** What was open of a rule that is no more is over. */
  #closeOrphans(): void {
    const nowMs = Math.round(this.parts.clock.wallMs())
    const live = new Set(this.rules.all().map(({ identity }) => identity))
    const isLive = (key: string): boolean => live.has(key.split('\0', 1)[0] ?? '')
    const orphans = [...this.#open.values()].filter(({ key }) => !isLive(key))
    const watches = this.database.watches().filter(({ key }) => !isLive(key))
    if (orphans.length === 0 && watches.length === 0) return
    this.database.together(() => {
      for (const incident of orphans) this.database.putIncident({ ...incident, clearedMs: nowMs })
      for (const { key } of watches) this.database.removeWatch(key)
    })
    for (const incident of orphans) this.#cleared(incident, nowMs)
    for (const { key } of watches) this.#facts.delete(key)
  }

  /** Ends in order; what is in the outbox goes out at the next start. */
  close(): void {
    this.#flush?.cancel()
    this.settle()
    this.#nextHeldMs = 0
    this.settle()
    this.#isClosed = true
    this.outbox.close()
    this.#explainer.close()
    this.#forecast.close()
    this.database.close()
  }
}

/** Of a forecast: a time. */
export const unitOf = (rule: Rule): string | undefined => (rule.isForecast ? 's' : rule.checked.unit)

const keptOf = ({ key, rule, labels, phase, isMissing, heldMs }: Watch) => ({
  key,
  rule: rule.name,
  labels,
  phase,
  isMissing,
  heldMs,
})
