import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { liveMachine } from '../../test/live-stream.ts'
import { requireRoot, requireThat } from '../../test/tools.ts'
import { UserError } from '../base/errors.ts'
import { type LocalSocket, openLocalSocket } from './local-socket.ts'

let folder: string
let opened: LocalSocket[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sysmon-socket-'))
  opened = []
})
afterEach(async () => {
  for (const socket of opened) await socket.close()
  rmSync(folder, { recursive: true, force: true })
})

async function open(path: string, group?: string): Promise<LocalSocket> {
  const socket = await openLocalSocket({ path, group, answer: () => new Response('here'), live: liveMachine().hub })
  opened.push(socket)
  return socket
}
const ask = async (path: string): Promise<string> =>
  await (await fetch('http://sysmon/', { unix: path } as RequestInit)).text()
const modeOf = (path: string): number => statSync(path).mode & 0o777

/** What is thrown must be for people: what, where, the cure. */
async function refusal(path: string, group?: string): Promise<UserError> {
  try {
    await open(path, group)
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
  throw new Error(`${path} was opened`)
}

test('V4: answers its owner alone, whatever the umask, which stays as it was', async () => {
  const before = process.umask(0)
  try {
    await open(join(folder, 's'))
    expect(process.umask()).toBe(0)
  } finally {
    process.umask(before)
  }
  expect(modeOf(join(folder, 's'))).toBe(0o600)
  expect(await ask(join(folder, 's'))).toBe('here')
})

describe('a group', () => {
  const groups = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const another = groups.find(([name, , id]) => name !== '' && Number(id) > 0)

  test.skipIf(!requireRoot('gives a socket to a group') || !requireThat(another !== undefined, 'only one group'))(
    'may use it, others may not',
    async () => {
      const path = join(folder, 's')
      await open(path, another?.[0])
      expect(modeOf(path)).toBe(0o660)
      expect(statSync(path).gid).toBe(Number(another?.[2]))
    },
  )

  test('that does not exist is named, and no socket is left', async () => {
    const error = await refusal(join(folder, 's'), 'no-such-group')
    expect(error.message).toBe('socket.group: there is no group "no-such-group". getent group lists them')
    expect(existsSync(join(folder, 's'))).toBe(false)
  })
})

describe('what is there already', () => {
  test('a socket that a killed daemon left is taken away', async () => {
    const path = join(folder, 's')
    const child = Bun.spawn([
      process.execPath,
      '-e',
      `Bun.serve({ unix: ${JSON.stringify(path)}, fetch: () => new Response() }); process.kill(process.pid, 'SIGKILL')`,
    ])
    await child.exited
    expect(statSync(path).isSocket()).toBe(true)
    await open(path)
    expect(await ask(path)).toBe('here')
  })

  test('a socket that somebody listens on is refused and goes on answering', async () => {
    const path = join(folder, 's')
    await open(path)
    expect((await refusal(path)).message).toBe(
      `${path}: another program listens on this socket. Name another with socket.path`,
    )
    expect(await ask(path)).toBe('here')
  })

  test('a file is never taken away', async () => {
    const path = join(folder, 'notes.txt')
    writeFileSync(path, 'dear to somebody')
    expect((await refusal(path)).message).toBe(
      `${path}: something is there that is no socket. Name another with socket.path`,
    )
    expect(readFileSync(path, 'utf8')).toBe('dear to somebody')
  })

  test('nor a link to one, nor a folder', async () => {
    writeFileSync(join(folder, 'notes.txt'), 'dear to somebody')
    symlinkSync(join(folder, 'notes.txt'), join(folder, 'link'))
    mkdirSync(join(folder, 'folder'))
    for (const name of ['link', 'folder']) {
      expect((await refusal(join(folder, name))).what).toBe('something is there that is no socket')
      expect(existsSync(join(folder, name))).toBe(true)
    }
    expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('dear to somebody')
  })
})

test('a path that is too long for a socket says how long one may be', async () => {
  const path = join(folder, 'x'.repeat(108))
  expect((await refusal(path)).message).toBe(
    `${path}: the path of a socket may have 107 bytes at most. Name a shorter one with socket.path`,
  )
})

test('the length counts bytes, not letters', async () => {
  const path = join(folder, 'é'.repeat(50))
  expect((await refusal(path)).what).toContain('107 bytes at most')
})

test('a folder that is not there is told with the error of the system', async () => {
  const path = join(folder, 'none', 's')
  expect((await refusal(path)).message).toBe(
    `${path}: the local socket cannot be opened (ENOENT). Name another with socket.path`,
  )
})

test('once closed nothing is left, also of a connection kept open', async () => {
  const path = join(folder, 's')
  const socket = await open(path)
  const connection = await Bun.connect({ unix: path, socket: { data: () => undefined } })
  await socket.close()
  expect(existsSync(path)).toBe(false)
  connection.end()
})
