import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { describeError, errnoCode } from '../base/errors.ts'
import { failure } from './mistake.ts'

/**
 * A file that is there whole or not at all: it is written beside its place under another name, and takes it at the end.
 * For its owner: a record tells much of a machine.
 */
export class PartFile {
  readonly #part: string
  readonly #descriptor: number

  /** Throws UserError: something is there already, or it cannot be written. */
  constructor(
    private readonly path: string,
    mayReplace: boolean,
  ) {
    checkFree(path, mayReplace)
    this.#part = partOf(path)
    this.#descriptor = attempt(path, () => openSync(this.#part, 'w', 0o600))
  }

  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at += attempt(this.path, () => writeSync(this.#descriptor, bytes, at))
  }

  finish(): void {
    attempt(this.path, () => {
      fsyncSync(this.#descriptor)
      closeSync(this.#descriptor)
      renameSync(this.#part, this.path)
    })
  }

  abandon(): void {
    closeSync(this.#descriptor)
    rmSync(this.#part, { force: true })
  }
}

/** Of this process alone: two that write the same file do not write into one another. */
export const partOf = (path: string): string => `${path}.${process.pid}.part`

/** Throws UserError. */
export function checkFree(path: string, mayReplace: boolean): void {
  if (!mayReplace && existsSync(path)) {
    throw failure(`${path} is there already`, 'name another file, or add --overwrite')
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the quota of the disk is used up',
  EACCES: 'permission denied',
  ENOENT: 'there is no such folder',
  EISDIR: 'that is a folder',
  EROFS: 'the filesystem is read-only',
  EFBIG: 'the file would be larger than is allowed',
}

function attempt<T>(path: string, write: () => T): T {
  try {
    return write()
  } catch (error) {
    const code = errnoCode(error)
    if (code === undefined) throw error
    throw failure(`${path} cannot be written: ${reasons[code] ?? describeError(error)}`)
  }
}
