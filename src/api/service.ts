import type {
  CurrentResponse,
  EventsResponse,
  HealthResponse,
  HistoryQuery,
  HistoryResponse,
  MetricsResponse,
  ProcessesResponse,
  ProcessHistoryResponse,
  ProcessResponse,
  SignalRequest,
} from './contract.ts'
import type { ExpositionFormat } from './exposition/text.ts'

/**
 * What the routes need to answer, and no more: the daemon implements it over ring, store and platform; tests and, later,
 * a server over many hosts implement it over what they have. Errors are `ApiError`.
 */
export interface MonitorService {
  current(filter: readonly string[], atMs: number | undefined): Promise<CurrentResponse>
  history(query: HistoryQuery): Promise<HistoryResponse>
  metrics(): Promise<MetricsResponse>
  processes(query: ProcessesQuery): Promise<ProcessesResponse>
  process(pid: number, query: ProcessQuery): Promise<ProcessResponse>
  processHistory(pid: number, query: ProcessHistoryQuery): Promise<ProcessHistoryResponse>
  signal(pid: number, request: SignalRequest): Promise<void>
  events(query: EventsQuery): Promise<EventsResponse>
  health(): HealthResponse
  /** The last tick in raw values, as scrapers take it. */
  exposition(format: ExpositionFormat): string
  /** The moment that relative times count from, Unix milliseconds. */
  now(): number
}

export interface ProcessesQuery {
  readonly at?: string | undefined
  readonly sort?: string | undefined
  readonly limit?: number | undefined
}
export interface ProcessQuery {
  readonly at?: string | undefined
  readonly details?: boolean | undefined
}
export interface ProcessHistoryQuery {
  readonly start?: string | undefined
  readonly end?: string | undefined
  readonly resolution?: string | undefined
}
export interface EventsQuery {
  readonly start?: string | undefined
  readonly end?: string | undefined
  readonly limit?: number | undefined
}
