import type { Clock } from '../base/clock.ts'
import { describeError } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import type { EventKind } from '../catalogue/events.ts'
import type { CollectorState } from '../collect/registry.ts'
import { type Store, type StoredEvent, StoreError } from '../store/store.ts'
import type { MemoryStance, MemoryState } from './memory-guard.ts'

/** Most events that wait for a store that cannot write; what would be more is told by the log alone. */
const mostWaiting = 1000

/** An event as it happens: of a kind that is listed. */
export interface Happened extends Omit<StoredEvent, 'unixMs'> {
  readonly kind: EventKind
}

/** What happened, told twice: to the log for whoever watches now, and as an event for whoever asks later. */
export class Notices {
  /** Oldest first, with the times at which they happened. */
  readonly #waiting: StoredEvent[] = []

  constructor(
    private readonly clock: Clock,
    private readonly store: Pick<Store, 'appendEvent'>,
    private readonly logger: Logger,
  ) {}

  /** Never throws: a store that cannot write must not stop what the event is about. Kept then as soon as it can. */
  event(event: Happened): void {
    this.#waiting.push({ ...event, unixMs: Math.round(this.clock.wallMs()) })
    if (this.#waiting.length > mostWaiting) this.#lose('too many wait')
    this.#keepWaiting()
  }

  #keepWaiting(): void {
    try {
      for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
        this.store.appendEvent(next)
        this.#waiting.shift()
      }
    } catch (error) {
      // One that the store will never take must not stand before all others.
      if (!(error instanceof StoreError) || error.code === 'closed') this.#lose(describeError(error))
    }
  }

  #lose(error: string): void {
    const lost = this.#waiting.shift()
    this.logger.limited('event', 'warn', 'an event could not be kept', { event: lost?.message, error })
  }

  /** `why` is undefined when it writes again. */
  storeChanged(why: string | undefined, waiting: number): void {
    if (why !== undefined) {
      this.logger.error('the store cannot write; ticks wait in memory', { why, waiting })
      const message = `the store cannot write: ${why}`
      this.event({ kind: 'store_degraded', severity: 'error', message, data: {} })
      return
    }
    this.logger.info('the store writes again')
    this.event({ kind: 'store_recovered', severity: 'info', message: 'the store writes again', data: {} })
  }

  collectorChanged({ name, status, why }: CollectorState, previous: CollectorState['status']): void {
    const key = `collector ${name}`
    if (isFailing(status)) this.logger.limited(key, 'warn', 'a collector fails', { collector: name, why })
    else if (isFailing(previous)) this.logger.info('the collector works again', { collector: name })
    else if (why !== undefined) this.logger.limited(key, 'info', 'a collector has no data', { collector: name, why })
    if (isFailing(status) === isFailing(previous)) return
    this.event({
      kind: isFailing(status) ? 'collector_failed' : 'collector_recovered',
      severity: isFailing(status) ? 'warning' : 'info',
      message: isFailing(status) ? `the collector ${name} fails: ${why}` : `the collector ${name} works again`,
      data: { collector: name },
    })
  }

  outOfMemory(by: number, wasMissed: boolean): void {
    const what = by === 1 ? 'a process' : `${by} processes`
    const when = wasMissed ? ' while sysmon was not running' : ''
    const message = `the kernel ended ${what} for want of memory${when}`
    this.logger.warn(message)
    this.event({ kind: 'oom_kill', severity: 'error', message, data: { count: by } })
  }

  memoryShort(stance: MemoryStance, { pressure, groupUse }: MemoryState, slowFactor: number): void {
    const what = stance === 'slow' ? `a tick only every ${slowFactor} intervals` : 'caches dropped'
    const message = `memory is short (stalled ${percent(pressure)}, own group ${percent(groupUse)}): ${what}`
    this.logger.warn(message)
    this.event({ kind: 'memory_short', severity: 'warning', message, data: { stance } })
  }

  memoryCalm(): void {
    this.logger.info('memory is no longer short')
    this.event({ kind: 'memory_calm', severity: 'info', message: 'memory is no longer short', data: {} })
  }
}

const isFailing = (status: CollectorState['status']): boolean => status === 'failing' || status === 'backing_off'

const percent = (share: number | undefined): string => (share === undefined ? '-' : `${Math.round(share * 100)} %`)
