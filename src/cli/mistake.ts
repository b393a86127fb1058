import { exitCodes, UserError } from '../base/errors.ts'

/** The person asked for something that makes no sense: exit code 2. */
export const misuse = (what: string, cure?: string): UserError =>
  new UserError({ what, exitCode: exitCodes.usage, ...(cure === undefined ? {} : { cure }) })

/** What was asked for could not be done: exit code 1. */
export const failure = (what: string, cure?: string): UserError =>
  new UserError({ what, exitCode: exitCodes.failed, ...(cure === undefined ? {} : { cure }) })

/** Ended by Ctrl-C, as shells count it: 128 + SIGINT. */
export const interruptedExitCode = 130
