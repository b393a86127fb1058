import type { CommandSpec, Completion } from '../command.ts'
import { allCommandWords, type CommandWords, candidateWords } from './words.ts'

/**
 * Completion for bash 3.2 and later, without the bash-completion package. `=` and `:` split words there; options with
 * `=` are therefore not offered, only `--option value`.
 */
export function bashScript(commands: readonly CommandSpec[]): string {
  const all = allCommandWords(commands)
  return `# bash completion for sysmon
_sysmon() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} path= word index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    case "\${path:+$path }$word" in
      ${all
        .filter(({ path }) => path !== '')
        .map(({ path }) => `'${path}'`)
        .join('|')}) path="\${path:+$path }$word" ;;
    esac
  done
  COMPREPLY=()
  case "$path|$previous" in
${all.flatMap(valueCases).join('\n')}
  esac
  case "$path" in
${all.map(wordCase).join('\n')}
  esac
}
complete -F _sysmon sysmon
`
}

function valueCases({ path, options }: CommandWords): readonly string[] {
  return options
    .filter((option) => option.takesValue)
    .map(({ names, complete }) => {
      const patterns = names.map((name) => `'${path}|${name}'`).join('|')
      return `    ${patterns}) ${complete === undefined ? 'return' : `${replyWith(complete)}; return`} ;;`
    })
}

function wordCase({ path, options, subcommands, argument }: CommandWords): string {
  const flags = options.flatMap(({ names }) => names.filter((name) => name.startsWith('--'))).join(' ')
  const plain = subcommands.length > 0 ? subcommands.map((spec) => spec.name) : argument
  const otherwise = plain === undefined ? ':' : replyWith(plain)
  return `    '${path}') if [[ $current == -* ]]; then COMPREPLY=($(compgen -W '${flags}' -- "$current")); else ${otherwise}; fi ;;`
}

function replyWith(complete: Completion): string {
  const words = candidateWords(complete)
  if (words !== undefined && complete === 'column')
    // Columns may be a list: what stands before the last comma stays.
    return `COMPREPLY=($(compgen -P "\${current%"\${current##*,}"}" -W '${words.join(' ')}' -- "\${current##*,}"))`
  if (words !== undefined) return `COMPREPLY=($(compgen -W '${words.join(' ')}' -- "$current"))`
  return `COMPREPLY=($(compgen ${complete === 'directory' ? '-d' : '-f'} -- "$current"))`
}
