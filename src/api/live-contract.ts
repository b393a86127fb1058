import type { HostFacts, ProcessesResponse } from './contract.ts'

/**
 * What travels over `WS /ws/metrics` as JSON text frames. Types only. The server speaks first with nothing: a client
 * subscribes, gets a snapshot, then one delta a tick. Numbers are those of `GET /api/v1/metrics/current`: derived values
 * with units, counters as rates.
 */

/** Client to server. A later one replaces the earlier and is answered with a new snapshot. */
export interface Subscribe {
  readonly type: 'subscribe'
  /** Metric names; `*` at the end of one takes all that begin so. Left out: all. */
  readonly metrics?: readonly string[]
  /** The process table with each tick: how many, in the order of `sort`; left out: none. */
  readonly processes?: { readonly limit?: number; readonly sort?: string }
  /** Last sequence number seen, after a break: the snapshot says how many ticks were missed. */
  readonly since?: number
}

/** What a series id of this connection means; sent once, before its first value. */
export interface LiveSeries {
  readonly id: number
  readonly metric: string
  readonly labels: Readonly<Record<string, string>>
  readonly unit: string
}

export interface Tick {
  readonly seq: number
  readonly unixMs: number
  /** True length of the tick that rates are over; 0: no rates. */
  readonly elapsedSeconds: number
  /** start, missed, suspend, clock_step. */
  readonly gap?: string
}

/** Every value there is. */
export interface Snapshot extends Tick {
  readonly type: 'snapshot'
  readonly host: HostFacts
  readonly series: readonly LiveSeries[]
  /** By place in `series`. */
  readonly values: readonly (number | null)[]
  /** Ticks between `since` and this one: to be had from the history. */
  readonly missed?: number
}

/** What is new or other than in the tick before. */
export interface Delta extends Tick {
  readonly type: 'delta'
  readonly series?: readonly LiveSeries[]
  /** Series ids and their values; null: it has become absent. */
  readonly changes: readonly (readonly [number, number | null])[]
}

export interface LiveProcesses extends ProcessesResponse {
  readonly type: 'processes'
}

/** The request could not be met; the connection stays. */
export interface LiveProblem {
  readonly type: 'problem'
  readonly code: string
  readonly detail: string
}

export type ServerMessage = Snapshot | Delta | LiveProcesses | LiveProblem

/**
 * Close codes of ours (RFC 6455 7.4.2). A client that has stopped reading cannot be told: its connection breaks (1006).
 */
export const closeCodes = { tooSlow: 4001, unauthorized: 4401, serverStops: 1001 } as const
