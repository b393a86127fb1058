import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { bytesOf } from '../../../test/text-bytes.ts'
import { KeyValues } from './key-values.ts'

const wanted = ['alpha', 'beta', 'gamma'] as const
const fresh = (text: string): Record<string, number> => ({ ...new KeyValues(wanted).parse(bytesOf(text)) })

describe('key and value lines', () => {
  test('with blanks, with a colon, and with a unit', () => {
    expect(fresh('alpha 1\nbeta:      2 kB\ngamma:3 kB\n')).toEqual({ alpha: 1, beta: 2, gamma: 3 })
  })

  test('a key that is only the beginning of another is another', () => {
    expect(fresh('alphabet 9\nbeta 2\n')).toEqual({ alpha: Number.NaN, beta: 2, gamma: Number.NaN })
  })

  test('what was there and is not any more is absent', () => {
    const values = new KeyValues(wanted)
    values.parse(bytesOf('alpha 1\nbeta 2\n'))
    expect({ ...values.parse(bytesOf('alpha 3\n')) }).toEqual({ alpha: 3, beta: Number.NaN, gamma: Number.NaN })
  })

  test('a wanted line that moves to where one of the same length stood is found again', () => {
    const values = new KeyValues(wanted)
    values.parse(bytesOf('first 1\nother 2\nalpha 3\nlast 4\n'))
    expect({ ...values.parse(bytesOf('first 1\nalpha 3\nlast 4\n')) }).toMatchObject({ alpha: 3 })
    expect({ ...values.parse(bytesOf('first 1\nother 2\nalpha 3\nlast 4\n')) }).toMatchObject({ alpha: 3 })
  })

  test('remembering the layout changes nothing, whatever file comes after which', () => {
    const line = fc.tuple(fc.constantFrom('alpha', 'beta', 'gamma', 'delta', 'omega', 'eps', 'zeta'), fc.nat())
    const file = fc.uniqueArray(line, { maxLength: 7, selector: ([key]) => key })
    fc.assert(
      fc.property(fc.array(file, { maxLength: 6 }), (files) => {
        const values = new KeyValues(wanted)
        for (const lines of files) {
          const text = lines.map(([key, value]) => `${key} ${value}\n`).join('')
          expect<Record<string, number>>({ ...values.parse(bytesOf(text)) }).toEqual(fresh(text))
        }
      }),
    )
  })
})
