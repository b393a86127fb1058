import type {
  CurrentResponse,
  CurrentValue,
  EventsResponse,
  HealthResponse,
  HistoryResponse,
  HostFacts,
  MetricsResponse,
  ProcessesResponse,
  ProcessHistoryResponse,
  ProcessResponse,
  ProcessRow,
} from '../src/api/contract.ts'

/** Answers of a daemon as the contract shapes them, of one made-up machine at one moment, for tests of clients. */
export const sampleNowMs = Date.UTC(2026, 10, 23, 8, 40, 1)
const gib = 2 ** 30
const mib = 2 ** 20

export const sampleHost: HostFacts = {
  hostName: 'web-1',
  os: 'linux',
  osName: 'Debian GNU/Linux 12',
  kernel: 'Linux 6.1.0-18-amd64',
  architecture: 'x86_64',
  bootId: '6a1f0c9e-0000-4000-8000-000000000001',
  scope: 'host',
  logicalCpus: 2,
  memoryBytes: 8 * gib,
}

const value = (metric: string, of: number, unit: string, labels: Record<string, string> = {}): CurrentValue => ({
  metric,
  labels,
  value: of,
  unit,
})

const disk = { device: 'sda', role: 'physical' }
const net = { device: 'eth0', role: 'physical' }
const root = { mountpoint: '/', device: '/dev/sda1', type: 'ext4' }
const data = { mountpoint: '/data', device: '/dev/sda2', type: 'xfs' }

export const sampleValues: readonly CurrentValue[] = [
  value('system.cpu.utilization', 0.372, '1'),
  ...Object.entries({ user: 0.201, nice: 0, system: 0.161, idle: 0.578, iowait: 0.05, softirq: 0.01 }).map(
    ([mode, share]) => value('system.cpu.mode.utilization', share, '1', { mode }),
  ),
  value('system.cpu.load_average.1m', 0.52, '{thread}'),
  value('system.cpu.load_average.5m', 0.61, '{thread}'),
  value('system.cpu.load_average.15m', 0.7, '{thread}'),
  value('system.cpu.run_queue', 3, '{thread}'),
  value('system.cpu.blocked', 1, '{thread}'),
  value('system.uptime', 1_047_600, 's'),
  value('system.memory.limit', 8 * gib, 'By'),
  value('system.memory.usage', 4.88 * gib, 'By', { state: 'used' }),
  value('system.memory.usage', 2.1 * gib, 'By', { state: 'reclaimable' }),
  value('system.memory.usage', 1.02 * gib, 'By', { state: 'free' }),
  value('system.memory.utilization', 0.61, '1'),
  value('system.pressure.some', 0.12, '1', { resource: 'cpu' }),
  value('system.pressure.some', 0.004, '1', { resource: 'memory' }),
  value('system.pressure.full', 0.002, '1', { resource: 'memory' }),
  value('system.pressure.some', 0.35, '1', { resource: 'io' }),
  value('system.pressure.full', 0.2, '1', { resource: 'io' }),
  value('system.disk.io', 1.25 * mib, 'By/s', { ...disk, direction: 'read' }),
  value('system.disk.io', 40 * mib, 'By/s', { ...disk, direction: 'write' }),
  value('system.disk.utilization', 0.35, '1', disk),
  value('system.disk.latency', 0.0034, 's', { ...disk, direction: 'write' }),
  value('system.disk.queue', 0.3, '{operation}', disk),
  value('system.filesystem.limit', 100 * gib, 'By', root),
  value('system.filesystem.usage', 40 * gib, 'By', { ...root, state: 'used' }),
  value('system.filesystem.usage', 60 * gib, 'By', { ...root, state: 'free' }),
  value('system.filesystem.utilization', 0.4, '1', { mountpoint: '/' }),
  value('system.filesystem.limit', 20 * gib, 'By', data),
  value('system.filesystem.usage', 18.8 * gib, 'By', { ...data, state: 'used' }),
  value('system.filesystem.usage', 1.2 * gib, 'By', { ...data, state: 'free' }),
  value('system.filesystem.utilization', 0.94, '1', { mountpoint: '/data' }),
  value('system.network.io', 125_000, 'By/s', { ...net, direction: 'receive' }),
  value('system.network.io', 2_500_000, 'By/s', { ...net, direction: 'transmit' }),
  value('system.network.limit', 125_000_000, 'By/s', net),
  value('system.network.up', 1, '1', net),
  value('system.network.errors', 0, '{error}/s', { ...net, direction: 'receive' }),
  value('system.network.packet.dropped', 0, '{packet}/s', { ...net, direction: 'receive' }),
  value('system.network.io', 0, 'By/s', { device: 'lo', role: 'loopback', direction: 'receive' }),
  value('hw.temperature', 47, 'Cel', { sensor: 'coretemp Core 0' }),
  value('system.linux.memory.oom_kills', 0, '{process}/s'),
  value('sysmon.cpu.utilization', 0.003, '1'),
  value('sysmon.process.memory.usage', 36 * mib, 'By'),
  value('sysmon.store.size', 120 * mib, 'By', { file: 'database' }),
  value('sysmon.store.size', 4 * mib, 'By', { file: 'wal' }),
  value('sysmon.tick.lateness', 0.0004, 's'),
]

export const sampleCurrent: CurrentResponse = {
  unixMs: sampleNowMs,
  seq: 4711,
  elapsedSeconds: 1,
  host: sampleHost,
  values: sampleValues,
}

const row = (pid: number, name: string, more: Partial<ProcessRow> = {}): ProcessRow => ({
  pid,
  startTicks: pid * 100,
  startUnixMs: sampleNowMs - 3_600_000,
  parentPid: 1,
  name,
  commandLine: `/usr/bin/${name}`,
  user: 'root',
  state: 'S',
  threads: 1,
  nice: 0,
  cpu: 0,
  cpuUser: 0,
  cpuSystem: 0,
  runQueueWait: 0,
  residentBytes: 10 * mib,
  virtualBytes: 100 * mib,
  cpuSeconds: 1,
  ...more,
})

export const sampleProcesses: readonly ProcessRow[] = [
  row(1, 'systemd', { parentPid: 0, commandLine: '/sbin/init', cpuSeconds: 62, residentBytes: 12 * mib }),
  row(2, '[kthreadd]', { parentPid: 0, commandLine: '', residentBytes: 0, cpuSeconds: 0 }),
  row(812, 'postgres', {
    user: 'postgres',
    commandLine:
      '/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main -c config_file=/etc/postgresql/postgresql.conf',
    cpu: 0.42,
    cpuUser: 0.3,
    cpuSystem: 0.12,
    residentBytes: 210 * mib,
    readBytesPerSecond: 1.25 * mib,
    writtenBytesPerSecond: 39 * mib,
    service: 'postgresql.service',
    cgroup: '/system.slice/postgresql.service',
    threads: 4,
    cpuSeconds: 7384,
  }),
  row(813, 'postgres', {
    user: 'postgres',
    parentPid: 812,
    commandLine: 'postgres: writer',
    cpu: 0.08,
    residentBytes: 40 * mib,
  }),
  row(1400, 'node', {
    user: 'www',
    commandLine: 'node server.js',
    cpu: 0.21,
    residentBytes: 512 * mib,
    threads: 11,
    service: 'web.service',
  }),
  // A name that would set the title of the terminal (R12), and a process that may not be read in full.
  row(1999, ') R 1 (\n\u001b]0;x', {
    user: 'mallory',
    commandLine: 'evil \u001b[2J\u202e\u009b31m',
    cpu: 0.01,
    startTicks: 7,
  }),
]

export const sampleProcessesAnswer: ProcessesResponse = {
  unixMs: sampleNowMs,
  total: sampleProcesses.length,
  accounting: { hostBusy: 0.744, processes: 0.72, reaped: 0.02, unattributed: 0.004 },
  processes: sampleProcesses,
}

export const sampleProcess: ProcessResponse = {
  unixMs: sampleNowMs,
  process: sampleProcesses[2] as ProcessRow,
  parents: [{ pid: 1, name: 'systemd' }],
  details: {
    executable: '/usr/lib/postgresql/15/bin/postgres',
    workingDirectory: '/var/lib/postgresql/15/main',
    proportionalBytes: 180 * mib,
    fileDescriptors: 2,
    openFiles: [
      { descriptor: 0, path: '/dev/null' },
      { descriptor: 7, path: '/var/lib/postgresql/15/main/base/1/\u001b[31m2600' },
    ],
    sockets: [{ descriptor: 5, protocol: 'tcp', local: '127.0.0.1:5432', remote: '0.0.0.0:0', state: 'listen' }],
    threads: { absent: 'permission denied' },
    limits: [{ name: 'open files', soft: '1024', hard: '524288', unit: 'files' }],
    notes: ['threads need the same user or root'],
  },
}

export const sampleProcessHistory: ProcessHistoryResponse = {
  pid: 812,
  startTicks: 81_200,
  name: 'postgres',
  unixMs: [0, 1, 2, 3].map((step) => sampleNowMs - 3000 + step * 1000),
  cpu: [0.1, 0.4, null, 0.42],
  residentBytes: [200 * mib, 205 * mib, null, 210 * mib],
  readBytesPerSecond: [null, null, null, null],
  writtenBytesPerSecond: [0, 10 * mib, null, 39 * mib],
  runQueueWait: [0, 0.1, null, 0.05],
}

export function sampleHistory(
  metric: string,
  labelSets: readonly Record<string, string>[],
  unit = '1',
): HistoryResponse {
  const unixMs = Array.from({ length: 60 }, (_, index) => sampleNowMs - 59_000 + index * 1000)
  return {
    metric,
    unit,
    help: 'What it is.',
    resolutionMs: 1000,
    tier: '1s',
    unixMs,
    series: labelSets.map((labels, place) => {
      const avg = unixMs.map((_, index) => (index === 30 ? null : (index * (place + 1)) / 200))
      return { labels, avg, min: avg, max: avg }
    }),
  }
}

export const sampleMetrics: MetricsResponse = {
  metrics: [
    {
      name: 'system.cpu.utilization',
      kind: 'derived',
      unit: '1',
      help: 'Share of all CPUs that did work. Waiting for I/O and time stolen by the hypervisor are not work.',
      formula: '1 - (idle + iowait + steal) / total',
      labels: [],
      series: [{}],
    },
    {
      name: 'system.disk.io',
      kind: 'counter',
      unit: 'By/s',
      help: 'Bytes transferred.',
      source: '/proc/diskstats',
      labels: ['device', 'role', 'direction'],
      series: [
        { ...disk, direction: 'read' },
        { ...disk, direction: 'write' },
      ],
    },
    {
      name: 'hw.fan.speed',
      kind: 'gauge',
      unit: 'rpm',
      help: 'Fan speed.',
      source: '/sys/class/hwmon',
      labels: ['sensor'],
      series: [],
      absent: 'no fan reports its speed',
    },
  ],
}

export const sampleEvents: EventsResponse = {
  events: [
    {
      unixMs: sampleNowMs - 60_000,
      kind: 'clock_step',
      severity: 'warning',
      message: 'the clock was set back by 2 h',
      data: { stepMs: -7_200_000 },
    },
    { unixMs: sampleNowMs - 3_600_000, kind: 'start', severity: 'info', message: 'sysmond 1.2.3 started', data: {} },
    {
      unixMs: sampleNowMs - 30_000,
      kind: 'store_failed',
      severity: 'error',
      message: 'cannot write: \u001b[2Jdisk full',
      data: {},
    },
  ],
}

export const sampleHealth: HealthResponse = {
  status: 'healthy',
  problems: [],
  version: '1.2.3',
  uptime_seconds: 3600,
  collector_status: {
    cpu: { status: 'ok', failures: 0, duration_ms: 0.2 },
    sensor: { status: 'ok', failures: 0 },
    cgroup: { status: 'no_data', why: 'cgroup v2 is not mounted', failures: 0 },
  },
  db_connection: 'ok',
  db_buffered_frames: 0,
  db_dropped_frames: 0,
  memory_mb: 36,
  metrics_collected: sampleValues.length,
  oldest_unix_ms: sampleNowMs - 86_400_000,
  newest_unix_ms: sampleNowMs,
  data_dir: '/var/lib/sysmon',
  pid: 321,
  limitations: [
    {
      what: 'storage of other users’ processes',
      lost: 'READ/s and WRITE/s of 3 processes',
      cure: 'setcap cap_sys_ptrace+ep /usr/bin/sysmond',
    },
  ],
}
