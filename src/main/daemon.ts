import { readdirSync } from 'node:fs'
import type { Clock } from '../base/clock.ts'
import { describeError, errnoCode, exitCodes, UserError } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import type { EventKind } from '../catalogue/events.ts'
import { type ConfigChange, diffConfig } from '../config/diff.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import { deriveColumns, isCounter, seriesDelta } from '../derive/rollup-rules.ts'
import { makeOwnFolder } from '../platform/local-channel.ts'
import { packProcessTicks } from '../recorder/pack.ts'
import { openSqliteStore } from '../store/sqlite/open.ts'
import type { Store } from '../store/store.ts'
import { assemble } from './assemble.ts'
import type { DaemonLog } from './daemon-log.ts'
import { checkLocalSocket } from './local-socket.ts'
import { LiveRetention } from './retention.ts'
import type { Running } from './running.ts'

export interface DaemonParts {
  readonly clock: Clock
  readonly loaded: LoadedConfig<Config>
  readonly reload: () => Promise<LoadedConfig<Config>>
  readonly log: DaemonLog
  /** Monotonic clock when the program began. */
  readonly startedMs: number
}

/** How long after the start memory that only the start needed is given back, milliseconds. */
const settleMs = 5000

/** One host's daemon: builds the parts, lets them go, ends them in order. */
export class Daemon {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #retention: LiveRetention
  #loaded: LoadedConfig<Config>
  #running: Running | undefined
  #starting: Promise<void> | undefined
  #stopping: Promise<number> | undefined

  constructor(private readonly parts: DaemonParts) {
    this.#clock = parts.clock
    this.#logger = parts.log.logger
    this.#loaded = parts.loaded
    this.#retention = new LiveRetention(parts.loaded.config)
  }

  /** Throws UserError or StoreError when it cannot start; nothing runs then. */
  start(): Promise<void> {
    this.#starting = this.#start()
    return this.#starting
  }

  async #start(): Promise<void> {
    const { config } = this.#loaded
    checkLocalSocket(config.socket)
    checkRoots(config)
    await makeOwnFolder(config.dataDir)
    const store = this.#openStore(config)
    let running: Running | undefined
    try {
      running = await assemble({
        config,
        store,
        clock: this.#clock,
        logger: this.#logger,
        startedMs: this.parts.startedMs,
      })
      this.#running = running
      // What cannot listen has recorded nothing.
      await running.listen(config)
      running.begin()
    } catch (error) {
      if (running === undefined) store.close()
      else await running.end('start failed')
      throw error
    }
    const sinceStartMs = Math.round(this.#clock.monotonicMs() - this.parts.startedMs)
    this.#logger.info('ready', { socket: config.socket.path, url: running.web?.url, since_start_ms: sinceStartMs })
    running.web?.announce()
    if (this.#stopping !== undefined) return
    this.#clock.after(settleMs, () => void running.spare.giveBack())
  }

  /** Ends everything in order; 0 when all was flushed. */
  stop(why: string): Promise<number> {
    this.#stopping ??= this.#stop(why)
    return this.#stopping
  }

  async #stop(why: string): Promise<number> {
    this.#logger.info('stopping', { why })
    // What is half built cannot be ended in order; if it fails, `start` says so.
    await this.#starting?.catch(() => undefined)
    const lost = (await this.#running?.end(why)) ?? 0
    this.#logger.info('stopped', lost === 0 ? {} : { lost_ticks: lost })
    return lost === 0 ? exitCodes.ok : exitCodes.failed
  }

  /** Reads the configuration again; what is wrong with it leaves everything as it is. */
  async reload(): Promise<void> {
    try {
      const next = await this.parts.reload()
      const changes = this.#changesTo(next)
      this.parts.log.apply(next.config.log)
      this.#retention.apply(next.config)
      this.#running?.alerting.apply(next.config.alerts)
      this.#loaded = next
      await this.#running?.web?.reload()
      for (const { key, from, to, isLive } of changes) {
        if (isLive) this.#logger.info('setting changed', { key, from, to })
        else this.#logger.warn('setting changed, but needs a restart', { key, from, to })
      }
      this.#logger.info('configuration read again', { changes: changes.length })
    } catch (error) {
      this.#logger.error('the configuration is wrong; going on with the one before', { error: describeError(error) })
    }
  }

  /** What is live against what is in effect now, the rest against what the daemon was started with. */
  #changesTo({ entries }: LoadedConfig<Config>): ConfigChange[] {
    const live = diffConfig(this.#loaded.entries, entries).filter(({ isLive }) => isLive)
    const waiting = diffConfig(this.parts.loaded.entries, entries).filter(({ isLive }) => !isLive)
    return [...live, ...waiting]
  }

  #openStore(config: Config): Store {
    const { store, movedAside } = openSqliteStore({
      dataDir: config.dataDir,
      retention: this.#retention,
      rules: {
        isCounter,
        counterDelta: seriesDelta,
        derive: (input) => deriveColumns(this.#running?.series.all() ?? [], input.elapsedMs, input.column),
      },
      packProcesses: packProcessTicks,
      monotonicMs: () => this.#clock.monotonicMs(),
      wallMs: () => this.#clock.wallMs(),
      pid: process.pid,
      onError: (error) => this.#logger.limited('store', 'error', 'the store could not be tended', { error }),
    })
    if (movedAside !== undefined) {
      const { path, why } = movedAside
      this.#logger.error('the record was damaged; it was moved aside and a fresh one begun', { path, why })
      store.appendEvent({
        unixMs: this.#clock.wallMs(),
        kind: 'store_moved_aside' satisfies EventKind,
        severity: 'error',
        message: `the record was damaged (${why}) and moved to ${path}`,
        data: { path },
      })
    }
    return store
  }
}

/** A mount that was forgotten must not make an empty record. Throws UserError. */
function checkRoots({ procfs, sysfs }: Config): void {
  const cure = 'Name where that of the machine to watch is mounted'
  for (const [key, folder] of Object.entries({ procfs, sysfs })) {
    const what = folder === undefined ? undefined : whyNoRoot(folder, key === 'procfs')
    if (what !== undefined) throw new UserError({ what, where: `${key}: ${folder}`, cure, exitCode: exitCodes.usage })
  }
}

function whyNoRoot(folder: string, mustHold: boolean): string | undefined {
  try {
    return readdirSync(folder).length === 0 && mustHold ? 'the folder is empty' : undefined
  } catch (error) {
    return errnoCode(error) === 'ENOENT' ? 'there is no such folder' : `cannot be read (${errnoCode(error)})`
  }
}
