import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { FedEngine } from '../../test/alert-series.ts'
import { channelSchema } from '../rule/channel.ts'
import { ruleSchema } from '../rule/rule.ts'
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

describe('a filesystem', () => {
  const rules = checkedBuiltIns().filter(({ name }) => name === 'filesystem-read-only')
  const run = (values: readonly number[]): string[] => {
    const fed = new FedEngine(rules)
    const labels = { device: 'd', mountpoint: '/', type: 'ext4', role: 'local' }
    const id = fed.id('system.filesystem.read_only', labels)
    for (const value of values) fed.feed([[id, value]])
    return fed.changes().filter((change) => change === 'raised' || change === 'cleared')
  }
  const times = (count: number, value: number): number[] => Array(count).fill(value)

  test('that is meant to be read-only says nothing', () => {
    expect(run(times(2000, 1))).toEqual([])
  })

  test('that turns read-only is told until it can be written again', () => {
    expect(run([...times(400, 0), ...times(3000, 1)])).toEqual(['raised'])
    expect(run([...times(400, 0), ...times(3000, 1), ...times(120, 0)])).toEqual(['raised', 'cleared'])
  })
})

test('every recipe of docs/alerts.md is a rule or a channel that is taken', () => {
  const page = readFileSync(new URL('../../docs/alerts.md', import.meta.url), 'utf8')
  const recipes = [...page.matchAll(/^- (\{name:.*)$/gm)].map(([, text = '']) => Bun.YAML.parse(text) as object)
  expect(recipes.length).toBeGreaterThan(8)
  for (const recipe of recipes) {
    const schema: v.GenericSchema = 'type' in recipe ? channelSchema : ruleSchema
    const result = v.safeParse(schema, recipe)
    expect([recipe, result.issues?.[0]?.message]).toEqual([recipe, undefined])
  }
})
