import { homedir } from 'node:os'
import { systemClock } from '../base/clock.ts'
import { describeError, exitCodes, UserError } from '../base/errors.ts'
import { createLogger } from '../base/log.ts'
import { descriptorSink } from '../base/log-file.ts'
import { version, versionText } from '../base/version.ts'
import { type ConfigInput, loadConfig } from '../config/load.ts'
import { hangUpReloads } from '../platform/local-channel.ts'
import { tuneRuntime } from '../platform/own-runtime.ts'
import { StoreError, type StoreErrorCode } from '../store/store.ts'
import { Daemon } from './daemon.ts'
import { DaemonLog } from './daemon-log.ts'
import { daemonUsage, parseDaemonOptions } from './daemon-options.ts'

/** The daemon of one host: collects, stores, answers. Resolves to the exit code once it has ended. */
export async function runDaemon(args: readonly string[]): Promise<number> {
  const startedMs = systemClock.monotonicMs()
  // What the daemon makes is for its owner: record, lock, log and socket.
  process.umask(0o077)
  try {
    const options = parseDaemonOptions(args)
    if (options === 'help' || options === 'version') {
      process.stdout.write(options === 'help' ? daemonUsage : `sysmond ${versionText}\n`)
      return exitCodes.ok
    }
    await tuneRuntime()
    const input: ConfigInput = {
      home: homedir(),
      isRoot: process.getuid?.() === 0,
      cwd: process.cwd(),
      env: process.env,
      flags: options.flags,
      ...(options.config === undefined ? {} : { configOption: options.config }),
    }
    return await record(input, startedMs)
  } catch (error) {
    return refuse(error)
  }
}

async function record(input: ConfigInput, startedMs: number): Promise<number> {
  const loaded = await loadConfig(input)
  const log = new DaemonLog(loaded.config.log, systemClock)
  for (const warning of loaded.warnings) log.logger.warn(warning)
  const daemon = new Daemon({ clock: systemClock, loaded, reload: () => loadConfig(input), log, startedMs })
  const ended = new Promise<number>((resolve) => {
    process.on('SIGTERM', () => void daemon.stop('SIGTERM').then(resolve))
    process.on('SIGINT', () => void daemon.stop('SIGINT').then(resolve))
    process.on('SIGHUP', () => void (hangUpReloads ? daemon.reload() : daemon.stop('SIGHUP').then(resolve)))
    process.on('SIGBREAK', () => void daemon.stop('SIGBREAK').then(resolve))
    process.on('uncaughtException', (error) => {
      log.logger.error('an error that nobody expected; stopping', { error })
      void daemon.stop('error').then(() => resolve(exitCodes.failed))
    })
  })
  // Signals are heard from here on.
  log.logger.info('starting', { version, pid: process.pid, data_dir: loaded.config.dataDir, config: loaded.file })
  await daemon.start()
  const code = await ended
  log.close()
  return code
}

/** What the person can do about a record that cannot be opened. */
const cures: Readonly<Partial<Record<StoreErrorCode, string>>> = {
  full: 'Make room on the disk, or name another place with --data-dir',
  locked: 'End that program, or name another place with --data-dir',
  read_only: 'Let this user write there, or name another place with --data-dir',
  newer_format: 'Install the newer sysmon again, or name another place with --data-dir',
  io: 'Look at the disk, or name another place with --data-dir',
}

/** One line a problem: what, where, the cure. */
function refuse(error: unknown): number {
  const known = error instanceof UserError || error instanceof StoreError
  if (process.stderr.isTTY !== true && !known) {
    const sink = descriptorSink(2)
    createLogger({ level: 'info', sink, clock: systemClock }).error('could not start', { error })
    return exitCodes.failed
  }
  const cure = error instanceof StoreError ? cures[error.code] : undefined
  const text = cure === undefined ? describeError(error) : `${describeError(error)}. ${cure}`
  for (const line of text.split('\n')) process.stderr.write(`sysmond: ${line}\n`)
  if (!known && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`)
  return error instanceof UserError ? error.exitCode : exitCodes.failed
}
