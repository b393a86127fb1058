import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAnalysisAnswers } from '../api/analysis-answers.ts'
import { createApp } from '../api/app.ts'
import type { HealthResponse, HostFacts } from '../api/contract.ts'
import { createExplainAnswers } from '../api/explain-answers.ts'
import { createLiveHub, type LiveHub } from '../api/live/hub.ts'
import { createMonitor, readTime } from '../api/monitor.ts'
import { ApiError } from '../api/problems.ts'
import { createProcessAnswers } from '../api/process-answers.ts'
import type { MonitorService } from '../api/service.ts'
import { systemClock } from '../base/clock.ts'
import { describeError, errnoCode, UserError } from '../base/errors.ts'
import { createLogger } from '../base/log.ts'
import { ownZone } from '../base/time-expression.ts'
import type { OpenedBundle, OpenRequest } from '../cli/record-files.ts'
import { type Bundle, type Manifest, unpackBundle } from '../exchange/bundle-file.ts'
import { createExchange } from '../exchange/exchange.ts'
import { FrameRing } from '../frame/ring.ts'
import { SeriesTable } from '../frame/series-table.ts'
import { createUnsupportedPlatform } from '../platform/unsupported/platform.ts'
import { currentTick } from '../query/current.ts'
import type { Sources } from '../query/sources.ts'
import { RecordedTable } from '../recorder/recorded-table.ts'
import { processesAt } from '../recorder/replay.ts'
import { fileNames, openSqliteStore } from '../store/sqlite/open.ts'
import { type Store, StoreError } from '../store/store.ts'
import { Boots } from './boots.ts'
import { openLocalSocket } from './local-socket.ts'

/**
 * A bundle as a daemon that only shows: the same routes, dashboard and stream over the stretch of the record in it, and
 * its end is now. Nothing is collected and nothing is kept: what it unpacks goes when it is closed.
 */
export async function openBundle({ file, port }: OpenRequest): Promise<OpenedBundle> {
  const bundle = await unpackBundle(readWhole(file), file)
  const folder = mkdtempSync(join(tmpdir(), 'sysmon-bundle-'))
  const closing: (() => unknown)[] = [removedAtEnd(folder)]
  const close = async (): Promise<void> => {
    for (const end of closing.reverse()) await end()
  }
  try {
    const store = openStore(bundle, folder, file)
    closing.push(() => store.close())
    return await serve(await viewerOf(bundle.manifest, store), { folder, port, closing, close })
  } catch (error) {
    await close()
    throw error
  }
}

/** What it unpacked is another machine’s: it does not stay, however the program ends that may still say a word. */
function removedAtEnd(folder: string): () => void {
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  // As shells count it: 128 + the number of the signal (signal(7)).
  const endings = [
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const
  const listening = endings.map(([name, code]) => ({ name, end: () => process.exit(code) }))
  process.once('exit', remove)
  for (const { name, end } of listening) process.once(name, end)
  return () => {
    remove()
    process.off('exit', remove)
    for (const { name, end } of listening) process.off(name, end)
  }
}

function readWhole(file: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(file))
  } catch (error) {
    const code = errnoCode(error)
    if (code === undefined) throw error
    throw new UserError({
      what: code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`,
      where: file,
    })
  }
}

const forever = Number.MAX_SAFE_INTEGER

function openStore({ record }: Bundle, folder: string, file: string): Store {
  const path = join(folder, fileNames.database)
  writeFileSync(path, record, { mode: 0o600 })
  try {
    const { store, movedAside } = openSqliteStore({
      dataDir: folder,
      // Nothing is tended: what is in it stays in it, however old.
      retention: {
        secondsMs: forever,
        minutesMs: forever,
        hoursMs: forever,
        processesMs: forever,
        eventsMs: forever,
        maxBytes: undefined,
      },
      rules: { isCounter: () => false, counterDelta: () => Number.NaN, derive: () => [] },
      packProcesses: () => new Uint8Array(0),
      monotonicMs: () => systemClock.monotonicMs(),
      wallMs: () => systemClock.wallMs(),
      pid: process.pid,
      onError: () => undefined,
    })
    if (movedAside === undefined) return store
    store.close()
    throw new UserError({ what: `its record is damaged: ${movedAside.why}`, where: file })
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    const cure = error.code === 'newer_format' ? { cure: 'Open it with a newer sysmon' } : {}
    throw new UserError({ what: `its record cannot be opened: ${describeError(error)}`, where: file, ...cure })
  }
}

interface Viewer {
  readonly manifest: Manifest
  readonly host: HostFacts
  readonly sources: Sources
  readonly service: MonitorService
  readonly processes: RecordedTable
}

async function viewerOf(manifest: Manifest, store: Store): Promise<Viewer> {
  const known = await store.series()
  const series = new SeriesTable(Math.max(1, known.length), known)
  const { newestMs } = store.stats()
  const endMs = Math.min(manifest.endUnixMs, newestMs ?? manifest.endUnixMs)
  const sources: Sources = {
    ring: await ringOf(store, known.length, endMs),
    store,
    series,
    intervalMs: manifest.intervalMs,
    now: () => endMs,
  }
  const platform = createUnsupportedPlatform('a bundle')
  const { memoryBytes: _, ...unknown } = platform.identity()
  const host = (manifest.facts.host as HostFacts | undefined) ?? { ...unknown, os: 'unsupported' as const }
  const processes = await lastProcesses(store, endMs)
  const boots = new Boots(store)
  const answers = createProcessAnswers({
    sources,
    platform,
    live: () => processes,
    limitedView: () => undefined,
    bootUnixMs: (unixMs) => boots.bootUnixMs(unixMs),
  })
  const service = createMonitor({
    sources,
    platform,
    host,
    processes: answers,
    zone: ownZone,
    collectors: () => [],
    health: () => healthOf(manifest, store),
    onSignal: () => undefined,
  })
  const signal = (): Promise<never> =>
    Promise.reject(new ApiError('signal_refused', 'this is a bundle: the machine itself is not here'))
  return { manifest, host, sources, service: { ...service, signal }, processes }
}

/** Ticks at the end that are held in memory, as a daemon holds its last ones. */
const ringSlots = 120

async function ringOf(store: Store, series: number, endMs: number): Promise<FrameRing> {
  const ring = new FrameRing(ringSlots)
  const ids = Uint32Array.from({ length: series }, (_, id) => id)
  const startMs = endMs - ringSlots * 1000
  const { unixMs, elapsedMs, values } = await store.readSamples([...ids], { startMs, endMs })
  for (let at = 0; at < unixMs.length; at++) {
    const column = Float64Array.from(values, (all) => all[at] as number)
    const header = { seq: at, unixMs: unixMs[at] as number, elapsedMs: elapsedMs[at] as number }
    ring.push({ ...header, gap: 'none', isKey: true, ids, values: column })
  }
  return ring
}

async function lastProcesses(store: Store, endMs: number): Promise<RecordedTable> {
  const block = (await store.readProcesses({ startMs: endMs, endMs })).at(-1)
  return (block === undefined ? undefined : processesAt(block.content, endMs)) ?? new RecordedTable()
}

/** As the daemon told it when the bundle was made, with what is so here. */
function healthOf({ version, facts, startUnixMs, endUnixMs }: Manifest, store: Store): HealthResponse {
  const { oldestMs = startUnixMs, newestMs = endUnixMs } = store.stats()
  const told = facts.health as HealthResponse | undefined
  return {
    status: 'healthy',
    problems: [],
    uptime_seconds: 0,
    collector_status: {},
    db_connection: 'ok',
    db_buffered_frames: 0,
    db_dropped_frames: 0,
    memory_mb: 0,
    metrics_collected: 0,
    limitations: [],
    ...told,
    version,
    oldest_unix_ms: Math.max(oldestMs, startUnixMs),
    newest_unix_ms: Math.min(newestMs, endUnixMs),
    data_dir: 'a bundle',
    pid: process.pid,
  }
}

interface Serving {
  readonly folder: string
  readonly port: number | undefined
  readonly closing: (() => unknown)[]
  readonly close: () => Promise<void>
}

async function serve(viewer: Viewer, { folder, port, closing, close }: Serving): Promise<OpenedBundle> {
  const { sources, service, manifest, host } = viewer
  const parseTime = (text: string): number => readTime(text, sources.now(), ownZone)
  const app = createApp({
    service,
    parseTime,
    exchange: async () => createReadOnlyExchange(sources, folder),
    analysis: createAnalysisAnswers({
      sources,
      watch: () => ({ status: 'off', why: 'this is a bundle', series: 0 }),
      open: () => [],
      parseTime,
    }),
    explain: createExplainAnswers({
      sources,
      platform: createUnsupportedPlatform('a bundle'),
      live: () => viewer.processes,
      absences: () => [],
      parseTime,
    }),
    onInternalError: (error) => process.stderr.write(`sysmon: ${error.stack ?? error.message}\n`),
  })
  const answer = (request: Request): Response | Promise<Response> => app.request(request)
  const live = createHub(viewer)
  closing.push(() => live.close())
  const socketPath = join(folder, 'sysmon.sock')
  const socket = await openLocalSocket({ path: socketPath, group: undefined, answer, live })
  chmodSync(socketPath, 0o600)
  closing.push(() => socket.close())
  const url = port === undefined ? undefined : await openDashboard({ folder, port, answer, live, closing })
  const { startUnixMs: startMs } = manifest
  return { socketPath, url, startMs, endMs: sources.now(), host: host.hostName, close }
}

const createHub = ({ sources, service, host }: Viewer): LiveHub =>
  createLiveHub({
    current: () => currentTick(sources, []),
    hasTick: () => sources.ring.length > 0,
    processes: (query) => service.processes(query),
    host,
    clock: systemClock,
    onTooSlow: () => undefined,
    onError: (error) => process.stderr.write(`sysmon: ${describeError(error)}\n`),
  })

function createReadOnlyExchange(sources: Sources, dataDir: string): ReturnType<typeof createExchange> {
  const retention = (): { secondsMs: number; hoursMs: number } => ({ secondsMs: forever, hoursMs: forever })
  const exchange = createExchange({ sources, retention, dataDir })
  return { ...exchange, import: async () => ({ refused: ['this is a bundle: it is only looked at'] }) }
}

interface Dashboard {
  readonly folder: string
  readonly port: number
  readonly answer: (request: Request) => Response | Promise<Response>
  readonly live: LiveHub
  readonly closing: (() => unknown)[]
}

/** On loopback only, for who has the link. */
async function openDashboard({ folder, port, answer, live, closing }: Dashboard): Promise<string> {
  const { createWebFront } = await import('../api/web/front.ts')
  const { readOrMakeSecret } = await import('../api/web/secret.ts')
  const { answerLive, livePath } = await import('../api/live/route.ts')
  const { assets, prepareAssets } = await import('./dashboard-assets.ts')
  await prepareAssets()
  const front = createWebFront({
    clock: systemClock,
    logger: createLogger({ level: 'error', sink: { write: () => undefined }, clock: systemClock }),
    secret: readOrMakeSecret(join(folder, 'web.secret')),
    hosts: { names: ['127.0.0.1'], isLoopbackOnly: true },
    isTls: false,
    isBehindProxy: false,
    requestsPerMinute: 10_000,
    users: [],
    answer,
    assets,
    url: () => url,
  })
  const server = listenOnLoopback(
    port,
    async (request, own) => {
      const address = own.requestIP(request)?.address ?? 'unknown'
      const isStream = URL.parse(request.url)?.pathname === livePath && request.headers.has('upgrade')
      if (!isStream) return await front.answer(request, address)
      const identity = front.authorizeUpgrade(request, address)
      if (identity instanceof Response) return identity
      return answerLive(live, own as never, request, { isCurrent: () => front.isCurrent(identity) })
    },
    live,
  )
  closing.push(() => server.stop(true))
  const url = `http://127.0.0.1:${server.port}`
  return front.loginUrl()
}

type Answer = (request: Request, server: Bun.Server<unknown>) => Promise<Response | undefined>

function listenOnLoopback(port: number, answer: Answer, live: LiveHub): Bun.Server<unknown> {
  try {
    return Bun.serve({
      hostname: '127.0.0.1',
      port,
      fetch: (request, server) => answer(request, server as unknown as Bun.Server<unknown>),
      websocket: live.websocket,
      development: false,
      reusePort: false,
    }) as unknown as Bun.Server<unknown>
  } catch (error) {
    throw new UserError({
      what: `port ${port} cannot be listened on (${errnoCode(error) ?? describeError(error)})`,
      cure: 'Name another with --port, or none',
    })
  }
}
