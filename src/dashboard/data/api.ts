import type {
  CurrentResponse,
  EventsResponse,
  HealthResponse,
  HistoryQuery,
  HistoryResponse,
  LoggedIn,
  MetricsResponse,
  Problem,
  ProcessesResponse,
  ProcessHistoryResponse,
  ProcessResponse,
  SignalRequest,
} from '../../api/contract.ts'
import { request, timeLimit } from '../browser.ts'
import { readJson } from '../format/visible.ts'

/** The daemon said no, and why. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly problem: Partial<Problem>,
    /** From Retry-After. */
    readonly retryMs: number | undefined,
  ) {
    super(problem.detail ?? problem.title ?? `the daemon answered ${status}`)
    this.name = 'Refusal'
  }
}

/** Nobody answered, or only a proxy in between did. */
export class Unreachable extends Error {}

const isTimeout = (error: unknown): boolean => error instanceof DOMException && error.name === 'TimeoutError'

async function ask(path: string, init?: RequestInit): Promise<Response> {
  let answer: Response
  try {
    answer = await request(path, init)
  } catch (error) {
    if (init?.signal?.aborted === true && !isTimeout(error)) throw error
    throw new Unreachable('the daemon does not answer')
  }
  if (answer.ok) return answer
  if (answer.status >= 502 && answer.status <= 504) throw new Unreachable('the daemon does not answer')
  throw await refusalOf(answer)
}

async function refusalOf(answer: Response): Promise<Refusal> {
  const isProblem = answer.headers.get('content-type')?.includes('json') === true
  const problem = isProblem ? readJson<Partial<Problem>>(await answer.text()) : {}
  const retrySeconds = Number(answer.headers.get('retry-after') ?? Number.NaN)
  return new Refusal(answer.status, problem, Number.isFinite(retrySeconds) ? retrySeconds * 1000 : undefined)
}

export async function read<T>(path: string, signal?: AbortSignal): Promise<T> {
  return readJson<T>(await (await ask(path, signal === undefined ? {} : { signal })).text())
}

export const send = (method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<Response> =>
  ask(path, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
const post = (path: string, body: unknown): Promise<Response> => send('POST', path, body)

export const search = (query: Readonly<Record<string, string | number | boolean | undefined>>): string => {
  const set = Object.entries(query).filter(([, value]) => value !== undefined)
  return set.length === 0 ? '' : `?${new URLSearchParams(set.map(([name, value]) => [name, String(value)]))}`
}

/** A daemon that hangs does not answer either. */
const pollLimitMs = 5000

export const api = {
  current: (): Promise<CurrentResponse> => read('/api/v1/metrics/current', timeLimit(pollLimitMs)),
  metrics: (): Promise<MetricsResponse> => read('/api/v1/metrics'),
  health: (): Promise<HealthResponse> => read('/health'),
  events: (query: { start?: number; end?: number; limit?: number }): Promise<EventsResponse> =>
    read(`/api/v1/events${search(query)}`),
  query: async (queries: readonly HistoryQuery[]): Promise<readonly HistoryResponse[]> => {
    const answer = await post('/api/v1/metrics/query', { queries })
    return readJson<{ results: HistoryResponse[] }>(await answer.text()).results
  },
  processes: (
    query: { at?: number; sort?: string; limit?: number },
    signal?: AbortSignal,
  ): Promise<ProcessesResponse> => read(`/api/v1/processes${search(query)}`, signal),
  process: (pid: number, query: { at?: number; details?: boolean }): Promise<ProcessResponse> =>
    read(`/api/v1/processes/${pid}${search(query)}`),
  processHistory: (pid: number, query: { start: number; end: number }): Promise<ProcessHistoryResponse> =>
    read(`/api/v1/processes/${pid}/history${search(query)}`),
  signal: async (pid: number, body: SignalRequest): Promise<void> => {
    await post(`/api/v1/processes/${pid}/signal`, body)
  },
  me: (): Promise<LoggedIn> => read('/api/v1/auth/me'),
  logOut: async (): Promise<void> => {
    await post('/api/v1/auth/logout', {})
  },
  logIn: async (body: { name: string; password: string }): Promise<void> => {
    await post('/api/v1/auth/login', body)
  },
}

const tell = (detail: string | undefined): string => (detail === undefined ? '' : ` (${detail})`)

/** What went wrong, as a sentence for a person. */
export function sayError(error: unknown): string {
  if (error instanceof Refusal) {
    if (error.status === 401) return 'You are not logged in, or your session has ended.'
    if (error.status === 403) return `Your role does not allow this; an admin can${tell(error.problem.detail)}.`
    if (error.status === 429) return 'Too many requests: the daemon asks for a pause.'
    return [error.message, error.problem.cure].filter(Boolean).join('. ')
  }
  return error instanceof Error ? error.message : String(error)
}
