import { afterEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type FakeDaemon, startFakeDaemon } from '../../test/fake-daemon.ts'
import { DaemonUnreachable } from '../api/client.ts'
import { candidates, clientOf, NoDaemon } from './discovery.ts'
import { Options } from './options.ts'
import { reportOf } from './report.ts'

const folders: string[] = []
const daemons: FakeDaemon[] = []
afterEach(async () => {
  for (const daemon of daemons.splice(0)) await daemon.stop()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function home(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'sysmon-'))
  folders.push(made)
  return made
}

const looked = async (
  given: Record<string, unknown>,
  env: Record<string, string>,
  at: string,
): Promise<readonly string[]> =>
  (await candidates(new Options(given), { env, home: at, cwd: at, isRoot: false })).map(({ socketPath }) => socketPath)

test('the usual places: that of the user, then that of the system', async () => {
  const at = home()
  expect(await looked({}, {}, at)).toEqual([`${at}/.sysmon/sysmon.sock`, '/var/lib/sysmon/sysmon.sock'])
})

test('who is named is asked alone: the option before the variable', async () => {
  const at = home()
  expect(await looked({ dataDir: '/a/' }, { SYSMON_DATA_DIR: '/b' }, at)).toEqual(['/a/sysmon.sock'])
  expect(await looked({}, { SYSMON_DATA_DIR: '/b' }, at)).toEqual(['/b/sysmon.sock'])
})

test('a config file in its usual place comes first; a named one counts alone', async () => {
  const at = home()
  mkdirSync(`${at}/.sysmon`)
  writeFileSync(`${at}/.sysmon/config.yaml`, 'data_dir: /srv/sysmon\n', { mode: 0o600 })
  writeFileSync(`${at}/other.yaml`, 'socket:\n  path: /run/other.sock\n', { mode: 0o600 })
  expect(await looked({}, {}, at)).toEqual([
    '/srv/sysmon/sysmon.sock',
    `${at}/.sysmon/sysmon.sock`,
    '/var/lib/sysmon/sysmon.sock',
  ])
  expect(await looked({ config: 'other.yaml' }, {}, at)).toEqual(['/run/other.sock'])
  expect(await looked({}, { SYSMON_CONFIG: `${at}/other.yaml` }, at)).toEqual(['/run/other.sock'])
})

test('a config that is wrong keeps nobody from a running daemon, unless it was named', async () => {
  const at = home()
  mkdirSync(`${at}/.sysmon`)
  writeFileSync(`${at}/.sysmon/config.yaml`, 'nonsense: 1\n', { mode: 0o600 })
  expect(await looked({}, {}, at)).toEqual([`${at}/.sysmon/sysmon.sock`, '/var/lib/sysmon/sysmon.sock'])
  expect(looked({ config: `${at}/.sysmon/config.yaml` }, {}, at)).rejects.toThrow('nonsense')
})

test('the first that answers is the one, for all requests', async () => {
  const daemon = startFakeDaemon()
  daemons.push(daemon)
  let asked = 0
  const client = clientOf(
    async () => {
      asked++
      return [
        { dataDir: '', socketPath: `${home()}/none.sock`, from: '' },
        { ...daemon, from: '' },
      ]
    },
    { signal: new AbortController().signal },
  )
  await Promise.all([client.health(), client.metrics(), client.health()])
  expect(asked).toBe(1)
})

test('none answers: every place is told, with the cure that fits the most telling one', async () => {
  const at = home()
  writeFileSync(`${at}/b.sock`, '')
  const places = ['a.sock', 'b.sock'].map((name) => ({ dataDir: at, socketPath: `${at}/${name}`, from: '' }))
  const client = clientOf(async () => places, { signal: new AbortController().signal })
  const error = await client.health().catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(NoDaemon)
  expect(reportOf(error)).toEqual({
    exitCode: 1,
    lines: [
      `sysmon: no sysmond answers (${at}/a.sock: there is no socket, ${at}/b.sock: a socket is there but nobody listens: the daemon ended without cleaning up); start it: sysmond`,
    ],
  })
})

test('a socket that may not be used: whose it is', () => {
  const at = home()
  const { lines } = reportOf(new DaemonUnreachable(`${at}/sysmon.sock`, 'EACCES', 'permission denied'))
  expect(lines[0]).toMatch(/: permission denied; it belongs to (root|user id \d+): run sysmon as that user or as root$/)
})
