import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { liveMachine } from '../../test/live-stream.ts'
import { createClient, knock } from '../api/client.ts'
import { UserError } from '../base/errors.ts'
import { formatLoopback, loopbackUrl, parseLoopback, readLoopback } from '../base/loopback-file.ts'
import { type LocalSocket, openLocalSocket } from './local-socket.ts'

let folder: string
let path: string
let opened: LocalSocket[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sysmon-loopback-'))
  path = join(folder, 'sysmon.sock')
  opened = []
})
afterEach(async () => {
  for (const channel of opened) await channel.close()
  rmSync(folder, { recursive: true, force: true })
})

async function open(group?: string): Promise<LocalSocket> {
  const answer = () => Response.json({ status: 'ok' })
  const channel = await openLocalSocket({ path, group, answer, live: liveMachine().hub, channel: 'loopback' })
  opened.push(channel)
  return channel
}
const here = () => {
  const loopback = readLoopback(path)
  if (loopback === undefined) throw new Error('nobody listens')
  return loopback
}
const refusal = async (group?: string): Promise<string> =>
  await open(group).then(
    () => 'opened',
    (error: unknown) => (error instanceof UserError ? error.what : Promise.reject(error)),
  )

describe('the local channel where there are no local sockets', () => {
  test('answers the client that is given the path, and nobody without the secret', async () => {
    await open()
    expect(await createClient({ socketPath: path }).health()).toMatchObject({ status: 'ok' })
    const url = `${loopbackUrl(here())}/health`
    expect((await fetch(url)).status).toBe(401)
    const wrong = { authorization: `Bearer ${'A'.repeat(43)}` }
    expect((await fetch(url, { headers: wrong })).status).toBe(401)
    expect((await fetch(url, { headers: { authorization: `Bearer ${here().token}` } })).status).toBe(200)
  })

  test('nor does it open the live stream to who lacks it', async () => {
    await open()
    const response = await fetch(`${loopbackUrl(here())}/ws`, {
      headers: { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-key': 'x', 'sec-websocket-version': '13' },
    })
    expect(response.status).toBe(401)
  })

  test('listens on this machine alone, its file is for its owner alone, and each start has another secret', async () => {
    const channel = await open()
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const before = here()
    await channel.close()
    await open()
    expect(here().token).not.toBe(before.token)
  })

  test('a client follows a daemon that was started anew', async () => {
    const channel = await open()
    const client = createClient({ socketPath: path })
    await client.health()
    await channel.close()
    await open()
    expect(await client.health()).toMatchObject({ status: 'ok' })
  })

  test('closed it leaves nothing, and nobody is there', async () => {
    const channel = await open()
    await channel.close()
    expect(existsSync(path)).toBe(false)
    expect(await knock(path)).toMatchObject({ code: 'ENOENT' })
  })

  test('what a killed daemon left is taken over, though its port is somebody else’s by now', async () => {
    const stranger = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('no', { status: 401 }) })
    writeFileSync(path, formatLoopback({ port: stranger.port as number, token: 'a'.repeat(43) }))
    expect(await knock(path)).toMatchObject({ code: 'ECONNREFUSED' })
    await open()
    expect(here().port).not.toBe(stranger.port)
    await stranger.stop(true)
    expect(await createClient({ socketPath: path }).health()).toMatchObject({ status: 'ok' })
  })

  test('one that lives is left alone', async () => {
    await open()
    expect(await refusal()).toBe('another sysmond listens there')
    expect(await createClient({ socketPath: path }).health()).toMatchObject({ status: 'ok' })
  })

  test('a file that is something else stays', async () => {
    writeFileSync(path, 'dear to somebody')
    expect(await refusal()).toBe('something is there that sysmon did not make')
    expect(readFileSync(path, 'utf8')).toBe('dear to somebody')
  })

  test('it cannot be given to a group', async () => {
    expect(await refusal('root')).toContain('cannot be given to a group')
    expect(existsSync(path)).toBe(false)
  })
})

test('only the one form of the file is taken', () => {
  const token = 'x'.repeat(43)
  expect(parseLoopback(formatLoopback({ port: 1, token }))).toEqual({ port: 1, token })
  for (const text of [
    '',
    '{}',
    `{"port":1,"token":"${token}"}`,
    `{"port":"1","token":"${token}"}\n`,
    '{"port":1,"token":"short"}\n',
  ])
    expect(parseLoopback(text)).toBeUndefined()
})
