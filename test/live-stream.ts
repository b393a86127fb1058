import type { CurrentValue, HostFacts, ProcessesResponse } from '../src/api/contract.ts'
import { createLiveHub, type LiveHub, type LiveLimits } from '../src/api/live/hub.ts'
import { answerLive } from '../src/api/live/route.ts'
import type { Delta, LiveProblem, LiveSeries, ServerMessage, Snapshot, Tick } from '../src/api/live-contract.ts'
import { ApiError } from '../src/api/problems.ts'
import type { CurrentTick } from '../src/query/current.ts'
import { type ManualClock, manualClock } from './manual-clock.ts'

/** A hub over values that a test sets, on a clock that a test moves. */
export interface LiveMachine {
  readonly hub: LiveHub
  readonly clock: ManualClock
  readonly errors: unknown[]
  /** Process tables asked for. */
  readonly listed: { readonly limit?: number | undefined; readonly sort?: string | undefined }[]
  /** The last tick. */
  readonly tick: CurrentTick | undefined
  /** Clients told to have been cut off. */
  readonly tooSlow: number
  /** Thrown instead of a table, while set. */
  failure: Error | undefined
  next(values: readonly CurrentValue[], tick?: Partial<Tick>): void
}

export const host: HostFacts = {
  hostName: 'maschine-ü',
  os: 'linux',
  osName: 'Test 1',
  kernel: '1',
  architecture: 'x64',
  bootId: 'b',
  scope: 'host',
  logicalCpus: 2,
}

export function liveMachine(limits: Partial<LiveLimits> = {}): LiveMachine {
  const clock = manualClock()
  const errors: unknown[] = []
  const listed: LiveMachine['listed'] = []
  const state = { tick: undefined as CurrentTick | undefined, failure: undefined as Error | undefined, tooSlow: 0 }
  const current = (): CurrentTick => {
    if (state.tick === undefined) throw new ApiError('not_recorded', 'no tick has been taken yet')
    return state.tick
  }
  const hub = createLiveHub({
    current,
    hasTick: () => state.tick !== undefined,
    processes: async (query) => {
      listed.push(query)
      if (state.failure !== undefined) throw state.failure
      return tableOf(current().unixMs, query.limit ?? 3)
    },
    host,
    clock,
    limits,
    onTooSlow: () => {
      state.tooSlow++
    },
    onError: (error) => errors.push(error),
  })
  return {
    hub,
    clock,
    errors,
    listed,
    get tick() {
      return state.tick
    },
    get tooSlow() {
      return state.tooSlow
    },
    get failure() {
      return state.failure
    },
    set failure(failure) {
      state.failure = failure
    },
    next: (values, tick = {}) => {
      clock.advance(1000)
      const seq = (state.tick?.seq ?? 0) + 1
      state.tick = { seq, unixMs: clock.wallMs(), elapsedSeconds: 1, gap: undefined, ...tick, values }
      hub.onTick()
    },
  }
}

function tableOf(unixMs: number, count: number): ProcessesResponse {
  const processes = Array.from({ length: count }, (_, pid) => ({
    pid: pid + 1,
    startTicks: 1,
    name: 'p',
    commandLine: '',
    user: 'u',
    state: 'S',
  }))
  const accounting = { hostBusy: null, processes: null, reaped: null, unattributed: null }
  return { unixMs, total: 3, accounting, processes }
}

export const value = (metric: string, of: number, labels: Readonly<Record<string, string>> = {}): CurrentValue => ({
  metric,
  labels,
  value: of,
  unit: '1',
})

/** What a client knows after the messages it got, by metric and labels. Throws on what the protocol does not allow. */
export class LiveReader {
  readonly series = new Map<number, LiveSeries>()
  readonly values = new Map<number, number>()
  tick: Tick | undefined
  readonly problems: LiveProblem[] = []
  snapshots = 0

  take(text: string): ServerMessage {
    const message = JSON.parse(text) as ServerMessage
    if (message.type === 'snapshot') this.#begin(message)
    else if (message.type === 'delta') this.#goOn(message)
    else if (message.type === 'problem') this.problems.push(message)
    return message
  }

  #begin(message: Snapshot): void {
    this.series.clear()
    this.values.clear()
    this.#announce(message.series)
    for (const [index, { id }] of message.series.entries()) this.#set(id, message.values[index] as number | null)
    this.tick = message
    this.snapshots++
  }

  #goOn(message: Delta): void {
    if (this.tick === undefined) throw new Error('a delta came before the first snapshot')
    if (message.seq !== this.tick.seq + 1) throw new Error(`tick ${message.seq} came after ${this.tick.seq}`)
    this.#announce(message.series ?? [])
    for (const [id, value] of message.changes) this.#set(id, value)
    this.tick = message
  }

  #announce(series: readonly LiveSeries[]): void {
    for (const one of series) {
      if (this.series.has(one.id)) throw new Error(`series ${one.id} was announced twice`)
      this.series.set(one.id, one)
    }
  }

  #set(id: number, value: number | null): void {
    if (!this.series.has(id)) throw new Error(`series ${id} has a value before a name`)
    if (value === null) this.values.delete(id)
    else this.values.set(id, value)
  }

  /** Comparable with `knownOf`. */
  get known(): Record<string, number> {
    return Object.fromEntries(
      [...this.values].map(([id, value]) => {
        const { metric, labels } = this.series.get(id) as LiveSeries
        return [nameOf(metric, labels), value]
      }),
    )
  }
}

export const knownOf = (values: readonly CurrentValue[]): Record<string, number> =>
  Object.fromEntries(values.map(({ metric, labels, value }) => [nameOf(metric, labels), value]))

const nameOf = (metric: string, labels: Readonly<Record<string, string>>): string =>
  `${metric} ${JSON.stringify(Object.entries(labels).sort())}`

/** The hub behind a real server on a port of its own; end it with `stop`. */
export function serveLive({ hub }: Pick<LiveMachine, 'hub'>): { readonly port: number; stop(): Promise<void> } {
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request, server) => answerLive(hub, server, request, { isCurrent: () => true }),
    websocket: hub.websocket,
  })
  return { port: server.port as number, stop: () => server.stop(true) }
}
