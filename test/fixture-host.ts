import path from 'node:path'
import { type FilesystemSpace, type Host, HostError, type KeptFile } from '../src/platform/host.ts'
import { FixtureTree, loadMachine, type MachineFacts } from './fixture-tree.ts'
import { type ManualClock, manualClock } from './manual-clock.ts'

export const fixtures = path.join(import.meta.dir, 'fixtures/linux')

/**
 * A recorded machine as a Host, with a clock that stands still. Paths of the methods that change it are relative to the
 * machine's folder: `host.put('proc/stat', '…')`, `host.fail('proc/1/io', 'EACCES')`.
 */
export interface FixtureHost extends Host {
  readonly clock: ManualClock
  /** What the file holds from now on, also for those who keep it open. */
  put(at: string, content: string | Uint8Array): void
  putLink(at: string, target: string): void
  putFolder(at: string): void
  /** With everything below; who keeps a file of it open gets ESRCH. */
  remove(at: string): void
  /** Calls on this very path fail from now on; `undefined` heals it. */
  fail(at: string, code: string | undefined): void
  /** Calls off the tick lane never answer and end by their timeout; the tick lane must not ask. */
  hang(at: string): void
  /** Each read of the path takes so long on the clock. */
  delay(at: string, ms: number): void
  setSpace(mountPoint: string, space: FilesystemSpace | undefined): void
  /** How often the path was read since the host was made. */
  reads(at: string): number
  readonly openFiles: number
  /** Paths of all files. */
  files(): string[]
}

export interface FixtureHostOptions {
  readonly clock?: ManualClock
  readonly ownerOf?: (at: string) => number
}

/** `machine`: the name of a folder of test/fixtures/linux, or nothing for a machine that has no file at all. */
export function fixtureHost(machine?: string, options: FixtureHostOptions = {}): FixtureHost {
  const folder = machine === undefined ? '/fixture' : path.join(fixtures, machine)
  const { tree, facts } =
    machine === undefined ? { tree: new FixtureTree(), facts: { about: '' } } : loadMachine(folder)
  return createHost(folder, tree, facts, options)
}

class Faults {
  readonly #codes = new Map<string, string>()
  readonly #hanging = new Set<string>()
  readonly #delays = new Map<string, number>()

  constructor(
    facts: MachineFacts,
    private readonly clock: ManualClock,
  ) {
    for (const [at, code] of Object.entries(facts.failures ?? {})) this.#codes.set(at, code)
  }

  fail(at: string, code: string | undefined): void {
    if (code === undefined) this.#codes.delete(at)
    else this.#codes.set(at, code)
  }
  hang = (at: string): Set<string> => this.#hanging.add(at)
  delay = (at: string, ms: number): Map<string, number> => this.#delays.set(at, ms)

  check(at: string): void {
    if (this.#hanging.has(at)) throw new Error(`the tick lane would hang at ${at}`)
    const code = this.#codes.get(at)
    this.clock.advance(this.#delays.get(at) ?? 0)
    if (code !== undefined) throw new HostError(code, at)
  }

  /** The same for the slow lane. */
  async checkSlowly(at: string, timeoutMs: number): Promise<void> {
    if (this.#hanging.has(at)) await this.timeout(at, timeoutMs)
  }

  timeout(at: string, timeoutMs: number): Promise<never> {
    const { promise, reject } = Promise.withResolvers<never>()
    this.clock.after(timeoutMs, () => reject(new HostError('ETIMEDOUT', at)))
    return promise
  }
}

function createHost(folder: string, tree: FixtureTree, facts: MachineFacts, options: FixtureHostOptions): FixtureHost {
  const clock = options.clock ?? manualClock()
  const faults = new Faults(facts, clock)
  const owners = facts.owners ?? {}
  const space = new Map<string, FilesystemSpace>(Object.entries(facts.space ?? {}))
  const reads = new Map<string, number>()
  const openFiles = new Set<OpenFile>()
  const below = (full: string): string => (full.startsWith(`${folder}/`) ? full.slice(folder.length + 1) : full)

  const read = (full: string): Uint8Array => {
    const at = below(full)
    reads.set(at, (reads.get(at) ?? 0) + 1)
    faults.check(at)
    const found = tree.find(at, true)
    if (found === undefined) throw new HostError('ENOENT', full)
    if (found.node.kind !== 'file') throw new HostError('EISDIR', full)
    return found.node.bytes
  }
  const list = (full: string): string[] => {
    faults.check(below(full))
    const found = tree.find(below(full), true)
    if (found === undefined) throw new HostError('ENOENT', full)
    if (found.node.kind !== 'folder') throw new HostError('ENOTDIR', full)
    return [...found.node.names].sort()
  }
  const text = (full: string): string => new TextDecoder().decode(read(full))

  return {
    procfs: `${folder}/proc`,
    sysfs: `${folder}/sys`,
    clock,
    // A copy, so that a caller who keeps the buffer of another call is found out only by the live host.
    read: (full) => read(full).slice(),
    readText: text,
    readTextSlowly: async (full, timeoutMs = 2000) => {
      await faults.checkSlowly(below(full), timeoutMs)
      return text(full)
    },
    open: (full) => openFile(full, below(full), read, openFiles),
    list,
    listSlowly: async (full) => {
      await faults.checkSlowly(below(full), 2000)
      return list(full)
    },
    readLink: (full) => {
      faults.check(below(full))
      const found = tree.find(below(full), false)
      if (found?.node.kind !== 'link') throw new HostError(found === undefined ? 'ENOENT' : 'EINVAL', full)
      return found.node.target
    },
    exists: (full) => tree.find(below(full), false) !== undefined,
    ownerOf: (full) => {
      const at = below(full)
      if (tree.find(at, true) === undefined) throw new HostError('ENOENT', full)
      return options.ownerOf?.(at) ?? owners[at] ?? 0
    },
    filesystemSpace: async (mountPoint, _type, timeoutMs) =>
      space.get(mountPoint) ?? faults.timeout(mountPoint, timeoutMs),
    put: (at, content) => tree.putFile(at, content),
    putLink: (at, target) => tree.putLink(at, target),
    putFolder: (at) => tree.putFolder(at),
    remove: (at) => {
      tree.remove(at)
      for (const file of openFiles) if (file.at === at || file.at.startsWith(`${at}/`)) file.gone = true
    },
    fail: (at, code) => faults.fail(at, code),
    hang: (at) => void faults.hang(at),
    delay: (at, ms) => void faults.delay(at, ms),
    setSpace: (mountPoint, answer) => {
      if (answer === undefined) space.delete(mountPoint)
      else space.set(mountPoint, answer)
    },
    reads: (at) => reads.get(at) ?? 0,
    files: () => tree.files(),
    get openFiles() {
      return openFiles.size
    },
  }
}

interface OpenFile {
  readonly at: string
  /** What it belongs to was removed: a file that is put there later is another one. */
  gone: boolean
}

/** Kept files of a process that has gone fail as those of procfs do. */
function openFile(full: string, at: string, read: (full: string) => Uint8Array, open: Set<OpenFile>): KeptFile {
  read(full)
  const file: OpenFile = { at, gone: false }
  open.add(file)
  return {
    read: (limit) => {
      if (!open.has(file)) throw new Error(`${full} is read after it was closed`)
      if (file.gone) throw new HostError('ESRCH', full)
      return read(full).slice(0, limit)
    },
    close: () => void open.delete(file),
  }
}
