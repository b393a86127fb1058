import type { Client } from '../api/client.ts'
import type { Candidate } from './discovery.ts'
import type { CliIo } from './io.ts'
import type { Options } from './options.ts'
import type { Output } from './output/output.ts'
import type { Times } from './times.ts'

/**
 * What a command is. The tree of commands is data: parsing, help, completions and docs/cli.md all come from it, and the
 * code of a command is loaded only when that command runs.
 */

/** What a shell may offer at a place. */
export type Completion = 'metric' | 'column' | 'signal' | 'file' | 'directory' | readonly string[]

export interface OptionSpec {
  /** As commander reads it: `-n, --limit <count>`. */
  readonly flags: string
  readonly help: string
  readonly complete?: Completion
  /** May be given several times; the values add up. */
  readonly repeats?: boolean
}

export interface ArgumentSpec {
  /** As commander reads it: `<pid>`, `[metric...]`. */
  readonly name: string
  readonly help: string
  readonly complete?: Completion
}

export interface Example {
  readonly line: string
  readonly what: string
}

export interface CommandSpec {
  readonly name: string
  /** One line, no full stop: for the list of commands. */
  readonly summary: string
  /** What one should know to use it; a paragraph or two. */
  readonly description?: string
  readonly arguments?: readonly ArgumentSpec[]
  readonly options?: readonly OptionSpec[]
  readonly examples: readonly Example[]
  readonly subcommands?: readonly CommandSpec[]
  readonly load?: () => Promise<CommandModule>
}

export interface CommandModule {
  /** Does it and gives the exit code. Throws UsageError, Failure, ApiProblem or DaemonUnreachable. */
  run(context: CommandContext): Promise<number>
}

export interface CommandContext {
  readonly io: CliIo
  readonly out: Output
  readonly options: Options
  readonly arguments: readonly string[]
  readonly times: Times
  /** Every command there is, for completions. */
  readonly tree: readonly CommandSpec[]
  /** Where a daemon may be listening. */
  readonly places: () => Promise<readonly Candidate[]>
  /** The daemon that answers; looked for at the first request. */
  readonly client: Client
}

/** `-n, --limit <count>` → `-n`, `--limit`. */
export const flagNames = (flags: string): string[] => flags.split(/[ ,]+/).filter((word) => word.startsWith('-'))
