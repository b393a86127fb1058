/** Words of the expression language with where they stand. */
export interface Token {
  readonly kind: 'number' | 'word' | 'text' | 'sign' | 'end'
  readonly text: string
  /** First character, from 0. */
  readonly at: number
}

/** What cannot be read, and where: `at` is the character, from 0. */
export class ExpressionError extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message)
    this.name = 'ExpressionError'
  }
}

/** A whole expression, characters: what a person still understands. */
export const longestExpression = 500

const shapes: readonly (readonly [Token['kind'], RegExp])[] = [
  // With its unit, if it has one: 90%, 2GiB, 1h30m.
  ['number', /^\d+(?:\.\d+)?(?:e[+-]?\d+)?(?:%|[A-Za-z°][A-Za-z0-9°/.]*)?/],
  ['word', /^[A-Za-z_][\w.]*/],
  ['text', /^"(?:[^"\\]|\\["\\])*"/],
  ['sign', /^(?:>=|<=|==|!=|[-+*/<>(){},=])/],
]

export function tokensOf(source: string): Token[] {
  if (source.length > longestExpression) {
    throw new ExpressionError(`it has ${source.length} characters; ${longestExpression} are taken`, longestExpression)
  }
  const tokens: Token[] = []
  let at = 0
  while (at < source.length) {
    const rest = source.slice(at)
    const space = /^\s+/.exec(rest)?.[0].length ?? 0
    if (space > 0) {
      at += space
      continue
    }
    const token = next(rest, at)
    if (token === undefined) throw new ExpressionError(`"${rest[0]}" has no meaning here`, at)
    tokens.push(token)
    at += token.text.length
  }
  tokens.push({ kind: 'end', text: '', at: source.length })
  return tokens
}

function next(rest: string, at: number): Token | undefined {
  for (const [kind, shape] of shapes) {
    const text = shape.exec(rest)?.[0]
    if (text !== undefined) return { kind, text, at }
  }
  return undefined
}
