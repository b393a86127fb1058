import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { CellBuffer, Pane } from './cells.ts'
import { frameDifference } from './diff.ts'

/** A terminal that knows what we send: CUP, CUF, SGR (here the style's number), characters one or two cells wide. */
class Terminal {
  readonly cells: (readonly [string, number])[][]
  written = 0
  constructor(columns: number, rows: number) {
    this.cells = Array.from({ length: rows }, () => Array.from({ length: columns }, () => [' ', 0] as const))
  }

  write(text: string): void {
    let [x, y, style] = [0, 0, 0]
    const pattern = /\u001b\[([\d;]*)([A-Za-z])|([\s\S])/gu
    const segmenter = new Intl.Segmenter()
    for (const [, parameters = '', final, character] of text.matchAll(pattern)) {
      if (character === undefined) {
        const [first = 0, second = 0] = parameters.split(';').map(Number)
        if (final === 'H') [x, y] = [second - 1, first - 1]
        else if (final === 'C') x += first
        else if (final === 'm') style = first
        continue
      }
      const width = Bun.stringWidth(character)
      const row = this.cells[y]!
      if (width === 0) {
        // Joins what is left of the cursor.
        const lead = row[x - 1]?.[0] === '' ? x - 2 : x - 1
        row[lead] = [row[lead]![0] + character, row[lead]![1]]
        expect([...segmenter.segment(row[lead]![0])]).toHaveLength(1)
        continue
      }
      this.written++
      for (const at of [x, x + width - 1]) {
        // Writing over one half of a wide character blanks the other.
        if (row[at]?.[0] === '' && at > 0 && at === x) row[at - 1] = [' ', row[at - 1]![1]]
        if (row[at + 1]?.[0] === '' && at === x + width - 1) row[at + 1] = [' ', row[at + 1]![1]]
      }
      row[x] = [character, style]
      if (width === 2) row[x + 1] = ['', style]
      x += width
    }
  }
}

const shown = (buffer: CellBuffer): (readonly [string, number])[][] =>
  Array.from({ length: buffer.rows }, (_, y) =>
    Array.from({ length: buffer.columns }, (__, x) => {
      const at = y * buffer.columns + x
      const code = buffer.codes[at]!
      const one = new CellBuffer(1, 1)
      one.codes[0] = code
      return [code === 0 ? '' : one.lines()[0]! || ' ', buffer.styles[at]!] as const
    }),
  )

const sgr = (style: number): string => `\u001b[${style}m`
const [columns, rows] = [12, 3]
const piece = fc.record({
  x: fc.nat(columns),
  y: fc.nat(rows - 1),
  text: fc.string({ unit: fc.constantFrom('a', 'b', ' ', '同', '👍', 'é', 'e\u0301', '⣿', '│'), maxLength: 8 }),
  style: fc.nat(3),
})

function painted(pieces: readonly { x: number; y: number; text: string; style: number }[]): CellBuffer {
  const buffer = new CellBuffer(columns, rows)
  const pane = new Pane(buffer)
  for (const { x, y, text, style } of pieces) pane.text(x, y, text, style)
  return buffer
}

describe('what is sent', () => {
  test('from any screen to any other, the terminal shows the other', () => {
    fc.assert(
      fc.property(fc.array(fc.array(piece, { maxLength: 6 }), { minLength: 1, maxLength: 4 }), (frames) => {
        const terminal = new Terminal(columns, rows)
        let before: CellBuffer | undefined
        for (const frame of frames) {
          const after = painted(frame)
          terminal.write(frameDifference(before, after, sgr))
          expect(terminal.cells).toEqual(shown(after))
          before = after
        }
      }),
      { numRuns: 300 },
    )
  })

  test('the same screen again: nothing', () => {
    expect(
      frameDifference(
        painted([{ x: 0, y: 0, text: 'ab', style: 1 }]),
        painted([{ x: 0, y: 0, text: 'ab', style: 1 }]),
        sgr,
      ),
    ).toBe('')
  })

  test('one cell: a position, a style and one character', () => {
    const [before, after] = ['abc', 'axc'].map((text) => painted([{ x: 0, y: 1, text, style: 0 }]))
    expect(frameDifference(before, after!, sgr)).toBe('\u001b[2;2H\u001b[0mx')
  })

  test('short stretches of equal cells are written again, long ones jumped over', () => {
    const near = [painted([{ x: 0, y: 0, text: 'a..b', style: 0 }]), painted([{ x: 0, y: 0, text: 'A..B', style: 0 }])]
    expect(frameDifference(near[0], near[1]!, sgr)).toBe('\u001b[1;1H\u001b[0mA..B')
    const far = [
      painted([{ x: 0, y: 0, text: 'a.......b', style: 0 }]),
      painted([{ x: 0, y: 0, text: 'A.......B', style: 0 }]),
    ]
    expect(frameDifference(far[0], far[1]!, sgr)).toBe('\u001b[1;1H\u001b[0mA\u001b[7CB')
  })

  test('another size: everything', () => {
    const other = new CellBuffer(3, 1)
    new Pane(other).text(0, 0, 'abc', 0)
    expect(frameDifference(painted([]), other, sgr)).toBe('\u001b[1;1H\u001b[0mabc')
  })
})

describe('painting text', () => {
  test('R12: what a terminal would obey is replaced', () => {
    const buffer = new CellBuffer(20, 1)
    new Pane(buffer).text(0, 0, 'a\u001b[2J\u202e\u009b\nb', 0)
    expect(buffer.lines()).toEqual(['a\ufffd[2J\ufffd\ufffd\ufffdb'])
  })

  test('a wide character that would be cut at the edge is left out', () => {
    const buffer = new CellBuffer(5, 1)
    expect(new Pane(buffer).text(0, 0, '同同同', 0)).toBe(4)
    expect(buffer.lines()).toEqual(['同同'])
  })

  test('a combining mark shares the cell of its letter; alone it has none', () => {
    const buffer = new CellBuffer(5, 1)
    new Pane(buffer).text(0, 0, '\u0301xe\u0301y', 0)
    expect(buffer.lines()).toEqual(['xe\u0301y'])
    expect(buffer.codes[2]).toBe('y'.charCodeAt(0))
  })

  test('nothing is painted outside a pane', () => {
    const buffer = new CellBuffer(6, 2)
    const pane = new Pane(buffer, { x: 2, y: 0, width: 3, height: 1 })
    pane.text(-1, 0, 'abcdef', 0)
    pane.text(0, 1, 'no', 0)
    pane.part(1, 0, 99, 99).fill(0, 0x23)
    expect(buffer.lines()).toEqual(['  b##', ''])
  })
})
