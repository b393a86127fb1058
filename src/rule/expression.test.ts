import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { checkExpression } from './check.ts'
import { type BinaryOperator, binaryOperators, type Expression, fitsPattern, windowFunctions } from './expression.ts'
import { parseExpression, printExpression } from './parse.ts'
import { ExpressionError, longestExpression } from './tokens.ts'

const problem = (source: string): string => {
  try {
    checkExpression(source)
  } catch (error) {
    if (error instanceof ExpressionError) return error.message
    throw error
  }
  throw new Error(`${source} was taken`)
}

describe('the language of values', () => {
  test('binds as people expect: not, and, or; times before plus; comparison last', () => {
    expect(printExpression(parseExpression('not a > 1 and b + 2 * 3 <= 4 or c == 5'))).toBe(
      '(((not (a > 1)) and ((b + (2 * 3)) <= 4)) or (c == 5))',
    )
    expect(printExpression(parseExpression('1 - 2 - 3'))).toBe('((1 - 2) - 3)')
    expect(printExpression(parseExpression('-a - -2GiB'))).toBe('((-a) - (-2GiB))')
  })

  test('units stand at numbers', () => {
    expect(parseExpression('90%')).toEqual({ kind: 'number', value: 0.9, unit: '1' })
    expect(parseExpression('2GiB')).toEqual({ kind: 'number', value: 2 * 1024 ** 3, unit: 'By' })
    expect(parseExpression('1h30m')).toEqual({ kind: 'number', value: 5400, unit: 's' })
    expect(parseExpression('10MB/s')).toEqual({ kind: 'number', value: 1e7, unit: 'By/s' })
  })

  const expression: fc.Arbitrary<Expression> = fc.letrec<{ any: Expression }>((tie) => ({
    any: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.record({
        kind: fc.constant('number' as const),
        value: fc.nat(1_000_000),
        unit: fc.constantFrom(undefined, 'By', 's', 'Hz'),
      }),
      fc.record({
        kind: fc.constant('metric' as const),
        metric: fc.constantFrom('system.cpu.utilization', 'a.b_c', 'x'),
        matchers: fc.array(
          fc.record({
            label: fc.constantFrom('device', 'mode'),
            pattern: fc.string({ maxLength: 8 }).filter((text) => !/[\n\r]/.test(text)),
            isNegated: fc.boolean(),
          }),
          { maxLength: 2 },
        ),
      }),
      fc.record({
        kind: fc.constant('window' as const),
        name: fc.constantFrom(...windowFunctions),
        of: tie('any'),
        durationMs: fc.integer({ min: 1000, max: 86_400_000 }),
      }),
      fc.record({
        kind: fc.constant('binary' as const),
        operator: fc.constantFrom<BinaryOperator>(...binaryOperators),
        left: tie('any'),
        right: tie('any'),
      }),
      fc.record({ kind: fc.constant('unary' as const), operator: fc.constantFrom('not', '-'), of: tie('any') }),
    ),
  })).any

  test('what is printed reads as the same expression', () => {
    fc.assert(
      fc.property(expression, (one) => {
        const text = printExpression(one)
        let read: Expression
        try {
          read = parseExpression(text)
        } catch (error) {
          // Made larger than the language takes: bounded, with a reason.
          expect(error).toBeInstanceOf(ExpressionError)
          expect((error as Error).message).toMatch(/parts|deeply|windows|characters/)
          return
        }
        expect(read).toEqual(one)
      }),
      { numRuns: 400 },
    )
  })

  test('any text is read or refused with a place, never worse', () => {
    const pieces = fc.constantFrom(
      '(',
      ')',
      '{',
      '}',
      'and',
      'not',
      'avg',
      ',',
      '5m',
      '90%',
      '>',
      '=',
      '"x"',
      'a.b',
      '-',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 80 }),
          fc.array(pieces).map((all) => all.join(' ')),
        ),
        (source) => {
          try {
            parseExpression(source)
          } catch (error) {
            expect(error).toBeInstanceOf(ExpressionError)
            expect((error as ExpressionError).at).toBeGreaterThanOrEqual(0)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('is bounded in length, depth, parts and windows', () => {
    expect(problem('1'.repeat(longestExpression + 1))).toContain('characters')
    expect(problem(`${'('.repeat(200)}1${')'.repeat(200)}`)).toContain('deeply')
    expect(problem(`${'-'.repeat(300)}1`)).toContain('deeply')
    expect(problem(Array(120).fill('1').join('+'))).toContain('parts')
    expect(problem(Array(5).fill('avg(system.cpu.utilization, 1m)').join(' + '))).toContain('windows')
    expect(problem('avg(system.cpu.utilization, 8d)')).toContain('1s to 1d')
  })
})

describe('what makes no sense', () => {
  test('is named, with the nearest right word', () => {
    expect(problem('system.cpu.utilisation > 90%')).toContain('Did you mean "system.cpu.utilization"')
    expect(problem('system.disk.utilization{devise="sda"} > 90%')).toContain('Did you mean "device"')
    expect(problem('system.pressure.full{resource="memroy"} > 10%')).toContain('did you mean "memory"')
    expect(problem('agv(system.cpu.utilization, 1m) > 1')).toContain('did you mean "avg"')
    expect(problem('system.cpu.utilization > 2GiB')).toContain('units differ')
    expect(problem('system.cpu.utilization and 1')).toContain('joins conditions')
    expect(problem('a > 1 > 2')).toContain('do not chain')
    expect(problem('system.disk.utilization / system.cpu.logical.utilization')).toContain('cannot be matched')
  })

  test('pinning a label lets two sides match', () => {
    const checked = checkExpression('system.filesystem.usage{state="used"} / system.filesystem.limit')
    expect(checked.unit).toBe('1')
    expect(checked.labels).not.toContain('state')
  })

  test('units follow from the operands', () => {
    const unit = (source: string): string | undefined => checkExpression(source).unit
    expect(unit('system.memory.usage{state="used"} / system.disk.throughput')).toBe('s')
    expect(unit('rate(system.memory.usage, 5m)')).toBe('By/s')
    expect(unit('system.disk.throughput * 10s')).toBe('By')
    expect(unit('system.cpu.utilization * 100')).toBe('1')
  })
})

test('a pattern fits as with a regular expression, without being one', () => {
  const alphabet = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 })
  fc.assert(
    fc.property(alphabet, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 }), (pattern, text) => {
      const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text)
      expect(fitsPattern(pattern, text)).toBe(expected)
    }),
  )
})
