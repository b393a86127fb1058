import type { CommandSpec, Completion } from '../command.ts'
import { allCommandWords, type CommandWords, candidateWords, type OptionWords } from './words.ts'

/** Completion for fish 3 (complete(1)). */
export function fishScript(commands: readonly CommandSpec[]): string {
  return `# fish completion for sysmon
function __sysmon_at
    set -l words (commandline -opc)
    set -l path
    for word in $words[2..-1]
        contains -- "$(string join ' ' -- $path $word)" ${allPaths(commands)
          .map((path) => `'${path}'`)
          .join(' ')}
        and set path $path $word
    end
    test "$(string join ' ' -- $path)" = "$argv[1]"
end
complete -c sysmon -f
${allCommandWords(commands).flatMap(linesOf).join('\n')}
`
}

const allPaths = (commands: readonly CommandSpec[]): readonly string[] =>
  allCommandWords(commands)
    .map(({ path }) => path)
    .filter((path) => path !== '')

function linesOf({ path, subcommands, options, argument }: CommandWords): readonly string[] {
  const condition = `complete -c sysmon -n "__sysmon_at '${path}'"`
  return [
    ...subcommands.map((spec) => `${condition} -a '${spec.name}' -d '${escaped(spec.summary)}'`),
    ...(argument === undefined ? [] : [`${condition} ${valuesOf(argument)}`]),
    ...options.map((option) => `${condition} ${optionOf(option)}`),
  ]
}

function optionOf({ names, help, takesValue, complete }: OptionWords): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)).join(' ')
  // -x: a value, and a file is none.
  const wants = complete === 'file' ? '-r' : '-x'
  const value = takesValue ? ` ${wants} ${complete === undefined ? '' : valuesOf(complete)}`.trimEnd() : ''
  return `${flags} -d '${escaped(help)}'${value}`
}

function valuesOf(complete: Completion): string {
  const words = candidateWords(complete)
  if (words !== undefined) return `-a '${words.join(' ')}'`
  return complete === 'directory' ? "-a '(__fish_complete_directories)'" : '-F'
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")
