import { errnoCode } from '../base/errors.ts'
import { type ConfigFiles, diskFiles } from './files.ts'
import { ConfigError } from './problem.ts'
import { type SettingTree, settings } from './schema.ts'
import { newGroups } from './show.ts'
import { type Leaf, leavesOf } from './tree.ts'

/** Writes a config in which every setting stands, explained and commented out. Never touches one that is there. */
export function initConfig(file: string, files: ConfigFiles = diskFiles): void {
  try {
    files.create(file, configTemplate(settings))
  } catch (error) {
    const what = errnoCode(error) === 'EEXIST' ? 'is there already and stays as it is' : undefined
    const isDenied = errnoCode(error) === 'EACCES' || errnoCode(error) === 'EROFS' || errnoCode(error) === 'EPERM'
    if (what === undefined && !isDenied) throw error
    throw new ConfigError([{ where: file, what: what ?? 'may not be written here by this user. Name another file' }])
  }
}

const head = `# Configuration of sysmon. Every setting stands here with its default; take away the # in front of what you change.
# \`sysmon config check\` says what is wrong, \`sysmon config show\` what is in effect and why.
`

export function configTemplate(tree: SettingTree): string {
  let above: readonly string[] = []
  const parts = leavesOf(tree).map((leaf) => {
    const groups = newGroups(above, leaf.path)
    above = leaf.path.slice(0, -1)
    return [...(groups.length > 0 && !leaf.path.slice(0, -2).length ? [''] : []), ...groups, ...explained(leaf)].join(
      '\n',
    )
  })
  return `${head}\n${parts.join('\n')}\n`
}

function explained({ path, setting }: Leaf): string[] {
  const indent = '  '.repeat(path.length - 1)
  const key = path.at(-1)
  const hasText = setting.initialText !== undefined
  const value = hasText ? setting.example : setting.kind.format(plainDefault({ setting }))
  const note = hasText ? `${setting.help} Default: ${setting.initialText}.` : setting.help
  const line = value === undefined || value === '' ? `${key}:` : `${key}: ${value}`
  return [`${indent}# ${note}`, `${indent}# ${line}`]
}

/** The default where it does not depend on anything. */
export const plainDefault = ({ setting }: Pick<Leaf, 'setting'>): unknown =>
  typeof setting.initial === 'function' ? undefined : setting.initial
