import { describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type MemoryFile, memoryFiles } from '../../test/memory-files.ts'
import { systemCollectors } from '../collect/collectors/every.ts'
import { SeriesTable } from '../frame/series-table.ts'
import type { Platform } from '../platform/platform.ts'
import { diffConfig } from './diff.ts'
import { diskFiles } from './files.ts'
import { configTemplate, initConfig } from './init.ts'
import { type LoadedConfig, loadConfig, loadSettings } from './load.ts'
import { locateFile, usualFile } from './locate.ts'
import { type Config, collectorNames, settings } from './schema.ts'
import { filePath, optional, setting } from './setting.ts'
import { formatConfig, showConfig } from './show.ts'
import { leavesOf, variableOf } from './tree.ts'

const where = { home: '/home/ann', isRoot: false, cwd: '/', env: {} }
const file = '/home/ann/.sysmon/config.yaml'

const load = (text: string): Promise<LoadedConfig<Config>> =>
  loadConfig({ ...where, files: memoryFiles({ [file]: { text }, '/etc/group': { text: 'adm:x:4:syslog\n' } }) })

describe('the declaration', () => {
  test('every default passes its own check, and what is written is read back the same', async () => {
    const { entries } = await loadConfig({ ...where, files: memoryFiles({}) })
    const given = entries.filter(({ value }) => value !== undefined)
    const env = Object.fromEntries(
      given.map(({ leaf, value }) => [variableOf(leaf), asVariable(leaf.setting.kind.format(value))]),
    )
    const again = await loadConfig({ ...where, env, files: memoryFiles({}) })
    expect(again.entries.map(({ value }) => value)).toEqual(entries.map(({ value }) => value))
  })

  test('every example passes its own check', async () => {
    for (const { key, setting: declared } of leavesOf(settings)) {
      if (declared.example === undefined) continue
      const text = `{${key.split('.').join(': {')}: ${declared.example}${'}'.repeat(key.split('.').length)}`
      const { entries } = await loadSettings(settings, { ...where, files: memoryFiles({ [file]: { text } }) })
      expect(entries.find((entry) => entry.key === key)?.origin.from).toBe('file')
    }
  })

  test('the names of the collectors are those of the collectors that exist', () => {
    const anyReading = new Proxy({}, { get: () => () => undefined })
    const exist = systemCollectors({ system: anyReading } as unknown as Platform, new SeriesTable())
    expect([...collectorNames].sort()).toEqual(
      exist.map(({ name }) => name).sort() as (typeof collectorNames)[number][],
    )
  })

  test('no two variables are the same', () => {
    const variables = leavesOf(settings).map(variableOf)
    expect(new Set(variables).size).toBe(variables.length)
  })
})

const asVariable = (formatted: string): string => formatted.replace(/^\[(.*)\]$/, '$1')

describe('show', () => {
  test('every value with where it comes from', async () => {
    const shown = showConfig((await load('interval: 5s')).entries)
    expect(shown.find(({ key }) => key === 'interval')).toEqual({
      key: 'interval',
      value: '5s',
      origin: file,
      isSecret: false,
    })
    expect(shown.find(({ key }) => key === 'store.max_size')).toMatchObject({ value: undefined, origin: 'default' })
  })

  test('as a file: reading it again changes nothing', async () => {
    const before = await load(
      'interval: 5s\nlog: {file: /var/log/x.log}\ncollectors: {disabled: [disk], cgroups: {max: 3}}',
    )
    const text = formatConfig(before.entries)
    expect(text).toContain('interval: 5s')
    expect((await load(text)).config).toEqual(before.config)
  })

  test('a secret is masked', async () => {
    const tree = {
      token: setting('token', optional(filePath), { help: '', initial: undefined, live: true, secret: true }),
    }
    const loaded = await loadSettings(tree, { ...where, files: memoryFiles({ [file]: { text: 'token: /hush' } }) })
    expect(JSON.stringify(showConfig(loaded.entries))).not.toContain('hush')
    expect(formatConfig(loaded.entries)).not.toContain('hush')
    const other = await loadSettings(tree, { ...where, files: memoryFiles({ [file]: { text: 'token: /psst' } }) })
    expect(diffConfig(loaded.entries, other.entries)).toHaveLength(1)
    expect(JSON.stringify(diffConfig(loaded.entries, other.entries))).not.toMatch(/hush|psst/)
  })
})

describe('reload', () => {
  test('what changed, and whether it needs a restart', async () => {
    const before = await load('log: {level: info}')
    const after = await load('log: {level: debug}\ninterval: 2s\nstore: {max_size: 1GiB}')
    expect(diffConfig(before.entries, after.entries)).toEqual([
      { key: 'interval', from: '1s', to: '2s', isLive: false },
      { key: 'log.level', from: 'info', to: 'debug', isLive: true },
      { key: 'store.max_size', from: undefined, to: '1GiB', isLive: true },
    ])
  })
  test('the same file changes nothing', async () => {
    const text = 'collectors: {disabled: [disk]}\nweb: {listen: "[::1]:1"}'
    expect(diffConfig((await load(text)).entries, (await load(text)).entries)).toEqual([])
  })
})

describe('init', () => {
  test('the template is a config that changes nothing', async () => {
    expect((await load(configTemplate(settings))).config).toEqual((await load('')).config)
  })

  test('with every # taken away, it is right as it stands', async () => {
    const live = configTemplate(settings)
      .split('\n')
      .flatMap((line) => (/^ *# [a-z_]+:/.test(line) ? [line.replace('# ', '')] : /^ *#/.test(line) ? [] : [line]))
      // These follow the place, so the template has no value to show.
      .filter((line) => !/^\s*(?:data_dir|path):$/.test(line))
      .join('\n')
    const { entries } = await load(live)
    const fromFile = entries.filter(({ origin }) => origin.from === 'file').length
    expect(fromFile).toBe(entries.length - 2)
  })

  test('it is for the owner only, in a folder made for it, and never written over', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sysmon-config-'))
    try {
      const target = path.join(folder, 'new', 'config.yaml')
      initConfig(target)
      expect(statSync(target).mode & 0o777).toBe(0o600)
      expect(statSync(path.dirname(target)).mode & 0o777).toBe(0o700)
      const before = readFileSync(target, 'utf8')
      expect(() => initConfig(target)).toThrow('is there already and stays as it is')
      expect(readFileSync(target, 'utf8')).toBe(before)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('a folder that may not be written is said so', () => {
    const denied = { ...memoryFiles({}), create: () => fail('EACCES') }
    expect(() => initConfig('/etc/x.yaml', denied)).toThrow('may not be written here by this user')
    expect(() => initConfig('/etc/x.yaml', { ...denied, create: () => fail('EIO') })).toThrow('EIO')
  })
})

function fail(code: string): never {
  throw Object.assign(new Error(code), { code })
}

describe('where a config is looked for', () => {
  const locate = (files: Record<string, MemoryFile>, more: object = {}) =>
    locateFile({ ...where, ...more }, memoryFiles(files))
  test('the option, the variable, the usual places in turn', () => {
    const json = '/home/ann/.sysmon/config.json'
    expect(locate({})).toBeUndefined()
    expect(locate({ [json]: { text: '' } })).toEqual({ file: json, isNamed: false })
    expect(locate({ [json]: { text: '' }, [file]: { text: '' } })?.file).toBe(file)
    expect(locate({ [file]: { text: '' } }, { env: { SYSMON_CONFIG: '~/my.yaml' } })?.file).toBe('/home/ann/my.yaml')
    expect(locate({}, { env: { SYSMON_CONFIG: '/a' }, configOption: '/b' })?.file).toBe('/b')
    expect(usualFile({ ...where, isRoot: true })).toBe('/etc/sysmon/config.yaml')
  })
})

test('files on a disk: their kind, their mode, and nothing where there is nothing', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sysmon-config-'))
  try {
    const target = path.join(folder, 'a.yaml')
    expect(diskFiles.stat(target)).toBeUndefined()
    writeFileSync(target, 'interval: 1s', { mode: 0o644 })
    expect(diskFiles.stat(target)).toEqual({ kind: 'file', bytes: 12, mode: 0o644 })
    expect(diskFiles.stat(path.join(target, 'below'))).toBeUndefined()
    expect(diskFiles.stat(folder)?.kind).toBe('directory')
    expect(diskFiles.readText(target)).toBe('interval: 1s')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
