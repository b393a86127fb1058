import type { ConfigFiles } from './files.ts'

export interface Whereabouts {
  readonly home: string
  readonly isRoot: boolean
  /** From where relative paths on the command line count. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** The option --config. */
  readonly configOption?: string
}

export interface LocatedFile {
  readonly file: string
  /** Somebody named it, so it must be there. */
  readonly isNamed: boolean
  readonly namedBy?: '--config' | 'SYSMON_CONFIG'
}

const folderOf = ({ home, isRoot }: Whereabouts): string =>
  isRoot ? '/etc/sysmon' : `${home.replace(/\/$/, '')}/.sysmon`

/** Where `config init` writes: the first of the usual places. */
export const usualFile = (where: Whereabouts): string => `${folderOf(where)}/config.yaml`

/** Usual places, best first. */
export const usualFiles = (where: Whereabouts): string[] =>
  ['config.yaml', 'config.yml', 'config.json'].map((name) => `${folderOf(where)}/${name}`)

/** The file to read; `undefined` when nobody named one and there is none in the usual places. */
export function locateFile(where: Whereabouts, files: Pick<ConfigFiles, 'stat'>): LocatedFile | undefined {
  if (where.configOption !== undefined) return named(where.configOption, '--config', where)
  const variable = where.env.SYSMON_CONFIG
  if (variable !== undefined && variable !== '') return named(variable, 'SYSMON_CONFIG', where)
  const found = usualFiles(where).find((file) => files.stat(file) !== undefined)
  return found === undefined ? undefined : { file: found, isNamed: false }
}

const named = (file: string, namedBy: '--config' | 'SYSMON_CONFIG', where: Whereabouts): LocatedFile => ({
  file: absolutePath(file, where),
  isNamed: true,
  namedBy,
})

/** `~/x` and, from the command line, `./x` as absolute paths. */
export function absolutePath(text: string, { home, cwd }: Pick<Whereabouts, 'home' | 'cwd'>): string {
  const expanded = text === '~' ? home : text.startsWith('~/') ? `${home.replace(/\/$/, '')}${text.slice(1)}` : text
  return /^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(expanded)
    ? expanded
    : `${cwd.replace(/\/$/, '')}/${expanded.replace(/^\.\//, '')}`
}
