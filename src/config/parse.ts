import * as v from 'valibot'
import { describeError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { Position, PositionFinder } from './position.ts'
import { ConfigError, type ConfigProblem } from './problem.ts'
import type { ConfigText } from './read.ts'
import { isSetting, type SettingTree } from './schema.ts'
import { show } from './setting.ts'
import { type Leaf, leavesOf } from './tree.ts'

/** What is wrong with a place in the file, before anybody knows the line. */
interface Finding {
  readonly path: readonly (string | number)[]
  readonly part: 'key' | 'value'
  readonly what: string
}

/** The values that stand in the file, by key. Throws ConfigError with everything that is wrong, line and column. */
export async function parseConfigText(source: ConfigText, tree: SettingTree): Promise<Map<string, unknown>> {
  const { file, text } = source
  const values = new Map<string, unknown>()
  let document: unknown
  try {
    document = Bun.YAML.parse(text)
  } catch (error) {
    throw new ConfigError(await syntaxProblems(file, text, error))
  }
  const findings = isGroup(document) || document === null ? [] : [notAGroup(document)]
  const out: Walk = { tree, values, findings, keys: 0 }
  if (isGroup(document)) walk(document, tree, [], out)
  const problems = await positioned(file, text, findings, out.keys)
  if (problems.length > 0) throw new ConfigError(problems)
  return values
}

const notAGroup = (document: unknown): Finding => ({
  path: [],
  part: 'value',
  what: `a config is a group of keys, not ${show(document)}. Write \`interval: 1s\`, one key a line`,
})

const isGroup = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

interface Walk {
  /** The whole tree, for hints. */
  readonly tree: SettingTree
  readonly values: Map<string, unknown>
  readonly findings: Finding[]
  /** How many keys were read. */
  keys: number
}

function walk(group: Record<string, unknown>, tree: SettingTree, above: readonly string[], out: Walk): void {
  for (const [key, value] of Object.entries(group)) {
    const path = [...above, key]
    out.keys++
    const node = Object.hasOwn(tree, key) ? tree[key] : undefined
    if (node === undefined) out.findings.push({ path, part: 'key', what: unknownKey(key, tree, out.tree, above) })
    else if (isSetting(node)) readValue({ key: path.join('.'), path, setting: node }, value, out)
    else if (isGroup(value)) walk(value, node, path, out)
    // A group all of whose keys are commented out.
    else if (value !== null) out.findings.push({ path, part: 'value', what: groupExpected(value, node) })
  }
}

function readValue(leaf: Leaf, value: unknown, out: Walk): void {
  if (value === null) {
    out.findings.push({ path: leaf.path, part: 'key', what: 'has no value. Give it one, or leave the key out' })
    return
  }
  const result = v.safeParse(leaf.setting.kind.schema, value)
  if (result.success) out.values.set(leaf.key, result.output)
  else
    for (const issue of result.issues) {
      const inside = (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)))
      out.findings.push({ path: [...leaf.path, ...inside], part: 'value', what: issue.message })
    }
}

function unknownKey(key: string, siblings: SettingTree, tree: SettingTree, above: readonly string[]): string {
  const near = nearest(key, Object.keys(siblings))
  if (near !== undefined) return `there is no such key. Did you mean "${[...above, near].join('.')}"?`
  // Right word, wrong group.
  const elsewhere = leavesOf(tree).filter(({ path }) => path.at(-1) === key || path.join('_') === key)
  if (elsewhere.length > 0)
    return `there is no such key here. Did you mean "${elsewhere.map((leaf) => leaf.key).join('" or "')}"?`
  return `there is no such key. Here stand: ${Object.keys(siblings).join(', ')}`
}

const groupExpected = (value: unknown, tree: SettingTree): string =>
  `is a group of keys (${Object.keys(tree).join(', ')}), not ${show(value)}`

/** Findings with their lines, and keys that stand twice. Loads the reader that knows lines only when there is need. */
async function positioned(
  file: string,
  text: string,
  findings: readonly Finding[],
  keys: number,
): Promise<ConfigProblem[]> {
  if (findings.length === 0 && keysWritten(text) <= keys) return []
  const { PositionFinder } = await import('./position.ts')
  const finder = new PositionFinder(text)
  const repeated = finder.repeatedKeys.map(({ key, position }) => ({
    where: `${file}:${position.line}:${position.column}`,
    what: `${key}: stands there twice. Leave one`,
  }))
  return [
    ...findings.map(({ path, part, what }) => {
      const position = nearestPosition(finder, path, part)
      const where = `${file}:${position.line}:${position.column}`
      return path.length === 0 ? { where, what } : { where, key: path.join('.'), what }
    }),
    ...repeated,
  ]
}

/** Of the place itself, or of what it should have stood in. */
function nearestPosition(finder: PositionFinder, path: Finding['path'], part: Finding['part']): Position {
  for (let length = path.length; length > 0; length--) {
    const found = finder.find(path.slice(0, length), length === path.length ? part : 'key')
    if (found !== undefined) return found
  }
  return { line: 1, column: 1 }
}

/** How many keys the text seems to have. More than were read: one may stand twice, which is worth a closer look. */
const keysWritten = (text: string): number =>
  text.replaceAll(/(?:^|\s)#[^\n]*/g, '').match(/(?:"[\w.-]+"|'[\w.-]+')\s*:|(?:^|[\s{,])[\w.-]+\s*:(?=\s|$)/g)
    ?.length ?? 0

async function syntaxProblems(file: string, text: string, error: unknown): Promise<ConfigProblem[]> {
  const { PositionFinder } = await import('./position.ts')
  const mistake = new PositionFinder(text).mistakes[0]
  if (mistake === undefined) return [{ where: file, what: `cannot be read: ${describeError(error)}` }]
  const { position, what } = mistake
  return [{ where: `${file}:${position.line}:${position.column}`, what: `cannot be read: ${what}` }]
}
