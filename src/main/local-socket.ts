import { chmodSync, chownSync, existsSync, lstatSync, readFileSync, unlinkSync } from 'node:fs'
import { knock } from '../api/client.ts'
import type { LiveHub } from '../api/live/hub.ts'
import { errnoCode, exitCodes, UserError } from '../base/errors.ts'
import { groupIdIn } from '../config/socket.ts'
import { localChannel } from '../platform/local-channel.ts'
import { checkLoopbackChannel, openLoopbackChannel } from './loopback-channel.ts'
import { serveLocal } from './serve-local.ts'

/** The local socket: plain HTTP for the owner of the daemon, and a group if one is configured. */
export interface LocalSocketOptions {
  readonly path: string
  readonly group: string | undefined
  readonly answer: (request: Request) => Response | Promise<Response>
  readonly live: LiveHub
  /** That of this system when left out. */
  readonly channel?: typeof localChannel
}

export interface LocalSocket {
  close(): Promise<void>
}

/** sun_path of unix(7), less its closing zero. */
const longestPath = 107
const another = 'Name another with socket.path'
const ownerOnly = 0o600
const ownerAndGroup = 0o660

/** What can be told to be wrong before anything is begun. Throws UserError. */
export function checkLocalSocket(options: Pick<LocalSocketOptions, 'path' | 'group' | 'channel'>): void {
  if ((options.channel ?? localChannel) === 'loopback') checkLoopbackChannel(options)
  else checkSocket(options)
}

function checkSocket({ path, group }: Pick<LocalSocketOptions, 'path' | 'group'>): void {
  if (Buffer.byteLength(path) > longestPath) {
    throw new UserError({
      what: `the path of a socket may have ${longestPath} bytes at most`,
      where: path,
      cure: 'Name a shorter one with socket.path',
      exitCode: exitCodes.usage,
    })
  }
  if (group !== undefined) groupIdOf(group)
  // connect(2) refuses on a file of any other kind as it does on a socket nobody listens on.
  if (isOtherThanSocket(path))
    throw new UserError({
      what: 'something is there that is no socket',
      where: path,
      cure: another,
      exitCode: exitCodes.usage,
    })
}

function isOtherThanSocket(path: string): boolean {
  try {
    return !lstatSync(path).isSocket()
  } catch (error) {
    // What cannot even be looked at, listening will tell.
    if (errnoCode(error) === undefined) throw error
    return false
  }
}

/** Throws UserError: the path is too long, in use, or not to be written. */
export async function openLocalSocket(options: LocalSocketOptions): Promise<LocalSocket> {
  if ((options.channel ?? localChannel) === 'loopback') return await openLoopbackChannel(options)
  const { path, group } = options
  checkLocalSocket(options)
  const groupId = group === undefined ? undefined : groupIdOf(group)
  await removeStale(path)
  const server = listen(options)
  // Answers under way get out; clients that wait for nothing do not hold up the end.
  const close = async (): Promise<void> => {
    await server.stop(true)
    if (existsSync(path)) unlinkSync(path)
  }
  try {
    if (groupId !== undefined) openToGroup(path, groupId)
  } catch (error) {
    await close()
    throw new UserError({
      what: `the socket cannot be given to the group "${group}" (${errnoCode(error) ?? String(error)})`,
      where: 'socket.group',
      cure: 'Name a group that this user is a member of',
      exitCode: exitCodes.usage,
    })
  }
  return { close }
}

function openToGroup(path: string, groupId: number): void {
  chownSync(path, process.getuid?.() ?? 0, groupId)
  chmodSync(path, ownerAndGroup)
}

function listen(options: LocalSocketOptions): { stop(force: boolean): Promise<void> } {
  // The socket is never open to others, not even for a moment.
  const before = process.umask(0o777 & ~ownerOnly)
  try {
    return serveLocal(options, { unix: options.path })
  } catch (error) {
    throw new UserError({
      what: `the local socket cannot be opened (${errnoCode(error) ?? String(error)})`,
      where: options.path,
      cure: another,
    })
  } finally {
    process.umask(before)
  }
}

/** What a killed daemon left behind is taken away; what answers, or is no socket, is not. */
async function removeStale(path: string): Promise<void> {
  if (!existsSync(path)) return
  const refusal = await knock(path)
  if (refusal?.code === 'ECONNREFUSED') return unlinkSync(path)
  if (refusal?.code === 'ENOENT') return
  if (refusal !== undefined)
    throw new UserError({ what: `something else is there (${refusal.code})`, where: path, cure: another })
  throw new UserError({ what: 'another program listens on this socket', where: path, cure: another })
}

function groupIdOf(name: string): number {
  const id = groupIdIn(readFileSync('/etc/group', 'utf8'), name)
  if (id !== undefined) return id
  throw new UserError({
    what: `there is no group "${name}"`,
    where: 'socket.group',
    cure: 'getent group lists them',
    exitCode: exitCodes.usage,
  })
}
