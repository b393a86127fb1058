import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger } from '../src/base/log.ts'
import { loadConfig } from '../src/config/load.ts'
import { deriveColumns, isCounter, seriesDelta } from '../src/derive/rollup-rules.ts'
import { SeriesTable } from '../src/frame/series-table.ts'
import { Running } from '../src/main/running.ts'
import { createLinuxPlatform } from '../src/platform/linux/platform.ts'
import { packProcessTicks } from '../src/recorder/pack.ts'
import { defaultRetention } from '../src/store/sqlite/retention.ts'
import { sqlitePlace } from './conformance/sqlite-place.ts'
import { type FixtureHost, fixtureHost } from './fixture-host.ts'
import { type ManualClock, manualClock } from './manual-clock.ts'

/**
 * All of a daemon that watches a recorded machine, in this process: collectors, store, alerts, anomalies, what is sent
 * outward, local socket and web, on a clock that a test moves.
 */
export interface AssembledMachine {
  readonly folder: string
  readonly host: FixtureHost
  readonly clock: ManualClock
  readonly running: Running
  /** Lines of the log, as JSON. */
  readonly log: readonly string[]
  /** Lets so many seconds pass, a tick in each. */
  pass(seconds: number): void
  /** Over the local socket. */
  ask(path: string, init?: RequestInit): Promise<Response>
  read<T>(path: string): Promise<T>
  end(): Promise<number>
}

export interface AssemblyOptions {
  /** Keys of the configuration. */
  readonly settings?: Readonly<Record<string, string>>
  /** The configuration file; FOLDER in it is the machine's. */
  readonly file?: string
  /** The folder of one before: its record goes on. */
  readonly folder?: string
  readonly startMs?: number
  /** Changes the folder or the machine before anything is opened. */
  readonly prepare?: (at: { readonly folder: string; readonly host: FixtureHost }) => void
}

export const assembledStartMs = Date.UTC(2026, 0, 5, 12)

/** Runs, and listens. Rejects as a start does; nothing is left then but the folder, which `removed` of the test takes. */
export async function assembledMachine(options: AssemblyOptions = {}): Promise<AssembledMachine> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'sysmon-assembled-'))
  const clock = manualClock(options.startMs ?? assembledStartMs)
  const host = fixtureHost('recorded-vm', { clock })
  options.prepare?.({ folder, host })
  const configFile = join(folder, 'config.yaml')
  writeFileSync(configFile, (options.file ?? '').replaceAll('FOLDER', folder), { mode: 0o600 })
  const { config } = await loadConfig({
    home: folder,
    isRoot: false,
    cwd: folder,
    env: {},
    configOption: configFile,
    // This process is the tests’: its priority stays.
    flags: { data_dir: folder, priority: 'normal', ...options.settings },
  })
  const log: string[] = []
  const logger = createLogger({ level: 'debug', sink: { write: (line) => log.push(line) }, clock })
  const place = sqlitePlace(folder)
  let running: Running | undefined
  const store = place.open({
    rules: {
      isCounter,
      counterDelta: seriesDelta,
      derive: (input) => deriveColumns(running?.series.all() ?? [], input.elapsedMs, input.column),
    },
    packProcesses: packProcessTicks,
    monotonicMs: () => clock.monotonicMs(),
    retention: defaultRetention,
    onError: (error) => {
      throw error
    },
  })
  const platform = createLinuxPlatform(host, { cgroupLimit: 10 })
  const nowhere = {
    space: () => Promise.reject(new Error('no mount of a recorded machine answers')),
    close: () => undefined,
  }
  const series = new SeriesTable(config.limits.series, await store.series())
  const made = new Running({ config, store, clock, logger, startedMs: 0 }, platform, nowhere, series)
  running = made
  try {
    await made.listen(config)
  } catch (error) {
    await made.end('start failed')
    throw error
  }
  made.begin()
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`http://sysmon${path}`, { ...init, unix: config.socket.path } as RequestInit)
  return {
    folder,
    host,
    clock,
    running: made,
    log,
    pass: (seconds) => {
      for (let i = 0; i < seconds; i++) clock.advance(1000)
    },
    ask,
    read: async <T>(path: string) => (await (await ask(path)).json()) as T,
    end: async () => await made.end('the test is over'),
  }
}

export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true })

/** Turns of the loop until it holds; what loads in the background takes some. */
export async function settled(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve))
}
