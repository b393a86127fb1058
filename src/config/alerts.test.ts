import { describe, expect, test } from 'bun:test'
import { memoryFiles } from '../../test/memory-files.ts'
import { loadConfig } from './load.ts'
import { ConfigError } from './problem.ts'
import type { Config } from './schema.ts'
import { formatConfig } from './show.ts'

const file = '/home/ann/.sysmon/config.yaml'
const loaded = (text: string) =>
  loadConfig({ home: '/home/ann', isRoot: false, cwd: '/', env: {}, files: memoryFiles({ [file]: { text } }) })
const load = async (text: string): Promise<Config> => (await loaded(text)).config

async function problems(text: string): Promise<string[]> {
  try {
    await loaded(text)
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n')
    throw error
  }
  return []
}

const good = `alerts:
  channels:
    - name: file
      type: log
      file: /var/log/alerts.log
  rules:
    - name: root-full
      value: system.filesystem.utilization
      labels: {mountpoint: /}
      raise: 90%
      clear: 85%
      for: 5m
      channels: [file]
`

describe('alert rules in a file', () => {
  test('are read into base units', async () => {
    const { alerts } = await load(good)
    expect(alerts.rules).toHaveLength(1)
    expect(alerts.rules[0]).toMatchObject({ name: 'root-full', raiseLevel: 0.9, clearLevel: 0.85, raiseForMs: 300_000 })
    expect(alerts).toMatchObject({ enabled: true, hasBuiltIn: true, groupWaitMs: 10_000 })
  })

  for (const [what, from, to, expected] of [
    [
      'an unknown metric',
      'filesystem.utilization',
      'filesystem.utilisation',
      `${file}:8:14: .*Did you mean "system.filesystem.utilization"`,
    ],
    ['an unknown label', 'mountpoint: /', 'mountpiont: /', `${file}:9:15: .*Did you mean "mountpoint"`],
    ['reversed levels', 'clear: 85%', 'clear: 95%', `${file}:11:14: .*must lie below raise`],
    ['a wrong unit', 'raise: 90%', 'raise: 2GiB', `${file}:10:14: .*is a share`],
    ['a wrong duration', 'for: 5m', 'for: 5 min', `${file}:12:12: .*no duration`],
    ['a mistyped key', 'for: 5m', 'fro: 5m', `${file}:12:\\d+: .*Did you mean "for"`],
    [
      'a channel that is not there',
      'channels: \\[file\\]',
      'channels: [flie]',
      'names a channel "flie", but there are file',
    ],
    ['a channel without its file', '      file: /var/log/alerts.log\n', '', `${file}:3:\\d+: .*"file" is missing`],
  ] as const)
    test(`tell ${what} with line and column`, async () => {
      const text = good.replace(new RegExp(from), to)
      expect(text).not.toBe(good)
      const [first = 'nothing was wrong'] = await problems(text)
      expect(first).toMatch(new RegExp(expected))
    })

  test('must differ in name', async () => {
    const twice = `${good}    - {name: root-full, value: system.cpu.utilization, raise: 90%}\n`
    expect((await problems(twice))[0]).toContain('"root-full" stands there twice')
  })

  test('are shown as they were written, channels without their addresses', async () => {
    const secret = `${good.replace('type: log', 'type: webhook').replace('file: /var/log/alerts.log', 'url: https://h/T0KEN')}`
    const shown = formatConfig((await loaded(secret)).entries)
    expect(shown).toContain('root-full')
    expect(shown).not.toContain('T0KEN')
  })
})
