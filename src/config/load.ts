import * as v from 'valibot'
import { nearest } from '../base/nearest.ts'
import { alertsMistake } from './alerts.ts'
import { type ConfigFiles, diskFiles } from './files.ts'
import { absolutePath, locateFile, type Whereabouts } from './locate.ts'
import { outwardMistake } from './outward.ts'
import { parseConfigText } from './parse.ts'
import { ConfigError, type ConfigProblem, formatOrigin, type Origin } from './problem.ts'
import { readConfigText, refuseOpenSecrets } from './read.ts'
import { type SettingTree, settings, type ValuesOf } from './schema.ts'
import { type SocketSettings, socketMistake } from './socket.ts'
import { type Leaf, leavesOf, put, variableOf } from './tree.ts'
import { webMistake } from './web.ts'

export interface ConfigInput extends Whereabouts {
  /** From the command line, by key: `{ 'data_dir': '/tmp/x', 'web.enabled': true }`. Text is read as in the environment. */
  readonly flags?: Readonly<Record<string, string | boolean | undefined>>
  readonly files?: ConfigFiles
}

/** One effective value and where it came from. */
export interface ConfigEntry {
  readonly key: string
  readonly leaf: Leaf
  readonly value: unknown
  readonly origin: Origin
}

export interface LoadedConfig<Values> {
  readonly config: Values
  /** The file that was read. */
  readonly file: string | undefined
  readonly entries: readonly ConfigEntry[]
  /** Not wrong enough to refuse, one line each. */
  readonly warnings: readonly string[]
}

/** The configuration of this start. Option before environment before file before default. Throws ConfigError. */
export async function loadConfig(input: ConfigInput): Promise<LoadedConfig<ValuesOf<typeof settings>>> {
  const loaded = await loadSettings(settings, input)
  const mistake =
    webMistake(loaded.config.web) ??
    alertsMistake(loaded.config.alerts) ??
    outwardMistake(loaded.config.outward) ??
    socketMistake(named(loaded), input.files ?? diskFiles)
  if (mistake === undefined) return loaded
  const origin = loaded.entries.find(({ key }) => key === mistake.key)?.origin
  const where = origin === undefined ? mistake.key : formatOrigin(origin)
  throw new ConfigError([{ where, ...mistake }])
}

/** A socket whose path nobody named lies in the data directory: too long a one is told by who opens it. */
function named({ config, entries }: LoadedConfig<ValuesOf<typeof settings>>): SocketSettings {
  const isNamed = entries.some(({ key, origin }) => key === 'socket.path' && origin.from !== 'default')
  return isNamed ? config.socket : { ...config.socket, path: '' }
}

/** The same for any tree of settings. */
export async function loadSettings<Tree extends SettingTree>(
  tree: Tree,
  input: ConfigInput,
): Promise<LoadedConfig<ValuesOf<Tree>>> {
  const leaves = leavesOf(tree)
  const problems: ConfigProblem[] = []
  const file = await collectProblems(problems, () => fileValues(tree, leaves, input))
  const given = leaves.map((leaf) => outermost(leaf, input, file, problems))
  if (problems.length > 0) throw new ConfigError(problems)
  const entries = withDefaults(leaves, given, input)
  const config: Record<string, unknown> = {}
  for (const { leaf, value } of entries) put(config, leaf, value)
  return { config: config as ValuesOf<Tree>, file: file?.file, entries, warnings: strangeVariables(leaves, input.env) }
}

interface FileValues {
  readonly file: string
  readonly values: ReadonlyMap<string, unknown>
}
interface Given {
  readonly value: unknown
  readonly origin: Origin
}

async function fileValues(
  tree: SettingTree,
  leaves: readonly Leaf[],
  input: ConfigInput,
): Promise<FileValues | undefined> {
  const files = input.files ?? diskFiles
  const located = locateFile(input, files)
  if (located === undefined) return undefined
  const source = readConfigText(located, files)
  const values = await parseConfigText(source, tree)
  const secrets = leaves.filter(({ key, setting }) => setting.secret === true && values.has(key))
  refuseOpenSecrets(
    source,
    secrets.map(({ key }) => key),
  )
  return { file: source.file, values }
}

/** Problems of the file must not hide those of the command line. */
async function collectProblems<T>(problems: ConfigProblem[], load: () => Promise<T>): Promise<T | undefined> {
  try {
    return await load()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    problems.push(...error.problems)
    return undefined
  }
}

/** The value that wins; `undefined`: nobody gave one. */
function outermost(
  leaf: Leaf,
  input: ConfigInput,
  file: FileValues | undefined,
  problems: ConfigProblem[],
): Given | undefined {
  const flag = input.flags?.[leaf.key]
  if (flag !== undefined) {
    const option = leaf.setting.flag ?? leaf.key
    return fromOutside(leaf, flag, { from: 'option', option }, option, input, problems)
  }
  const variable = variableOf(leaf)
  const text = input.env[variable]
  if (text !== undefined && text !== '')
    return fromOutside(leaf, text, { from: 'environment', variable }, variable, input, problems)
  if (file === undefined || !file.values.has(leaf.key)) return undefined
  return { value: file.values.get(leaf.key), origin: { from: 'file', file: file.file } }
}

function fromOutside(
  leaf: Leaf,
  given: string | boolean,
  origin: Origin,
  where: string,
  input: ConfigInput,
  problems: ConfigProblem[],
): Given | undefined {
  const { kind } = leaf.setting
  const text = typeof given === 'string' && kind.isPath === true ? absolutePath(given, input) : given
  const result = v.safeParse(kind.schema, typeof text === 'string' ? kind.fromText(text) : text)
  if (result.success) return { value: result.output, origin }
  problems.push(...result.issues.map(({ message }) => ({ where, what: message })))
  return undefined
}

/** The data directory is settled first: other defaults lie in it. */
function withDefaults(
  leaves: readonly Leaf[],
  given: readonly (Given | undefined)[],
  input: ConfigInput,
): ConfigEntry[] {
  let dataDir = ''
  return leaves.map((leaf, index) => {
    const { initial, kind, name } = leaf.setting
    const place = { home: input.home, isRoot: input.isRoot, dataDir }
    const { value, origin } = given[index] ?? {
      value: typeof initial === 'function' ? (initial as (place: unknown) => unknown)(place) : initial,
      origin: { from: 'default' } as const,
    }
    const settled = kind.isPath === true && typeof value === 'string' ? absolutePath(value, input) : value
    if (name === 'dataDir') dataDir = String(settled)
    return { key: leaf.key, leaf, value: settled, origin }
  })
}

/** A variable that looks like a setting of ours and is none: mistyped, most likely, and without effect. */
function strangeVariables(leaves: readonly Leaf[], env: ConfigInput['env']): string[] {
  const known = new Set([...leaves.map(variableOf), 'SYSMON_CONFIG'])
  return Object.keys(env).flatMap((name) => {
    if (!name.startsWith('SYSMON_') || known.has(name)) return []
    const near = nearest(name, known)
    return near === undefined ? [] : [`${name} has no effect. Did you mean ${near}?`]
  })
}
