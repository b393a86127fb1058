import { sanitizeText } from '../../base/text.ts'
import { type FilesystemSpace, type Host, HostError } from '../host.ts'
import { absent, type FilesystemReading, type Reading } from '../platform.ts'
import { isFailure, type Native, whyNot } from './native.ts'

/** GetDriveTypeW (fileapi.h): what may be asked without a wait, what may be away, and discs, whose filling is no news. */
const driveType = { removable: 2, fixed: 3, remote: 4, disc: 5, ramDisk: 6 } as const
/** How long a volume may take, milliseconds. */
const patienceMs = 5000

interface Mount {
  readonly path: string
  readonly device: string
  readonly type: number
}

/**
 * Volumes of this machine by where they are mounted, a letter or a folder (F11), each once; then network drives by
 * letter. A volume mounted nowhere is left out: nobody can fill it. Space is asked off the tick lane; a network drive in
 * a process that may be lost, since its server may be away (F1).
 */
export class Volumes {
  constructor(
    private readonly host: Host,
    private readonly native: Native,
  ) {}

  async read(): Promise<Reading<readonly FilesystemReading[]>> {
    const volumes = this.native.volumes()
    if (isFailure(volumes)) return absent(whyNot(volumes))
    const mounts = [...volumes.flatMap((volume) => this.#mountOf(volume)), ...this.#networkDrives()]
    const readings = await Promise.all(mounts.map((mount) => this.#readMount(mount)))
    return readings.flatMap((reading) => reading ?? [])
  }

  #mountOf(volume: string): Mount[] {
    const paths = this.native.volumePaths(volume)
    if (isFailure(paths)) return []
    const [path] = paths.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1))
    if (path === undefined) return []
    const type = this.native.driveType(path)
    return type === driveType.disc ? [] : [{ path, device: volume, type }]
  }

  #networkDrives(): Mount[] {
    return this.native
      .driveLetters()
      .filter((path) => this.native.driveType(path) === driveType.remote)
      .map((path) => ({ path, device: path, type: driveType.remote }))
  }

  /** `undefined`: there is no medium in it, or no filesystem on it. */
  async #readMount({ path, device, type }: Mount): Promise<FilesystemReading | undefined> {
    const isRemote = type === driveType.remote
    const space = await this.#space(path, isRemote)
    if (space === undefined) return undefined
    const isStale = space === 'stale'
    // After the space was told the medium turns: this does not wait for it.
    const information = isRemote || isStale ? undefined : this.native.volumeInformation(path)
    const known = information === undefined || isFailure(information) ? undefined : information
    return {
      mountpoint: sanitizeText(path),
      device: sanitizeText(device),
      type: sanitizeText(known?.fileSystem ?? (isRemote ? 'network' : 'unknown')),
      readOnly: known?.readOnly ?? false,
      stale: isStale,
      ...(isStale ? noSizes : sizesOf(space)),
    }
  }

  async #space(path: string, isRemote: boolean): Promise<FilesystemSpace | 'stale' | undefined> {
    try {
      return await this.host.filesystemSpace(path, isRemote ? 'cifs' : 'local', patienceMs)
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      return error.code === 'ETIMEDOUT' || error.code === 'EBUSY' ? 'stale' : undefined
    }
  }
}

const noSizes = {
  sizeBytes: undefined,
  usedBytes: undefined,
  freeBytes: undefined,
  reservedBytes: undefined,
  inodesUsed: undefined,
  inodesFree: undefined,
} as const

/** A quota makes less available than is free. */
function sizesOf({ blockBytes, blocks, blocksFree, blocksAvailable }: FilesystemSpace) {
  return {
    ...noSizes,
    sizeBytes: blocks * blockBytes,
    usedBytes: (blocks - blocksFree) * blockBytes,
    freeBytes: blocksAvailable * blockBytes,
    reservedBytes: (blocksFree - blocksAvailable) * blockBytes,
  }
}
