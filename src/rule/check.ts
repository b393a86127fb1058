import { nearest } from '../base/nearest.ts'
import {
  derivedDef,
  derivedNames,
  isDerivedName,
  isMetricName,
  metricDef,
  metricNames,
} from '../catalogue/catalogue.ts'
import type { LabelDef } from '../catalogue/define.ts'
import {
  type BinaryOperator,
  type Expression,
  isComparison,
  isLogical,
  isPinned,
  type LabelMatcher,
  metricsIn,
  withMatchers,
} from './expression.ts'
import { formatLiteral, unitInWords } from './level.ts'
import { parseExpression, printExpression } from './parse.ts'
import { ExpressionError } from './tokens.ts'

/** An expression that means something: every metric and label exists, units fit, and operands can be matched. */
export interface CheckedExpression {
  readonly expression: Expression
  /** Printed: the same for expressions that are the same. */
  readonly text: string
  /** Unit of its value; undefined: none that has a name. */
  readonly unit: string | undefined
  /** Lowest and highest possible value, where that is known. */
  readonly range: readonly [number, number] | undefined
  /** Labels that tell its values apart, in order. */
  readonly labels: readonly string[]
  /** Says yes (1) or no (0). */
  readonly isCondition: boolean
}

/** Throws ExpressionError. `matchers` hold for every metric that has the label; each must fit at least one. */
export function checkExpression(source: string, matchers: readonly LabelMatcher[] = []): CheckedExpression {
  const written = parseExpression(source)
  for (const metric of metricsIn(written)) requireMetric(metric)
  for (const matcher of matchers) checkCommonMatcher(matcher, metricsIn(written))
  const expression = withMatchers(written, matchers, (metric) => Object.keys(factsOf(metric)?.labels ?? {}))
  return { expression, text: printExpression(expression), ...facts(expression) }
}

interface MetricFacts {
  readonly labels: Readonly<Record<string, LabelDef>>
  /** As it is compared: a counter is a rate. */
  readonly unit: string
  readonly range: readonly [number, number] | undefined
}

export function factsOf(metric: string): MetricFacts | undefined {
  if (isDerivedName(metric)) {
    const { labels, unit, range } = derivedDef(metric)
    return { labels, unit, range }
  }
  if (!isMetricName(metric)) return undefined
  const { labels, unit, kind } = metricDef(metric)
  if (kind !== 'counter') return { labels, unit, range: undefined }
  return { labels, unit: unit === 's' ? 's/s' : unit === 'J' ? 'W' : `${unit}/s`, range: undefined }
}

function requireMetric(metric: string): MetricFacts {
  const found = factsOf(metric)
  if (found !== undefined) return found
  const near = nearest(metric, [...derivedNames, ...metricNames])
  const hint = near === undefined ? '. `sysmon metrics` lists them' : `. Did you mean "${near}"?`
  throw new ExpressionError(`there is no metric "${metric}"${hint}`, 0)
}

function checkCommonMatcher(matcher: LabelMatcher, metrics: readonly string[]): void {
  const having = metrics.filter((metric) => Object.hasOwn(requireMetric(metric).labels, matcher.label))
  if (having.length > 0) for (const metric of having) checkMatcher(metric, matcher)
  else checkMatcher(metrics[0] ?? '', matcher)
}

/** Throws for a label that the metric does not have, and for a value that such a label never has. */
function checkMatcher(metric: string, { label, pattern, ...rest }: LabelMatcher): void {
  const { labels } = requireMetric(metric)
  const def = Object.hasOwn(labels, label) ? labels[label] : undefined
  if (def === undefined) {
    const names = Object.keys(labels)
    const near = nearest(label, names)
    const has = names.length === 0 ? 'has no labels' : `has ${names.join(', ')}`
    const hint = near === undefined ? '' : `. Did you mean "${near}"?`
    throw new ExpressionError(`there is no label "${label}": ${metric} ${has}${hint}`, 0)
  }
  if (!('values' in def) || pattern.includes('*') || def.values.includes(pattern)) return
  const near = nearest(pattern, def.values)
  const hint = near === undefined ? `is one of ${def.values.join(', ')}` : `did you mean "${near}"?`
  throw new ExpressionError(`${label}${rest.isNegated ? '!' : ''}="${pattern}" never fits: ${hint}`, 0)
}

type Facts = Omit<CheckedExpression, 'expression' | 'text'>

function facts(expression: Expression): Facts {
  switch (expression.kind) {
    case 'number':
      return { unit: expression.unit, range: undefined, labels: [], isCondition: false }
    case 'metric':
      return metricFacts(expression.metric, expression.matchers)
    case 'window': {
      const of = facts(expression.of)
      if (expression.name !== 'rate') return of
      return { ...of, unit: rateUnit(of.unit), range: undefined, isCondition: false }
    }
    case 'unary': {
      const of = facts(expression.of)
      if (expression.operator === 'not') {
        requireCondition(of, expression.of, 'not')
        return of
      }
      return { ...of, range: undefined, isCondition: false }
    }
    case 'binary':
      return binaryFacts(expression.operator, expression.left, expression.right)
  }
}

function metricFacts(metric: string, matchers: readonly LabelMatcher[]): Facts {
  for (const matcher of matchers) checkMatcher(metric, matcher)
  const { labels, unit, range } = requireMetric(metric)
  const pinned = new Set(matchers.filter(isPinned).map(({ label }) => label))
  return { unit, range, labels: Object.keys(labels).filter((label) => !pinned.has(label)), isCondition: false }
}

const rateUnit = (unit: string | undefined): string | undefined =>
  unit === undefined ? undefined : unit === 's' ? 's/s' : unit.includes('/') ? undefined : `${unit}/s`

function requireCondition(of: Facts, expression: Expression, operator: string): void {
  if (of.isCondition || expression.kind === 'number') return
  throw new ExpressionError(`"${operator}" joins conditions: compare the value with something first`, 0)
}

function binaryFacts(operator: BinaryOperator, leftSide: Expression, rightSide: Expression): Facts {
  const left = facts(leftSide)
  const right = facts(rightSide)
  const labels = matchedLabels(left.labels, right.labels, operator)
  if (isLogical(operator)) {
    requireCondition(left, leftSide, operator)
    requireCondition(right, rightSide, operator)
    return condition(labels)
  }
  if (left.isCondition || right.isCondition) {
    throw new ExpressionError(`"${operator}" needs numbers on both sides, not a comparison`, 0)
  }
  if (operator === '*' || operator === '/') {
    const unit = operator === '*' ? productUnit(left.unit, right.unit) : ratioUnit(left, right)
    return { unit, range: undefined, labels, isCondition: false }
  }
  const unit = sameUnit(operator, left, leftSide, right, rightSide)
  return isComparison(operator) ? condition(labels) : { unit, range: undefined, labels, isCondition: false }
}

const condition = (labels: readonly string[]): Facts => ({ unit: '1', range: [0, 1], labels, isCondition: true })

/** Each value of one side must find one of the other, so one side's labels are all among the other's. */
function matchedLabels(left: readonly string[], right: readonly string[], operator: string): readonly string[] {
  const [wide, narrow] = left.length >= right.length ? [left, right] : [right, left]
  const alone = narrow.filter((label) => !wide.includes(label))
  if (alone.length === 0) return wide
  const name = (labels: readonly string[]): string => `{${labels.join(', ')}}`
  throw new ExpressionError(
    `the two sides of "${operator}" cannot be matched: one has labels ${name(left)}, the other ${name(right)}. Fix ${alone.join(', ')} to one value: {${alone[0]}="…"}`,
    0,
  )
}

function sameUnit(
  operator: string,
  left: Facts,
  leftSide: Expression,
  right: Facts,
  rightSide: Expression,
): string | undefined {
  if (left.unit === undefined || right.unit === undefined || left.unit === right.unit) return left.unit ?? right.unit
  const literal = [leftSide, rightSide].find((side) => side.kind === 'number')
  const shown = literal?.kind === 'number' ? ` (${formatLiteral(literal.value, literal.unit)})` : ''
  throw new ExpressionError(
    `"${operator}" compares ${unitInWords(left.unit)} with ${unitInWords(right.unit)}${shown}: the units differ`,
    0,
  )
}

function productUnit(left: string | undefined, right: string | undefined): string | undefined {
  if (left === undefined || right === undefined) return left ?? right
  if (left === '1') return right
  if (right === '1') return left
  const [perSecond, time] = left === 's' ? [right, left] : [left, right]
  return time === 's' && perSecond.endsWith('/s') ? perSecond.slice(0, -2) : undefined
}

function ratioUnit({ unit: left }: Facts, { unit: right }: Facts): string | undefined {
  if (right === undefined || right === '1') return left
  if (left === right) return '1'
  if (right === 's' && left !== undefined) return `${left}/s`
  return left !== undefined && left === `${right}/s` ? '{1}/s' : left === undefined ? undefined : quotient(left, right)
}

/** By ÷ By/s is a time. */
const quotient = (left: string, right: string): string | undefined => (right === `${left}/s` ? 's' : undefined)
