import type { Clock, Timer } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Sources } from '../query/sources.ts'

/** A forecast reads a week of the record, and a trend does not turn within minutes. */
const everyMs = 10 * 60_000
/** After the start, when the first ticks are in the record. */
const firstMs = 20_000

/** What the forecast calls a metric that rules may ask it about. */
const resourceOf: Readonly<Record<string, string>> = {
  'system.filesystem.utilization': 'filesystem',
  'system.filesystem.inodes.utilization': 'inodes',
  'system.memory.utilization': 'memory',
  'system.paging.utilization': 'swap',
  'system.file_descriptor.count': 'descriptors',
}

/** Asks the analyzer now and then when things run out, so that each tick can be answered from memory. */
export class ForecastWatch {
  #endsMs: ReadonlyMap<string, number> | undefined
  #timer: Timer | undefined
  #isClosed = false

  constructor(
    private readonly sources: Sources,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly onWorked: () => void = () => undefined,
  ) {}

  /** Goes on asking from now on; once is enough. */
  begin(): void {
    if (this.#timer !== undefined || this.#isClosed) return
    this.#timer = this.clock.after(firstMs, () => void this.#ask())
  }

  /** Seconds until it runs out; NaN not asked yet, Infinity no trend that leads there. */
  secondsLeft(metric: string, labels: Readonly<Record<string, string>>): number {
    const resource = resourceOf[metric]
    if (this.#endsMs === undefined || resource === undefined) return Number.NaN
    const endMs = this.#endsMs.get(`${resource} ${labels.mountpoint ?? ''}`)
    return endMs === undefined ? Number.POSITIVE_INFINITY : Math.max(0, (endMs - this.clock.wallMs()) / 1000)
  }

  async #ask(): Promise<void> {
    try {
      const { forecastAll } = await import('../analyze/forecast/forecast.ts')
      const found = await forecastAll(this.sources)
      const ends = new Map<string, number>()
      for (const { resource, instance = '', atMs } of found) {
        if (atMs !== undefined) ends.set(`${resource} ${instance}`, atMs)
      }
      this.#endsMs = ends
      if (!this.#isClosed) this.onWorked()
    } catch (error) {
      this.logger.limited('forecast', 'warn', 'alerts cannot ask when things run out', { error })
    }
    if (!this.#isClosed) this.#timer = this.clock.after(everyMs, () => void this.#ask())
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
  }
}
