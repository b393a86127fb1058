import { formatDuration, parseDuration } from '../base/duration.ts'
import { nearest } from '../base/nearest.ts'
import {
  type BinaryOperator,
  type Expression,
  isComparison,
  isLogical,
  type LabelMatcher,
  type WindowFunction,
  windowFunctions,
} from './expression.ts'
import { formatLiteral, parseAmount } from './level.ts'
import { ExpressionError, type Token, tokensOf } from './tokens.ts'

/**
 * Reads the expression language:
 *
 *   or  := and ("or" and)*            sum     := product (("+" | "-") product)*
 *   and := not ("and" not)*           product := unary (("*" | "/") unary)*
 *   not := "not" not | comparison     unary   := "-" unary | primary
 *   comparison := sum ((">" | "<" | ">=" | "<=" | "==" | "!=") sum)?
 *   primary := NUMBER[UNIT] | FUNCTION "(" or "," DURATION ")" | METRIC [ "{" LABEL ("=" | "!=") "TEXT" , … "}" ] | "(" or ")"
 */

/** Parts of one expression, and how deep they may stand in each other. */
const mostParts = 100
const deepest = 20
/** Windows kept by one expression: each holds memory for every label set. */
const mostWindows = 4
export const shortestWindowMs = 1000
export const longestWindowMs = 86_400_000

/** Throws ExpressionError. */
export function parseExpression(source: string): Expression {
  const parser = new Parser(tokensOf(source))
  return parser.whole()
}

class Parser {
  #at = 0
  #parts = 0
  #depth = 0
  #windows = 0

  constructor(private readonly tokens: readonly Token[]) {}

  whole(): Expression {
    const expression = this.#level(0)
    const rest = this.#peek()
    if (rest.kind !== 'end') throw new ExpressionError(`"${rest.text}" is not expected here`, rest.at)
    return expression
  }

  /** From the loosest binding: or, and, not, comparison, sum, product. */
  #level(level: number): Expression {
    if (++this.#depth > deepest * levels.length) throw new ExpressionError('too deeply nested', this.#peek().at)
    const expression = this.#chain(level)
    this.#depth--
    return expression
  }

  #chain(level: number): Expression {
    const operators = levels[level]
    if (operators === undefined) return this.#unary()
    if (operators === 'not') {
      if (!this.#takeWord('not')) return this.#level(level + 1)
      return this.#made({ kind: 'unary', operator: 'not', of: this.#level(level) })
    }
    let left = this.#level(level + 1)
    for (let operator = this.#takeOperator(operators); operator !== undefined; ) {
      left = this.#made({ kind: 'binary', operator, left, right: this.#level(level + 1) })
      const next = this.#takeOperator(operators)
      if (next !== undefined && isComparison(next)) {
        throw new ExpressionError('comparisons do not chain: join two with "and"', this.#previous().at)
      }
      operator = next
    }
    return left
  }

  #unary(): Expression {
    if (!this.#takeSign('-')) return this.#primary()
    if (++this.#depth > deepest * levels.length) throw new ExpressionError('too deeply nested', this.#peek().at)
    const of = this.#unary()
    this.#depth--
    return this.#made({ kind: 'unary', operator: '-', of })
  }

  #primary(): Expression {
    const token = this.#take()
    if (token.kind === 'number') return this.#number(token)
    if (token.text === '(') {
      const inside = this.#level(0)
      this.#expect(')')
      return inside
    }
    if (token.kind !== 'word' || ['and', 'or', 'not'].includes(token.text)) {
      const found = token.kind === 'end' ? 'it ends' : `"${token.text}" stands`
      throw new ExpressionError(`a metric, a number or a bracket is missing where ${found}`, token.at)
    }
    if (this.#peek().text === '(') return this.#window(token)
    return this.#made({ kind: 'metric', metric: token.text, matchers: this.#matchers() })
  }

  #number(token: Token): Expression {
    const amount = parseAmount(token.text)
    if (amount === undefined || !Number.isFinite(amount.value)) {
      throw new ExpressionError(`"${token.text}" is no number with a known unit`, token.at)
    }
    return this.#made({ kind: 'number', ...amount })
  }

  #window(name: Token): Expression {
    if (!isWindowFunction(name.text)) {
      const near = nearest(name.text, windowFunctions)
      const hint = near === undefined ? `there are ${windowFunctions.join(', ')}` : `did you mean "${near}"?`
      throw new ExpressionError(`no function "${name.text}"; ${hint}`, name.at)
    }
    if (++this.#windows > mostWindows) throw new ExpressionError(`more than ${mostWindows} windows`, name.at)
    this.#expect('(')
    const of = this.#level(0)
    if (!this.#takeSign(',')) {
      throw new ExpressionError(`${name.text} needs a duration: ${name.text}(…, 5m)`, this.#peek().at)
    }
    const token = this.#take()
    const durationMs = token.kind === 'number' ? parseDuration(token.text) : undefined
    if (durationMs === undefined) throw new ExpressionError(`"${token.text}" is no duration like 5m`, token.at)
    if (durationMs < shortestWindowMs || durationMs > longestWindowMs) {
      throw new ExpressionError(`a window is 1s to 1d long, not ${token.text}`, token.at)
    }
    this.#expect(')')
    return this.#made({ kind: 'window', name: name.text, of, durationMs })
  }

  #matchers(): LabelMatcher[] {
    if (!this.#takeSign('{')) return []
    const matchers: LabelMatcher[] = []
    while (!this.#takeSign('}')) {
      if (matchers.length > 0) this.#expect(',')
      const label = this.#take()
      if (label.kind !== 'word') throw new ExpressionError('the name of a label is missing', label.at)
      const sign = this.#take()
      if (sign.text !== '=' && sign.text !== '!=') throw new ExpressionError('= or != is missing', sign.at)
      const text = this.#take()
      if (text.kind !== 'text') throw new ExpressionError(`"…" is missing after ${label.text}${sign.text}`, text.at)
      matchers.push({
        label: label.text,
        pattern: text.text.slice(1, -1).replace(/\\(["\\])/g, '$1'),
        isNegated: sign.text === '!=',
      })
    }
    return matchers
  }

  #made<E extends Expression>(expression: E): E {
    if (++this.#parts > mostParts) throw new ExpressionError(`more than ${mostParts} parts`, this.#peek().at)
    return expression
  }

  #peek(): Token {
    return this.tokens[this.#at] as Token
  }
  #previous(): Token {
    return this.tokens[this.#at - 1] as Token
  }
  #take(): Token {
    const token = this.#peek()
    if (token.kind !== 'end') this.#at++
    return token
  }
  #takeSign(sign: string): boolean {
    const token = this.#peek()
    if (token.kind !== 'sign' || token.text !== sign) return false
    this.#at++
    return true
  }
  #takeWord(word: string): boolean {
    const token = this.#peek()
    if (token.kind !== 'word' || token.text !== word) return false
    this.#at++
    return true
  }
  #takeOperator(operators: readonly BinaryOperator[]): BinaryOperator | undefined {
    const { kind, text } = this.#peek()
    const found = operators.find((operator) => operator === text)
    if (found === undefined || kind !== (isLogical(found) ? 'word' : 'sign')) return undefined
    this.#at++
    return found
  }
  #expect(sign: string): void {
    if (this.#takeSign(sign)) return
    const token = this.#peek()
    const found = token.kind === 'end' ? 'where it ends' : `before "${token.text}"`
    throw new ExpressionError(`"${sign}" is missing ${found}`, token.at)
  }
}

const levels: readonly (readonly BinaryOperator[] | 'not')[] = [
  ['or'],
  ['and'],
  'not',
  ['>', '<', '>=', '<=', '==', '!='],
  ['+', '-'],
  ['*', '/'],
]

const isWindowFunction = (text: string): text is WindowFunction => (windowFunctions as readonly string[]).includes(text)

/** The expression as text, with brackets wherever one could doubt; reading it gives the same expression. */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'number':
      return formatLiteral(expression.value, expression.unit)
    case 'metric': {
      const matchers = expression.matchers.map(
        ({ label, pattern, isNegated }) =>
          `${label}${isNegated ? '!=' : '='}"${pattern.replace(/["\\]/g, (character) => `\\${character}`)}"`,
      )
      return matchers.length === 0 ? expression.metric : `${expression.metric}{${matchers.join(', ')}}`
    }
    case 'window':
      return `${expression.name}(${printExpression(expression.of)}, ${formatDuration(expression.durationMs)})`
    case 'unary':
      return `(${expression.operator === 'not' ? 'not ' : '-'}${printExpression(expression.of)})`
    case 'binary':
      return `(${printExpression(expression.left)} ${expression.operator} ${printExpression(expression.right)})`
  }
}
