import type { LineEdit } from './state.ts'

/** One line of text being typed. */
export const lineOf = (text: string): LineEdit => ({ text, cursor: text.length })

const longestLine = 200

/** The line after a key; `undefined`: the key is none of editing. */
export function editLine(line: LineEdit, key: string): LineEdit | undefined {
  const { text, cursor } = line
  switch (key) {
    case 'left':
      return { text, cursor: Math.max(0, cursor - sizeBefore(text, cursor)) }
    case 'right':
      return { text, cursor: Math.min(text.length, cursor + sizeAfter(text, cursor)) }
    case 'home':
    case 'ctrl-a':
      return { text, cursor: 0 }
    case 'end':
    case 'ctrl-e':
      return { text, cursor: text.length }
    case 'backspace':
      return removed(line, cursor - sizeBefore(text, cursor), cursor)
    case 'delete':
      return removed(line, cursor, cursor + sizeAfter(text, cursor))
    case 'ctrl-u':
      return removed(line, 0, cursor)
    case 'ctrl-k':
      return removed(line, cursor, text.length)
    case 'ctrl-w':
      return removed(line, cursor - (/\S*\s*$/.exec(text.slice(0, cursor))?.[0].length ?? 0), cursor)
    case 'space':
      return inserted(line, ' ')
    default:
      return [...key].length === 1 ? inserted(line, key) : undefined
  }
}

export function inserted({ text, cursor }: LineEdit, more: string): LineEdit {
  const clean = more.replace(/[\r\n\t]+/g, ' ')
  if (text.length + clean.length > longestLine) return { text, cursor }
  return { text: text.slice(0, cursor) + clean + text.slice(cursor), cursor: cursor + clean.length }
}

const removed = ({ text }: LineEdit, from: number, to: number): LineEdit => ({
  text: text.slice(0, Math.max(0, from)) + text.slice(to),
  cursor: Math.max(0, from),
})

/** One or two units: characters beyond the first plane are a pair. */
const sizeBefore = (text: string, cursor: number): number =>
  /[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(0, cursor)) ? 2 : 1
const sizeAfter = (text: string, cursor: number): number => ((text.codePointAt(cursor) ?? 0) > 0xffff ? 2 : 1)
