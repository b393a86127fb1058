import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { FilesystemSpace } from '../src/platform/host.ts'

/**
 * A recorded machine as it lies in `test/fixtures/linux/NAME`: the files below `proc` and `sys` as they are, and in
 * `machine.json` what a checkout on every system cannot hold: links, empty folders, names with a colon, owners, the
 * answers of statfs(2), and calls that failed.
 */
export interface MachineFacts {
  /** Which machine, and what is odd about it. */
  readonly about: string
  /** Links by path relative to the folder; their targets need not be recorded. */
  readonly links?: Readonly<Record<string, string>>
  /** Small files whose names cannot be checked out everywhere. */
  readonly files?: Readonly<Record<string, string>>
  readonly folders?: readonly string[]
  /** Numeric owner of folders below proc; 0 when left out. */
  readonly owners?: Readonly<Record<string, number>>
  /** By mount point. A mount point that is not here does not answer. */
  readonly space?: Readonly<Record<string, FilesystemSpace>>
  /** Errno name by path. */
  readonly failures?: Readonly<Record<string, string>>
}

export type Node =
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'folder'; readonly names: Set<string> }

const bytesOf = (content: string | Uint8Array): Uint8Array =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content

/** Files, links and folders by path relative to the machine's folder (`proc/stat`). */
export class FixtureTree {
  readonly #nodes = new Map<string, Node>([['', { kind: 'folder', names: new Set() }]])

  putFile(at: string, content: string | Uint8Array): void {
    this.#put(at, { kind: 'file', bytes: bytesOf(content) })
  }

  putLink(at: string, target: string): void {
    this.#put(at, { kind: 'link', target })
  }

  putFolder(at: string): void {
    if (!this.#nodes.has(at)) this.#put(at, { kind: 'folder', names: new Set() })
  }

  /** With everything below. */
  remove(at: string): void {
    for (const key of this.#nodes.keys()) if (key === at || key.startsWith(`${at}/`)) this.#nodes.delete(key)
    const parent = this.#nodes.get(parentOf(at))
    if (parent?.kind === 'folder') parent.names.delete(path.posix.basename(at))
  }

  /** What lies at the path, links on the way followed and the last one too when asked. */
  find(at: string, followLast: boolean): { readonly at: string; readonly node: Node } | undefined {
    let here = ''
    const parts = at.split('/').filter((part) => part !== '')
    for (let hops = 0; parts.length > 0; ) {
      here = path.posix.join(here, parts.shift() as string)
      const node = this.#nodes.get(here)
      if (node === undefined) return undefined
      if (node.kind !== 'link' || (parts.length === 0 && !followLast)) continue
      if (++hops > 20) return undefined
      parts.unshift(...path.posix.join(parentOf(here), node.target).split('/'))
      here = ''
    }
    const node = this.#nodes.get(here)
    return node === undefined ? undefined : { at: here, node }
  }

  copy(): FixtureTree {
    const copy = new FixtureTree()
    for (const [at, node] of this.#nodes)
      copy.#nodes.set(at, node.kind === 'folder' ? { kind: 'folder', names: new Set(node.names) } : node)
    return copy
  }

  files(): string[] {
    return [...this.#nodes].filter(([, node]) => node.kind === 'file').map(([at]) => at)
  }

  #put(at: string, node: Node): void {
    this.#nodes.set(at, node)
    const parent = parentOf(at)
    if (at === '') return
    this.putFolder(parent)
    const folder = this.#nodes.get(parent)
    if (folder?.kind === 'folder') folder.names.add(path.posix.basename(at))
  }
}

const parentOf = (at: string): string => {
  const parent = path.posix.dirname(at)
  return parent === '.' ? '' : parent
}

interface Machine {
  readonly tree: FixtureTree
  readonly facts: MachineFacts
}
const loaded = new Map<string, Machine>()

/** A copy of its own each time; the folder is read once. */
export function loadMachine(folder: string): Machine {
  let machine = loaded.get(folder)
  if (machine === undefined) {
    machine = readMachine(folder)
    loaded.set(folder, machine)
  }
  return { tree: machine.tree.copy(), facts: machine.facts }
}

function readMachine(folder: string): Machine {
  const tree = new FixtureTree()
  for (const root of ['proc', 'sys']) {
    tree.putFolder(root)
    if (existsSync(path.join(folder, root))) loadFolder(tree, folder, root)
  }
  const table = path.join(folder, 'machine.json')
  const facts = existsSync(table) ? (JSON.parse(readFileSync(table, 'utf8')) as MachineFacts) : { about: '' }
  for (const at of facts.folders ?? []) tree.putFolder(at)
  for (const [at, text] of Object.entries(facts.files ?? {})) tree.putFile(at, text)
  for (const [at, target] of Object.entries(facts.links ?? {})) tree.putLink(at, target)
  return { tree, facts }
}

function loadFolder(tree: FixtureTree, folder: string, at: string): void {
  for (const entry of readdirSync(path.join(folder, at), { withFileTypes: true })) {
    const below = `${at}/${entry.name}`
    if (entry.isDirectory()) loadFolder(tree, folder, below)
    else tree.putFile(below, readFileSync(path.join(folder, below)))
  }
}
