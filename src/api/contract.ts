import type { OsName, Unit } from '../catalogue/define.ts'

/**
 * The shapes that travel between the daemon and its clients as JSON. Types only. Times are Unix milliseconds, units base
 * units, ratios 0 to 1; what is absent is left out of objects and `null` in arrays, never 0.
 */

/** One value of one series. Counters come as rates per second, in the unit of the rate. */
export interface CurrentValue {
  readonly metric: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  readonly unit: Unit | string
}

/** `GET /api/v1/metrics/current[?metric=NAME,PREFIX*][&at=TIME]` */
export interface CurrentResponse {
  readonly unixMs: number
  readonly seq: number
  /** True length of the tick that rates are over, seconds. 0: first tick, no rates. */
  readonly elapsedSeconds: number
  /** Set when the tick follows a gap: start, missed, suspend, clock_step. */
  readonly gap?: string
  readonly host: HostFacts
  readonly values: readonly CurrentValue[]
}

export interface HostFacts {
  readonly hostName: string
  readonly os: OsName | 'unsupported'
  readonly osName: string
  readonly kernel: string
  readonly architecture: string
  readonly bootId: string
  readonly scope: 'host' | 'container'
  readonly logicalCpus: number
  readonly memoryBytes?: number
}

/** `GET /api/v1/metrics/history?metric=&start=&end=&resolution=&<label>=`: columnar, as charts take it. */
export interface HistoryResponse {
  readonly metric: string
  readonly unit: Unit | string
  readonly help: string
  readonly resolutionMs: number
  /** Which record answered: raw ticks or a rolled-up tier. */
  readonly tier: '1s' | '1m' | '1h'
  /** End of each step for ticks, start of each bucket for tiers; ascending. A gap has no entry or nulls. */
  readonly unixMs: readonly number[]
  readonly series: readonly HistorySeries[]
}
export interface HistorySeries {
  readonly labels: Readonly<Record<string, string>>
  readonly avg: readonly (number | null)[]
  readonly min: readonly (number | null)[]
  readonly max: readonly (number | null)[]
}

/** One request of `POST /api/v1/metrics/query` (`{ queries: [...] }` → `{ results: [...] }`), or the history route's parameters. */
export interface HistoryQuery {
  readonly metric: string
  readonly labels?: Readonly<Record<string, string>>
  readonly start?: string | number
  readonly end?: string | number
  /** `auto` (default), `1s`, `1m`, `1h` or any duration such as `15s`. */
  readonly resolution?: string
}

/** `GET /api/v1/metrics`: the catalogue with the series that exist. */
export interface MetricsResponse {
  readonly metrics: readonly MetricInfo[]
}
export interface MetricInfo {
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'state' | 'derived'
  readonly unit: Unit | string
  readonly help: string
  readonly source?: string
  readonly formula?: string
  readonly labels: readonly string[]
  readonly series: readonly Readonly<Record<string, string>>[]
  /** Why there is no series, where the collector said so. */
  readonly absent?: string
}

/** `GET /api/v1/processes[?at=][&sort=COLUMN][&limit=N]` */
export interface ProcessesResponse {
  readonly unixMs: number
  /** Processes in all, before `limit`. */
  readonly total: number
  /** What the kernel hides from this user, in words. */
  readonly limitedView?: string
  readonly accounting: CpuAccounting
  readonly processes: readonly ProcessRow[]
}
/** Where the host's CPU time of the tick went, in CPUs (1 = one core). */
export interface CpuAccounting {
  readonly hostBusy: number | null
  readonly processes: number | null
  /** Of processes that ran and ended between two ticks and were waited for: the parents' reaped time, capped at what is left of hostBusy. */
  readonly reaped: number | null
  /** What is left: short-lived or not attributable. Never negative. */
  readonly unattributed: number | null
}
/** One process. Rates are over the process's own reading window; left out when there is no baseline yet or no access. */
export interface ProcessRow {
  readonly pid: number
  readonly startTicks: number
  readonly startUnixMs?: number
  readonly parentPid?: number
  readonly name: string
  readonly commandLine: string
  readonly user: string
  readonly state: string
  readonly threads?: number
  readonly nice?: number
  /** CPUs in use: 1 = one core, whole process. */
  readonly cpu?: number
  readonly cpuUser?: number
  readonly cpuSystem?: number
  /** Share of the time in which the main thread waited for a CPU. */
  readonly runQueueWait?: number
  readonly ioDelay?: number
  readonly reapedCpu?: number
  readonly residentBytes?: number
  readonly virtualBytes?: number
  readonly readBytesPerSecond?: number
  readonly writtenBytesPerSecond?: number
  readonly minorFaultsPerSecond?: number
  readonly majorFaultsPerSecond?: number
  readonly contextSwitchesPerSecond?: number
  readonly cpuSeconds?: number
  readonly cgroup?: string
  /** Unit or container, as a person calls it. */
  readonly service?: string
  readonly processor?: number
}

/** `GET /api/v1/processes/{pid}[?at=][&details=true]` */
export interface ProcessResponse {
  readonly unixMs: number
  readonly process: ProcessRow
  readonly parents: readonly { readonly pid: number; readonly name: string }[]
  readonly details?: ProcessDetailsDto
}
export interface ProcessDetailsDto {
  readonly executable?: string
  readonly workingDirectory?: string
  readonly proportionalBytes?: number
  readonly sharedBytes?: number
  readonly swapBytes?: number
  readonly fileDescriptors?: number
  readonly openFiles: readonly { readonly descriptor: number; readonly path: string }[] | { readonly absent: string }
  readonly sockets:
    | readonly {
        readonly descriptor: number
        readonly protocol: string
        readonly local: string
        readonly remote: string
        readonly state: string
      }[]
    | { readonly absent: string }
  readonly threads:
    | readonly {
        readonly threadId: number
        readonly name: string
        readonly state: string
        readonly cpuSeconds: number
      }[]
    | { readonly absent: string }
  readonly limits:
    | readonly { readonly name: string; readonly soft: string; readonly hard: string; readonly unit: string }[]
    | { readonly absent: string }
  readonly notes: readonly string[]
}

/** `GET /api/v1/processes/{pid}/history?start=&end=&resolution=` */
export interface ProcessHistoryResponse {
  readonly pid: number
  readonly startTicks: number
  readonly name: string
  readonly unixMs: readonly number[]
  readonly cpu: readonly (number | null)[]
  readonly residentBytes: readonly (number | null)[]
  readonly readBytesPerSecond: readonly (number | null)[]
  readonly writtenBytesPerSecond: readonly (number | null)[]
  readonly runQueueWait: readonly (number | null)[]
}

/** `POST /api/v1/processes/{pid}/signal` */
export interface SignalRequest {
  readonly signal: string
  /** Identity as the client saw it; refused when another process has the pid now. */
  readonly startTicks?: number
}

/** `GET /api/v1/events?start=&end=&limit=` */
export interface EventsResponse {
  readonly events: readonly EventDto[]
}
export interface EventDto {
  readonly unixMs: number
  readonly kind: string
  readonly severity: 'info' | 'warning' | 'error'
  readonly message: string
  readonly data: Readonly<Record<string, string | number>>
}

/** `GET /health` */
export interface HealthResponse {
  readonly status: 'healthy' | 'degraded'
  /** What is wrong, in words, most important first; empty when healthy. */
  readonly problems: readonly string[]
  readonly version: string
  readonly uptime_seconds: number
  readonly collector_status: Readonly<Record<string, CollectorHealth>>
  readonly db_connection: 'ok' | 'degraded'
  readonly db_buffered_frames: number
  readonly db_dropped_frames: number
  readonly memory_mb: number
  readonly metrics_collected: number
  readonly oldest_unix_ms?: number
  readonly newest_unix_ms?: number
  readonly data_dir: string
  readonly pid: number
  /** What may not be read, what is lost, and the cure. */
  readonly limitations: readonly { readonly what: string; readonly lost: string; readonly cure: string }[]
}
export interface CollectorHealth {
  readonly status: 'ok' | 'no_data' | 'partial' | 'failing' | 'backing_off'
  readonly why?: string
  readonly failures: number
  readonly duration_ms?: number
}

/** RFC 9457 problem document, `application/problem+json`. */
export interface Problem {
  readonly type: string
  readonly code: string
  readonly title: string
  readonly status: number
  readonly detail: string
  /** What to do about it. */
  readonly cure?: string
}

/** GET /api/v1/auth/me, and the answer to a log-in with a password. */
export interface LoggedIn {
  /** `user:NAME`, `link` or `token`. */
  readonly subject: string
  readonly role: 'viewer' | 'admin'
  readonly expiresUnixMs: number
}
/** POST /api/v1/auth/links, on the local socket only. */
export interface CreatedLink {
  readonly url: string
  /** How long it is good, once. */
  readonly minutes: number
}
/** POST /api/v1/auth/tokens, on the local socket only. */
export interface CreatedToken {
  readonly token: string
  readonly expiresUnixMs: number
}
