import type { CommandSpec, Completion } from '../command.ts'
import { allCommandWords, type CommandWords, candidateWords, type OptionWords } from './words.ts'

/** Completion for zsh, by its own _arguments and _describe (zshcompsys(1)). */
export function zshScript(commands: readonly CommandSpec[]): string {
  const all = allCommandWords(commands)
  return `#compdef sysmon
# zsh completion for sysmon
${all.map(functionOf).join('\n')}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _sysmon "$@"
else
  compdef _sysmon sysmon
fi
`
}

const functionName = (path: string): string => `_sysmon${path === '' ? '' : `_${path.replaceAll(/[ -]/g, '_')}`}`

function functionOf(command: CommandWords): string {
  const { path, subcommands, options, argument } = command
  const name = functionName(path)
  if (subcommands.length === 0) {
    const rest = argument === undefined ? [] : [`'*:argument:${actionOf(argument)}'`]
    return `${name}() {\n  _arguments -s ${[...options.map(optionOf), ...rest].join(' \\\n    ')}\n}`
  }
  return `${name}() {
  local line state
  _arguments -C ${options.map(optionOf).join(' \\\n    ')} \\
    '1: :->command' '*::argument:->rest'
  case $state in
    command)
      local -a commands=(
${subcommands.map((spec) => `        '${escaped(spec.name)}:${escaped(spec.summary)}'`).join('\n')}
      )
      _describe command commands ;;
    rest)
      case $line[1] in
${subcommands.map((spec) => `        ${spec.name}) ${functionName(`${path} ${spec.name}`.trim())} ;;`).join('\n')}
      esac ;;
  esac
}`
}

/** \`(-n --limit)\`{-n,--limit}\`[help]:value:action\` */
function optionOf({ names, help, takesValue, complete }: OptionWords): string {
  const what = `[${escaped(help)}]${takesValue ? `:value:${complete === undefined ? ' ' : actionOf(complete)}` : ''}`
  if (names.length === 1) return `'${names[0]}${what}'`
  return `'(${names.join(' ')})'{${names.join(',')}}'${what}'`
}

function actionOf(complete: Completion): string {
  const words = candidateWords(complete)
  if (words !== undefined) return `(${words.join(' ')})`
  return complete === 'directory' ? '_files -/' : '_files'
}

/** Inside single quotes, where colons and brackets have a meaning of their own. */
const escaped = (text: string): string =>
  text.replaceAll("'", "'\\''").replaceAll(/[[\]:]/g, (character) => `\\${character}`)
