import { Bug } from '../base/errors.ts'
import type { BinaryOperator } from '../rule/expression.ts'

/** What makes a cell, as a number: ten thousand expressions are a loop over columns, not as many functions. */
export const codes = {
  constant: 0,
  call: 1,
  or: 2,
  and: 3,
  '>': 4,
  '<': 5,
  '>=': 6,
  '<=': 7,
  '==': 8,
  '!=': 9,
  '+': 10,
  '-': 11,
  '*': 12,
  '/': 13,
} as const satisfies Record<BinaryOperator | 'constant' | 'call', number>

/** What is not known (NaN) stays so, unless the other side decides alone. Yes is 1, no is 0. */
export function operate(code: number, a: number, b: number): number {
  switch (code) {
    case codes['+']:
      return a + b
    case codes['-']:
      return a - b
    case codes['*']:
      return a * b
    case codes['/']:
      return b === 0 ? Number.NaN : a / b
    case codes.or:
      return a === 1 || b === 1 ? 1 : a + b
    case codes.and:
      return a === 0 || b === 0 ? 0 : a * b
    default:
      return Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : compare(code, a, b) ? 1 : 0
  }
}

function compare(code: number, a: number, b: number): boolean {
  switch (code) {
    case codes['>']:
      return a > b
    case codes['<']:
      return a < b
    case codes['>=']:
      return a >= b
    case codes['<=']:
      return a <= b
    case codes['==']:
      return a === b
    case codes['!=']:
      return a !== b
    default:
      throw new Bug(`no operation ${code}`)
  }
}
