import { describe, expect, test } from 'bun:test'
import { type MemoryFile, memoryFiles } from '../../test/memory-files.ts'
import { type ConfigInput, loadConfig, loadSettings } from './load.ts'
import { ConfigError } from './problem.ts'
import type { Config } from './schema.ts'
import { filePath, optional, setting } from './setting.ts'
import { formatConfig } from './show.ts'

const file = '/home/ann/.sysmon/config.yaml'

function input(text: string | MemoryFile | undefined, more: Partial<ConfigInput> = {}): ConfigInput {
  const found = text === undefined ? {} : { [file]: typeof text === 'string' ? { text } : text }
  return { home: '/home/ann', isRoot: false, cwd: '/tmp/here', env: {}, files: memoryFiles(found), ...more }
}

const load = async (text: string | undefined, more?: Partial<ConfigInput>): Promise<Config> =>
  (await loadConfig(input(text, more))).config

async function problems(given: ConfigInput): Promise<string[]> {
  try {
    await loadConfig(given)
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n')
    throw error
  }
  return []
}

describe('defaults', () => {
  test('of a user', async () => {
    const config = await load(undefined)
    expect(config.dataDir).toBe('/home/ann/.sysmon')
    expect(config.socket.path).toBe('/home/ann/.sysmon/sysmon.sock')
    expect(config.intervalMs).toBe(1000)
    expect(config.retention).toEqual({
      secondTierMs: 86_400_000,
      minuteTierMs: 30 * 86_400_000,
      hourTierMs: 365 * 86_400_000,
      processesMs: 86_400_000,
    })
    expect(config.web).toMatchObject({ enabled: false, listen: { host: '127.0.0.1', port: 8080 } })
    expect(config.store.maxSizeBytes).toBeUndefined()
  })

  test('of a system service', async () => {
    const config = await load(undefined, { isRoot: true, home: '/root' })
    expect(config.dataDir).toBe('/var/lib/sysmon')
    expect(config.socket.path).toBe('/var/lib/sysmon/sysmon.sock')
  })

  test('the socket lies in the data directory that was chosen', async () => {
    expect((await load(undefined, { flags: { data_dir: '/srv/x' } })).socket.path).toBe('/srv/x/sysmon.sock')
  })

  for (const [what, text] of [
    ['an empty file', ''],
    ['a file of comments', '# interval: 5s\n'],
    ['groups whose keys are all commented out', 'web:\n#  enabled: true\nlog:\n'],
    ['an empty JSON object', '{}'],
  ] as const)
    test(`hold for ${what}`, async () => expect(await load(text)).toEqual(await load(undefined)))
})

describe('precedence', () => {
  const text = 'interval: 2s\nlog:\n  level: warn\n'

  test('a file wins over the default', async () => expect((await load(text)).intervalMs).toBe(2000))
  test('the environment wins over the file', async () => {
    const config = await load(text, { env: { SYSMON_INTERVAL: '3s', SYSMON_LOG_LEVEL: 'error' } })
    expect(config.intervalMs).toBe(3000)
    expect(config.log.level).toBe('error')
  })
  test('an option wins over all', async () => {
    const config = await load(text, { env: { SYSMON_LOG_LEVEL: 'error' }, flags: { 'log.level': 'debug' } })
    expect(config.log.level).toBe('debug')
  })
  test('an empty variable says nothing', async () => {
    expect((await load(text, { env: { SYSMON_INTERVAL: '' } })).intervalMs).toBe(2000)
  })
  test('each value knows where it came from', async () => {
    const { entries } = await loadConfig(
      input(text, { env: { SYSMON_LIMITS_SERIES: '5000' }, flags: { 'web.enabled': true } }),
    )
    const origin = (key: string) => entries.find((entry) => entry.key === key)?.origin
    expect(origin('interval')).toEqual({ from: 'file', file })
    expect(origin('limits.series')).toEqual({ from: 'environment', variable: 'SYSMON_LIMITS_SERIES' })
    expect(origin('web.enabled')).toEqual({ from: 'option', option: '--web' })
    expect(origin('data_dir')).toEqual({ from: 'default' })
  })
})

test('YAML and JSON say the same', async () => {
  const yaml =
    'interval: 5s\nweb: {enabled: true, listen: "[::1]:9000"}\ncollectors:\n  disabled: [sensor, disk]\n  cgroups:\n    max: 10\n'
  const json =
    '{\n\t"interval": "5s",\n\t"web": {"enabled": true, "listen": "[::1]:9000"},\n\t"collectors": {"disabled": ["sensor", "disk"], "cgroups": {"max": 10}}\n}'
  expect(await load(json)).toEqual(await load(yaml))
  expect((await load(json)).web.listen).toEqual({ host: '::1', port: 9000 })
})

test('text of the environment becomes what a file would hold', async () => {
  const config = await load(undefined, {
    env: {
      SYSMON_COLLECTORS_DISABLED: 'sensor, disk',
      SYSMON_COLLECTORS_CGROUPS_MAX: '7',
      SYSMON_WEB_ENABLED: '1',
      SYSMON_STORE_MAX_SIZE: '2GiB',
    },
  })
  expect(config.collectors).toMatchObject({ disabled: ['sensor', 'disk'], cgroups: { max: 7 } })
  expect(config.web.enabled).toBe(true)
  expect(config.store.maxSizeBytes).toBe(2 * 1024 ** 3)
})

test('paths: ~ is the home directory, and on the command line . is where one stands', async () => {
  expect((await load('data_dir: ~/data')).dataDir).toBe('/home/ann/data')
  expect((await load(undefined, { flags: { data_dir: './data' } })).dataDir).toBe('/tmp/here/data')
  expect((await load(undefined, { env: { SYSMON_DATA_DIR: 'data' } })).dataDir).toBe('/tmp/here/data')
})

describe('what is refused, with line, column and the cure', () => {
  const cases: readonly [string, string][] = [
    ['intervall: 1s', `${file}:1:1: intervall: there is no such key. Did you mean "interval"?`],
    ['log:\n  levle: info', `${file}:2:3: log.levle: there is no such key. Did you mean "log.level"?`],
    ['level: info', `${file}:1:1: level: there is no such key here. Did you mean "log.level"?`],
    ['log_level: info', `${file}:1:1: log_level: there is no such key here. Did you mean "log.level"?`],
    ['__proto__: 1', `${file}:1:1: __proto__: there is no such key`],
    [
      'interval: 1 sec',
      `${file}:1:11: interval: "1 sec" is no duration. Write a number and a unit without a space, like 1s`,
    ],
    ['interval: 1 sec', 'Did you mean 1s?'],
    ['interval: 5', `${file}:1:11: interval: 5 is no duration`],
    ['interval: 500ms', `${file}:1:11: interval: 500ms is out of range: 1s to 1m`],
    ['interval: 1500ms', `${file}:1:11: interval: 1500ms must be a multiple of 1s`],
    ['interval:', `${file}:1:1: interval: has no value`],
    ['store:\n  max_size: 2G', `${file}:2:13: store.max_size: "2G" is no size`],
    ['store:\n  max_size: 1kB', 'store.max_size: 1kB is out of range: 16MiB to 64TiB'],
    ['log:\n  level: verbose', `${file}:2:10: log.level: "verbose" is none of debug, info, warn, error`],
    ['log:\n  keep: 2.5', `${file}:2:9: log.keep: 2.5 is not a whole number from 0 to 100`],
    ['log: debug', `${file}:1:6: log: is a group of keys (level, file, max_size, keep), not "debug"`],
    ['web:\n  enabled: yes', `${file}:2:12: web.enabled: "yes" is neither true nor false`],
    ['web:\n  listen: 8080', `${file}:2:11: web.listen: 8080 is no address to listen on. Write HOST:PORT`],
    ['web:\n  listen: 127.0.0.1:99999', 'is no address to listen on'],
    [
      'collectors:\n  disabled: [sensor, dsik]',
      `${file}:2:22: collectors.disabled.1: there is no "dsik". Did you mean "disk"?`,
    ],
    ['collectors:\n  disabled: sensor', 'collectors.disabled: "sensor" is not a list: write [a, b]'],
    ['collectors:\n  disabled: [disk, disk]', 'the same name stands there twice'],
    ['data_dir: data', `${file}:1:11: data_dir: "data" is not absolute: begin it with / or ~/`],
    ['socket:\n  group: "a b"', 'socket.group: "a b" is not the name of a group'],
    ['- interval: 1s', `${file}:1:1: a config is a group of keys, not a list`],
    ['just text', `${file}:1:1: a config is a group of keys, not "just text"`],
    ['interval: 1s\ninterval: 2s', `${file}:2:1: interval: stands there twice`],
    ['web:\n  enabled: true\nlog: {level: info}\nweb:\n  listen: 127.0.0.1:1', `${file}:4:1: web: stands there twice`],
    ['{"interval": "1s", "interval": "2s"}', `${file}:1:20: interval: stands there twice`],
    ['{"interval":"1s","interval":"2s"}', `${file}:1:18: interval: stands there twice`],
    ['{\n  "interval": "1 sec"\n}', `${file}:2:15: interval: "1 sec" is no duration`],
    ['{\n  "intervall": "1s"\n}', `${file}:2:3: intervall: there is no such key`],
    ['log: [', `${file}:1:7: cannot be read: `],
    ['log:\n\tlevel: info', `${file}:2:1: cannot be read: Tabs are not allowed as indentation`],
  ]
  for (const [text, expected] of cases)
    test(JSON.stringify(text), async () => expect((await problems(input(text))).join('\n')).toContain(expected))

  test('a text that looks like a key is none', async () => {
    const { config } = await loadConfig(input('# interval: 1s\nsocket: {path: "/run/a: b"} # x: y\ninterval: 2s\n'))
    expect(config.socket.path).toBe('/run/a: b')
    expect(config.intervalMs).toBe(2000)
  })

  test('a file that refers to itself ends', async () => {
    const bomb = ['a: &a [x, x]', ...'bcdefghijklmnopqrstuvwxyz'].map((name, index) => {
      const before = String.fromCharCode(96 + index)
      return index === 0 ? name : `${name}: &${name} {one: *${before}, two: *${before}}`
    })
    const found = await problems(input(bomb.join('\n')))
    expect(found).toEqual([expect.stringMatching(/cannot be read: .*aliasing/)])
    expect(await problems(input('log: &log {level: *log}'))).toEqual([
      expect.stringContaining('log.level: a group of keys'),
    ])
  })

  test('everything at once, of file, environment and command line', async () => {
    const found = await problems(
      input('interval: 1\nlevel: x\nlog:\n  keep: -1\n', {
        env: { SYSMON_STORE_MAX_SIZE: 'big' },
        flags: { 'web.listen': 'here' },
      }),
    )
    expect(found).toHaveLength(5)
    expect(found.at(-2)).toStartWith('--web: "here" is no address')
    expect(found.at(-1)).toStartWith('SYSMON_STORE_MAX_SIZE: "big" is no size')
  })

  test('it is the person’s mistake: exit code 2', async () => {
    await expect(loadConfig(input('x: 1'))).rejects.toMatchObject({ name: 'ConfigError', exitCode: 2 })
  })
})

describe('V4: open to the network by default', () => {
  test('V4: the web API is off, and would listen on this machine only', async () => {
    const { web } = await load(undefined)
    expect(web).toEqual({
      enabled: false,
      listen: { host: '127.0.0.1', port: 8080 },
      hosts: [],
      tls: { certificate: undefined, key: undefined },
      isBehindProxy: false,
      requestsPerMinute: 100,
      users: [],
    })
  })
  for (const address of ['0.0.0.0:8080', '[::]:8080', '192.168.1.5:80', 'example.org:80']) {
    test(`V4: ${address} is refused without TLS or a proxy that does it`, async () => {
      const found = await problems(input(undefined, { flags: { 'web.listen': address } }))
      expect(found).toHaveLength(1)
      expect(found[0]).toStartWith('--web: web.listen: ')
      expect(found[0]).toContain('can be reached from other machines')
    })
    test(`V4: ${address} is taken with either`, async () => {
      const flags = { 'web.listen': address }
      expect((await load('web: {behind_proxy: true}', { flags })).web.isBehindProxy).toBe(true)
      const tls = 'web: {tls: {certificate: /c.pem, key: /k.pem}}'
      expect((await load(tls, { flags })).web.tls).toEqual({ certificate: '/c.pem', key: '/k.pem' })
    })
  }
  test('V4: half of TLS is none', async () => {
    expect((await problems(input('web: {tls: {key: /k.pem}}')))[0]).toContain('name the certificate with')
    expect((await problems(input('web: {tls: {certificate: /c.pem}}')))[0]).toContain('name the key with')
  })
})

describe('who may log in', () => {
  const hash = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g'
  const users = (text: string): string => `web:\n  users:\n    - ${text}\n`
  test('users are read, and never shown', async () => {
    const loaded = await loadConfig(input(users(`{name: anna, role: viewer, password: "${hash}"}`)))
    expect(loaded.config.web.users).toEqual([{ name: 'anna', role: 'viewer', password: hash }])
    expect(formatConfig(loaded.entries)).not.toContain('argon2id')
  })
  test.each([
    ['{name: anna, role: viewer, password: secret}', 'web.users.0.password: this is no argon2id hash'],
    [`{name: anna, role: boss, password: "${hash}"}`, 'web.users.0.role: "boss" is none of viewer, admin'],
    [`{name: "a b", role: admin, password: "${hash}"}`, 'web.users.0.name: a name has'],
    [`{name: anna, role: admin, pasword: "${hash}"}`, 'web.users.0.pas'],
  ])('%s is refused, with its place', async (text, expected) => {
    const found = await problems(input(users(text)))
    expect(found.join('\n')).toContain(expected)
    expect(found.join('\n')).not.toContain('secret')
  })
  test('a name stands there once', async () => {
    const user = `{name: a, role: admin, password: "${hash}"}`
    expect((await problems(input(`web: {users: [${user}, ${user}]}`))).join()).toContain('twice')
  })
  test.each([['http://a.example'], ['a.example:80'], ['a/b'], ['*']])('%s is no host name', async (name) => {
    expect((await problems(input(`web: {hosts: ["${name}"]}`))).join()).toContain('is not a host name')
  })
})

describe('the file itself', () => {
  test('one that was named must be there', async () => {
    const found = await problems(input(undefined, { configOption: 'other.yaml' }))
    expect(found).toEqual(['/tmp/here/other.yaml (--config): there is no such file. `sysmon config init` writes one'])
  })
  test('SYSMON_CONFIG names one too', async () => {
    expect((await problems(input(undefined, { env: { SYSMON_CONFIG: '/x.yaml' } })))[0]).toStartWith(
      '/x.yaml (SYSMON_CONFIG)',
    )
  })
  const refused: readonly [string, MemoryFile, string][] = [
    ['a directory', { text: '', kind: 'directory' }, 'is a directory'],
    ['a device', { text: '', kind: 'other' }, 'is no regular file'],
    ['a huge file', { text: 'x'.repeat(2 ** 20 + 1) }, 'that is no config file'],
    ['an unreadable file', { text: '', error: 'EACCES' }, 'may not be read by this user'],
    ['a failing disk', { text: '', error: 'EIO' }, 'EIO'],
    ['a file that everybody may change', { text: 'interval: 1s', mode: 0o666 }, `chmod 600 ${file}`],
  ]
  for (const [what, given, expected] of refused)
    test(`${what} is refused`, async () => {
      const found = await problems(input(given))
      expect(found).toHaveLength(1)
      expect(found[0]).toContain(expected)
    })
  test('others may read one without secrets', async () => {
    expect(await problems(input({ text: 'interval: 2s', mode: 0o644 }))).toEqual([])
  })
})

describe('secrets', () => {
  const tree = {
    data_dir: setting('dataDir', filePath, { help: '', initial: '/x', live: false }),
    token: setting('token', optional(filePath), { help: '', initial: undefined, live: false, secret: true }),
  }
  test('a file that holds one and that others can read is refused', async () => {
    const open = loadSettings(tree, input({ text: 'token: /secret', mode: 0o640 }))
    await expect(open).rejects.toThrow(
      `others can read it (mode 0640) and it holds secrets (token). Close it: chmod 600 ${file}`,
    )
  })
  test('one for the owner only is read', async () => {
    expect((await loadSettings(tree, input({ text: 'token: /secret', mode: 0o600 }))).config.token).toBe('/secret')
  })
  test('a file without one may be open', async () => {
    expect((await loadSettings(tree, input({ text: 'data_dir: /y', mode: 0o644 }))).config.dataDir).toBe('/y')
  })
  test('where there are no modes, none is judged', async () => {
    const files = memoryFiles({ [file]: { text: 'token: /secret' } })
    const withoutModes = { ...files, stat: () => ({ kind: 'file', bytes: 10, mode: undefined }) as const }
    expect((await loadSettings(tree, input(undefined, { files: withoutModes }))).config.token).toBe('/secret')
  })
})

test('a mistyped variable is named, others are left alone', async () => {
  const env = { SYSMON_INTERVALL: '5s', SYSMON_SOMETHING_ELSE_ENTIRELY: 'x', HOME: '/x', SYSMON_CONFIG: '' }
  const { warnings } = await loadConfig(input(undefined, { env }))
  expect(warnings).toEqual(['SYSMON_INTERVALL has no effect. Did you mean SYSMON_INTERVAL?'])
})
