import type { Logger } from '../base/log.ts'
import type { Sources } from '../query/sources.ts'
import type { StoredEvent, TimeRange } from '../store/store.ts'
import type { Notices } from './notices.ts'

/**
 * How the record ended the last time: with a stop, or in the middle of a second. What was recorded last before a crash is
 * what people look for first, so it is told with the event.
 */
export interface RecordEnd {
  /** Last recorded tick, Unix milliseconds. */
  readonly lastMs: number
  readonly isClean: boolean
}

/** A stop is noted at most so long after the last tick; it may take time to flush. Milliseconds. */
const stopWithinMs = 120_000
const minuteMs = 60_000

/** To be called before the first tick: the newest one is then the last of the run before. Never throws. */
export async function tellUncleanEnd(
  sources: Sources,
  isNewBoot: boolean,
  notices: Pick<Notices, 'event'>,
  logger: Pick<Logger, 'warn' | 'limited'>,
): Promise<void> {
  const { newestMs } = sources.store.stats()
  try {
    if (newestMs === undefined) return
    const end = endOf(newestMs, await eventsBy(sources, newestMs))
    if (end.isClean) return
    const summary = await lastMinute(sources, end.lastMs)
    const event = uncleanEvent(end.lastMs, sources.now(), isNewBoot, summary)
    logger.warn(event.message)
    notices.event(event)
  } catch (error) {
    logger.limited('last minute', 'warn', 'how the last run ended could not be told', { error })
  }
}

/** To be asked before the first tick; undefined: nothing is recorded yet. */
export function endOf(newestMs: number, events: readonly Pick<StoredEvent, 'kind' | 'unixMs'>[]): RecordEnd {
  const isClean = events.some(
    ({ kind, unixMs }) => kind === 'stop' && unixMs >= newestMs - 2000 && unixMs <= newestMs + stopWithinMs,
  )
  return { lastMs: newestMs, isClean }
}

const eventsBy = ({ store }: Sources, lastMs: number): Promise<readonly StoredEvent[]> =>
  store.readEvents({ startMs: lastMs - minuteMs, endMs: lastMs + stopWithinMs }, 1000)

/** What the last recorded minute was like, in one sentence; loaded only when it is needed. */
async function lastMinute(sources: Sources, lastMs: number): Promise<string> {
  const { explain } = await import('../analyze/explain/explain.ts')
  const window: TimeRange = { startMs: lastMs - minuteMs, endMs: lastMs + 1000 }
  const { summary } = await explain({ sources, absences: () => [] }, { window })
  return summary
}

export function uncleanEvent(
  lastMs: number,
  nowMs: number,
  isNewBoot: boolean,
  summary: string,
): Omit<StoredEvent, 'unixMs' | 'kind'> & { readonly kind: 'unclean_shutdown' } {
  const what = isNewBoot
    ? 'the machine went down without a stop of sysmon'
    : 'sysmon was ended without a stop (killed, or out of memory)'
  return {
    kind: 'unclean_shutdown',
    severity: 'warning',
    message: `${what}; the last recorded minute: ${summary}`,
    data: {
      last_unix_ms: Math.round(lastMs),
      away_seconds: Math.max(0, Math.round((nowMs - lastMs) / 1000)),
      reason: isNewBoot ? 'machine' : 'sysmon',
    },
  }
}
