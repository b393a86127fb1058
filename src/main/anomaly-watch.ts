import type { Watcher } from '../analyze/anomaly/watcher.ts'
import { createAnalysisAnswers } from '../api/analysis-answers.ts'
import type { AnalysisService } from '../api/analysis-service.ts'
import type { AnomalyWatch } from '../api/anomaly-contract.ts'
import { readTime, type Zone } from '../api/monitor.ts'
import { describeError } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import { noData, samples, type TickCollector } from '../collect/collector.ts'
import { Emission, emit } from '../collect/emit.ts'
import type { Config } from '../config/schema.ts'
import type { Sources } from '../query/sources.ts'
import type { Notices } from './notices.ts'

export interface AnomalyWatchParts {
  readonly config: Pick<Config, 'anomaly'>
  readonly logger: Logger
}

const emits = [
  emit('sysmon.anomaly.score', {}, (watcher: Watcher) => watcher.jointScore),
  emit('sysmon.anomaly.open', {}, (watcher: Watcher) => watcher.openCount),
]

/** The anomaly detector in the daemon. What it throws ends it, is logged, and shown in /health; the ticks go on. */
export class AnomalyWatching {
  #watcher: Watcher | undefined
  #why: string | undefined

  constructor(
    private readonly parts: AnomalyWatchParts,
    private readonly sources: Sources,
    private readonly notices: Pick<Notices, 'event'>,
  ) {}

  /** Loads it, with what was known before the last end. */
  async begin(): Promise<void> {
    if (!this.parts.config.anomaly.isEnabled) return
    try {
      const { Watcher } = await import('../analyze/anomaly/watcher.ts')
      const { ring, series, store } = this.sources
      this.#watcher = new Watcher({
        ring,
        series,
        store,
        threshold: Math.log10(this.parts.config.anomaly.odds),
        onEvent: (event) => this.notices.event({ ...event, kind: 'anomaly' }),
      })
    } catch (error) {
      this.#fail(error)
    }
  }

  /** After each tick. Never throws. */
  look(): void {
    this.#guarded((watcher) => watcher.look())
  }

  /** Tells what is open and keeps what is known; before the store is closed. Never throws. */
  end(): void {
    this.#guarded((watcher) => watcher.end(Math.round(this.sources.now())))
    this.#watcher = undefined
  }

  #guarded(use: (watcher: Watcher) => void): void {
    if (this.#watcher === undefined) return
    try {
      use(this.#watcher)
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    this.#watcher = undefined
    this.#why = describeError(error)
    this.parts.logger.error('anomaly detection failed and is off until the next start', { error })
  }

  /** For /health. */
  problems(): string[] {
    return this.#why === undefined ? [] : [`anomaly detection is off: it failed (${this.#why})`]
  }

  /** What the API answers. */
  service(zone: Zone): AnalysisService {
    return createAnalysisAnswers({
      sources: this.sources,
      watch: () => this.status(),
      open: () => this.#watcher?.open ?? [],
      parseTime: (text) => readTime(text, this.sources.now(), zone),
    })
  }

  status(): AnomalyWatch {
    const watcher = this.#watcher
    if (this.#why !== undefined) return { status: 'failed', why: this.#why, series: 0 }
    if (!this.parts.config.anomaly.isEnabled) return { status: 'off', why: 'anomaly.enabled is false', series: 0 }
    if (watcher === undefined) return { status: 'learning', why: 'it is being loaded', series: 0 }
    const { samplesToLearn, seriesCount: series, jointScore } = watcher
    const joint = jointScore === undefined ? {} : { jointScore }
    if (samplesToLearn === 0) return { status: 'watching', series, ...joint }
    return { status: 'learning', why: `it knows enough in ${Math.ceil(samplesToLearn / 6)} min`, series, ...joint }
  }

  collector(): TickCollector {
    const emission = new Emission(this.sources.series, emits)
    return {
      name: 'anomaly',
      lane: 'tick',
      collect: (sink) => {
        const { status, why } = this.status()
        if (why !== undefined && (status === 'off' || status === 'failed')) return noData(why)
        if (this.#watcher !== undefined) emission.write(this.#watcher, sink)
        return samples
      },
    }
  }
}
