import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { answered } from '../../../test/windows-native.ts'
import { GrowingBuffer, textList, wideBytes, wideText, zeroEndedText } from './growing-buffer.ts'
import { codes } from './native.ts'

const make = (bytes: number): GrowingBuffer => new GrowingBuffer('call', bytes, (buffer) => buffer.length * 1000)

describe('D10 a buffer that is too small', () => {
  for (const code of [codes.insufficientBuffer, codes.moreData, codes.statusInfoLengthMismatch]) {
    test(`grows when Windows says 0x${code.toString(16)}, and stays grown`, () => {
      const buffer = make(16)
      const asked: number[] = []
      const ask = (bytes: Uint8Array) => {
        asked.push(bytes.length)
        return bytes.length < 100 ? { code, bytes: 100 } : { code: 0, bytes: 100 }
      }
      const first = answered(buffer.fill(ask))
      expect(first.length).toBe(100)
      expect(first.view.byteLength).toBeGreaterThanOrEqual(100)
      expect(first.address).toBe(first.view.byteLength * 1000)
      answered(buffer.fill(ask))
      expect(asked).toEqual([16, 128, 128])
    })
  }

  test('grows though Windows does not say how much it needs', () => {
    const ask = (bytes: Uint8Array) => ({ code: bytes.length < 500 ? codes.statusInfoLengthMismatch : 0, bytes: 0 })
    expect(answered(make(16).fill(ask)).view.byteLength).toBeGreaterThanOrEqual(500)
  })

  test('is given up when nothing is ever enough', () => {
    let asked = 0
    const answer = make(16).fill(() => {
      asked++
      return { code: codes.moreData, bytes: 0 }
    })
    expect(answer).toMatchObject({ failed: 'call' })
    expect(asked).toBeLessThan(20)
  })

  test('is not made as large as a mad answer wants it', () => {
    expect(make(16).fill(() => ({ code: codes.moreData, bytes: 2 ** 40 }))).toMatchObject({ code: codes.moreData })
  })

  test('is not tried for any other error', () => {
    let asked = 0
    const answer = make(16).fill(() => {
      asked++
      return { code: codes.accessDenied, bytes: 0 }
    })
    expect([answer, asked]).toEqual([{ failed: 'call', code: 5 }, 1])
  })

  test('an answer is never longer than its buffer', () => {
    expect(answered(make(16).fill(() => ({ code: 0, bytes: 99 }))).length).toBe(16)
  })
})

describe('text', () => {
  test('N14, F11 any text comes back as it was, whatever the code page', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const bytes = wideBytes(text)
        expect(wideText(new DataView(bytes.buffer), 0, bytes.length - 2)).toBe(text.toWellFormed())
      }),
    )
  })

  test('ends at its zero, or at the end of its place', () => {
    const view = new DataView(wideBytes('Ethernet\0rest').buffer)
    expect(zeroEndedText(view, 0, 100)).toBe('Ethernet')
    expect(zeroEndedText(view, 0, 3)).toBe('Eth')
  })

  test('lists end with two zeros', () => {
    const bytes = wideBytes('C:\\\0D:\\mount\\\0')
    expect(textList(new DataView(bytes.buffer), bytes.length)).toEqual(['C:\\', 'D:\\mount\\'])
  })

  test('a length beyond the answer reads nothing behind it', () => {
    expect(wideText(new DataView(wideBytes('ab').buffer), 0, 10_000)).toBe('ab\0')
  })
})
