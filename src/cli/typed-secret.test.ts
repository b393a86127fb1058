import { expect, test } from 'bun:test'
import { TypedSecret } from './typed-secret.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

test.each([
  ['word\r', 'entered', 'word'],
  ['word\n', 'entered', 'word'],
  ['word', 'typing', 'word'],
  ['wörd\u007f\u007f\r', 'entered', 'wö'],
  ['a😀\b\r', 'entered', 'a'],
  ['\u007f\u007fx\r', 'entered', 'x'],
  ['wrong\u0015right\r', 'entered', 'right'],
  ['wo\u0003rd', 'interrupted', 'wo'],
  ['\u0004', 'closed', ''],
  ['word\u0004', 'entered', 'word'],
  ['one\rtwo\r', 'entered', 'one'],
] as const)('%j is %s', (keys, state, text) => {
  const secret = new TypedSecret()
  expect([secret.take(bytes(keys)), secret.text]).toEqual([state, text])
})

test('a character that comes in two parts is one', () => {
  const secret = new TypedSecret()
  const [first, second] = bytes('ö')
  secret.take(Uint8Array.of(first as number))
  expect([secret.take(Uint8Array.of(second as number, 13)), secret.text]).toEqual(['entered', 'ö'])
})
