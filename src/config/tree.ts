import { type AnySetting, isSetting, type SettingTree } from './schema.ts'

/** A setting with its place in the tree. */
export interface Leaf {
  /** As people write it: `log.level`. */
  readonly key: string
  readonly path: readonly string[]
  readonly setting: AnySetting
}

export function leavesOf(tree: SettingTree, above: readonly string[] = []): Leaf[] {
  return Object.entries(tree).flatMap(([key, node]) => {
    const path = [...above, key]
    return isSetting(node) ? [{ key: path.join('.'), path, setting: node }] : leavesOf(node, path)
  })
}

/** `log.level` is set by SYSMON_LOG_LEVEL. */
export const variableOf = ({ path }: Pick<Leaf, 'path'>): string => `SYSMON_${path.join('_').toUpperCase()}`

/** Puts the value where the code looks for it: sections by key, the value under the setting's own name. */
export function put(target: Record<string, unknown>, { path, setting }: Leaf, value: unknown): void {
  let section = target
  for (const key of path.slice(0, -1)) {
    section[key] ??= {}
    section = section[key] as Record<string, unknown>
  }
  section[setting.name] = value
}
