import { Command, type CommanderError } from 'commander'
import type { UserError } from '../base/errors.ts'
import { type CommandSpec, flagNames, type OptionSpec } from './command.ts'
import { commonOptions } from './common-options.ts'
import { meant } from './meant.ts'
import { misuse } from './mistake.ts'
import { Options } from './options.ts'
import { commands } from './tree.ts'

/** What the words on the line ask for. */
export type Parsed =
  | {
      readonly kind: 'run'
      readonly spec: CommandSpec
      readonly options: Options
      readonly arguments: readonly string[]
    }
  | { readonly kind: 'help'; readonly path: readonly CommandSpec[] }
  | { readonly kind: 'version' }

/** Reads the words by the tree of commands. Throws UsageError, with the nearest right word where one is near. */
export function parseLine(argv: readonly string[]): Parsed {
  let parsed: Parsed | undefined
  const program = configured(new Command('sysmon'), [], (result) => {
    parsed = result
  })
  addOptions(program, commonOptions)
  program.option('-V, --version', 'version')
  try {
    program.parse(argv[0] === 'kill' ? withSignalOption(argv) : argv, { from: 'user' })
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    parsed = afterStop(error, program, argv)
  }
  return parsed ?? versionOrHelp(program)
}

/** `kill -9 1234` and `kill -HUP 1234`, as the fingers know it. */
function withSignalOption(argv: readonly string[]): readonly string[] {
  const at = argv.findIndex((word) => word === '--' || /^-(?:\d+|[A-Z][A-Z0-9]+)$/.test(word))
  const word = argv[at]
  if (word === undefined || word === '--') return argv
  return [...argv.slice(0, at), '--signal', word.slice(1), ...argv.slice(at + 1)]
}

const versionOrHelp = (program: Command): Parsed =>
  program.opts().version === true ? { kind: 'version' } : { kind: 'help', path: [] }

/** Commander’s way out, with the command at which it happened. */
class Stop extends Error {
  constructor(
    readonly path: readonly CommandSpec[],
    override readonly cause: CommanderError,
  ) {
    super(cause.message)
  }
}

/** What commander would print, we say ourselves. */
const silent = (): void => undefined

type Found = (parsed: Parsed) => void

function configured(command: Command, path: readonly CommandSpec[], found: Found): Command {
  command
    .exitOverride((error) => {
      throw new Stop(path, error)
    })
    .configureOutput({ writeOut: silent, writeErr: silent, outputError: silent })
    .helpCommand(false)
    .helpOption('-h, --help', 'help')
    .showSuggestionAfterError(false)
  for (const spec of path.at(-1)?.subcommands ?? (path.length === 0 ? commands : [])) {
    command.addCommand(commandOf(spec, [...path, spec], found))
  }
  return command
}

function commandOf(spec: CommandSpec, path: readonly CommandSpec[], found: Found): Command {
  const command = configured(new Command(spec.name), path, found)
  for (const { name, help } of spec.arguments ?? []) command.argument(name, help)
  addOptions(command, spec.options ?? [])
  if (spec.load === undefined && spec.subcommands !== undefined) return command
  return command.action(() => {
    found({
      kind: 'run',
      spec,
      options: new Options({ ...command.optsWithGlobals() }),
      arguments: command.args,
    })
  })
}

function addOptions(command: Command, options: readonly OptionSpec[]): void {
  for (const option of options) {
    if (option.flags.includes('--help')) continue
    if (option.repeats === true) command.option(option.flags, option.help, collected)
    else command.option(option.flags, option.help)
  }
}

const collected = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
]

function afterStop(stop: Stop, program: Command, argv: readonly string[]): Parsed {
  if (stop.cause.code === 'commander.helpDisplayed') return { kind: 'help', path: stop.path }
  if (stop.cause.code === 'commander.help') {
    if (stop.path.length === 0) return versionOrHelp(program)
    throw missingSubcommand(stop.path)
  }
  throw mistakeOf(stop, argv)
}

function missingSubcommand(path: readonly CommandSpec[]): UserError {
  const names = (path.at(-1)?.subcommands ?? []).map((spec) => spec.name)
  return misuse(`${commandName(path)} needs one of: ${names.join(', ')}`, seeHelp(path))
}

/** Commander’s messages name the word in single quotes: `error: unknown option '--jsn'`. */
const quoted = (message: string): string => /'([^']*)'/.exec(message)?.[1] ?? ''

function mistakeOf({ path, cause }: Stop, argv: readonly string[]): UserError {
  const word = quoted(cause.message)
  switch (cause.code) {
    case 'commander.unknownCommand':
      return unknownCommand(path, word)
    case 'commander.unknownOption':
      return misuse(`unknown option '${word}'${where(path)}`, meant(word, optionNames(path)) ?? seeHelp(path))
    case 'commander.missingArgument':
      return misuse(`${commandName(path)} needs a ${word}`, seeHelp(path))
    case 'commander.optionMissingArgument':
      return misuse(`option '${word}' needs a value`, seeHelp(path))
    case 'commander.excessArguments':
      return excess(path, argv)
    default:
      return misuse(cause.message.replace(/^error: /, ''), seeHelp(path))
  }
}

export function unknownCommand(path: readonly CommandSpec[], word: string): UserError {
  const names = (path.length === 0 ? commands : (path.at(-1)?.subcommands ?? [])).map((spec) => spec.name)
  const full = path.length === 0 ? word : `${path.map((spec) => spec.name).join(' ')} ${word}`
  return misuse(`unknown command '${full}'`, meant(word, names) ?? seeHelp(path))
}

function excess(path: readonly CommandSpec[], argv: readonly string[]): UserError {
  const spec = path.at(-1)
  // The word behind those of the command itself.
  const words = argv.filter((word) => !word.startsWith('-'))
  if (spec?.subcommands !== undefined) return unknownCommand(path, words[path.length] ?? words[0] ?? '')
  const takes = spec?.arguments?.length === 1 ? `one ${spec.arguments[0]?.name ?? 'argument'}` : 'no arguments'
  return misuse(`${commandName(path)} takes ${takes}, and more words were given`, seeHelp(path))
}

export function optionNames(path: readonly CommandSpec[]): string[] {
  const all = [...(path.at(-1)?.options ?? []), ...commonOptions]
  return all.flatMap((option) => flagNames(option.flags)).filter((name) => name.startsWith('--'))
}

const where = (path: readonly CommandSpec[]): string => (path.length === 0 ? '' : ` of ${commandName(path)}`)
const commandName = (path: readonly CommandSpec[]): string => path.map((spec) => spec.name).join(' ')
const seeHelp = (path: readonly CommandSpec[]): string =>
  `see: ${['sysmon', commandName(path), '--help'].filter((word) => word !== '').join(' ')}`
