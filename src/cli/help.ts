import type { CommandSpec, OptionSpec } from './command.ts'
import { commonOptions } from './common-options.ts'
import { wrap } from './output/fit.ts'
import { faint, strong, type Text } from './output/span.ts'
import { commands, firstCommands } from './tree.ts'

/** Help as lines of text, made of the tree of commands. */

const widest = 100

/** For `sysmon` alone: what people type first. */
export function shortHelp(): readonly Text[] {
  const first = firstCommands.flatMap((name) => commands.filter((spec) => spec.name === name))
  return [
    [strong('sysmon'), ': what this machine does and did, every second, every process'],
    '',
    ...pairs(first.map((spec) => [`sysmon ${spec.name}`, spec.summary])),
    '',
    [faint('all commands: sysmon help      one command: sysmon help ps      record: sysmond')],
  ]
}

export function programHelp(width: number | undefined): readonly Text[] {
  return [
    [strong('sysmon'), ' COMMAND [options]'],
    '',
    ...pairs(commands.map((spec) => [spec.name, spec.summary])),
    '',
    [strong('Options of every command')],
    ...optionLines(commonOptions, width),
    '',
    [faint('Exit codes: 0 done, 1 failed, 2 wrong use, 130 ended by Ctrl-C. Times: now, -15m, 03:12, RFC 3339.')],
  ]
}

export function commandHelp(path: readonly CommandSpec[], width: number | undefined): readonly Text[] {
  const spec = path.at(-1)
  if (spec === undefined) return programHelp(width)
  const lines: Text[] = [[strong(usageOf(path))], ...wrapped(sentence(spec.summary), width)]
  for (const paragraph of spec.description?.split('\n') ?? []) lines.push('', ...wrapped(paragraph, width))
  if (spec.subcommands !== undefined) {
    lines.push('', ...pairs(spec.subcommands.map((each) => [`${each.name}`, each.summary])))
  }
  if (spec.arguments !== undefined) {
    lines.push('', [strong('Arguments')], ...pairs(spec.arguments.map((each) => [each.name, each.help])))
  }
  if (spec.options !== undefined) lines.push('', [strong('Options')], ...optionLines(spec.options, width))
  lines.push('', [strong('Options of every command')], ...optionLines(commonOptions, width))
  lines.push('', [strong('Examples')])
  for (const example of spec.examples) lines.push(['  ', example.line], ['      ', faint(example.what)])
  return lines
}

export function usageOf(path: readonly CommandSpec[]): string {
  const spec = path.at(-1)
  const names = ['sysmon', ...path.map((each) => each.name)]
  const argumentNames = (spec?.arguments ?? []).map((each) => each.name)
  const more = spec?.subcommands === undefined ? ['[options]'] : ['COMMAND']
  return [...names, ...argumentNames, ...more].join(' ')
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

const wrapped = (text: string, width: number | undefined): readonly string[] =>
  wrap(text, Math.min(width ?? widest, widest))

function pairs(rows: readonly (readonly [string, string])[]): readonly Text[] {
  const left = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, what]) => ['  ', strong(name.padEnd(left)), '  ', what])
}

function optionLines(options: readonly OptionSpec[], width: number | undefined): readonly Text[] {
  const shown = options.map((option) => ({ flags: aligned(option.flags), help: option.help }))
  const left = Math.max(...shown.map((option) => option.flags.length))
  const room = Math.max(20, Math.min(width ?? widest, widest) - left - 4)
  return shown.flatMap(({ flags, help }) =>
    wrap(help, room).map((line, index): Text => ['  ', strong((index === 0 ? flags : '').padEnd(left)), '  ', line]),
  )
}

/** Long names stand below each other whether or not there is a short one. */
const aligned = (flags: string): string => (flags.startsWith('--') ? `    ${flags}` : flags)
