import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { clip, pad, widthOf, wrap } from './fit.ts'
import { plainText, span } from './span.ts'
import { clipSpans, fitColumns, type TableColumn, tableLines } from './table.ts'

const text = fc.string({ unit: fc.constantFrom('a', 'é', '同', '👍', '\u0301', '\u001b', ' ', '9'), maxLength: 30 })

describe('fitting text', () => {
  for (const [given, width, expected] of [
    ['short', 10, 'short'],
    ['exactly', 7, 'exactly'],
    ['too long', 4, 'too…'],
    ['同同同', 4, '同…'],
    ['同同', 4, '同同'],
    ['abc', 1, '…'],
    ['abc', 0, ''],
  ] as const) {
    test(`'${given}' in ${width} is '${expected}'`, () => {
      expect(clip(given, width)).toBe(expected)
    })
  }

  test('a clipped text is never wider than asked for, a padded one exactly as wide', () => {
    fc.assert(
      fc.property(text, fc.nat(40), fc.constantFrom('left', 'right'), (given, width, align) => {
        expect(widthOf(clip(given, width))).toBeLessThanOrEqual(width)
        expect(widthOf(pad(given, width, align))).toBe(width)
      }),
    )
  })

  test('R12: fitting replaces what a terminal would obey before it measures', () => {
    expect(pad('a\u001b[2Jb', 8, 'left')).toBe('a\ufffd[2Jb  ')
    expect(widthOf(pad('\u009b31m\u202e', 9, 'right'))).toBe(9)
  })

  test('wrapped lines keep every word in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1 }),
        fc.integer({ min: 9, max: 40 }),
        (words, width) => {
          const lines = wrap(words.join(' '), width)
          expect(lines.join(' ')).toBe(words.join(' '))
          for (const line of lines) expect(line.length).toBeLessThanOrEqual(width)
        },
      ),
    )
  })
})

const column = fc.record(
  {
    align: fc.constantFrom('left' as const, 'right' as const),
    shrinkTo: fc.integer({ min: 1, max: 10 }),
    spare: fc.nat(5),
  },
  { requiredKeys: ['align'] },
)

describe('tables', () => {
  test('no line is wider than the terminal, whatever the columns and cells', () => {
    fc.assert(
      fc.property(
        fc.array(column, { minLength: 1, maxLength: 8 }),
        fc.array(fc.array(text, { minLength: 8, maxLength: 8 }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 120 }),
        (shapes, rows, width) => {
          const columns = shapes.map(
            (shape, index): TableColumn<string[]> => ({
              ...shape,
              header: `H${index}`,
              cell: (row) => row[index] ?? '',
            }),
          )
          for (const line of tableLines(columns, rows, width))
            expect(widthOf(plainText(line))).toBeLessThanOrEqual(width)
        },
      ),
    )
  })

  test('to a pipe nothing is cut or left out', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{0,40}$/), { minLength: 3, maxLength: 3 }), (row) => {
        const columns = [0, 1, 2].map(
          (index): TableColumn<string[]> => ({
            header: 'H',
            align: 'left',
            cell: (each) => each[index] ?? '',
            shrinkTo: 1,
            spare: 1,
          }),
        )
        const line = plainText(tableLines(columns, [row], undefined)[1] ?? '')
        for (const cell of row) expect(line).toContain(cell)
      }),
    )
  })

  test('a column that is wide enough keeps its width; the widest shrinks first, the most easily spared goes first', () => {
    const shapes = [
      { align: 'right' as const },
      { align: 'left' as const, shrinkTo: 4 },
      { align: 'left' as const, spare: 1 },
    ]
    expect(fitColumns(shapes, [3, 20, 5], 40).map(({ width }) => width)).toEqual([3, 20, 5])
    expect(fitColumns(shapes, [3, 20, 5], 24).map(({ width }) => width)).toEqual([3, 12, 5])
    expect(fitColumns(shapes, [3, 20, 5], 12).map(({ index, width }) => [index, width])).toEqual([
      [0, 3],
      [1, 7],
    ])
  })

  test('numbers stand right, words left, headers with their column', () => {
    const columns: TableColumn<readonly [number, string]>[] = [
      { header: 'PID', align: 'right', cell: ([pid]) => String(pid) },
      { header: 'NAME', align: 'left', cell: ([, name]) => name },
    ]
    expect(
      tableLines(
        columns,
        [
          [1, 'init'],
          [1234, 'sh'],
        ],
        80,
      ).map(plainText),
    ).toEqual([' PID  NAME', '   1  init', '1234  sh'])
  })

  test('cutting a line keeps the colours of what is left', () => {
    expect(clipSpans([span('good', 'abc'), span('bad', 'def')], 4)).toEqual([span('good', 'abc'), span('bad', '…')])
    expect(clipSpans([span('good', 'abc'), span('bad', 'def')], 3)).toEqual([span('good', 'ab…')])
  })
})
