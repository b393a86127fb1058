/**
 * Enough of TypeScript's grammar to tell code from comments and strings, for the checks that read sources. A scanner,
 * not a parser: a backtick inside `${}` ends the template early, which no check here can be fooled by.
 */

export interface SourceText {
  /** The source with comments and the insides of strings blanked; same length, same lines. */
  readonly code: string
  readonly strings: readonly Positioned[]
  readonly imports: readonly Positioned[]
}
export interface Positioned {
  readonly text: string
  readonly line: number
}

// In this order: line comment, block comment, 'string', "string", `template`, and /regex/ where no operand can precede.
const tokens =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|(?<=(?:^|[(,=:[!&|?{};\n]|=>|\breturn)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g

const importEnds = /(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*$/

export function readSource(source: string): SourceText {
  const strings: Positioned[] = []
  const imports: Positioned[] = []
  let code = ''
  let from = 0
  let line = 1
  for (const match of source.matchAll(tokens)) {
    const before = source.slice(from, match.index)
    line += countLines(before)
    code += before
    const token = match[0]
    const quote = token[0]
    if (quote === "'" || quote === '"' || quote === '`') {
      const literal = { text: token.slice(1, -1), line }
      ;(importEnds.test(code.slice(-80)) ? imports : strings).push(literal)
    }
    code += blank(token)
    line += countLines(token)
    from = match.index + token.length
  }
  return { code: code + source.slice(from), strings, imports }
}

const blank = (token: string): string => token.replace(/[^\n]/g, ' ')
const countLines = (text: string): number => text.split('\n').length - 1

/** Lines on which the pattern occurs in the code. */
export function linesOf(code: string, pattern: RegExp): number[] {
  return code.split('\n').flatMap((text, index) => (pattern.test(text) ? [index + 1] : []))
}
