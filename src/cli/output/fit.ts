import { sanitizeText } from '../../base/text.ts'

/**
 * Widths of text on a terminal: a wide character takes two cells, a combining one none. What is fitted is cleaned first
 * (R12), because what a terminal would obey has no width until it is replaced.
 */
const ascii = /^[\x20-\x7e]*$/

export const widthOf = (text: string): number => (ascii.test(text) ? text.length : Bun.stringWidth(text))

const ellipsis = '…'
let graphemes: Intl.Segmenter | undefined

/** The text in at most `width` cells, its end replaced by an ellipsis when it does not fit. */
export function clip(foreign: string, width: number): string {
  const text = sanitizeText(foreign)
  if (widthOf(text) <= width) return text
  if (width <= 0) return ''
  if (ascii.test(text)) return text.slice(0, width - 1) + ellipsis
  graphemes ??= new Intl.Segmenter()
  let kept = ''
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    const cells = widthOf(segment)
    if (used + cells > width - 1) break
    kept += segment
    used += cells
  }
  return kept + ellipsis
}

export type Align = 'left' | 'right'

/** The text in exactly `width` cells. */
export function pad(text: string, width: number, align: Align): string {
  const clipped = clip(text, width)
  const space = ' '.repeat(Math.max(0, width - widthOf(clipped)))
  return align === 'right' ? space + clipped : clipped + space
}

/** Paragraph broken at spaces into lines of at most `width` cells; a longer word stands alone on its line. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  lines.push(line)
  return lines
}
