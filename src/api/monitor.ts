import { parseTimeExpression } from '../base/time-expression.ts'
import { commit, version } from '../base/version.ts'
import type { CollectorState } from '../collect/registry.ts'
import type { Platform } from '../platform/platform.ts'
import { currentTick, tickAt } from '../query/current.ts'
import { history } from '../query/history.ts'
import { QueryError, type Sources } from '../query/sources.ts'
import { type StoredEvent, StoreError, type TimeRange } from '../store/store.ts'
import type {
  CurrentResponse,
  EventsResponse,
  HealthResponse,
  HistoryQuery,
  HistoryResponse,
  HostFacts,
  SignalRequest,
} from './contract.ts'
import { createExposition } from './exposition/exposition.ts'
import { describeMetrics } from './metrics-answer.ts'
import { ApiError } from './problems.ts'
import type { ProcessAnswers } from './process-answers.ts'
import type { EventsQuery, MonitorService } from './service.ts'

/** What one daemon has to answer with. */
export interface MonitorParts {
  readonly sources: Sources
  readonly platform: Platform
  readonly host: HostFacts
  readonly processes: ProcessAnswers
  /** Zone in which times without one are read. */
  readonly zone: Zone
  readonly collectors: () => readonly CollectorState[]
  readonly health: () => HealthResponse
  /** Told of each signal sent, for the log. */
  readonly onSignal: (pid: number, signal: string, outcome: string) => void
}

/** When the caller names no start. */
const defaultSpanMs = 15 * 60_000
const defaultEventSpanMs = 24 * 3_600_000
const defaultEventLimit = 200
/** Times further ahead than this are mistakes, not clocks that differ. */
const futureSlackMs = 60_000

/** Answers over ring, store and platform of the one machine it runs on. */
export function createMonitor(parts: MonitorParts): MonitorService {
  const { sources, platform, processes, host } = parts
  const exposition = createExposition({ ring: sources.ring, series: sources.series, host, build: { version, commit } })
  const now = (): number => sources.now()
  const time = (text: string | number | undefined, otherwise: number): number =>
    text === undefined ? otherwise : readTime(text, now(), parts.zone)
  const span = (start: string | number | undefined, end: string | number | undefined, defaultMs: number): TimeRange => {
    const endMs = time(end, now())
    const startMs = time(start, endMs - defaultMs)
    if (startMs >= endMs) throw new ApiError('invalid_time', 'the start is not before the end')
    return { startMs, endMs }
  }

  return {
    now,
    health: parts.health,
    exposition: (format) => exposition.write(format),
    current: (filter, atMs) =>
      answered(async (): Promise<CurrentResponse> => {
        const { gap, ...tick } = atMs === undefined ? currentTick(sources, filter) : await tickAt(sources, atMs, filter)
        return { ...tick, ...(gap === undefined ? {} : { gap }), host: parts.host }
      }),
    history: (query: HistoryQuery) =>
      answered((): Promise<HistoryResponse> => {
        const { start, end, ...rest } = query
        return history(sources, { ...rest, range: span(start, end, defaultSpanMs) })
      }),
    metrics: () => answered(async () => describeMetrics(sources, parts.collectors(), parts.host.os)),
    processes: (query) =>
      answered(() => processes.list(query, query.at === undefined ? undefined : time(query.at, now()))),
    process: (pid, query) =>
      answered(() => processes.one(pid, query, query.at === undefined ? undefined : time(query.at, now()))),
    processHistory: (pid, query) =>
      answered(() => processes.history(pid, span(query.start, query.end, defaultSpanMs), query.resolution)),
    signal: (pid, request) => signal(platform, pid, request, parts.onSignal),
    events: (query) => answered(() => events(sources, span(query.start, query.end, defaultEventSpanMs), query)),
  }
}

/** IANA name; a function is asked only about a time that names no zone: what knows zones takes 5 MB once it is used. */
export type Zone = string | (() => string)

/** Unix milliseconds. Throws ApiError. */
export function readTime(text: string | number, nowMs: number, zone: Zone): number {
  const context = {
    nowMs,
    get zone() {
      return typeof zone === 'string' ? zone : zone()
    },
  }
  const found = parseTimeExpression(String(text), context)
  if (found === undefined) throw new ApiError('invalid_time', `"${text}" is no time`)
  // A Date reaches no further back than 8.64e15 ms; nothing was recorded before 1970 anyway.
  if (!(found >= 0)) throw new ApiError('invalid_time', `"${text}" is before 1970`)
  if (found > nowMs + futureSlackMs) throw new ApiError('invalid_time', `"${text}" is in the future`)
  return found
}

/** Errors of the layers below as the API tells them. */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof QueryError) throw new ApiError(error.code, error.message, error.cure)
    if (error instanceof StoreError) throw new ApiError('store_unavailable', error.message)
    throw error
  }
}

async function events(sources: Sources, range: TimeRange, { limit }: EventsQuery): Promise<EventsResponse> {
  const found: readonly StoredEvent[] = await sources.store.readEvents(range, limit ?? defaultEventLimit)
  return { events: found }
}

async function signal(
  platform: Platform,
  pid: number,
  { signal: name, startTicks }: SignalRequest,
  onSignal: MonitorParts['onSignal'],
): Promise<void> {
  const result = await platform.processes.signal({ pid, startTicks }, name)
  onSignal(pid, name, result.outcome)
  if (result.outcome === 'sent') return
  const codes = {
    gone: 'no_such_process',
    denied: 'signal_denied',
    replaced: 'process_replaced',
    refused: 'signal_refused',
  } as const
  throw new ApiError(codes[result.outcome], result.why)
}
