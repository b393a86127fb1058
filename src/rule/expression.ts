/**
 * rule/ is the language in which alert rules are written: what a rule says, the small language of its values, and every
 * mistake one can make in it, found before it is used. Pure; config/ reads rules with it, alert/ evaluates them.
 */

export const windowFunctions = ['avg', 'min', 'max', 'rate'] as const
export type WindowFunction = (typeof windowFunctions)[number]

export const binaryOperators = ['or', 'and', '>', '<', '>=', '<=', '==', '!=', '+', '-', '*', '/'] as const
export type BinaryOperator = (typeof binaryOperators)[number]

/** A condition on one label. `*` in the pattern stands for any characters. */
export interface LabelMatcher {
  readonly label: string
  readonly pattern: string
  readonly isNegated: boolean
}

export type Expression =
  /** Unit is undefined for a plain number, which takes any. */
  | { readonly kind: 'number'; readonly value: number; readonly unit: string | undefined }
  | { readonly kind: 'metric'; readonly metric: string; readonly matchers: readonly LabelMatcher[] }
  | {
      readonly kind: 'window'
      readonly name: WindowFunction
      readonly of: Expression
      readonly durationMs: number
    }
  | {
      readonly kind: 'binary'
      readonly operator: BinaryOperator
      readonly left: Expression
      readonly right: Expression
    }
  | { readonly kind: 'unary'; readonly operator: 'not' | '-'; readonly of: Expression }

export const isComparison = (operator: BinaryOperator): boolean => /^[<>=!]/.test(operator)
export const isLogical = (operator: BinaryOperator): boolean => operator === 'and' || operator === 'or'

/** One exact value: the label is then the same for all and no longer tells them apart. */
export const isPinned = ({ pattern, isNegated }: LabelMatcher): boolean => !isNegated && !pattern.includes('*')

export function matches({ pattern, isNegated }: LabelMatcher, value: string): boolean {
  return fitsPattern(pattern, value) !== isNegated
}

/** Linear in both, unlike a regular expression somebody wrote. */
export function fitsPattern(pattern: string, value: string): boolean {
  const parts = pattern.split('*')
  const first = parts[0] ?? ''
  if (parts.length === 1) return pattern === value
  const last = parts.at(-1) ?? ''
  if (!value.startsWith(first) || !value.endsWith(last) || value.length < first.length + last.length) return false
  let from = first.length
  const end = value.length - last.length
  for (const part of parts.slice(1, -1)) {
    const at = value.indexOf(part, from)
    if (at < 0 || at + part.length > end) return false
    from = at + part.length
  }
  return true
}

/** The same with these conditions added to every metric that has such a label, as `labelsOf` tells. */
export function withMatchers(
  expression: Expression,
  matchers: readonly LabelMatcher[],
  labelsOf: (metric: string) => readonly string[],
): Expression {
  const inside = (of: Expression): Expression => withMatchers(of, matchers, labelsOf)
  switch (expression.kind) {
    case 'number':
      return expression
    case 'metric': {
      const own = labelsOf(expression.metric)
      const added = matchers.filter(({ label }) => own.includes(label))
      return { ...expression, matchers: [...expression.matchers, ...added] }
    }
    case 'binary':
      return { ...expression, left: inside(expression.left), right: inside(expression.right) }
    default:
      return { ...expression, of: inside(expression.of) }
  }
}

/** Every metric named in it, once each. */
export function metricsIn(expression: Expression): string[] {
  const found = new Set<string>()
  const visit = (one: Expression): void => {
    if (one.kind === 'metric') found.add(one.metric)
    else if (one.kind === 'binary') {
      visit(one.left)
      visit(one.right)
    } else if (one.kind !== 'number') visit(one.of)
  }
  visit(expression)
  return [...found]
}
