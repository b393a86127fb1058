import { closeSync, existsSync, lstatSync, openSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { knock } from '../api/client.ts'
import { errnoCode, exitCodes, UserError } from '../base/errors.ts'
import { formatLoopback, parseLoopback } from '../base/loopback-file.ts'
import { keepForOwner } from '../platform/local-channel.ts'
import type { LocalSocket, LocalSocketOptions } from './local-socket.ts'
import { serveLocal } from './serve-local.ts'

/**
 * The local channel where there are no local sockets: a port of the loopback interface, and the secret that a request
 * must hold in an owner-only file where the socket would be. Others on the machine can connect and are told nothing.
 */
export async function openLoopbackChannel(options: LocalSocketOptions): Promise<LocalSocket> {
  const { path, group } = options
  checkLoopbackChannel(options)
  if (group !== undefined)
    throw new UserError({
      what: 'the local channel of this system cannot be given to a group',
      where: 'socket.group',
      cure: 'Leave it out',
      exitCode: exitCodes.usage,
    })
  await removeStale(path)
  const crypto = await import('node:crypto')
  const token = crypto.randomBytes(32).toString('base64url')
  // Of equal length whatever is given, and compared in equal time.
  const digest = (text: string): Buffer => crypto.createHash('sha256').update(text).digest()
  const expected = digest(`Bearer ${token}`)
  const isOwner = (header: string): boolean => crypto.timingSafeEqual(digest(header), expected)
  const server = serveLocal(options, { hostname: '127.0.0.1', port: 0 }, (request) =>
    isOwner(request.headers.get('authorization') ?? '') ? undefined : refused(),
  )
  const close = async (): Promise<void> => {
    await server.stop(true)
    rmSync(path, { force: true })
  }
  try {
    // Nobody else may read the file before the secret is in it.
    closeSync(openSync(path, 'wx', 0o600))
    await keepForOwner(path, 'file')
    writeFileSync(path, formatLoopback({ port: server.port as number, token }))
  } catch (error) {
    await close()
    throw new UserError({
      what: `the local channel cannot be opened (${errnoCode(error) ?? String(error)})`,
      where: path,
      cure: 'Name another with socket.path',
    })
  }
  return { close }
}

/** What can be told to be wrong before anything is begun. Throws UserError. */
export function checkLoopbackChannel({ path }: Pick<LocalSocketOptions, 'path'>): void {
  if (!existsSync(path)) return
  if (lstatSync(path).isFile() && parseLoopback(readFileSync(path, 'utf8')) !== undefined) return
  throw new UserError({
    what: 'something is there that sysmon did not make',
    where: path,
    cure: 'Name another with socket.path',
    exitCode: exitCodes.usage,
  })
}

/** What a killed daemon left is taken away: its port may be somebody else's by now, who does not know the secret. */
async function removeStale(path: string): Promise<void> {
  if (!existsSync(path)) return
  const refusal = await knock(path)
  if (refusal !== undefined) return unlinkSync(path)
  throw new UserError({
    what: 'another sysmond listens there',
    where: path,
    cure: 'Name another place with --data-dir',
  })
}

const refused = (): Response => new Response('the secret of the local channel is missing\n', { status: 401 })
