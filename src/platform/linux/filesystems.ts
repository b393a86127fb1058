import { type FilesystemSpace, type Host, HostError } from '../host.ts'
import type { FilesystemReading } from '../platform.ts'
import { displayPath, type Mount, mountsWithSpace, parseMountinfo } from './mountinfo.ts'

/** A filesystem that has not answered for so long is told as stale. Milliseconds. */
export const staleAfterMs = 5000

/** What is said of a mount: stale until its answer is there. */
interface Asked {
  reading: FilesystemReading
  /** Settles with the answer; `undefined` when nobody shall wait for it. */
  readonly answer: Promise<void> | undefined
}

/**
 * Space and inodes of every mounted filesystem. Each is asked once at a time: one that does not answer stays asked, is
 * told as stale, and harms no other. It is waited for once; as long as it stays away, the others are told without it (F1).
 */
export class Filesystems {
  readonly #outstanding = new Set<string>()
  /** Did not answer when last asked. */
  readonly #stale = new Set<string>()

  /** Where the mounts of the list are to be found from here. */
  #root = ''

  constructor(private readonly host: Host) {}

  async read(): Promise<readonly FilesystemReading[]> {
    const mounts = mountsWithSpace(parseMountinfo(await this.#mountinfo()))
    const asked = mounts.map((mount) => this.#ask(this.#named(mount)))
    await Promise.all(asked.map(({ answer }) => answer))
    return asked.map(({ reading }) => reading)
  }

  /** `/dev/root` is what the boot command line called it; the device number says which device it is (F8). */
  #named(mount: Mount): Mount {
    if (mount.source !== '/dev/root') return mount
    try {
      const target = this.host.readLink(`${this.host.sysfs}/dev/block/${mount.device}`)
      return { ...mount, source: `/dev/${target.slice(target.lastIndexOf('/') + 1)}` }
    } catch (error) {
      if (error instanceof HostError) return mount
      throw error
    }
  }

  /** Those of the first process are the machine’s; hidden ones leave us our own (F7). */
  async #mountinfo(): Promise<string> {
    try {
      const mounts = await this.host.readTextSlowly(`${this.host.procfs}/1/mountinfo`)
      this.#root = this.#seesOtherMounts() ? `${this.host.procfs}/1/root` : ''
      return mounts
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      this.#root = ''
      return this.host.readTextSlowly(`${this.host.procfs}/self/mountinfo`)
    }
  }

  /** In a sandbox or a container the same path is another place, or none (F10). */
  #seesOtherMounts(): boolean {
    const namespace = (pid: string): string | undefined => {
      try {
        return this.host.readLink(`${this.host.procfs}/${pid}/ns/mnt`)
      } catch (error) {
        if (error instanceof HostError) return undefined
        throw error
      }
    }
    const first = namespace('1')
    return first !== undefined && first !== namespace('self')
  }

  async #space(mount: Mount): Promise<FilesystemSpace> {
    if (this.#root !== '') {
      try {
        return await this.host.filesystemSpace(this.#root + mount.path, mount.type, staleAfterMs)
      } catch (error) {
        if (!(error instanceof HostError) || error.code === 'ETIMEDOUT') throw error
      }
    }
    return this.host.filesystemSpace(mount.path, mount.type, staleAfterMs)
  }

  #ask(mount: Mount): Asked {
    const stale = readingOf(mount, undefined, true)
    if (this.#outstanding.has(mount.path)) return { reading: stale, answer: undefined }
    const wasStale = this.#stale.has(mount.path)
    const answer = this.#question(mount).then((reading) => {
      asked.reading = reading
    })
    const asked: Asked = { reading: stale, answer: wasStale ? undefined : answer }
    // What nobody waits for fails again, and in the open, when it is next asked.
    if (wasStale) answer.catch(() => this.#stale.delete(mount.path))
    return asked
  }

  async #question(mount: Mount): Promise<FilesystemReading> {
    this.#outstanding.add(mount.path)
    try {
      const space = await this.#space(mount)
      this.#stale.delete(mount.path)
      return readingOf(mount, space, false)
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      const stale = error.code === 'ETIMEDOUT'
      if (stale) this.#stale.add(mount.path)
      else this.#stale.delete(mount.path)
      return readingOf(mount, undefined, stale)
    } finally {
      this.#outstanding.delete(mount.path)
    }
  }
}

/** used = blocks - bfree and free = bavail, as df(1) has it: what is reserved for root is on neither side (F4). */
export function readingOf(mount: Mount, space: FilesystemSpace | undefined, stale: boolean): FilesystemReading {
  const bytes = (blocks: number): number | undefined =>
    space === undefined || space.blocks === 0 ? undefined : Math.max(0, blocks) * space.blockBytes
  const hasInodes = space !== undefined && space.inodes > 0
  return {
    mountpoint: displayPath(mount.path),
    device: displayPath(mount.source),
    type: mount.type,
    readOnly: mount.options.includes('ro') || mount.superOptions.includes('ro'),
    stale,
    sizeBytes: bytes(space?.blocks ?? 0),
    usedBytes: bytes((space?.blocks ?? 0) - (space?.blocksFree ?? 0)),
    freeBytes: bytes(space?.blocksAvailable ?? 0),
    reservedBytes: bytes((space?.blocksFree ?? 0) - (space?.blocksAvailable ?? 0)),
    inodesUsed: hasInodes ? Math.max(0, space.inodes - space.inodesFree) : undefined,
    inodesFree: hasInodes ? space.inodesFree : undefined,
  }
}
