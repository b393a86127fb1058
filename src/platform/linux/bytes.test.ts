import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { bytesOf } from '../../../test/text-bytes.ts'
import { ascii, asciiText, Cursor } from './bytes.ts'

const numberOf = (text: string): number => new Cursor().of(bytesOf(text)).number()

describe('numbers', () => {
  for (const [text, value] of [
    ['0', 0],
    ['  42 ', 42],
    ['\t7', 7],
    ['-1', -1],
    ['12kB', 12],
    ['999999999999999', 999_999_999_999_999],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ] as const) {
    test(`"${text}" is ${value}`, () => expect(numberOf(text)).toBe(value))
  }

  for (const text of ['', '   ', '-', 'x1', '\n5', '+3']) {
    test(`${JSON.stringify(text)} holds none`, () => expect(numberOf(text)).toBeNaN())
  }

  test('any count of 64 bits keeps its value modulo 2^53, so that differences stay exact', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(0n, 2n ** 40n), (start, step) => {
        const [before, after] = [numberOf(String(start)), numberOf(String(start + step))]
        expect(before).toBe(Number(start % 2n ** 53n))
        if (after >= before) expect(after - before).toBe(Number(step))
      }),
    )
  })

  test('no number is taken from the next line', () => {
    const cursor = new Cursor().of(bytesOf('1\n2\n'))
    expect([cursor.number(), cursor.number()]).toEqual([1, Number.NaN])
  })

  for (const [text, value] of [
    ['0.20', 0.2],
    ['12.05', 12.05],
    ['1.57', 1.57],
    ['7', 7],
  ] as const) {
    test(`decimal ${text}`, () => expect(new Cursor().of(bytesOf(text)).decimal()).toBe(value))
  }
})

describe('fields and lines', () => {
  test('fields are skipped within the line only', () => {
    const cursor = new Cursor().of(bytesOf('a bb  ccc 4\nnext 5'))
    cursor.skipFields(3)
    expect(cursor.number()).toBe(4)
    cursor.skipFields(9)
    expect(cursor.atLineEnd).toBe(true)
    cursor.nextLine()
    expect(cursor.word()).toBe('next')
    expect(cursor.number()).toBe(5)
    expect(cursor.done).toBe(true)
  })

  test('a key is taken only when it comes next', () => {
    const cursor = new Cursor().of(bytesOf('ctxt 12'))
    expect(cursor.take(ascii('ctx '))).toBe(false)
    expect(cursor.at).toBe(0)
    expect(cursor.take(ascii('ctxt '))).toBe(true)
    expect(cursor.number()).toBe(12)
  })

  test('text up to a byte stops at the end of the line', () => {
    const cursor = new Cursor().of(bytesOf('eth0: 1\nno colon\nlo:2'))
    expect(cursor.textUntil(0x3a)).toBe('eth0')
    cursor.nextLine()
    expect(cursor.textUntil(0x3a)).toBe('no colon')
    cursor.nextLine()
    expect(cursor.textUntil(0x3a)).toBe('lo')
    expect(cursor.number()).toBe(2)
  })

  test('every walk over any bytes comes to an end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const cursor = new Cursor().of(bytes)
        let lines = 0
        while (!cursor.done) {
          cursor.word()
          cursor.number()
          cursor.decimal()
          cursor.textUntil(0x3a)
          cursor.nextLine()
          lines++
        }
        expect(lines).toBeLessThanOrEqual(bytes.length)
        expect(asciiText(bytes, 0, bytes.length)).toHaveLength(bytes.length)
      }),
    )
  })
})
