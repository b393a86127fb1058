import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { ApiProblem, DaemonUnreachable, RequestAborted } from '../api/client.ts'
import { describeError, errnoCode, exitCodes, UserError } from '../base/errors.ts'
import { NoDaemon } from './discovery.ts'
import { BrokenPipe } from './io.ts'
import { interruptedExitCode } from './mistake.ts'
import { faint, type Text } from './output/span.ts'

/**
 * What went wrong, told to a person: one line what and where, one line the cure, and the exit code. The one place that
 * knows how errors look on a terminal.
 */
export interface Report {
  readonly lines: readonly Text[]
  readonly exitCode: number
}

/** `stamp`: how times that the daemon names are shown; it names them in UTC. */
export function reportOf(error: unknown, stamp?: (unixMs: number) => string): Report {
  if (error instanceof BrokenPipe) return { lines: [], exitCode: exitCodes.ok }
  if (error instanceof RequestAborted) return { lines: [], exitCode: interruptedExitCode }
  if (error instanceof UserError)
    return told(error.where === undefined ? error.what : `${error.where}: ${error.what}`, error.cure, error.exitCode)
  if (error instanceof ApiProblem) return problemReport(error, stamp)
  if (error instanceof NoDaemon) return noDaemonReport(error)
  if (error instanceof DaemonUnreachable) return unreachableReport(error)
  return bugReport(error)
}

/** A line for each thing that is wrong: a config file may have several. */
const told = (what: string, cure: string | undefined, exitCode: number): Report => ({
  lines: `${what}${cure === undefined ? '' : `; ${cure}`}`.split('\n').map((line) => `sysmon: ${line}`),
  exitCode,
})

/** Problems that are the caller’s mistake; the others are failures. */
const misuses: ReadonlySet<string> = new Set([
  'invalid_request',
  'invalid_time',
  'unknown_metric',
  'unknown_label',
  'too_much',
  'import_refused',
])

/** The daemon’s cures speak of routes; these speak of commands. */
const cures: Readonly<Record<string, string>> = {
  invalid_time: 'such as 15m, -30s, 03:12 or 2026-11-23T03:12:00Z',
  unknown_metric: 'they are listed by: sysmon metrics',
  unknown_label: 'the labels of a metric are shown by: sysmon metrics METRIC',
  not_recorded: 'from when to when there is a record, says: sysmon status',
  no_such_process: 'it may have ended, or begun this very second; sysmon ps --at TIME shows who ran',
  too_much: 'ask for a shorter time or a coarser --resolution',
  process_replaced: 'another process has that pid now and was not touched; look again: sysmon ps',
  signal_denied: 'let sysmond run as the owner of the process or as root',
  signal_refused: 'choose another process or signal',
  store_unavailable: 'what is wrong, says: sysmon doctor',
  import_refused: 'nothing of it was kept; correct it and try again',
  internal: 'the log of sysmond has the stack; please report it',
  unknown_route: 'sysmond is of another version; restart it',
}

const isoTime = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g

function problemReport({ problem }: ApiProblem, stamp: ((unixMs: number) => string) | undefined): Report {
  const said = problem.detail === '' ? problem.title : problem.detail
  const what = stamp === undefined ? said : said.replace(isoTime, (iso) => stamp(Date.parse(iso)))
  return told(what, cures[problem.code] ?? problem.cure, misuses.has(problem.code) ? exitCodes.usage : exitCodes.failed)
}

function noDaemonReport({ tried }: NoDaemon): Report {
  const [first] = tried
  if (first === undefined) {
    return told('no place is known where sysmond could answer', 'name one: --data-dir DIR', exitCodes.failed)
  }
  if (tried.length === 1) return unreachableReport(first)
  const telling = tried.find((each) => each.code !== 'ENOENT') ?? first
  const places = tried.map(({ where, why }) => `${where}: ${why}`).join(', ')
  return told(`no sysmond answers (${places})`, cureFor(telling), exitCodes.failed)
}

const unreachableReport = (error: DaemonUnreachable): Report => told(error.message, cureFor(error), exitCodes.failed)

export function cureFor({ code, where }: DaemonUnreachable): string {
  if (code === 'EACCES' || code === 'EPERM')
    return `it belongs to ${ownerOf(where)}: run sysmon as that user or as root`
  if (code === 'TIMEOUT') return 'see what it does: sysmon doctor'
  if (code === 'ENAMETOOLONG') return 'choose a shorter data directory'
  return 'start it: sysmond'
}

/** Whose the socket is, or the nearest folder around it that may be looked at. */
function ownerOf(path: string): string {
  try {
    const { uid } = statSync(path)
    return uid === 0 ? 'root' : `user id ${uid}`
  } catch (error) {
    if (errnoCode(error) === undefined) throw error
    const folder = dirname(path)
    return folder === path ? 'another user' : ownerOf(folder)
  }
}

/** Ours, not the person’s: everything that helps to find it. */
function bugReport(error: unknown): Report {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  return {
    lines: [
      `sysmon: an error in sysmon itself: ${describeError(error)}`,
      ...stack
        .split('\n')
        .slice(0, 12)
        .map((line): Text => [faint(`  ${line.trim()}`)]),
      '  please report it, with the command and: sysmon version',
    ],
    exitCode: exitCodes.failed,
  }
}
