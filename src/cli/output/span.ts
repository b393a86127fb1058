import { sanitizeText } from '../../base/text.ts'

/**
 * Text on its way to a screen: plain pieces with a meaning, not yet with escape codes. Everything that is printed passes
 * through here as spans, and the sink cleans their text before it paints them, so that no name of a process, device or
 * file can carry an escape sequence to a terminal (R12).
 */
export type Style =
  | 'plain'
  | 'strong'
  | 'faint'
  | 'head'
  | 'good'
  | 'warn'
  | 'bad'
  | 'accent'
  // Lines of a chart, apart for the eye and for those who see red and green alike.
  | 'first'
  | 'second'
  | 'third'
  | 'fourth'
  | 'fifth'
  | 'sixth'

export interface Span {
  readonly text: string
  readonly style: Style
}
export type Text = string | Span | readonly (string | Span)[]

export const span = (style: Style, text: string): Span => ({ style, text })
export const strong = (text: string): Span => span('strong', text)
export const faint = (text: string): Span => span('faint', text)
export const head = (text: string): Span => span('head', text)

export const isSpans = (text: Text): text is readonly (string | Span)[] => Array.isArray(text)

export const spansOf = (text: Text): readonly Span[] => (isSpans(text) ? text.map(oneSpan) : [oneSpan(text)])

const oneSpan = (text: string | Span): Span => (typeof text === 'string' ? { text, style: 'plain' } : text)

export const joined = (...parts: readonly Text[]): readonly Span[] => parts.flatMap(spansOf)

/** The same without anything that a terminal would obey. Widths are those of cleaned text. */
export const cleanSpans = (text: Text): readonly Span[] =>
  spansOf(text).map((piece) => ({ style: piece.style, text: sanitizeText(piece.text) }))

export const plainText = (text: Text): string =>
  spansOf(text)
    .map((piece) => piece.text)
    .join('')

/** ECMA-48 select graphic rendition parameters; the sixteen colours only, so that the person's own theme holds. */
const codes: Readonly<Record<Style, string>> = {
  plain: '',
  strong: '1',
  faint: '2',
  head: '1',
  good: '32',
  warn: '33',
  bad: '1;31',
  accent: '36',
  first: '36',
  second: '33',
  third: '35',
  fourth: '32',
  fifth: '94',
  sixth: '91',
}

export const paint = (style: Style, text: string): string =>
  style === 'plain' || text === '' ? text : `\u001b[${codes[style]}m${text}\u001b[0m`
