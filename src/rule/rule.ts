import * as v from 'valibot'
import { formatDuration, parseDuration } from '../base/duration.ts'
import { nearest } from '../base/nearest.ts'
import { type CheckedExpression, checkExpression } from './check.ts'
import type { LabelMatcher } from './expression.ts'
import { amountIn, formatAmount } from './level.ts'
import { templateProblem } from './template.ts'
import { ExpressionError } from './tokens.ts'

export const severities = ['info', 'warning', 'critical'] as const
export type Severity = (typeof severities)[number]

/** A rule as a person writes it, in a config file or to the API: the same words in both. */
export interface WrittenRule {
  readonly name: string
  /** A metric, or an expression; with a comparison in it no levels are needed. */
  readonly value: string
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly raise?: string | number | undefined
  readonly clear?: string | number | undefined
  readonly runs_out_within?: string | undefined
  readonly for?: string | undefined
  readonly clear_for?: string | undefined
  readonly severity?: Severity | undefined
  readonly no_data?: 'show' | 'notify' | undefined
  readonly no_data_for?: string | undefined
  readonly renotify?: string | undefined
  readonly group_by?: 'rule' | 'alert' | 'all' | undefined
  readonly channels?: readonly string[] | undefined
  readonly summary?: string | undefined
  readonly enabled?: boolean | undefined
}

/** A rule that has been checked, in base units. */
export interface Rule {
  readonly name: string
  /** The name and what it looks at: state belongs to this, so that a rule that looks elsewhere begins anew. */
  readonly identity: string
  readonly severity: Severity
  readonly checked: CheckedExpression
  /** `below`: low values are bad. */
  readonly direction: 'above' | 'below'
  readonly raiseLevel: number
  readonly clearLevel: number
  /** The levels are about the time until the value reaches its limit, seconds, as the forecast tells it. */
  readonly isForecast: boolean
  readonly raiseForMs: number
  readonly clearForMs: number
  readonly noDataForMs: number
  readonly notifiesNoData: boolean
  /** undefined: told once. */
  readonly renotifyMs: number | undefined
  readonly groupBy: 'rule' | 'alert' | 'all'
  /** undefined: every channel. */
  readonly channels: readonly string[] | undefined
  readonly summary: string
  readonly isEnabled: boolean
  readonly written: WrittenRule
}

/** A value must be this far back, as a share of the level, to clear, where the rule does not say: no flapping at the level (A1). */
const usualDistance = 0.05
const usualClearForMs = 60_000
const usualNoDataForMs = 300_000
const longestMs = 30 * 86_400_000
const forecastDistance = 1.25
/** What has a limit that it can reach. */
export const forecastMetrics: readonly string[] = [
  'system.filesystem.utilization',
  'system.filesystem.inodes.utilization',
  'system.memory.utilization',
  'system.paging.utilization',
  'system.file_descriptor.count',
]
export const nameShape = /^[A-Za-z0-9][\w.-]{0,63}$/

const textOf = (what: string, longest: number) =>
  v.pipe(
    v.string(({ input }) => `${shown(input)} is not ${what}`),
    v.maxLength(longest, `longer than ${longest} characters`),
    v.minLength(1, `${what} is missing`),
  )
const duration = (least: number) =>
  v.pipe(
    v.string(({ input }) => `${shown(input)} is no duration. Write one like 30s or 5m`),
    v.check(
      (text) => parseDuration(text) !== undefined,
      ({ input }) => `"${input}" is no duration. Write one like 30s or 5m`,
    ),
    v.check(
      (text) => inBounds(parseDuration(text) ?? 0, least),
      ({ input }) => `${input} is out of range: ${formatDuration(least)} to ${formatDuration(longestMs)}`,
    ),
  )
const inBounds = (ms: number, least: number): boolean => ms >= least && ms <= longestMs
const level = v.union(
  [v.number(), v.pipe(v.string(), v.maxLength(40))],
  ({ input }) => `${shown(input)} is no level. Write one like 90%, 2GiB, 30s or "below 10%"`,
)
const oneOf = <const T extends readonly string[]>(values: T) =>
  v.picklist(values, ({ input }) => `${shown(input)} is none of ${values.join(', ')}${didYouMean(input, values)}`)
const labelPattern = v.pipe(
  v.string(({ input }) => `${shown(input)} is not text: put it in quotes`),
  v.maxLength(300, 'longer than 300 characters'),
)

const entries = {
  name: v.pipe(
    textOf('a name', 64),
    v.regex(nameShape, ({ input }) => `${shown(input)} is no name: letters, digits and . _ - only, 64 at most`),
  ),
  value: textOf('a metric or an expression', 500),
  labels: v.optional(
    v.record(v.string(), labelPattern, ({ input }) => `${shown(input)} is no group of labels: write {mountpoint: /}`),
  ),
  raise: v.optional(level),
  clear: v.optional(level),
  runs_out_within: v.optional(duration(60_000)),
  for: v.optional(duration(0)),
  clear_for: v.optional(duration(0)),
  severity: v.optional(oneOf(severities)),
  no_data: v.optional(oneOf(['show', 'notify'])),
  no_data_for: v.optional(duration(10_000)),
  renotify: v.optional(duration(60_000)),
  group_by: v.optional(oneOf(['rule', 'alert', 'all'])),
  channels: v.optional(v.pipe(v.array(textOf('a channel', 64), 'write a list of channels: [a, b]'), v.maxLength(50))),
  summary: v.optional(
    v.pipe(
      textOf('text', 300),
      v.check(
        (text) => templateProblem(text) === undefined,
        ({ input }) => templateProblem(input) ?? '',
      ),
    ),
  ),
  enabled: v.optional(v.boolean(({ input }) => `${shown(input)} is neither true nor false`)),
}

/** The shape alone: what the API description shows. */
export const writtenRuleSchema = v.strictObject(entries, (issue) =>
  objectProblem(issue, Object.keys(entries), 'a rule'),
)

/** What an object with fixed keys says of a key too many, a key too few, and of what is no object. */
export function objectProblem(issue: v.StrictObjectIssue, keys: readonly string[], what: string): string {
  const key = issue.path?.at(-1)?.key
  if (issue.expected === 'never') {
    const near = nearest(String(key), keys)
    return near === undefined
      ? `there is no such key. Here stand: ${keys.join(', ')}`
      : `there is no such key. Did you mean "${near}"?`
  }
  if (key !== undefined && issue.received === 'undefined') return `the key "${String(key)}" is missing`
  return `${shown(issue.input)} is not ${what}: write its keys (${keys.join(', ')})`
}

/** Shape and sense: gives the checked rule, or issues that name the key. */
export const ruleSchema: v.GenericSchema<unknown, Rule> = v.pipe(
  writtenRuleSchema,
  v.rawTransform<v.InferOutput<typeof writtenRuleSchema>, Rule>(({ dataset, addIssue, NEVER }) => {
    const written: WrittenRule = dataset.value
    const result = checkWritten(written)
    if ('rule' in result) return result.rule
    const path: [v.ObjectPathItem] = [
      { type: 'object', origin: 'value', input: { ...written }, key: result.key, value: written[result.key] },
    ]
    addIssue({ message: result.message, path })
    return NEVER
  }),
)

interface Mistake {
  readonly key: keyof WrittenRule
  readonly message: string
}

export function checkWritten(written: WrittenRule): { readonly rule: Rule } | Mistake {
  const checked = checkValue(written)
  if ('message' in checked) return checked
  const levels = checkLevels(written, checked)
  if ('message' in levels) return levels
  const raiseForMs = parseDuration(written.for ?? '0s') ?? 0
  const clearForMs = written.clear_for === undefined ? usualClearForMs : (parseDuration(written.clear_for) ?? 0)
  return {
    rule: {
      name: written.name,
      identity: `${written.name}#${fingerprint(`${checked.text}${levels.isForecast ? ' runs out' : ''}`)}`,
      severity: written.severity ?? 'warning',
      checked,
      ...levels,
      raiseForMs,
      clearForMs,
      noDataForMs: written.no_data_for === undefined ? usualNoDataForMs : (parseDuration(written.no_data_for) ?? 0),
      notifiesNoData: written.no_data === 'notify',
      renotifyMs: written.renotify === undefined ? undefined : parseDuration(written.renotify),
      groupBy: written.group_by ?? 'rule',
      channels: written.channels,
      summary: written.summary ?? usualSummary(checked, levels),
      isEnabled: written.enabled ?? true,
      written,
    },
  }
}

function checkValue(written: WrittenRule): CheckedExpression | Mistake {
  try {
    const unmatched = checkExpression(written.value)
    try {
      const matchers = Object.entries(written.labels ?? {}).map(([label, pattern]) => readMatcher(label, pattern))
      return matchers.length === 0 ? unmatched : checkExpression(written.value, matchers)
    } catch (error) {
      if (error instanceof ExpressionError) return { key: 'labels', message: error.message }
      throw error
    }
  } catch (error) {
    // Pinning a label can be what makes two sides match, so the labels get their chance.
    if (!(error instanceof ExpressionError)) throw error
    return retried(written, error)
  }
}

function retried(written: WrittenRule, first: ExpressionError): CheckedExpression | Mistake {
  const at = first.at > 0 ? ` (character ${first.at + 1})` : ''
  const mistake: Mistake = { key: 'value', message: `${first.message}${at}` }
  if (written.labels === undefined) return mistake
  try {
    return checkExpression(
      written.value,
      Object.entries(written.labels).map(([label, pattern]) => readMatcher(label, pattern)),
    )
  } catch (error) {
    if (error instanceof ExpressionError) return mistake
    throw error
  }
}

/** `sda*`, `!loop*`: a leading ! turns it round. */
export const readMatcher = (label: string, text: string): LabelMatcher =>
  text.startsWith('!') ? { label, pattern: text.slice(1), isNegated: true } : { label, pattern: text, isNegated: false }

type Levels = Pick<Rule, 'direction' | 'raiseLevel' | 'clearLevel' | 'isForecast'>

function checkLevels(written: WrittenRule, checked: CheckedExpression): Levels | Mistake {
  const { raise, clear, runs_out_within: runsOut } = written
  if (runsOut !== undefined) {
    if (raise !== undefined) return { key: 'raise', message: 'a rule has either raise or runs_out_within' }
    if (clear !== undefined) return { key: 'clear', message: 'goes with raise, not with runs_out_within' }
    if (checked.expression.kind !== 'metric') {
      return { key: 'value', message: 'runs_out_within takes one metric, not an expression' }
    }
    if (!forecastMetrics.includes(checked.expression.metric)) {
      return { key: 'value', message: `nothing is forecast of it: runs_out_within takes ${forecastMetrics.join(', ')}` }
    }
    const raiseLevel = (parseDuration(runsOut) ?? 0) / 1000
    return { direction: 'below', raiseLevel, clearLevel: raiseLevel * forecastDistance, isForecast: true }
  }
  if (checked.isCondition) {
    const key = raise !== undefined ? 'raise' : clear !== undefined ? 'clear' : undefined
    if (key !== undefined) return { key, message: 'the value is a comparison already: leave the level out' }
    return { direction: 'above', raiseLevel: 1, clearLevel: 0, isForecast: false }
  }
  if (raise === undefined) {
    return { key: 'value', message: 'says no limit: give the rule a raise level, or compare the value with something' }
  }
  return checkedLevels(raise, clear, checked)
}

function checkedLevels(
  raise: string | number,
  clear: string | number | undefined,
  { unit, range }: CheckedExpression,
): Levels | Mistake {
  const raised = readLevel(raise, unit, range)
  if ('problem' in raised) return { key: 'raise', message: raised.problem }
  const direction = raised.word ?? 'above'
  const usual = raised.value * ((direction === 'above') === raised.value >= 0 ? 1 - usualDistance : 1 + usualDistance)
  if (clear === undefined) {
    if (raised.value !== 0) return { direction, raiseLevel: raised.value, clearLevel: usual, isForecast: false }
    return { key: 'raise', message: 'a level of 0 needs a clear level too, or write the value as a comparison' }
  }
  const cleared = readLevel(clear, unit, range)
  if ('problem' in cleared) return { key: 'clear', message: cleared.problem }
  if (cleared.word === direction) {
    return { key: 'clear', message: `must be on the other side of raise: leave out "${direction}"` }
  }
  if (direction === 'above' && cleared.value >= raised.value) {
    return {
      key: 'clear',
      message: `${clear} must lie below raise (${raise}), or the alert would flap. For an alert on low values write raise: below ${raise}`,
    }
  }
  if (direction === 'below' && cleared.value <= raised.value) {
    return { key: 'clear', message: `${clear} must lie above raise (${raise}): the alert is on low values` }
  }
  return { direction, raiseLevel: raised.value, clearLevel: cleared.value, isForecast: false }
}

function readLevel(
  written: string | number,
  unit: string | undefined,
  range: CheckedExpression['range'],
): { readonly value: number; readonly word: 'above' | 'below' | undefined } | { readonly problem: string } {
  if (typeof written === 'number') return withWord(amountIn(written, unit, range), undefined)
  const [, word, amount = ''] = /^\s*(?:(above|below)\s+)?(.*?)\s*$/.exec(written) ?? []
  return withWord(amountIn(amount, unit, range), word === 'above' || word === 'below' ? word : undefined)
}

const withWord = (amount: ReturnType<typeof amountIn>, word: 'above' | 'below' | undefined) =>
  'problem' in amount ? amount : { ...amount, word }

function usualSummary({ unit, isCondition }: CheckedExpression, { direction, raiseLevel, isForecast }: Levels): string {
  if (isForecast) return '{{rule}}: {{labels}} runs out in {{value}}'
  if (isCondition) return '{{rule}}: {{labels}}'
  return `{{rule}}: {{labels}} {{value}} (${direction} ${formatAmount(raiseLevel, unit)})`
}

/** FNV-1a, 32 bits (RFC 9923): short, and the same in every version. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 0).toString(36)
}

export function shown(input: unknown): string {
  if (input === null || input === undefined) return 'nothing'
  if (Array.isArray(input)) return 'a list'
  if (typeof input === 'object') return 'a group of keys'
  const text = JSON.stringify(input) ?? String(input)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

function didYouMean(input: unknown, values: readonly string[]): string {
  const near = typeof input === 'string' ? nearest(input, values) : undefined
  return near === undefined ? '' : `. Did you mean "${near}"?`
}
