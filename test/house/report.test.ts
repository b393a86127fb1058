import { describe, expect, test } from 'bun:test'
import { compareLocks, currentLock, formatLock } from '../../scripts/house/catalogue-lock.ts'
import { codeLines, measureCoverage, parseLcov } from '../../scripts/house/coverage.ts'
import { missingPackages } from '../../scripts/house/debian.ts'
import { parseJunit } from '../../scripts/house/junit.ts'
import { metricsReference } from '../../scripts/house/metrics-reference.ts'
import { trapReasons } from '../../scripts/house/trap-reasons.ts'
import { trapTitles } from '../../scripts/house/trap-titles.ts'
import { missingTraps, trapsReference, trapTests } from '../../scripts/house/traps.ts'

describe('junit', () => {
  test('passed, failed and skipped, with names as they were written', () => {
    const xml = `<testsuites><testsuite name="a.test.ts" file="a.test.ts">
      <testcase name="C1: &lt;guest&gt; &amp; &quot;host&quot;" classname="" time="0" file="a.test.ts" line="2" assertions="0" />
      <testcase name="no tool" classname="" file="a.test.ts">
        <skipped />
      </testcase>
      <testsuite name="group"><testcase name="bad&#10;name" classname="group" file="a.test.ts">
        <failure type="AssertionError" message="x">a &lt;testcase&gt; b</failure>
      </testcase></testsuite>
    </testsuite></testsuites>`
    expect(parseJunit(xml)).toEqual([
      { name: 'C1: <guest> & "host"', file: 'a.test.ts', outcome: 'passed' },
      { name: 'no tool', file: 'a.test.ts', outcome: 'skipped' },
      { name: 'bad\nname', file: 'a.test.ts', outcome: 'failed' },
    ])
  })
  test('nothing in it, no cases', () => expect(parseJunit('<testsuites />')).toEqual([]))
})

describe('coverage', () => {
  const lcov = 'TN:\nSF:src/a.ts\nDA:1,1\nLF:10\nLH:9\nend_of_record\nTN:\nSF:test/x.ts\nLF:50\nLH:0\nend_of_record\n'
  test('lines of each file', () => {
    expect(parseLcov(lcov)[0]).toEqual({ file: 'src/a.ts', lines: 10, covered: 9 })
  })
  test('what no test loaded counts as not covered, what is no source does not count', () => {
    const sources = new Map([
      ['src/a.ts', ''],
      ['src/b.ts', 'export const b = 1\nexport const c = 2\n'],
      ['src/types.ts', 'export interface A { readonly a: number }\n'],
    ])
    expect(measureCoverage(lcov, sources)).toMatchObject({
      lines: 12,
      covered: 9,
      files: [{ file: 'src/b.ts' }, { file: 'src/a.ts' }],
    })
  })
  test('types, comments and imports are no code', () => {
    expect(codeLines("import type { A } from './a.ts'\n// x\nexport type B = A\n")).toBe(0)
    expect(codeLines('const a = 1\nexport function f(): number {\n  return a\n}\n')).toBeGreaterThan(1)
  })
})

describe('the lock of the catalogue', () => {
  const lock = { metrics: { a: 1, b: 2 }, derived: {}, processColumns: { pid: 1 } }
  const now = (metrics: Record<string, number>) => compareLocks(lock, { ...lock, metrics })
  test('new ids are welcome', () => expect(now({ a: 1, b: 2, c: 3 })).toEqual([]))
  test('an id may not move', () => expect(now({ a: 1, b: 3 })).toEqual(['metrics: b had id 2 and has 3 now']))
  test('a name may not go', () =>
    expect(now({ a: 1 })).toEqual(['metrics: b (id 2) is gone: keep it, with `deprecated`']))
  test('an id of one that is gone may not be given again', () =>
    expect(now({ a: 1, c: 2 })).toContain('metrics: id 2 of b is given to c'))
  test('an id may not be given twice', () =>
    expect(now({ a: 1, b: 2, c: 2 })).toContain('metrics: id 2 is given to b and to c'))
  test('the catalogue of this moment keeps its own lock', () => {
    expect(compareLocks(currentLock(), currentLock())).toEqual([])
    expect(JSON.parse(formatLock(currentLock()))).toEqual(currentLock())
  })
})

describe('traps', () => {
  test('there are 163 of them', () => expect(Object.keys(trapTitles)).toHaveLength(163))

  test('a test is known by the ids at the beginning of its name', () => {
    const source =
      "test('C1: guest', f)\ntest('D1, D2: disks', f)\ndescribe('N2/N3: counters', f)\ntest('guest C4', f)\ntest('C99: none', f)"
    expect(trapTests('x.test.ts', source).map(({ id }) => id)).toEqual(['C1', 'D1', 'D2', 'N2', 'N3'])
  })

  test('one with neither test nor reason is missing, one with both too', () => {
    const all = Object.keys(trapTitles).map((id) => ({ id, file: 'x.test.ts', name: `${id}: x` }))
    const withoutC1 = all.filter(({ id }) => id !== 'C1' && trapReasons[id] === undefined)
    expect(missingTraps(withoutC1)).toEqual([`trap C1 has no test and no reason: ${trapTitles.C1}`])
    const reasoned = Object.keys(trapReasons).filter((id) => Object.hasOwn(trapTitles, id))
    expect(missingTraps(all)).toHaveLength(reasoned.length)
  })

  test('every reason is of a trap or a group of traps', () => {
    const groups = new Set(Object.keys(trapTitles).map((id) => id.slice(0, 1)))
    for (const id of Object.keys(trapReasons)) expect(Object.hasOwn(trapTitles, id) || groups.has(id)).toBe(true)
  })

  test('the page names the test', () => {
    const page = trapsReference([{ id: 'C1', file: 'src/x.test.ts', name: 'C1: guest time' }])
    expect(page).toContain('`src/x.test.ts`: C1: guest time')
    expect(page).toContain('- **C2**')
  })
})

test('the metrics page has a row for each metric, and no cell breaks the table', () => {
  const lock = currentLock()
  const rows = metricsReference()
    .split('\n')
    .filter((line) => line.startsWith('| `'))
  const names = [lock.metrics, lock.derived, lock.processColumns].flatMap((group) => Object.keys(group))
  expect(rows).toHaveLength(names.length)
  const columns = (row: string): number => row.replaceAll('\\|', '').split('|').length - 2
  expect(new Set(rows.map(columns))).toEqual(new Set([6, 5]))
})

test('a package is installed once, and only when one of its tools is missing', () => {
  expect(missingPackages(() => true)).toEqual([])
  expect(missingPackages((tool) => tool !== 'ps' && tool !== 'free')).toEqual(['procps'])
})
