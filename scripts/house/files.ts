import { readFileSync } from 'node:fs'
import path from 'node:path'

export const root = path.resolve(import.meta.dir, '../..')

/** Files of the project as git sees them: tracked, and new ones that are not ignored. Relative, forward slashes. */
export function projectFiles(pattern: RegExp): string[] {
  const listed = Bun.spawnSync(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root })
  if (listed.exitCode !== 0) throw new Error(`git ls-files failed: ${listed.stderr.toString().trim()}`)
  const names = new Set(listed.stdout.toString().split('\0'))
  return [...names].filter((name) => pattern.test(name) && isFile(name)).sort()
}

const isFile = (name: string): boolean => Bun.file(path.join(root, name)).size > 0

export const readProjectFile = (name: string): string => readFileSync(path.join(root, name), 'utf8')
