import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { testTerminal } from '../../../test/terminal.ts'
import { escapeControls, Output, wantsColour } from './output.ts'
import { span } from './span.ts'

const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/

test('R12: no text reaches the terminal with anything that it would obey', () => {
  const anything = fc.string({
    unit: fc.oneof(
      fc.constantFrom('\u001b', '\u009b', '\u0007', '\u202e', '\u2066', 'm', '['),
      fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }),
    ),
  })
  fc.assert(
    fc.property(anything, fc.boolean(), (text, isTty) => {
      const terminal = testTerminal({ isTty, columns: 40 })
      const out = new Output(terminal, false)
      out.line(text)
      out.clipped([span('bad', text), text])
      out.table([{ header: 'A', align: 'left', cell: (row: string) => row }], [text])
      out.json({ text })
      out.note(text)
      expect(terminal.written.stdout + terminal.written.stderr).not.toMatch(obeyed)
    }),
  )
})

test('R12: a line break in a name does not begin a new line', () => {
  const terminal = testTerminal()
  const out = new Output(terminal, false)
  out.line('a\nb')
  out.flush()
  expect(terminal.written.stdout).toBe('a\ufffdb\n')
})

test('R12: JSON stays the same data when control characters are escaped', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      expect(JSON.parse(escapeControls(json))).toEqual(JSON.parse(json))
    }),
  )
  expect(escapeControls('"\u009b31m\u202e"')).toBe('"\\u009b31m\\u202e"')
})

test('colours go to a terminal only, and not against the person’s wish', () => {
  const terminal = (env: Record<string, string>, isTty = true) => testTerminal({ isTty, env })
  expect(wantsColour(terminal({}), false)).toBe(true)
  expect(wantsColour(terminal({ NO_COLOR: '1' }), false)).toBe(false)
  expect(wantsColour(terminal({ NO_COLOR: '' }), false)).toBe(true)
  expect(wantsColour(terminal({ TERM: 'dumb' }), false)).toBe(false)
  expect(wantsColour(terminal({}), true)).toBe(false)
  expect(wantsColour(terminal({}, false), false)).toBe(false)
})

for (const [what, options, width] of [
  ['the terminal’s own width', { isTty: true, columns: 100 }, 100],
  ['COLUMNS before it', { isTty: true, columns: 100, env: { COLUMNS: '60' } }, 60],
  ['80 when nobody knows', { isTty: true }, 80],
  ['nonsense in COLUMNS counts for nothing', { isTty: true, columns: 100, env: { COLUMNS: 'wide' } }, 100],
  ['none for a pipe', { isTty: false, columns: 100 }, undefined],
] as const) {
  test(`width: ${what}`, () => {
    expect(new Output(testTerminal(options), false).width).toBe(width as number)
  })
}
