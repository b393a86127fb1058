import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Hono } from 'hono'
import { createAnalysisAnswers } from '../src/api/analysis-answers.ts'
import { createApp } from '../src/api/app.ts'
import type { HealthResponse, Problem } from '../src/api/contract.ts'
import { createExplainAnswers } from '../src/api/explain-answers.ts'
import { createMonitor, readTime } from '../src/api/monitor.ts'
import { createProcessAnswers } from '../src/api/process-answers.ts'
import { createExchange } from '../src/exchange/exchange.ts'
import { createLinuxPlatform } from '../src/platform/linux/platform.ts'
import type { Platform } from '../src/platform/platform.ts'
import { defaultRetention } from '../src/store/sqlite/retention.ts'
import { type ServedAlerts, servedAlerts } from './alert-service.ts'
import { type PipelineMachine, pipelineMachine } from './pipeline-machine.ts'

/** The API over a recorded machine on a clock that a test moves: real routes, queries, ring and store, no port. */
export interface ApiMachine {
  readonly machine: PipelineMachine
  readonly platform: Platform
  readonly app: Hono
  readonly internalErrors: { readonly error: Error; readonly path: string }[]
  readonly signals: string[]
  /** What the kernel hides, in words, while set. */
  limitedView: string | undefined
  /** The answer as JSON; anything but 200 fails. */
  get<T>(path: string): Promise<T>
  /** The problem document; its status and media type are checked. */
  problem(path: string, init?: RequestInit): Promise<Problem>
  post(path: string, body: unknown): Promise<Response>
  close(): void
}

/** Boot time that all times of the record are counted from. */
export const bootUnixMs = Date.UTC(2026, 0, 5, 9)

export async function apiMachine(startMs?: number): Promise<ApiMachine> {
  const machine = await pipelineMachine(startMs)
  const platform = createLinuxPlatform(machine.host, { cgroupLimit: 10 })
  const internalErrors: ApiMachine['internalErrors'] = []
  const signals: string[] = []
  const state = { limitedView: undefined as string | undefined }
  const { memoryBytes: _, ...identity } = platform.identity()
  const processes = createProcessAnswers({
    sources: machine.sources,
    platform,
    live: () => machine.live.table,
    limitedView: () => state.limitedView,
    bootUnixMs: () => bootUnixMs,
  })
  const service = createMonitor({
    sources: machine.sources,
    platform,
    host: { ...identity, os: 'linux' },
    processes,
    zone: 'UTC',
    collectors: () => [],
    health: () => ({ status: 'healthy' }) as HealthResponse,
    onSignal: (pid, signal, outcome) => signals.push(`${signal} ${pid} ${outcome}`),
  })
  const exchange = createExchange({
    sources: machine.sources,
    retention: () => ({ secondsMs: defaultRetention.secondsMs, hoursMs: defaultRetention.hoursMs }),
    dataDir: join(tmpdir(), `sysmon-exchange-${process.pid}`),
  })
  let alerts: ServedAlerts | undefined
  const app = createApp({
    service,
    alerts: async () => {
      alerts ??= servedAlerts(machine.sources, machine.clock)
      return alerts.service
    },
    parseTime: (text) => readTime(text, machine.clock.wallMs(), 'UTC'),
    exchange: async () => exchange,
    analysis: createAnalysisAnswers({
      sources: machine.sources,
      watch: () => ({ status: 'watching', series: 3 }),
      open: () => [],
      parseTime: (text) => readTime(text, machine.clock.wallMs(), 'UTC'),
    }),
    explain: createExplainAnswers({
      sources: machine.sources,
      platform,
      live: () => machine.live.table,
      absences: () => [],
      parseTime: (text) => readTime(text, machine.clock.wallMs(), 'UTC'),
    }),
    onInternalError: (error, path) => internalErrors.push({ error, path }),
  })
  return {
    machine,
    platform,
    app,
    internalErrors,
    signals,
    get limitedView() {
      return state.limitedView
    },
    set limitedView(why) {
      state.limitedView = why
    },
    get: async <T>(path: string) => {
      const response = await app.request(path)
      if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`)
      return (await response.json()) as T
    },
    problem: async (path, init) => {
      const response = await app.request(path, init)
      const type = response.headers.get('content-type')
      if (type !== 'application/problem+json') throw new Error(`${path}: ${response.status} ${type}`)
      const problem = (await response.json()) as Problem
      if (problem.status !== response.status) throw new Error(`${path}: ${response.status}, told as ${problem.status}`)
      return problem
    },
    post: async (path, body) =>
      app.request(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    close: () => {
      alerts?.close()
      platform.close()
      machine.close()
    },
  }
}
