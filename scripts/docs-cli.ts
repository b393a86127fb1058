import type { ArgumentSpec, CommandSpec, OptionSpec } from '../src/cli/command.ts'
import { commonOptions } from '../src/cli/common-options.ts'
import { usageOf } from '../src/cli/help.ts'
import { processFields } from '../src/cli/process-fields.ts'
import { commands } from '../src/cli/tree.ts'

/** docs/cli.md: the command line, from the tree of commands that also parses it. */
export function cliReference(): string {
  return `# The command line

Generated from \`src/cli/tree.ts\` by \`npm run docs\`: edit there, not here.

Every command answers \`--help\` with the same. Exit codes: 0 done, 1 failed, 2 wrong use, 130 ended by Ctrl-C.
Tables are fitted to a terminal; to a pipe nothing is cut. \`NO_COLOR\` and \`COLUMNS\` are respected.

The daemon is looked for at \`--data-dir\`, \`SYSMON_DATA_DIR\`, where the config file says, in \`~/.sysmon\` and in
\`/var/lib/sysmon\`; the first that answers is asked.

Times are \`now\`, \`15m\` or \`-15m\` (ago), \`03:12\` (the last time it was that late), \`yesterday 22:00\`,
\`2026-11-23 03:12\`, RFC 3339, or Unix milliseconds.

## Options of every command

${optionTable(commonOptions)}

${commands.map((spec) => section([spec])).join('\n')}
## Columns of \`ps\`

| column | also | what |
|---|---|---|
${processFields.map(({ name, aliases, help }) => `| \`${name}\` | ${aliases.map((each) => `\`${each}\``).join(', ')} | ${cell(help)} |`).join('\n')}
`
}

function section(path: readonly CommandSpec[]): string {
  const spec = path.at(-1)
  if (spec === undefined) return ''
  const { summary, description, arguments: words, options, subcommands, examples } = spec
  const level = '#'.repeat(path.length + 1)
  return [
    `${level} sysmon ${path.map(({ name }) => name).join(' ')}`,
    `\`${usageOf(path)}\``,
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.${description === undefined ? '' : ` ${description.replaceAll('\n', '\n\n')}`}`,
    ...(words === undefined ? [] : [argumentTable(words)]),
    ...(options === undefined ? [] : [optionTable(options)]),
    `\`\`\`sh\n${examples.map(({ line, what }) => `${line}  # ${what}`).join('\n')}\n\`\`\`\n`,
    ...(subcommands ?? []).map((each) => section([...path, each])),
  ].join('\n\n')
}

const argumentTable = (words: readonly ArgumentSpec[]): string =>
  `| argument | what |\n|---|---|\n${words.map(({ name, help }) => `| \`${name}\` | ${cell(help)} |`).join('\n')}`

const optionTable = (options: readonly OptionSpec[]): string =>
  `| option | what |\n|---|---|\n${options.map(({ flags, help }) => `| \`${flags}\` | ${cell(help)} |`).join('\n')}`

const cell = (text: string): string => text.replaceAll('|', '\\|')
