import { chmodSync, mkdirSync } from 'node:fs'

/** How the daemon of this machine is reached by its owner: the runtime has no local sockets on Windows. */
export const localChannel: 'socket' | 'loopback' = process.platform === 'win32' ? 'loopback' : 'socket'

/** Whether SIGHUP asks for the configuration to be read again; on Windows it says that the console is being closed. */
export const hangUpReloads = process.platform !== 'win32'

/** Takes everybody else's right to the file or folder away; in a folder, to what will be made in it too. */
export async function keepForOwner(path: string, kind: 'file' | 'folder'): Promise<void> {
  if (process.platform !== 'win32') return chmodSync(path, kind === 'file' ? 0o600 : 0o700)
  const { keepForOwner: keep } = await import('./windows/owner-only.ts')
  keep(path, kind)
}

/**
 * Where modes at creation mean nothing (Windows), makes the folder of the record for its owner alone. One that is there
 * is left as it is: who made it has decided. One that cannot be made, the store will tell.
 */
export async function makeOwnFolder(path: string): Promise<void> {
  if (process.platform !== 'win32') return
  let made: string | undefined
  try {
    made = mkdirSync(path, { recursive: true })
  } catch {
    return
  }
  if (made !== undefined) await keepForOwner(path, 'folder')
}
