import * as v from 'valibot'
import { durationUnits, formatDuration, parseDuration } from '../base/duration.ts'
import { formatSize, parseSize, sizeUnits } from '../base/size.ts'

/**
 * How one setting is declared. Everything else (validation, defaults, hints, docs/config.md, the file that
 * `config init` writes) is derived from the declaration.
 */
export interface Setting<Name extends string = string, T = unknown> {
  /** Its name in the code; carries the unit. */
  readonly name: Name
  readonly kind: Kind<T>
  readonly help: string
  readonly initial: T | ((place: Place) => T)
  /** The default in words, where it depends on something. */
  readonly initialText?: string
  /** A value as it may stand in the file, where the default does not show one. */
  readonly example?: string
  /** true: a reload applies it; false: it needs a restart. */
  readonly live: boolean
  /** Never shown; a file that holds it must be readable by its owner only. */
  readonly secret?: boolean
  /** Command line option that sets it. */
  readonly flag?: string
}

/** What a default may depend on. */
export interface Place {
  readonly home: string
  /** Runs as root: a system service. */
  readonly isRoot: boolean
  /** The data directory in use; empty while that itself is being decided. */
  readonly dataDir: string
}

/** What a setting's value can be: how it is read from a file, from text (environment, command line), and shown. */
export interface Kind<T> {
  /** For people, e.g. `duration`. */
  readonly label: string
  readonly schema: v.GenericSchema<unknown, T>
  /** Text of an environment variable or option as the value that a file would hold. */
  readonly fromText: (text: string) => unknown
  /** As it would stand in a file. A method, so that settings of all types fit one tree: only its own values reach it. */
  format(value: T): string
  /** A relative path on the command line means from where one stands; in a file it means nothing. */
  readonly isPath?: boolean
}

export const setting = <const Name extends string, T>(
  name: Name,
  kind: Kind<T>,
  facts: Omit<Setting<Name, NoInfer<T>>, 'name' | 'kind'>,
): Setting<Name, T> => ({ name, kind, ...facts })

const asIs = (text: string): unknown => text
const quoted = (text: string): string =>
  /^[\w./~@+%-][\w./~@+%: -]*$/.test(text) && !/: |:$/.test(text) ? text : JSON.stringify(text)

/** `v.rawTransform` with one message when the text cannot be read. */
const readText = <T>(parse: (text: string) => T | undefined, problem: (text: string) => string) =>
  v.rawTransform<string, T>(({ dataset, addIssue, NEVER }) => {
    const value = parse(dataset.value)
    if (value !== undefined) return value
    addIssue({ message: problem(dataset.value) })
    return NEVER
  })

export function duration(leastMs: number, mostMs: number, stepMs = 1): Kind<number> {
  const units = durationUnits.join(', ')
  const range = `${formatDuration(leastMs)} to ${formatDuration(mostMs)}`
  const shape = `is no duration. Write a number and a unit without a space, like ${formatDuration(leastMs)} (units: ${units})`
  return {
    label: `duration, ${range}`,
    schema: v.pipe(
      v.string(({ input }) => `${show(input)} ${shape}`),
      readText(parseDuration, (text) => `"${text}" ${shape}${meantDuration(text)}`),
      v.check(
        (ms) => ms >= leastMs && ms <= mostMs,
        ({ input }) => `${formatDuration(input)} is out of range: ${range}`,
      ),
      v.check(
        (ms) => ms % stepMs === 0,
        ({ input }) => `${formatDuration(input)} must be a multiple of ${formatDuration(stepMs)}`,
      ),
    ),
    fromText: asIs,
    format: formatDuration,
  }
}

/** `1 sec` → `. Did you mean 1s?` */
function meantDuration(text: string): string {
  const [, amount, unit] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/i.exec(text) ?? []
  const words: readonly [RegExp, string][] = [
    [/^(?:ms|msecs?|milli.*)$/i, 'ms'],
    [/^(?:s|secs?|seconds?)$/i, 's'],
    [/^(?:m|mins?|minutes?)$/i, 'm'],
    [/^(?:h|hrs?|hours?)$/i, 'h'],
    [/^(?:d|days?)$/i, 'd'],
    [/^(?:w|weeks?)$/i, 'w'],
    [/^(?:y|yrs?|years?)$/i, 'y'],
  ]
  const meant = words.find(([word]) => unit !== undefined && word.test(unit))?.[1]
  return meant === undefined ? '' : `. Did you mean ${amount}${meant}?`
}

export function size(leastBytes: number, mostBytes: number): Kind<number> {
  const range = `${formatSize(leastBytes)} to ${formatSize(mostBytes)}`
  const shape = `is no size. Write a number and a unit, like ${formatSize(leastBytes)} (units: ${sizeUnits.join(', ')})`
  return {
    label: `size, ${range}`,
    schema: v.pipe(
      v.string(({ input }) => `${show(input)} ${shape}`),
      readText(parseSize, (text) => `"${text}" ${shape}`),
      v.check(
        (bytes) => bytes >= leastBytes && bytes <= mostBytes,
        ({ input }) => `${formatSize(input)} is out of range: ${range}`,
      ),
    ),
    fromText: asIs,
    format: formatSize,
  }
}

export function integer(least: number, most: number): Kind<number> {
  const problem = ({ input }: { readonly input: unknown }): string =>
    `${show(input)} is not a whole number from ${least} to ${most}`
  return {
    label: `whole number, ${least} to ${most}`,
    schema: v.pipe(v.number(problem), v.integer(problem), v.minValue(least, problem), v.maxValue(most, problem)),
    fromText: (text) => (/^-?\d+$/.test(text) ? Number(text) : text),
    format: String,
  }
}

export const flag: Kind<boolean> = {
  label: 'true or false',
  schema: v.boolean(({ input }) => `${show(input)} is neither true nor false`),
  fromText: (text) => (text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : text),
  format: String,
}

export function choice<const T extends string>(...values: readonly T[]): Kind<T> {
  const list = values.join(', ')
  return {
    label: `one of ${list}`,
    schema: v.picklist(values, ({ input }) => `${show(input)} is none of ${list}`),
    fromText: asIs,
    format: String,
  }
}

/** Each of a closed set at most once. */
export function someOf(values: readonly string[], hint: (wrong: string) => string): Kind<readonly string[]> {
  return {
    label: `list of ${values.join(', ')}`,
    schema: v.pipe(
      v.array(
        v.pipe(
          v.string(({ input }) => `${show(input)} is not text`),
          v.check(
            (name) => values.includes(name),
            ({ input }) => `there is no "${input}"${hint(input)}`,
          ),
        ),
        ({ input }) => `${show(input)} is not a list: write [a, b]`,
      ),
      v.check((names) => new Set(names).size === names.length, 'the same name stands there twice'),
    ),
    fromText: (text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    format: (names) => `[${names.join(', ')}]`,
  }
}

/** An absolute path, or one in the home directory (`~/`). */
export const filePath: Kind<string> = {
  label: 'path',
  schema: v.pipe(
    v.string(({ input }) => `${show(input)} is not a path`),
    v.check((path) => !path.includes('\0'), 'a path cannot hold a NUL'),
    v.check(
      (path) => /^(?:\/|~\/|~$|[A-Za-z]:[\\/]|\\\\)/.test(path),
      ({ input }) => `"${input}" is not absolute: begin it with / or ~/`,
    ),
  ),
  fromText: asIs,
  format: quoted,
  isPath: true,
}

export const groupName: Kind<string> = {
  label: 'name of a group',
  schema: v.pipe(
    v.string(({ input }) => `${show(input)} is not the name of a group: put it in quotes if it is a number`),
    v.regex(/^[A-Za-z_0-9][\w.-]*\$?$/, ({ input }) => `"${input}" is not the name of a group`),
  ),
  fromText: asIs,
  format: quoted,
}

/** The same, or left out. */
export const optional = <T>(kind: Kind<T>): Kind<T | undefined> => ({
  ...kind,
  schema: v.optional(kind.schema),
  format: (value) => (value === undefined ? '' : kind.format(value)),
})

/** A value in an error message: short, one line. */
export function show(input: unknown): string {
  if (input === null) return 'nothing'
  if (Array.isArray(input)) return 'a list'
  if (typeof input === 'object') return 'a group of keys'
  const text = JSON.stringify(input) ?? String(input)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
