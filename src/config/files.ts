import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { errnoCode } from '../base/errors.ts'

/** What config/ touches of the disk, injected. Failures are thrown as they come, with their errno. */
export interface ConfigFiles {
  /** `undefined`: there is nothing. */
  stat(file: string): FileFacts | undefined
  readText(file: string): string
  /** Makes the file, mode 0600, and its folder if missing; EEXIST when it is there already. */
  create(file: string, text: string): void
}
export interface FileFacts {
  readonly kind: 'file' | 'directory' | 'other'
  readonly bytes: number
  /** Permission bits; `undefined` where the system has none. */
  readonly mode: number | undefined
}

// Only systems with numeric users have permission bits that mean something.
const hasModes = typeof process.getuid === 'function'

export const diskFiles: ConfigFiles = {
  stat(file) {
    try {
      const facts = statSync(file)
      const kind = facts.isFile() ? 'file' : facts.isDirectory() ? 'directory' : 'other'
      return { kind, bytes: facts.size, mode: hasModes ? facts.mode & 0o777 : undefined }
    } catch (error) {
      if (errnoCode(error) === 'ENOENT' || errnoCode(error) === 'ENOTDIR') return undefined
      throw error
    }
  },
  readText: (file) => readFileSync(file, 'utf8'),
  create(file, text) {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 })
    // The mode given at creation passes through the umask, which may only take away; a strange one may take too much.
    chmodSync(file, 0o600)
  },
}
