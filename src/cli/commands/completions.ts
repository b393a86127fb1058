import type { CommandContext, CommandSpec } from '../command.ts'
import { bashScript } from '../completions/bash.ts'
import { fishScript } from '../completions/fish.ts'
import { zshScript } from '../completions/zsh.ts'
import { meant } from '../meant.ts'
import { misuse } from '../mistake.ts'

/** `sysmon completions SHELL`: a script made of the tree of commands and the catalogue. */
const scripts: Readonly<Record<string, (commands: readonly CommandSpec[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
}

export async function run({ out, tree, arguments: [shell = ''] }: CommandContext): Promise<number> {
  const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined
  if (script === undefined) {
    throw misuse(`no completions for '${shell}'`, meant(shell, Object.keys(scripts)) ?? 'there are: bash, zsh, fish')
  }
  out.trusted(script(tree))
  return 0
}
