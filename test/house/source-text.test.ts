import { describe, expect, test } from 'bun:test'
import { linesOf, readSource } from '../../scripts/house/source-text.ts'

const code = (source: string): string => readSource(source).code

test('comments and strings are blanked, line for line', () => {
  const source = "const a = 'Date.now' // Date.now\n/* Date.now\n Date.now */ const b = `Date.now`\nDate.now()\n"
  expect(code(source).length).toBe(source.length)
  expect(linesOf(code(source), /Date\.now/)).toEqual([4])
})

test('a quote inside a regular expression does not open a string', () => {
  expect(code('const q = /[\'"`]/g; Date.now()')).toContain('Date.now()')
  expect(code("text.replace(/'/, '') + Date.now()")).toContain('Date.now()')
  expect(code('return /"/.test(x) || Date.now()')).toContain('Date.now()')
})

test('division is not a regular expression', () => {
  expect(code('a / b; Date.now(); c / d')).toContain('Date.now()')
})

describe('imports', () => {
  const imported = (source: string): string[] => readSource(source).imports.map(({ text }) => text)
  const cases: readonly [string, readonly string[]][] = [
    ["import { a } from './a.ts'", ['./a.ts']],
    ["import type { A } from '../b/a.ts'", ['../b/a.ts']],
    ["import './side.ts'", ['./side.ts']],
    ["import {\n  a,\n  b,\n} from './long.ts'", ['./long.ts']],
    ["export { a } from './again.ts'", ['./again.ts']],
    ["const m = await import('./lazy.ts')", ['./lazy.ts']],
    ["type T = import('./type.ts').T", ['./type.ts']],
    ["// import { a } from './comment.ts'", []],
    ["const text = 'import x from y'", []],
  ]
  for (const [source, expected] of cases) test(source, () => expect(imported(source)).toEqual([...expected]))
})

test('strings carry the line on which they begin', () => {
  expect(readSource("const a = 1\nconst b = ['x',\n  `y\nz`]\n").strings).toEqual([
    { text: 'x', line: 2 },
    { text: 'y\nz', line: 3 },
  ])
})
