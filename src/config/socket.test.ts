import { describe, expect, test } from 'bun:test'
import { memoryFiles } from '../../test/memory-files.ts'
import { loadConfig } from './load.ts'
import { groupIdIn } from './socket.ts'

const file = '/home/ann/.sysmon/config.yaml'
const load = (text: string, group: { text: string; error?: string } = { text: 'adm:x:4:syslog\nwheel:x:10:\n' }) =>
  loadConfig({
    home: '/home/ann',
    isRoot: false,
    cwd: '/',
    env: {},
    files: memoryFiles({ [file]: { text }, '/etc/group': group }),
  })

describe('the settings of the local socket', () => {
  test('a group that is there is right', async () => {
    expect((await load('socket:\n  group: wheel\n')).config.socket.group).toBe('wheel')
  })

  test('one that is not is told before a daemon starts', () => {
    expect(load('socket:\n  group: whee\n')).rejects.toThrow(
      `${file}: socket.group: there is no group "whee". \`getent group\` lists them`,
    )
    expect(load('socket:\n  group: wheel\n', { text: '', error: 'EACCES' })).rejects.toThrow('cannot be read (EACCES)')
  })

  test('a path that no socket can have is told where it is named; one of the data directory, by who opens it', async () => {
    const long = `/${'x'.repeat(107)}`
    expect(load(`socket:\n  path: ${long}\n`)).rejects.toThrow('107 bytes at most')
    expect((await load(`data_dir: ${long}\n`)).config.socket.path).toBe(`${long}/sysmon.sock`)
  })
})

test('a group is found by its whole name, and has an id', () => {
  const groups = 'adm:x:4:syslog\nadmin:x:110:\nbroken\nbad:x::\n'
  expect(['adm', 'admin', 'ad', 'broken', 'bad'].map((name) => groupIdIn(groups, name))).toEqual([
    4,
    110,
    undefined,
    undefined,
    undefined,
  ])
})
