import { derivedDef, isDerivedName } from '../catalogue/catalogue.ts'
import { type Expression, isPinned, metricsIn } from '../rule/expression.ts'
import type { Rule } from '../rule/rule.ts'
import { keyOf } from './cells.ts'
import type { Labels } from './series-lookup.ts'

/** Labels that the rule fixes to one value, for a rule that has found nothing yet. */
export function pinnedLabels(rule: Rule): Labels {
  const found: Record<string, string> = {}
  const visit = (expression: Expression): void => {
    if (expression.kind === 'metric') {
      for (const one of expression.matchers) if (isPinned(one)) found[one.label] = one.pattern
    } else if (expression.kind === 'binary') {
      visit(expression.left)
      visit(expression.right)
    } else if (expression.kind !== 'number') visit(expression.of)
  }
  visit(rule.checked.expression)
  return found
}

/** A placeholder kept from before, while there is something to look at now. */
export const isPlaceholder = (rule: Rule, labels: Labels, keys: ReadonlySet<string>): boolean =>
  keys.size > 0 && keyOf(rule.identity, labels) === keyOf(rule.identity, pinnedLabels(rule))

/** A window says nothing until half of it has been seen: that alone is no want of data. */
export function longestWindowMs(rule: Rule): number {
  let longest = 0
  const visit = (expression: Expression): void => {
    if (expression.kind === 'binary') {
      visit(expression.left)
      visit(expression.right)
    } else if (expression.kind === 'window') {
      longest = Math.max(longest, expression.durationMs)
      visit(expression.of)
    } else if (expression.kind === 'unary') visit(expression.of)
  }
  visit(rule.checked.expression)
  return longest
}

/** Stored metrics that the rules look at, by themselves or through a derived one. */
export function storedMetricsOf(rules: readonly Rule[]): Set<string> {
  const found = new Set<string>()
  for (const rule of rules) {
    for (const metric of metricsIn(rule.checked.expression)) {
      if (!isDerivedName(metric)) found.add(metric)
      else for (const from of derivedDef(metric).from) found.add(from)
    }
  }
  return found
}

/** The rule, as it was then, that a state was kept for. */
export const identityOf = (key: string): string => key.split('\0', 1)[0] ?? ''
