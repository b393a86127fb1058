import { describe, expect, test } from 'bun:test'
import { UserError } from '../base/errors.ts'
import { settings } from '../config/schema.ts'
import { leavesOf } from '../config/tree.ts'
import { daemonUsage, parseDaemonOptions } from './daemon-options.ts'

function refused(...args: readonly string[]): UserError {
  try {
    parseDaemonOptions(args)
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
  throw new Error(`${args.join(' ')} was taken`)
}

test.each<[string, string[], unknown]>([
  ['nothing', [], { flags: {} }],
  ['a value behind', ['--data-dir', '/x'], { flags: { data_dir: '/x' } }],
  ['a value attached', ['--data-dir=/x'], { flags: { data_dir: '/x' } }],
  ['a value with an equals sign', ['--data-dir=/a=b'], { flags: { data_dir: '/a=b' } }],
  ['a value that begins with one dash', ['--data-dir', '-x'], { flags: { data_dir: '-x' } }],
  ['a value that looks like an option, attached', ['--data-dir=--x'], { flags: { data_dir: '--x' } }],
  ['the last of two', ['--log-level', 'info', '--log-level=debug'], { flags: { 'log.level': 'debug' } }],
  [
    'all',
    ['--config', 'c.yaml', '--data-dir', 'd', '--procfs=p', '--sysfs', 's', '--log-level', 'warn'],
    { config: 'c.yaml', flags: { data_dir: 'd', procfs: 'p', sysfs: 's', 'log.level': 'warn' } },
  ],
  ['the web, where it is usual', ['--web'], { flags: { 'web.enabled': 'true' } }],
  [
    'the web, at an address',
    ['--web=[::1]:9', '--data-dir', 'd'],
    { flags: { 'web.enabled': 'true', 'web.listen': '[::1]:9', data_dir: 'd' } },
  ],
  ['help', ['--help'], 'help'],
  ['help, short', ['-h'], 'help'],
  ['help before what is wrong behind it', ['--help', '--nonsense'], 'help'],
  ['version', ['--version'], 'version'],
  ['version, short', ['-V'], 'version'],
])('%s', (_, args, expected) => expect(parseDaemonOptions(args)).toEqual(expected as never))

test.each<[string, string[], string]>([
  ['an unknown option, with the nearest', ['--data-dri', '/x'], '--data-dri: no such option. Did you mean --data-dir?'],
  ['an unknown option with a value', ['--log-levle=debug'], '--log-levle: no such option. Did you mean --log-level?'],
  ['one that is like none', ['--xyzzy'], '--xyzzy: no such option. sysmond --help lists the options'],
  ['a short one', ['-q'], '-q: no such option. sysmond --help lists the options'],
  ['a word', ['start'], 'start: sysmond takes no arguments. sysmond --help lists the options'],
  ['no value at the end', ['--data-dir'], '--data-dir: needs a value. sysmond --help'],
  [
    'the web at a word of its own',
    ['--web', '[::1]:9'],
    '[::1]:9: sysmond takes no arguments. sysmond --help lists the options',
  ],
  ['the web at nothing', ['--web='], '--web: needs an address behind the =, or no =. Write --web=127.0.0.1:8080'],
  ['an empty value', ['--config='], '--config: needs a value. sysmond --help'],
  ['an option instead of a value', ['--config', '--data-dir', '/x'], '--config: needs a value. sysmond --help'],
])('refused: %s', (_, args, message) => {
  const error = refused(...args)
  expect([error.message, error.exitCode]).toEqual([message, 2])
})

describe('the help', () => {
  test('has every option that is taken, and takes every option that it has', () => {
    const told = [...daemonUsage.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option]) => option as string)
    expect(told.length).toBeGreaterThan(5)
    for (const option of told) {
      const given = ['--help', '--version', '--web'].includes(option) ? [option] : [option, 'x']
      expect(() => parseDaemonOptions(given)).not.toThrow()
    }
  })

  test('an option stands for the setting that names it', () => {
    const byFlag = new Map(leavesOf(settings).map(({ key, setting }) => [setting.flag, key]))
    for (const option of ['--data-dir', '--procfs', '--sysfs', '--log-level']) {
      const parsed = parseDaemonOptions([option, 'x'])
      expect(parsed).toEqual({ flags: { [byFlag.get(option) as string]: 'x' } })
    }
  })
})
