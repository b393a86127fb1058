import type { ConfigEntry } from './load.ts'
import { formatOrigin } from './problem.ts'

/** A value for people or programs; a secret is never part of it. */
export interface ShownEntry {
  readonly key: string
  /** As it would stand in a file; `undefined`: not set. */
  readonly value: string | undefined
  readonly origin: string
  readonly isSecret: boolean
}

const mask = '(secret, set)'

export function showConfig(entries: readonly ConfigEntry[]): ShownEntry[] {
  return entries.map(({ key, leaf: { setting }, value, origin }) => {
    const isSecret = setting.secret === true
    // A default is known to everybody.
    const isHidden = isSecret && origin.from !== 'default'
    const shown = value === undefined ? undefined : isHidden ? mask : setting.kind.format(value)
    return { key, value: shown, origin: formatOrigin(origin), isSecret }
  })
}

/** As a config file would say it, each line with where its value comes from. */
export function formatConfig(entries: readonly ConfigEntry[]): string {
  const lines: { readonly text: string; readonly origin: string }[] = []
  let above: readonly string[] = []
  for (const [index, { value, origin }] of showConfig(entries).entries()) {
    const path = entries[index]?.leaf.path ?? []
    lines.push(...newGroups(above, path).map((text) => ({ text, origin: '' })))
    above = path.slice(0, -1)
    const indent = '  '.repeat(above.length)
    lines.push({ text: `${indent}${value === undefined ? '# ' : ''}${path.at(-1)}: ${value ?? ''}`.trimEnd(), origin })
  }
  const width = Math.max(...lines.map(({ text }) => text.length))
  return `${lines.map(({ text, origin }) => (origin === '' ? text : `${text.padEnd(width)}  # ${origin}`)).join('\n')}\n`
}

/** The groups that begin with this key, e.g. `collectors:` and `  cgroups:`. */
export function newGroups(above: readonly string[], path: readonly string[]): string[] {
  const groups = path.slice(0, -1)
  const same = groups.findIndex((group, depth) => above[depth] !== group)
  return same === -1 ? [] : groups.slice(same).map((group, depth) => `${'  '.repeat(same + depth)}${group}:`)
}
