import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { AlertEvent, Alerts } from '../alert/manager.ts'
import type { AlertService, ExplanationDto } from '../api/alert-contract.ts'
import type { ExplainService } from '../api/explain-answers.ts'
import type { ExplainResponse } from '../api/explain-contract.ts'
import { ApiError } from '../api/problems.ts'
import type { Clock } from '../base/clock.ts'
import { describeError } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import type { Config } from '../config/schema.ts'
import type { Frame } from '../frame/frame.ts'
import type { Sources } from '../query/sources.ts'

export type { AlertEvent } from '../alert/manager.ts'

export interface AlertingParts {
  readonly config: Config
  readonly clock: Clock
  readonly logger: Logger
  readonly host: string
  readonly sources: Sources
  readonly explain: ExplainService
  readonly onEvent: (event: AlertEvent) => void
  /** Something that took memory is over. */
  readonly onWorked: () => void
}

/** What alerts say of themselves, for the `sysmon.alert.*` metrics. */
export interface AlertFigures {
  readonly durationMs: number
  readonly watched: number
  readonly raised: number
  readonly waiting: number
  readonly sent: number
  readonly failed: number
  readonly givenUp: number
}

/** Culprits that a person reads. */
const mostCulprits = 3
/** Ticks between two looks at how much waits. */
const lookTicks = 10

/**
 * The alerts of the daemon: loaded only where there is a rule, or somebody asks. Whatever they throw ends them, is logged
 * with its stack and shown in health; monitoring goes on.
 */
export class Alerting {
  #alerts: Alerts | undefined
  #loading: Promise<Alerts> | undefined
  #service: AlertService | undefined
  #failure: string | undefined
  #config: Config['alerts']
  #isClosed = false
  #ticks = 0
  #waiting = 0

  constructor(private readonly parts: AlertingParts) {
    this.#config = parts.config.alerts
  }

  /** Loads what there is need for. */
  async begin(): Promise<void> {
    const { enabled, hasBuiltIn, rules } = this.#config
    if (!enabled) return
    // The file of the alerts: rules made by API, or something that is still to be sent.
    const hasFile = existsSync(join(this.parts.config.dataDir, 'alerts.db'))
    if (!hasBuiltIn && rules.length === 0 && !hasFile) return
    await this.#load().catch(() => undefined)
  }

  onFrame(frame: Frame): void {
    if (this.#alerts === undefined) return
    try {
      this.#alerts.tick(frame)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Throws ApiError. */
  async service(): Promise<AlertService> {
    if (!this.#config.enabled) throw new ApiError('alerts_unavailable', 'alerts.enabled is false')
    const alerts = await this.#load().catch((error: unknown) => {
      throw new ApiError('alerts_unavailable', describeError(error))
    })
    if (this.#failure !== undefined) throw new ApiError('alerts_unavailable', this.#failure)
    if (this.#service === undefined) {
      const { createAlertService } = await import('../alert/service.ts')
      const { sources, clock, host, logger } = this.parts
      const service = createAlertService({ alerts, sources, clock, host })
      this.#service = audited(service, (action, what) => logger.info('audit', { action, ...what }))
    }
    return this.#service
  }

  /** New settings. */
  apply(config: Config['alerts']): void {
    this.#config = { ...config, enabled: this.#config.enabled }
    if (this.#alerts !== undefined) this.#guarded((alerts) => alerts.apply(this.#config))
    else void this.begin()
  }

  problems(): string[] {
    if (this.#failure !== undefined) return [`alerts are off: ${this.#failure}`]
    const degraded = this.#alerts?.degraded
    return degraded === undefined ? [] : [`alerts cannot be kept: ${degraded}`]
  }

  figures(): AlertFigures | undefined {
    const alerts = this.#alerts
    if (alerts === undefined || this.#failure !== undefined) return undefined
    const { outbox, engine, openIncidents, durationMs } = alerts
    if (this.#ticks++ % lookTicks === 0) this.#waiting = outbox.waiting
    const { sent, failed, givenUp } = outbox
    return {
      durationMs,
      watched: engine.size,
      raised: openIncidents.size,
      waiting: this.#waiting,
      sent,
      failed,
      givenUp,
    }
  }

  close(): void {
    this.#isClosed = true
    this.#guarded((alerts) => alerts.close())
    this.#alerts = undefined
  }

  #load(): Promise<Alerts> {
    this.#loading ??= this.#open()
    return this.#loading
  }

  async #open(): Promise<Alerts> {
    const { config, clock, logger, host, sources, explain, onEvent, onWorked } = this.parts
    try {
      const { Alerts } = await import('../alert/manager.ts')
      if (this.#isClosed) throw new Error('the daemon is ending')
      this.#alerts = new Alerts({
        config: this.#config,
        dataDir: config.dataDir,
        intervalMs: config.intervalMs,
        host,
        clock,
        logger,
        series: sources.series,
        sources,
        onEvent,
        onWorked,
        explain: async ({ startMs, endMs }) => explained(await explain.explain({ start: startMs, end: endMs })),
      })
      return this.#alerts
    } catch (error) {
      this.#fail(error)
      throw error
    }
  }

  #guarded(work: (alerts: Alerts) => void): void {
    if (this.#alerts === undefined) return
    try {
      work(this.#alerts)
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    this.#failure = describeError(error)
    const alerts = this.#alerts
    this.#alerts = undefined
    if (this.#isClosed) return
    this.parts.logger.error('alerts have failed and are off until the next start; monitoring goes on', { error })
    try {
      alerts?.outbox.close()
    } catch (late) {
      this.parts.logger.warn('the outbox could not be closed', { error: late })
    }
  }
}

/** The top sentence, and who is behind it. A quiet window explains nothing. */
function explained({ isQuiet, summary, findings }: ExplainResponse): ExplanationDto | undefined {
  if (isQuiet) return undefined
  const culprits = (findings[0]?.culprits ?? []).slice(0, mostCulprits).map(({ name, pid, share }) => ({
    name,
    ...(pid === undefined ? {} : { pid }),
    ...(share === undefined ? {} : { share: `${Math.round(share * 100)} %` }),
  }))
  return { sentence: summary, culprits }
}

/** Each change leaves a line in the log; who it was, the line of the web listener beside it says. */
function audited(service: AlertService, tell: (action: string, what: Record<string, string>) => void): AlertService {
  return {
    ...service,
    putRule(body) {
      const rule = service.putRule(body)
      tell('put alert rule', { rule: body.name })
      return rule
    },
    removeRule(name) {
      service.removeRule(name)
      tell('remove alert rule', { rule: name })
    },
    addSilence(body, range) {
      const silence = service.addSilence(body, range)
      tell('add silence', { silence: silence.id, matchers: JSON.stringify(silence.matchers) })
      return silence
    },
    removeSilence(id) {
      service.removeSilence(id)
      tell('remove silence', { silence: id })
    },
    acknowledge(id, by, comment) {
      const incident = service.acknowledge(id, by, comment)
      tell('acknowledge alert', { alert: id, rule: incident.rule, by })
      return incident
    },
    async testChannel(name) {
      tell('test channel', { channel: name })
      return await service.testChannel(name)
    },
  }
}
