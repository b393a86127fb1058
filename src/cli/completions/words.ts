import { type CommandSpec, type Completion, flagNames, type OptionSpec } from '../command.ts'
import { commonOptions } from '../common-options.ts'
import { allMetricNames } from '../metric-names.ts'
import { fieldNames } from '../process-fields.ts'
import { signalNames } from '../signals.ts'

/** What all three shells need: the tree of commands as flat lists of words. Generated, so it cannot drift. */
export interface CommandWords {
  /** `config check` for a subcommand. */
  readonly path: string
  readonly summary: string
  readonly subcommands: readonly CommandSpec[]
  readonly options: readonly OptionWords[]
  readonly argument: Completion | undefined
}
export interface OptionWords {
  /** `-n`, `--limit` */
  readonly names: readonly string[]
  readonly help: string
  readonly takesValue: boolean
  readonly complete: Completion | undefined
}

export const optionWords = ({ flags, help, complete }: OptionSpec): OptionWords => ({
  names: flagNames(flags),
  help,
  takesValue: flags.includes('<'),
  complete,
})

/** Every command and subcommand; the root, with an empty path, first. */
export function allCommandWords(commands: readonly CommandSpec[]): readonly CommandWords[] {
  const root: CommandWords = {
    path: '',
    summary: '',
    subcommands: commands,
    options: [...commonOptions, { flags: '-V, --version', help: 'version' }].map(optionWords),
    argument: undefined,
  }
  return [root, ...commands.flatMap((spec) => wordsOf(spec, spec.name))]
}

function wordsOf(spec: CommandSpec, path: string): readonly CommandWords[] {
  const own: CommandWords = {
    path,
    summary: spec.summary,
    subcommands: spec.subcommands ?? [],
    options: [...(spec.options ?? []), ...commonOptions].map(optionWords),
    argument: spec.arguments?.[0]?.complete,
  }
  return [own, ...(spec.subcommands ?? []).flatMap((each) => wordsOf(each, `${path} ${each.name}`))]
}

/** The words of a list that is known here; `undefined` for files and directories, which the shell knows. */
export function candidateWords(complete: Completion): readonly string[] | undefined {
  switch (complete) {
    case 'metric':
      return allMetricNames
    case 'column':
      return fieldNames
    case 'signal':
      return signalNames
    case 'file':
    case 'directory':
      return undefined
    default:
      return complete
  }
}
