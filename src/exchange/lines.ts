import { Refused } from './refusal.ts'

/** Longest line, bytes: a row of twenty thousand columns with their names. */
const longestBytes = 8 * 1024 * 1024
/** Lines handed on at once: a few milliseconds of work at the usual width. */
const charactersPerTurn = 64 * 1024

export interface Line {
  readonly number: number
  readonly text: string
}

/**
 * Text in lines, numbered from 1, some at a time. `isWhole`: tells of a line that would end within quotes, which goes on
 * behind the line break (RFC 4180). Throws Refused for what is no UTF-8 and for a line without end.
 */
export async function* linesOf(
  bytes: AsyncIterable<Uint8Array>,
  isWhole: (text: string) => boolean = () => true,
): AsyncGenerator<readonly Line[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let number = 1
  let rest = ''
  const take = function* (text: string, isLast: boolean): Generator<readonly Line[]> {
    let lines: Line[] = []
    let length = 0
    let from = 0
    for (let end = text.indexOf('\n'); ; end = text.indexOf('\n', end + 1)) {
      const isEnd = end < 0
      if (isEnd && !isLast) break
      const line = text.slice(from, isEnd ? undefined : end)
      if (!isEnd && !isWhole(line)) continue
      if (line !== '' || !isEnd) lines.push({ number, text: line.endsWith('\r') ? line.slice(0, -1) : line })
      number += 1 + countBreaks(line)
      length += line.length
      from = isEnd ? text.length : end + 1
      if (length > charactersPerTurn) {
        yield lines
        lines = []
        length = 0
      }
      if (isEnd) break
    }
    rest = text.slice(from)
    if (lines.length > 0) yield lines
  }
  for await (const part of bytes) {
    yield* take(rest + decoded(decoder, part, number), false)
    if (rest.length > longestBytes) throw new Refused([`line ${number}: it is longer than ${longestBytes} bytes`])
  }
  yield* take(rest + decoded(decoder, undefined, number), true)
}

function decoded(decoder: TextDecoder, part: Uint8Array | undefined, line: number): string {
  try {
    return part === undefined ? decoder.decode() : decoder.decode(part, { stream: true })
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new Refused([`after line ${line}: that is no UTF-8 text`])
  }
}

function countBreaks(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++
  return count
}

/** Whether quotes that were opened are closed again. */
export function hasClosedQuotes(text: string): boolean {
  let isClosed = true
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) isClosed = !isClosed
  return isClosed
}

/** Cells of a record (RFC 4180); `undefined`: a quote stands where none may. */
export function csvCells(text: string): string[] | undefined {
  if (!text.includes('"')) return text.split(',')
  const cells: string[] = []
  let at = 0
  for (;;) {
    if (text[at] === '"') {
      const [all, quoted = ''] = /^"((?:[^"]|"")*)"/.exec(text.slice(at)) ?? []
      if (all === undefined) return undefined
      cells.push(quoted.replaceAll('""', '"'))
      at += all.length
      if (at < text.length && text[at] !== ',') return undefined
    } else {
      const comma = text.indexOf(',', at)
      const cell = text.slice(at, comma < 0 ? undefined : comma)
      if (cell.includes('"')) return undefined
      cells.push(cell)
      at += cell.length
    }
    if (at >= text.length) return cells
    at++
    if (at === text.length) return [...cells, '']
  }
}
