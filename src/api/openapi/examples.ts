import { alertExamples } from '../alert-answers.ts'
import { anomaliesExample, forecastExample } from '../analysis-schemas.ts'
import { explainExample } from '../explain-schemas.ts'

/** One answer of each shape, small; a test checks them against the shapes. */
const unixMs = 1_767_603_780_000
const host = {
  hostName: 'db1',
  os: 'linux',
  osName: 'Debian GNU/Linux 13 (trixie)',
  kernel: '6.12.0-13-amd64',
  architecture: 'x64',
  bootId: '6f1c0e4a-6f0e-4f36-9c3b-0d6a3f1f2b11',
  scope: 'host',
  logicalCpus: 8,
  memoryBytes: 16_777_216_000,
}
const history = {
  metric: 'system.cpu.utilization',
  unit: '1',
  help: 'Share of all CPU time that was not idle.',
  resolutionMs: 1000,
  tier: '1s',
  unixMs: [unixMs - 1000, unixMs],
  series: [{ labels: {}, avg: [0.25, null], min: [0.25, null], max: [0.25, null] }],
}
const process = {
  pid: 812,
  startTicks: 4021,
  startUnixMs: unixMs - 86_400_000,
  parentPid: 1,
  name: 'postgres',
  commandLine: 'postgres -D /var/lib/postgresql/data',
  user: 'postgres',
  state: 'S',
  threads: 1,
  cpu: 0.37,
  residentBytes: 268_435_456,
  service: 'postgresql',
}

export const answerExamples: Readonly<Record<string, unknown>> = {
  Explain: explainExample,
  Anomalies: anomaliesExample,
  Forecast: forecastExample,
  ...alertExamples,
  ImportReport: {
    dryRun: false,
    ticks: 900,
    values: { added: 8100, known: 0, different: 0, settled: 0 },
    expiredTicks: 0,
    soonRolledUpTicks: 0,
    series: 9,
    newSeries: [],
    startUnixMs: unixMs - 900_000,
    endUnixMs: unixMs,
  },
  LoggedIn: { subject: 'user:ann', role: 'admin', expiresUnixMs: unixMs + 43_200_000 },
  CreatedLink: { url: 'http://127.0.0.1:8080/login?token=kd93_Qm0', minutes: 10 },
  CreatedToken: { token: 'eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoidmlld2VyIn0.c2ln', expiresUnixMs: unixMs + 86_400_000 },
  Current: {
    unixMs,
    seq: 4711,
    elapsedSeconds: 1,
    host,
    values: [{ metric: 'system.cpu.utilization', labels: {}, value: 0.25, unit: '1' }],
  },
  History: history,
  QueryResults: { results: [history] },
  Metrics: {
    metrics: [
      {
        name: 'system.memory.usage',
        kind: 'gauge',
        unit: 'By',
        help: 'Memory by what it is used for.',
        source: 'lines of /proc/meminfo',
        labels: ['state'],
        series: [{ state: 'used' }, { state: 'free' }],
      },
    ],
  },
  Processes: {
    unixMs,
    total: 214,
    accounting: { hostBusy: 0.9, processes: 0.8, reaped: 0.05, unattributed: 0.05 },
    processes: [process],
  },
  Process: { unixMs, process, parents: [{ pid: 1, name: 'systemd' }] },
  ProcessHistory: {
    pid: 812,
    startTicks: 4021,
    name: 'postgres',
    unixMs: [unixMs - 1000, unixMs],
    cpu: [0.37, null],
    residentBytes: [268_435_456, null],
    readBytesPerSecond: [0, null],
    writtenBytesPerSecond: [4096, null],
    runQueueWait: [0.01, null],
  },
  Events: {
    events: [{ unixMs, kind: 'start', severity: 'info', message: 'sysmon started', data: { pid: 700 } }],
  },
  Health: {
    status: 'healthy',
    problems: [],
    version: '0.1.0',
    uptime_seconds: 3600,
    collector_status: { cpu: { status: 'ok', failures: 0, duration_ms: 0.2 } },
    db_connection: 'ok',
    db_buffered_frames: 0,
    db_dropped_frames: 0,
    memory_mb: 36,
    metrics_collected: 412,
    oldest_unix_ms: unixMs - 86_400_000,
    newest_unix_ms: unixMs,
    data_dir: '/var/lib/sysmon',
    pid: 700,
    limitations: [],
  },
}
