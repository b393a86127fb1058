/**
 * The two kinds of failure that are nobody's surprise: `Bug`, a state that cannot be, and `UserError`, something the
 * person at the keyboard can put right. Everything else is an error of the system underneath and keeps its own class.
 */

/** A state that the code says cannot happen. Never caught to be ignored. */
export class Bug extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(`bug: ${message}`, options)
    this.name = 'Bug'
  }
}

export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export interface UserErrorFacts {
  /** What is wrong, one line, no full stop. */
  readonly what: string
  /** File, address, option… that it is about. */
  readonly where?: string
  /** What to do about it, one line. */
  readonly cure?: string
  readonly exitCode?: ExitCode
}

export class UserError extends Error {
  readonly what: string
  readonly where: string | undefined
  readonly cure: string | undefined
  readonly exitCode: ExitCode

  constructor(facts: UserErrorFacts, options?: ErrorOptions) {
    super(formatFacts(facts), options)
    this.name = 'UserError'
    this.what = facts.what
    this.where = facts.where
    this.cure = facts.cure
    this.exitCode = facts.exitCode ?? exitCodes.failed
  }
}

function formatFacts({ what, where, cure }: UserErrorFacts): string {
  const place = where === undefined ? '' : `${where}: `
  return cure === undefined ? `${place}${what}` : `${place}${what}. ${cure}`
}

/** errno name (ENOENT, EACCES…) of a failed system call; `undefined` for anything else. */
export function errnoCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** One line for people, of whatever was thrown. */
export const describeError = (error: unknown): string => (error instanceof Error ? error.message : String(error))
