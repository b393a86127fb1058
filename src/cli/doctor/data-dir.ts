import { type Stats, statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { errnoCode } from '../../base/errors.ts'
import { formatBytes } from '../format.ts'
import { type Check, fail, ok, warn } from './check.ts'

/** The data directory as it lies on the disk: there, whose, closed to others, with room to grow. */
const leastFreeBytes = 64 * 2 ** 20
const scarceFreeBytes = 2 ** 30

export async function dataDirChecks(dataDir: string): Promise<readonly Check[]> {
  const found = statOf(dataDir)
  if (found === undefined)
    return [warn('data directory', `${dataDir} does not exist`, 'sysmond makes it when it first starts')]
  if (typeof found === 'string')
    return [fail('data directory', `${dataDir}: ${found}`, 'run sysmon as the user that sysmond runs as, or as root')]
  if (!found.isDirectory())
    return [fail('data directory', `${dataDir} is no directory`, 'choose another: --data-dir DIR')]
  return [ownership(dataDir, found), await space(dataDir)]
}

/** The facts; `undefined` when it does not exist; else why not, as an errno name. */
export function statOf(path: string): Stats | string | undefined {
  try {
    return statSync(path)
  } catch (error) {
    const code = errnoCode(error)
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : (code ?? String(error))
  }
}

/** Permission bits that let others in (inode(7)). */
const openToOthers = 0o007
const permissionBits = 0o777

function ownership(dataDir: string, { uid, mode }: Stats): Check {
  // Where nobody has a number (Windows), access lists decide, and modes are made up.
  if (process.getuid === undefined) return ok('data directory', dataDir)
  const permissions = (mode & permissionBits).toString(8).padStart(4, '0')
  const what = `${dataDir}, owner uid ${uid}, mode ${permissions}`
  if ((mode & openToOthers) === 0) return ok('data directory', what)
  return warn('data directory', `${what}: open to everybody`, `chmod 700 ${dataDir}`)
}

async function space(dataDir: string): Promise<Check> {
  const { bavail, bsize, blocks } = await statfs(dataDir)
  const freeBytes = bavail * bsize
  const what = `${formatBytes(freeBytes)} free of ${formatBytes(blocks * bsize)}`
  if (freeBytes < leastFreeBytes)
    return fail('disk space', what, 'make room: sysmond keeps what it can in memory and drops the oldest')
  if (freeBytes < scarceFreeBytes) return warn('disk space', what, 'make room, or set store.max_size in the config')
  return ok('disk space', what)
}
