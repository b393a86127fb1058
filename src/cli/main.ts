import { RequestAborted } from '../api/client.ts'
import type { CommandContext, CommandSpec } from './command.ts'
import { candidates, clientOf } from './discovery.ts'
import { commandHelp, programHelp, shortHelp } from './help.ts'
import type { CliIo } from './io.ts'
import { interruptedExitCode } from './mistake.ts'
import { Options } from './options.ts'
import { Output, wantsColour } from './output/output.ts'
import { type Parsed, parseLine, unknownCommand } from './program.ts'
import { reportOf } from './report.ts'
import { Times } from './times.ts'
import { commands } from './tree.ts'

/**
 * The command line `sysmon`: reads the words, finds the daemon, shows what it answers. It knows the API’s shapes and the
 * catalogue, nothing of how things are collected or stored. Every command is a file in `commands/`, loaded only when it
 * runs, because a command line that is typed often must start at once.
 */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  const out = new Output(io, wantsColour(io, argv.includes('--no-color')))
  try {
    const code = await dispatch(argv, io, out)
    out.flush()
    return io.interrupted.aborted ? interrupted(io) : code
  } catch (error) {
    if (error instanceof RequestAborted) return interrupted(io)
    return failed(error, out, new Times(io, new Options({ utc: argv.includes('--utc'), raw: argv.includes('--raw') })))
  }
}

/** The terminal shows ^C wherever the cursor was: the shell’s prompt comes on a line of its own. */
function interrupted({ isTty, stderr }: CliIo): number {
  if (isTty) stderr.write('\n')
  return interruptedExitCode
}

/** What had been made ready is shown before what went wrong. */
function failed(error: unknown, out: Output, times: Times): number {
  const { lines, exitCode } = reportOf(error, (unixMs) => times.stamp(unixMs))
  try {
    for (const line of lines) out.note(line)
    return exitCode
  } catch (second) {
    return reportOf(second).exitCode
  }
}

async function dispatch(argv: readonly string[], io: CliIo, out: Output): Promise<number> {
  if (argv.length === 0) return show(out, shortHelp())
  const parsed = parseLine(argv)
  if (parsed.kind === 'help') return show(out, commandHelp(parsed.path, out.width))
  if (parsed.kind === 'version') return show(out, [`sysmon ${io.version}`])
  return runCommand(parsed, io, out)
}

function show(out: Output, lines: readonly Parameters<Output['line']>[0][]): number {
  for (const line of lines) out.line(line)
  return 0
}

async function runCommand(parsed: Parsed & { kind: 'run' }, io: CliIo, out: Output): Promise<number> {
  if (parsed.spec.name === 'help') return helpFor(parsed.arguments, out)
  const { options } = parsed
  const context: CommandContext = {
    io,
    out,
    options,
    arguments: parsed.arguments,
    times: new Times(io, options),
    tree: commands,
    places: () => candidates(options, io),
    client: clientOf(() => context.places(), { signal: io.interrupted }),
  }
  const module = await parsed.spec.load?.()
  return module === undefined ? show(out, programHelp(out.width)) : module.run(context)
}

/** `sysmon help config check` */
function helpFor(names: readonly string[], out: Output): number {
  const path: CommandSpec[] = []
  let level: readonly CommandSpec[] = commands
  for (const name of names) {
    const spec = level.find((each) => each.name === name)
    if (spec === undefined) throw unknownCommand(path, name)
    path.push(spec)
    level = spec.subcommands ?? []
  }
  return show(out, commandHelp(path, out.width))
}
