import { expect, test } from 'bun:test'
import { readJson, visible } from './visible.ts'

test('names that would be read backwards, or hide a part, show that they do', () => {
  expect(visible('evil\u202efdp.exe\u2066\u200f')).toBe('evil\ufffdfdp.exe\ufffd\ufffd')
  expect(visible('a\u200bb\ufeff')).toBe('a\ufffdb\ufffd')
})

test('what people write stays as it is', () => {
  for (const text of ['größer', '日本語', 'שלום', '👩 ok', 'a\tb']) expect(visible(text)).toBe(text)
})

test('an answer is made visible within its strings, keys too', () => {
  expect(readJson<object>('{"name":"a\u202eb","\u2067":[1,"\u009b"]}')).toEqual({
    name: 'a\ufffdb',
    '\ufffd': [1, '\ufffd'],
  })
})
