import { errnoCode } from '../base/errors.ts'
import { type Loopback, loopbackUrl, readLoopback } from '../base/loopback-file.ts'
import type { AnomaliesParameters, AnomaliesResponse } from './anomaly-contract.ts'
import type {
  CreatedLink,
  CreatedToken,
  CurrentResponse,
  EventsResponse,
  HealthResponse,
  HistoryQuery,
  HistoryResponse,
  MetricsResponse,
  Problem,
  ProcessesResponse,
  ProcessHistoryResponse,
  ProcessResponse,
  SignalRequest,
} from './contract.ts'
import type { ExplainParameters, ExplainResponse } from './explain-contract.ts'
import type { ForecastParameters, ForecastResponse } from './forecast-contract.ts'

/**
 * The client of the daemon's API, one method a route, over the local socket or over a URL. It promises typed answers or
 * one of two errors: `ApiProblem`, the daemon said no and why, or `DaemonUnreachable`, nobody answered. It must not know
 * where a daemon is looked for, nor how an answer is shown.
 */

export type Endpoint = { readonly socketPath: string } | { readonly url: string; readonly token?: string }

export interface ClientOptions {
  /** Ends every request under way, e.g. at Ctrl-C. */
  readonly signal?: AbortSignal
  /** How long a daemon may think before it counts as not answering. */
  readonly timeoutMs?: number
  readonly fetch?: FetchLike
}
export type FetchLike = (url: string, init: FetchInit) => Promise<Response>
export interface FetchInit {
  readonly method: string
  readonly headers: Record<string, string>
  readonly signal: AbortSignal
  readonly body?: string | ReadableStream<Uint8Array>
  readonly unix?: string
  readonly timeout?: false
}

/** Times are Unix milliseconds, or what the API takes as text (`-15m`, RFC 3339). */
export type TimeParameter = number | string

export interface CurrentQuery {
  /** Metric names; `*` at the end of one takes all that begin so. */
  readonly metrics?: readonly string[]
  readonly at?: TimeParameter
}
export interface ProcessesQuery {
  readonly at?: TimeParameter
  readonly sort?: string
  readonly limit?: number
}
export interface SpanQuery {
  readonly start?: TimeParameter
  readonly end?: TimeParameter
}

export interface Client {
  current(query?: CurrentQuery): Promise<CurrentResponse>
  history(query: HistoryQuery): Promise<HistoryResponse>
  query(queries: readonly HistoryQuery[]): Promise<{ readonly results: readonly HistoryResponse[] }>
  metrics(): Promise<MetricsResponse>
  processes(query?: ProcessesQuery): Promise<ProcessesResponse>
  process(pid: number, query?: { readonly at?: TimeParameter; readonly details?: boolean }): Promise<ProcessResponse>
  processHistory(pid: number, query?: SpanQuery & { readonly resolution?: string }): Promise<ProcessHistoryResponse>
  signal(pid: number, request: SignalRequest): Promise<void>
  events(query?: SpanQuery & { readonly limit?: number }): Promise<EventsResponse>
  explain(query?: ExplainParameters): Promise<ExplainResponse>
  anomalies(query?: AnomaliesParameters): Promise<AnomaliesResponse>
  forecast(query?: ForecastParameters): Promise<ForecastResponse>
  health(): Promise<HealthResponse>
  /** On the local socket only, as the next. */
  createLink(role: 'viewer' | 'admin'): Promise<CreatedLink>
  createToken(role: 'viewer' | 'admin', seconds: number): Promise<CreatedToken>
  /** Any route of JSON. */
  send<T>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T>
  /** The answer as it comes: only its head is waited for. Ends with the caller’s signal. */
  download(path: string, parameters: RouteParameters): Promise<Response>
  /** However long it takes to send and to be worked through. */
  upload<T>(path: string, parameters: RouteParameters, body: ReadableStream<Uint8Array>): Promise<T>
}

/** The daemon answered with a problem document (RFC 9457). */
export class ApiProblem extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title)
    this.name = 'ApiProblem'
  }
}

/** Nobody answered. `why` is for people; `code` is the errno name or `TIMEOUT`. */
export class DaemonUnreachable extends Error {
  constructor(
    readonly where: string,
    readonly code: string,
    readonly why: string,
  ) {
    super(`no sysmond answers at ${where}: ${why}`)
    this.name = 'DaemonUnreachable'
  }
}

/** The caller's signal ended the request. */
export class RequestAborted extends Error {
  constructor() {
    super('aborted')
    this.name = 'RequestAborted'
  }
}

const defaultTimeoutMs = 10_000
const patientTimeoutMs = 60_000
export type RouteParameters = Readonly<Record<string, string | number | boolean | undefined>>

export function createClient(endpoint: Endpoint, options: ClientOptions = {}): Client {
  const get = <T>(path: string, parameters: RouteParameters = {}): Promise<T> =>
    request<T>(endpoint, options, 'GET', withParameters(path, parameters))
  /** For what may take long to work out. */
  const patient = <T>(path: string, parameters: RouteParameters): Promise<T> =>
    request<T>(
      endpoint,
      { ...options, timeoutMs: options.timeoutMs ?? patientTimeoutMs },
      'GET',
      withParameters(path, parameters),
    )
  const post = <T>(path: string, body: unknown): Promise<T> => request<T>(endpoint, options, 'POST', path, body)
  return {
    current: (query = {}) => get('/api/v1/metrics/current', { metric: query.metrics?.join(','), at: query.at }),
    history: ({ labels, ...query }) => get('/api/v1/metrics/history', { ...labels, ...query }),
    query: (queries) => post('/api/v1/metrics/query', { queries }),
    metrics: () => get('/api/v1/metrics'),
    processes: (query = {}) => get('/api/v1/processes', { ...query }),
    process: (pid, query = {}) => get(`/api/v1/processes/${pid}`, { ...query }),
    processHistory: (pid, query = {}) => get(`/api/v1/processes/${pid}/history`, { ...query }),
    signal: async (pid, body) => void (await post<unknown>(`/api/v1/processes/${pid}/signal`, body)),
    events: (query = {}) => get('/api/v1/events', { ...query }),
    explain: (query = {}) => patient('/api/v1/explain', { ...query }),
    anomalies: (query = {}) => get('/api/v1/anomalies', { ...query }),
    forecast: (query = {}) => patient('/api/v1/forecast', { ...query }),
    health: () => get('/health'),
    createLink: (role) => post('/api/v1/auth/links', { role }),
    createToken: (role, seconds) => post('/api/v1/auth/tokens', { role, seconds }),
    send: (method, path, body) =>
      request(endpoint, { ...options, timeoutMs: options.timeoutMs ?? patientTimeoutMs }, method, path, body),
    download: (path, parameters) => transfer(endpoint, options, 'GET', withParameters(path, parameters)),
    upload: async <T>(path: string, parameters: RouteParameters, body: ReadableStream<Uint8Array>) => {
      const response = await transfer(endpoint, options, 'POST', withParameters(path, parameters), body)
      return parsed<T>(await response.text(), endpoint)
    },
  }
}

/** Whether somebody listens on the socket: `undefined`, or why not. */
export async function knock(socketPath: string): Promise<DaemonUnreachable | undefined> {
  try {
    const loopback = readLoopback(socketPath)
    if (loopback !== undefined) return await knockAt(socketPath, loopback)
    const socket = await Bun.connect({ unix: socketPath, socket: { data: ignored } })
    socket.end()
    return undefined
  } catch (error) {
    return unreachable({ socketPath }, errnoCode(error) ?? 'UNKNOWN', error)
  }
}

/** A port may have come to somebody else: only who knows the secret of the file is meant. */
async function knockAt(socketPath: string, loopback: Loopback): Promise<DaemonUnreachable | undefined> {
  const headers = { authorization: `Bearer ${loopback.token}` }
  const response = await fetch(`${loopbackUrl(loopback)}/health`, { headers, signal: AbortSignal.timeout(2000) })
  await response.body?.cancel()
  return response.status === 401 ? unreachable({ socketPath }, 'ECONNREFUSED', undefined) : undefined
}

const ignored = (): void => undefined

export const describeEndpoint = (endpoint: Endpoint): string =>
  'socketPath' in endpoint ? endpoint.socketPath : endpoint.url

function withParameters(path: string, parameters: RouteParameters): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) search.append(name, String(value))
  return search.size === 0 ? path : `${path}?${search}`
}

async function request<T>(
  endpoint: Endpoint,
  options: ClientOptions,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? defaultTimeoutMs)
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout])
  const send: FetchLike = options.fetch ?? ((url, init) => fetch(url, init))
  try {
    const way = wayTo(endpoint)
    const response = await send(urlOf(way, path), initOf(way, method, signal, body))
    const text = await response.text()
    if (!response.ok) throw new ApiProblem(problemOf(response, text))
    return parsed<T>(text, endpoint)
  } catch (error) {
    if (error instanceof ApiProblem || error instanceof DaemonUnreachable) throw error
    if (options.signal?.aborted === true) throw new RequestAborted()
    throw unreachable(endpoint, timeout.aborted ? 'TIMEOUT' : (errnoCode(error) ?? 'UNKNOWN'), error)
  }
}

/** Without a bound on its time. */
async function transfer(
  endpoint: Endpoint,
  options: ClientOptions,
  method: string,
  path: string,
  body?: ReadableStream<Uint8Array>,
): Promise<Response> {
  const send: FetchLike = options.fetch ?? ((url, init) => fetch(url, init))
  const signal = options.signal ?? new AbortController().signal
  try {
    // Bun ends a request after five minutes unless told not to.
    const way = wayTo(endpoint)
    const init = { ...initOf(way, method, signal, undefined), timeout: false as const }
    const response = await send(urlOf(way, path), body === undefined ? init : { ...init, body })
    if (!response.ok) throw new ApiProblem(problemOf(response, await response.text()))
    return response
  } catch (error) {
    if (error instanceof ApiProblem) throw error
    if (options.signal?.aborted === true) throw new RequestAborted()
    throw unreachable(endpoint, errnoCode(error) ?? 'UNKNOWN', error)
  }
}

/** How a request goes: a daemon started anew has another port and another secret. */
type Way = Endpoint & { readonly isLocal: boolean }
function wayTo(endpoint: Endpoint): Way {
  if (!('socketPath' in endpoint)) return { ...endpoint, isLocal: false }
  const loopback = readLoopback(endpoint.socketPath)
  if (loopback === undefined) return { ...endpoint, isLocal: true }
  return { url: loopbackUrl(loopback), token: loopback.token, isLocal: true }
}

const urlOf = (way: Way, path: string): string =>
  'socketPath' in way ? `http://localhost${path}` : new URL(path, way.url).href

function initOf(way: Way, method: string, signal: AbortSignal, body: unknown): FetchInit {
  const headers: Record<string, string> = { accept: 'application/json' }
  // On one machine packing costs more than sending; the runtime would ask for it by itself.
  if (way.isLocal) headers['accept-encoding'] = 'identity'
  if (body !== undefined) headers['content-type'] = 'application/json'
  if ('token' in way && way.token !== undefined) headers.authorization = `Bearer ${way.token}`
  return {
    method,
    headers,
    signal,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...('socketPath' in way ? { unix: way.socketPath } : {}),
  }
}

function parsed<T>(text: string, endpoint: Endpoint): T {
  if (text === '') return undefined as T
  try {
    return JSON.parse(text) as T
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new DaemonUnreachable(describeEndpoint(endpoint), 'EPROTO', 'what answers there is not sysmond')
  }
}

/** The problem document, or one made of the status line when something else sits in between. */
function problemOf(response: Response, text: string): Problem {
  const made: Problem = {
    type: 'about:blank',
    code: `http_${response.status}`,
    title: response.statusText || `HTTP ${response.status}`,
    status: response.status,
    detail: `the daemon answered ${response.status} ${response.statusText}`.trim(),
  }
  if (!(response.headers.get('content-type') ?? '').includes('json')) return made
  try {
    return { ...made, ...(JSON.parse(text) as Partial<Problem>) }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return made
  }
}

/** errno names (connect(2)) and Bun's own names for the same. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no socket',
  FailedToOpenSocket: 'there is no socket',
  ENOTSOCK: 'that is not a socket',
  ECONNREFUSED: 'a socket is there but nobody listens: the daemon ended without cleaning up',
  ConnectionRefused: 'nobody listens there',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENAMETOOLONG: 'the path is too long for a socket (107 bytes at most)',
  TIMEOUT: 'it accepts connections but does not answer: stopped or overloaded',
  ECONNRESET: 'the connection was closed before an answer came: the daemon is ending',
  ConnectionClosed: 'the connection was closed before an answer came: the daemon is ending',
}

function unreachable(endpoint: Endpoint, code: string, error: unknown): DaemonUnreachable {
  const why = reasons[code] ?? (error instanceof Error ? error.message : String(error))
  return new DaemonUnreachable(describeEndpoint(endpoint), code, why)
}
