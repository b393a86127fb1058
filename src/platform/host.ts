/**
 * Everything an operating system gives, injected: platform code touches files, clocks and native calls only through
 * this, so that a recorded machine can stand in for a live one and `--procfs`/`--sysfs` work in containers.
 */
export interface Host {
  /** Where /proc and /sys are. */
  readonly procfs: string
  readonly sysfs: string
  /** Whole small file as bytes in a buffer that is reused by the next call. Throws HostError. */
  read(path: string): Uint8Array
  /** Whole small file as text (bytes that are not UTF-8 become U+FFFD). Throws HostError. */
  readText(path: string): string
  /** The same off the tick lane: never blocks it, gives up after the timeout. Rejects with HostError. */
  readTextSlowly(path: string, timeoutMs?: number): Promise<string>
  /** A file kept open, for what is read each tick. */
  open(path: string): KeptFile
  /** Names in a directory. Throws HostError. */
  list(path: string): string[]
  listSlowly(path: string): Promise<string[]>
  readLink(path: string): string
  exists(path: string): boolean
  /** Owner's numeric user id. Throws HostError. */
  ownerOf(path: string): number
  /** Space and inodes of a mounted filesystem, off the tick lane; rejects with code ETIMEDOUT when it does not answer. */
  filesystemSpace(path: string, type: string, timeoutMs: number): Promise<FilesystemSpace>
  readonly clock: HostClock
}

export interface HostClock {
  /** Wall clock, Unix milliseconds. */
  wallMs(): number
  /** Monotonic milliseconds; stands still during suspend. */
  monotonicMs(): number
}

export interface KeptFile {
  /**
   * The file from its start, into a buffer shared by all kept files and valid until the next read of any. At most
   * `limit` bytes when given. Throws HostError (ESRCH when a process behind it has gone).
   */
  read(limit?: number): Uint8Array
  close(): void
}

export interface FilesystemSpace {
  readonly blockBytes: number
  readonly blocks: number
  readonly blocksFree: number
  readonly blocksAvailable: number
  readonly inodes: number
  readonly inodesFree: number
}

/** A failed host call: `code` is the errno name (ENOENT, EACCES, ESRCH, EOPNOTSUPP, ETIMEDOUT…). */
export class HostError extends Error {
  constructor(
    readonly code: string,
    readonly path: string,
    message?: string,
  ) {
    super(message ?? `${path}: ${code}`)
    this.name = 'HostError'
  }
}
