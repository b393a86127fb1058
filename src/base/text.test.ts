import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { sanitizeText, textOfBytes } from './text.ts'

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0))

test('R11: a name cut within a character becomes valid UTF-8', () => {
  expect(textOfBytes(Uint8Array.of(0xe5, 0x90, 0x8c, 0xe6, 0xad))).toBe('同\ufffd')
})

test('R12: escape sequences, C1 controls and bidirectional overrides do not reach a sink', () => {
  expect(sanitizeText('a\u001b]0;x\u0007b')).toBe('a\ufffd]0;x\ufffdb')
  expect(sanitizeText('\u009b31m\u202eevil\u2066')).toBe('\ufffd31m\ufffdevil\ufffd')
})

test('ordinary text in any script is left alone', () => {
  for (const text of ['postgres: writer', 'Ünïcödé', '日本語', 'emoji 😀']) expect(sanitizeText(text)).toBe(text)
})

test('R11, R12: whatever the bytes, the text is well-formed and has no control characters', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (input) => {
      const text = textOfBytes(input)
      expect(text.isWellFormed()).toBe(true)
      expect(/[\u0000-\u001f\u007f-\u009f]/.test(text)).toBe(false)
    }),
  )
  expect(textOfBytes(bytes('plain'))).toBe('plain')
})
