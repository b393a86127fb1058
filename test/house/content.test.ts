import { expect, test } from 'bun:test'
import { checkContent, checkLock } from '../../scripts/house/content.ts'
import { checkName, checkSize, longestFileLines } from '../../scripts/house/sizes.ts'

test('addresses of registries, paths of one machine and keys are found with their line', () => {
  const registry = ['https://registry', 'npmjs', 'org'].join('.')
  const outside = ['..', 'shared', 'design.md'].join('/')
  const machine = ['', 'work', 'main'].join('/')
  const key = ['-----BEGIN', 'PRIVATE', 'KEY-----'].join(' ').replace('BEGIN', 'BEGIN RSA')
  for (const text of [registry, `see ${outside}`, `cd ${machine}`, key])
    expect(checkContent('docs/x.md', `fine\n${text}\n`)).toMatchObject([{ file: 'docs/x.md', line: 2 }])
  expect(checkContent('docs/x.md', 'network, framework/parts, the /working set')).toEqual([])
})

test('a lock that names addresses is refused', () => {
  expect(checkLock('{\n "resolved": "https://x"\n}')).toMatchObject([{ line: 2 }])
  expect(checkLock('{ "integrity": "sha512-x" }')).toEqual([])
})

test('files are as long as allowed, and no longer', () => {
  expect(checkSize('src/a.ts', 'x\n'.repeat(longestFileLines))).toEqual([])
  expect(checkSize('src/a.ts', 'x\n'.repeat(longestFileLines + 1))).toHaveLength(1)
})

test('names that say nothing are refused', () => {
  for (const name of ['src/a/utils.ts', 'src/helpers.ts', 'test/common.test.ts'])
    expect(checkName(name)).toHaveLength(1)
  expect(checkName('src/a/utilization.ts')).toEqual([])
})
