import { createApp } from '../../src/api/app.ts'
import type { HealthResponse } from '../../src/api/contract.ts'
import { createMonitor, readTime } from '../../src/api/monitor.ts'
import { createProcessAnswers } from '../../src/api/process-answers.ts'
import { FrameRing } from '../../src/frame/ring.ts'
import { SeriesTable } from '../../src/frame/series-table.ts'
import { choosePlatform } from '../../src/platform/choose.ts'
import { createLiveHost } from '../../src/platform/live-host.ts'
import { LiveProcesses } from '../../src/recorder/live.ts'
import type { Store } from '../../src/store/store.ts'
import { eventually, removeDataDir, startDaemon } from '../../test/e2e/daemon.ts'
import { fullRecord } from '../full-record.ts'
import { type BenchContext, type BenchPart, type Figure, percentile } from '../part.ts'
import { findRecording, openRecord } from '../recording.ts'

const runs = 60
const warmUps = 8
const dayMs = 86_400_000
const quarterMs = 15 * 60_000

/** What a dashboard asks for when it opens. */
const charts = [
  'system.cpu.utilization',
  'system.memory.usage',
  'system.network.io',
  'system.disk.io',
  'system.pressure.some',
  'system.cpu.load_average.1m',
  'system.filesystem.utilization',
  'system.process.count',
]

/** Computed on read from every mode of every CPU. */
const derived = 'system.cpu.utilization'

/** Whole answers over HTTP: asked, read, written, sent and taken in, by one process over loopback. */
export const part: BenchPart = {
  name: 'api',
  about: 'answers over HTTP on loopback, client included; a dashboard load is 8 charts of 15 min, current, processes',
  run: async (context) => [...(await overRecord(context)), ...(await ofDaemon(context))],
}

async function overRecord(context: BenchContext): Promise<Figure[]> {
  const recording = findRecording(context)
  if (recording === undefined) {
    context.progress('no record to measure: name one with --recording or SYSMON_BENCH_RECORDING')
    return []
  }
  const { dataDir, endMs } = await fullRecord(recording, context.progress)
  const store = await openRecord(dataDir)
  const served = await serve(store, endMs)
  try {
    context.progress(`${runs} questions each, of a full record`)
    const day = (metric: string) =>
      `/api/v1/metrics/history?metric=${metric}&resolution=1s&start=${endMs - dayMs + 1000}&end=${endMs}`
    const stored = day('system.cpu.load_average.1m')
    const range = `start=${endMs - quarterMs}&end=${endMs}`
    // Without processes: their repeated blocks hold the times of the first.
    const load = [
      ...charts.map((metric) => `/api/v1/metrics/history?metric=${metric}&${range}`),
      `/api/v1/metrics/current?at=${endMs}`,
    ]
    return [
      ...figures('24 h of one series at 1 s', await timed(() => take(served.url, [stored])), undefined),
      ...figures('the same, as gzip', await timed(() => take(served.url, [stored], 'gzip')), undefined),
      ...figures('the same, as zstd', await timed(() => take(served.url, [stored], 'zstd')), undefined),
      ...figures('24 h at 1 s, derived', await timed(() => take(served.url, [day(derived)])), undefined),
      ...figures('8 charts of 15 min and current, recorded', await timed(() => take(served.url, load)), 30),
    ]
  } finally {
    await served.close()
    store.close()
  }
}

/** No filesystem is asked how full it is. */
const remoteSpace = async () => {
  throw new Error('not asked here')
}

/** The routes over a record that ends at a moment, which is now. */
async function serve(store: Store, endMs: number) {
  const series = new SeriesTable(undefined, await store.series())
  const sources = { ring: new FrameRing(1), store, series, intervalMs: 1000, now: () => endMs }
  const platform = await choosePlatform(createLiveHost({ procfs: '/proc', sysfs: '/sys', remoteSpace }), {
    cgroupLimit: 0,
  })
  const live = new LiveProcesses()
  const { memoryBytes: _, ...identity } = platform.identity()
  const processes = createProcessAnswers({
    sources,
    platform,
    live: () => live.table,
    limitedView: () => undefined,
    bootUnixMs: () => undefined,
  })
  const service = createMonitor({
    sources,
    platform,
    host: { ...identity, os: platform.os },
    processes,
    zone: 'UTC',
    collectors: () => [],
    health: () => ({ status: 'healthy' }) as HealthResponse,
    onSignal: () => undefined,
  })
  const app = createApp({
    service,
    parseTime: (text) => readTime(text, endMs, 'UTC'),
    onInternalError: (error) => {
      throw error
    },
  })
  const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: (request) => app.fetch(request) })
  const close = async (): Promise<void> => {
    await server.stop(true)
    platform.close()
  }
  return { url: `http://127.0.0.1:${server.port}`, close }
}

/** A daemon at work. */
async function ofDaemon({ progress, seconds }: BenchContext): Promise<Figure[]> {
  const daemon = await startDaemon()
  try {
    const ticks = Math.min(30, seconds)
    progress(`${ticks} s of recording, then ${runs} questions each, on the local socket`)
    await eventually(
      () => daemon.get<{ readonly seq: number }>('/api/v1/metrics/current'),
      ({ seq }) => seq >= ticks,
      (ticks + 30) * 1000,
    )
    const ask = (path: string) => async () => void (await (await daemon.request(path)).arrayBuffer())
    const load = [
      ...charts.map((metric) => `/api/v1/metrics/history?metric=${metric}`),
      '/api/v1/metrics/current',
      '/api/v1/processes',
    ]
    return [
      ...figures('/metrics', await timed(ask('/metrics')), undefined),
      ...figures('/api/v1/metrics/current', await timed(ask('/api/v1/metrics/current')), undefined),
      ...figures('/api/v1/processes', await timed(ask('/api/v1/processes')), undefined),
      ...figures(
        'dashboard load, of a daemon at work',
        await timed(() => Promise.all(load.map((path) => ask(path)()))),
        30,
      ),
    ]
  } finally {
    await daemon.stop()
    await removeDataDir(daemon)
  }
}

async function take(url: string, paths: readonly string[], encoding = 'identity'): Promise<void> {
  await Promise.all(
    paths.map(async (path) => {
      const response = await fetch(url + path, { headers: { 'accept-encoding': encoding } })
      if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`)
      await response.arrayBuffer()
    }),
  )
}

async function timed(ask: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  for (let turn = 0; turn < runs + warmUps; turn++) {
    const start = performance.now()
    await ask()
    if (turn >= warmUps) times.push(performance.now() - start)
  }
  return times
}

function figures(name: string, times: readonly number[], target: number | undefined): Figure[] {
  const aim = target === undefined ? {} : { target }
  return [
    { name: `${name}, median`, value: percentile(times, 0.5), unit: 'ms', ...aim },
    { name: `${name}, p99`, value: percentile(times, 0.99), unit: 'ms' },
  ]
}
