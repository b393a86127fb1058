import * as v from 'valibot'
import { type AlertShapes, alertAnswers } from './alert-answers.ts'
import { anomaliesAnswer, forecastAnswer } from './analysis-schemas.ts'
import type { AnomaliesResponse } from './anomaly-contract.ts'
import type {
  CreatedLink,
  CreatedToken,
  CurrentResponse,
  EventsResponse,
  HealthResponse,
  HistoryResponse,
  LoggedIn,
  MetricsResponse,
  Problem,
  ProcessesResponse,
  ProcessHistoryResponse,
  ProcessResponse,
} from './contract.ts'
import type { ImportReport } from './exchange-contract.ts'
import type { ExplainResponse } from './explain-contract.ts'
import { explainAnswer } from './explain-schemas.ts'
import type { ForecastResponse } from './forecast-contract.ts'

/**
 * The shapes of answers for the OpenAPI document. Loaded with it, not before: nothing that is sent is checked against
 * them outside tests. The compiler holds them equal to contract.ts, field by field, in both directions (`agree`).
 */

const unixMs = v.pipe(v.number(), v.description('Unix milliseconds.'))
const labels = v.pipe(v.record(v.string(), v.string()), v.description('Label names and values.'))
const unit = v.pipe(v.string(), v.description('UCUM unit; ratios are 0 to 1.'))
const maybeNumber = v.nullable(v.number())
const column = v.array(maybeNumber)
const optional = v.exactOptional

const hostFacts = v.strictObject({
  hostName: v.string(),
  os: v.picklist(['linux', 'windows', 'darwin', 'unsupported']),
  osName: v.string(),
  kernel: v.string(),
  architecture: v.string(),
  bootId: v.string(),
  scope: v.picklist(['host', 'container']),
  logicalCpus: v.number(),
  memoryBytes: optional(v.number()),
})

const current = v.strictObject({
  unixMs,
  seq: v.pipe(v.number(), v.description('Number of the tick; -1 for one out of the record.')),
  elapsedSeconds: v.pipe(v.number(), v.description('True length of the tick that rates are over; 0: no rates.')),
  gap: optional(v.pipe(v.string(), v.description('Why the tick follows a gap: start, missed, suspend, clock_step.'))),
  host: hostFacts,
  values: v.array(v.strictObject({ metric: v.string(), labels, value: v.number(), unit })),
})

const historySeries = v.strictObject({ labels, avg: column, min: column, max: column })
const history = v.strictObject({
  metric: v.string(),
  unit,
  help: v.string(),
  resolutionMs: v.pipe(v.number(), v.description('Length of a step.')),
  tier: v.pipe(v.picklist(['1s', '1m', '1h']), v.description('Which record answered: ticks or a rolled-up tier.')),
  unixMs: v.pipe(v.array(v.number()), v.description('End of each tick or start of each step, ascending.')),
  series: v.array(historySeries),
})

const metrics = v.strictObject({
  metrics: v.array(
    v.strictObject({
      name: v.string(),
      kind: v.picklist(['counter', 'gauge', 'state', 'derived']),
      unit,
      help: v.string(),
      source: optional(v.string()),
      formula: optional(v.string()),
      labels: v.array(v.string()),
      series: v.array(labels),
      absent: optional(v.pipe(v.string(), v.description('Why there is no series, where the collector said so.'))),
    }),
  ),
})

const processRow = v.strictObject({
  pid: v.number(),
  startTicks: v.pipe(v.number(), v.description('With the pid, the identity of the process.')),
  startUnixMs: optional(unixMs),
  parentPid: optional(v.number()),
  name: v.string(),
  commandLine: v.pipe(v.string(), v.description('Secrets in it are blanked.')),
  user: v.string(),
  state: v.string(),
  threads: optional(v.number()),
  nice: optional(v.number()),
  cpu: optional(v.pipe(v.number(), v.description('CPUs in use: 1 is one core.'))),
  cpuUser: optional(v.number()),
  cpuSystem: optional(v.number()),
  runQueueWait: optional(v.pipe(v.number(), v.description('Share of the time its main thread waited for a CPU.'))),
  ioDelay: optional(v.number()),
  reapedCpu: optional(v.number()),
  residentBytes: optional(v.number()),
  virtualBytes: optional(v.number()),
  readBytesPerSecond: optional(v.number()),
  writtenBytesPerSecond: optional(v.number()),
  minorFaultsPerSecond: optional(v.number()),
  majorFaultsPerSecond: optional(v.number()),
  contextSwitchesPerSecond: optional(v.number()),
  cpuSeconds: optional(v.number()),
  cgroup: optional(v.string()),
  service: optional(v.pipe(v.string(), v.description('Unit or container, as a person calls it.'))),
  processor: optional(v.number()),
})
const processes = v.strictObject({
  unixMs,
  total: v.pipe(v.number(), v.description('Processes in all, before `limit`.')),
  limitedView: optional(v.pipe(v.string(), v.description('What the kernel hides, in words.'))),
  accounting: v.strictObject({
    hostBusy: maybeNumber,
    processes: maybeNumber,
    reaped: maybeNumber,
    unattributed: maybeNumber,
  }),
  processes: v.array(processRow),
})

const absent = v.strictObject({ absent: v.pipe(v.string(), v.description('Why it is not known.')) })
const details = v.strictObject({
  executable: optional(v.string()),
  workingDirectory: optional(v.string()),
  proportionalBytes: optional(v.number()),
  sharedBytes: optional(v.number()),
  swapBytes: optional(v.number()),
  fileDescriptors: optional(v.number()),
  openFiles: v.union([v.array(v.strictObject({ descriptor: v.number(), path: v.string() })), absent]),
  sockets: v.union([
    v.array(
      v.strictObject({
        descriptor: v.number(),
        protocol: v.string(),
        local: v.string(),
        remote: v.string(),
        state: v.string(),
      }),
    ),
    absent,
  ]),
  threads: v.union([
    v.array(v.strictObject({ threadId: v.number(), name: v.string(), state: v.string(), cpuSeconds: v.number() })),
    absent,
  ]),
  limits: v.union([
    v.array(v.strictObject({ name: v.string(), soft: v.string(), hard: v.string(), unit: v.string() })),
    absent,
  ]),
  notes: v.array(v.string()),
})
const process = v.strictObject({
  unixMs,
  process: processRow,
  parents: v.array(v.strictObject({ pid: v.number(), name: v.string() })),
  details: optional(details),
})
const processHistory = v.strictObject({
  pid: v.number(),
  startTicks: v.number(),
  name: v.string(),
  unixMs: v.array(v.number()),
  cpu: column,
  residentBytes: column,
  readBytesPerSecond: column,
  writtenBytesPerSecond: column,
  runQueueWait: column,
})

const events = v.strictObject({
  events: v.array(
    v.strictObject({
      unixMs,
      kind: v.string(),
      severity: v.picklist(['info', 'warning', 'error']),
      message: v.string(),
      data: v.record(v.string(), v.union([v.string(), v.number()])),
    }),
  ),
})

const collectorHealth = v.strictObject({
  status: v.picklist(['ok', 'no_data', 'partial', 'failing', 'backing_off']),
  why: optional(v.string()),
  failures: v.number(),
  duration_ms: optional(v.number()),
})
const health = v.strictObject({
  status: v.picklist(['healthy', 'degraded']),
  problems: v.pipe(v.array(v.string()), v.description('What is wrong, most important first.')),
  version: v.string(),
  uptime_seconds: v.number(),
  collector_status: v.record(v.string(), collectorHealth),
  db_connection: v.picklist(['ok', 'degraded']),
  db_buffered_frames: v.number(),
  db_dropped_frames: v.number(),
  memory_mb: v.number(),
  metrics_collected: v.number(),
  oldest_unix_ms: optional(v.number()),
  newest_unix_ms: optional(v.number()),
  data_dir: v.string(),
  pid: v.number(),
  limitations: v.array(v.strictObject({ what: v.string(), lost: v.string(), cure: v.string() })),
})

const importReport = v.strictObject({
  dryRun: v.pipe(v.boolean(), v.description('Nothing was kept: it was only asked what would be.')),
  ticks: v.number(),
  values: v.strictObject({
    added: v.pipe(v.number(), v.description('New to the record.')),
    known: v.pipe(v.number(), v.description('The record has the same.')),
    different: v.pipe(v.number(), v.description('The record has another value, and keeps it.')),
    settled: v.pipe(v.number(), v.description('Of a time whose seconds were dropped once it was rolled up: left out.')),
  }),
  expiredTicks: v.pipe(v.number(), v.description('Older than anything that is kept: left out.')),
  soonRolledUpTicks: v.pipe(v.number(), v.description('Older than seconds are kept: only their minutes stay.')),
  series: v.number(),
  newSeries: v.pipe(v.array(v.string()), v.description('Those that the record did not know.')),
  startUnixMs: unixMs,
  endUnixMs: unixMs,
})

const loggedIn = v.strictObject({
  subject: v.pipe(v.string(), v.description('`user:NAME`, `link` or `token`.')),
  role: v.picklist(['viewer', 'admin']),
  expiresUnixMs: unixMs,
})
const createdLink = v.strictObject({
  url: v.string(),
  minutes: v.pipe(v.number(), v.description('How long it is good, once.')),
})
const createdToken = v.strictObject({ token: v.string(), expiresUnixMs: unixMs })

const problem = v.pipe(
  v.strictObject({
    type: v.string(),
    code: v.pipe(v.string(), v.description('One word for programs.')),
    title: v.string(),
    status: v.number(),
    detail: v.pipe(v.string(), v.description('What it was this time.')),
    cure: optional(v.pipe(v.string(), v.description('What to do about it.'))),
  }),
  v.description('RFC 9457 problem document, `application/problem+json`.'),
)

/** By their names in the document. */
export const answerSchemas = {
  HostFacts: hostFacts,
  Current: current,
  HistorySeries: historySeries,
  History: history,
  QueryResults: v.strictObject({ results: v.array(history) }),
  Metrics: metrics,
  ProcessRow: processRow,
  Processes: processes,
  ProcessDetails: details,
  Process: process,
  ProcessHistory: processHistory,
  Events: events,
  CollectorHealth: collectorHealth,
  Health: health,
  ImportReport: importReport,
  Explain: explainAnswer,
  Anomalies: anomaliesAnswer,
  Forecast: forecastAnswer,
  ...alertAnswers,
  LoggedIn: loggedIn,
  CreatedLink: createdLink,
  CreatedToken: createdToken,
  Problem: problem,
} as const

type Frozen<T> = T extends readonly (infer U)[]
  ? readonly Frozen<U>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T
type Agrees<S extends v.GenericSchema, T> = [Frozen<v.InferOutput<S>>] extends [T]
  ? [T] extends [Frozen<v.InferOutput<S>>]
    ? true
    : 'the schema lacks or narrows something'
  : 'the schema allows more'

type AlertsAgree = { readonly [K in keyof AlertShapes]: Agrees<(typeof alertAnswers)[K], AlertShapes[K]> }
const alertsAgree: AlertsAgree = {
  Alerts: true,
  Incident: true,
  AlertRule: true,
  AlertRules: true,
  AlertRuleTest: true,
  Silence: true,
  Silences: true,
  Deliveries: true,
  ChannelTest: true,
}

/** A line that does not compile names the shape that went its own way. */
export const agree: {
  readonly current: Agrees<typeof current, CurrentResponse>
  readonly history: Agrees<typeof history, HistoryResponse>
  readonly metrics: Agrees<typeof metrics, MetricsResponse>
  readonly processes: Agrees<typeof processes, ProcessesResponse>
  readonly process: Agrees<typeof process, ProcessResponse>
  readonly processHistory: Agrees<typeof processHistory, ProcessHistoryResponse>
  readonly events: Agrees<typeof events, EventsResponse>
  readonly health: Agrees<typeof health, HealthResponse>
  readonly importReport: Agrees<typeof importReport, ImportReport>
  readonly explain: Agrees<typeof explainAnswer, ExplainResponse>
  readonly anomalies: Agrees<typeof anomaliesAnswer, AnomaliesResponse>
  readonly forecast: Agrees<typeof forecastAnswer, ForecastResponse>
  readonly alerts: AlertsAgree
  readonly loggedIn: Agrees<typeof loggedIn, LoggedIn>
  readonly createdLink: Agrees<typeof createdLink, CreatedLink>
  readonly createdToken: Agrees<typeof createdToken, CreatedToken>
  readonly problem: Agrees<typeof problem, Problem>
} = {
  current: true,
  history: true,
  metrics: true,
  processes: true,
  process: true,
  processHistory: true,
  events: true,
  health: true,
  importReport: true,
  explain: true,
  anomalies: true,
  forecast: true,
  alerts: alertsAgree,
  loggedIn: true,
  createdLink: true,
  createdToken: true,
  problem: true,
}
