import { describeError, errnoCode } from '../base/errors.ts'
import type { ConfigFiles } from './files.ts'

/** What the settings of the local socket can be. */
export interface SocketSettings {
  readonly path: string
  readonly group: string | undefined
}

/** sun_path of unix(7), less its closing zero. */
const longestPath = 107
const groupFile = '/etc/group'

/** What makes the local socket impossible, with the cure and the setting it is about. */
export function socketMistake(
  { path, group }: SocketSettings,
  files: Pick<ConfigFiles, 'readText'>,
): { key: string; what: string } | undefined {
  if (Buffer.byteLength(path) > longestPath)
    return {
      key: 'socket.path',
      what: `the path of a socket may have ${longestPath} bytes at most: ${path}. Name a shorter one`,
    }
  const what = group === undefined ? undefined : whyNoGroup(group, files)
  return what === undefined ? undefined : { key: 'socket.group', what }
}

function whyNoGroup(name: string, files: Pick<ConfigFiles, 'readText'>): string | undefined {
  try {
    if (groupIdIn(files.readText(groupFile), name) !== undefined) return undefined
    return `there is no group "${name}". \`getent group\` lists them`
  } catch (error) {
    return `${groupFile} cannot be read (${errnoCode(error) ?? describeError(error)}), so no group is known`
  }
}

/** Of group(5): `adm:x:4:syslog`. `undefined`: there is no such group. */
export function groupIdIn(groups: string, name: string): number | undefined {
  const line = groups.split('\n').find((entry) => entry.startsWith(`${name}:`))
  const id = Number.parseInt(line?.split(':')[2] ?? '', 10)
  return Number.isInteger(id) ? id : undefined
}
