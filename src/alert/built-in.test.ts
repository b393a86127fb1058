import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { builtInRules, checkedBuiltIns } from './built-in.ts'

test('A2 the rules that sysmon brings are few, sound, and say nothing of a busy processor', () => {
  const rules = checkedBuiltIns()
  expect(rules.length).toBeLessThanOrEqual(10)
  for (const { checked } of rules) expect(checked.text).not.toContain('system.cpu')
})

test('docs/alerts.md tells each of them with its reason', () => {
  const page = readFileSync(new URL('../../docs/alerts.md', import.meta.url), 'utf8')
  for (const { written, reason } of builtInRules) {
    expect(page).toContain(`| \`${written.name}\` |`)
    expect(page).toContain(reason)
  }
})
