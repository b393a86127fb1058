import { describe, expect, test } from 'bun:test'
import { parseCsvLine, parseTimestamp } from './csv-line.ts'

describe('lines of timestamp,value', () => {
  const noonMs = Date.UTC(2014, 3, 10, 12, 5)
  test.each([
    ['2014-04-10 12:05:00', noonMs],
    ['2014-04-10 12:05:00.250', noonMs + 250],
    ['2014-04-10T12:05:00Z', noonMs],
    ['2014-04-10T14:05:00+02:00', noonMs],
    ['2014-04-10T07:05:00-0500', noonMs],
    ['2014-04-10 12:05:00 UTC', noonMs],
    ['2014/04/10 12:05', noonMs],
    ['10.4.2014 12:05', noonMs],
    ['4/10/2014 12:05:00', noonMs],
    ['2014-04-10', Date.UTC(2014, 3, 10)],
    [String(noonMs / 1000), noonMs],
    [String(noonMs), noonMs],
    [`${noonMs}000`, noonMs],
    [`${noonMs}000000`, noonMs],
  ])('%s is a time', (text, unixMs) => expect(parseTimestamp(text)).toBe(unixMs))

  test.each(['', 'now', '2014-13-01', '2014-02-30 00:00', '31.4.2014', '12:05', '2014-04-10 25:00', '0x10'])(
    '%p is none',
    (text) => expect(parseTimestamp(text)).toBeUndefined(),
  )

  test('separators, quotes, CRLF, blanks and a mark of byte order', () => {
    const sample = { kind: 'sample', timestamp: '1397131500', unixMs: noonMs, value: 1.5 }
    for (const line of [
      '1397131500,1.5',
      '1397131500;1.5\r',
      ' "1397131500" , "1.5" ',
      '1397131500\t1.5e0',
      '\uFEFF1397131500,1.5,x',
    ])
      expect(parseCsvLine(line, true)).toEqual(sample as never)
    for (const line of ['', '  \r', '# note']) expect(parseCsvLine(line, false)).toEqual({ kind: 'blank' })
  })

  test('a header is one on the first line only', () => {
    expect(parseCsvLine('timestamp,value', true)).toEqual({ kind: 'header' })
    expect(parseCsvLine('timestamp,value', false)).toEqual({ kind: 'bad', why: "'timestamp' is no time" })
  })

  test('what is wrong with a line is said', () => {
    const why = (line: string): unknown => parseCsvLine(line, false)
    expect(why('1397131500')).toEqual({ kind: 'bad', why: 'there is no second column' })
    expect(why('1397131500,')).toEqual({ kind: 'bad', why: 'the value is empty' })
    for (const number of ['x', 'NaN', 'Infinity', '1,5x'.slice(2), '0x10', '1e999'])
      expect(why(`1397131500;${number}`)).toEqual({ kind: 'bad', why: `'${number}' is no number` })
  })
})
