import { ApiProblem, DaemonUnreachable, RequestAborted } from '../api/client.ts'
import { describeError, exitCodes, UserError } from '../base/errors.ts'
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

export function reportOf(error: unknown): Report {
  if (error instanceof BrokenPipe) return { lines: [], exitCode: exitCodes.ok }
  if (error instanceof RequestAborted) return { lines: [], exitCode: interruptedExitCode }
  if (error instanceof UserError)
    return told(error.where === undefined ? error.what : `${error.where}: ${error.what}`, error.cure, error.exitCode)
  if (error instanceof ApiProblem) return problemReport(error)
  if (error instanceof NoDaemon) return noDaemonReport(error)
  if (error instanceof DaemonUnreachable) return told(error.message, cureFor(error), exitCodes.failed)
  return bugReport(error)
}

const told = (what: string, cure: string | undefined, exitCode: number): Report => ({
  lines: [`sysmon: ${what}`, ...cureLines(cure)],
  exitCode,
})

const cureLines = (cure: string | undefined): readonly Text[] => (cure === undefined ? [] : [['  ', cure]])

/** Requests that make no sense are the caller’s mistake; what the daemon cannot do is a failure. */
const misuses: ReadonlySet<string> = new Set([
  'invalid_request',
  'invalid_time',
  'unknown_metric',
  'unknown_label',
  'unknown_signal',
  'unknown_column',
  'too_much',
])

function problemReport({ problem }: ApiProblem): Report {
  const what = problem.detail === '' ? problem.title : problem.detail
  return told(what, problem.cure, misuses.has(problem.code) ? exitCodes.usage : exitCodes.failed)
}

function noDaemonReport({ tried }: NoDaemon): Report {
  const [first] = tried
  if (first === undefined)
    return told('no place is known where sysmond could answer', 'name one: --data-dir DIR', exitCodes.failed)
  if (tried.length === 1) return told(first.message, cureFor(first), exitCodes.failed)
  const telling = tried.find((each) => !isMissing(each)) ?? first
  return {
    lines: [
      'sysmon: no sysmond answers',
      ...tried.map((each): Text => ['  ', each.where, faint(`  ${each.why}`)]),
      ...cureLines(cureFor(telling)),
    ],
    exitCode: exitCodes.failed,
  }
}

const isMissing = (error: DaemonUnreachable): boolean => error.code === 'ENOENT'

function cureFor({ code }: DaemonUnreachable): string {
  if (code === 'EACCES' || code === 'EPERM') return 'run sysmon as the user that sysmond runs as, or as root'
  if (code === 'TIMEOUT') return 'see what it does: sysmon doctor'
  if (code === 'ENAMETOOLONG') return 'choose a shorter data directory'
  return 'start it: sysmond'
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
