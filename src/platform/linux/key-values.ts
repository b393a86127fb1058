import { asciiText, Cursor } from './bytes.ts'

const cursor = new Cursor()

/**
 * Files of `key value` lines (`/proc/vmstat`, `memory.stat`, `cpu.stat`) and of `Key:  value kB` lines
 * (`/proc/meminfo`), of which a few lines are wanted each time. The key of each line is remembered: the kernel writes
 * them in the same order every time, so a wanted line is compared with one key, and another with the hash of its own.
 */
export class KeyValues<K extends string> {
  readonly values: Record<K, number>
  readonly #wanted: readonly K[]
  readonly #known = new Map<string, K>()
  /** For each line of the file: the wanted key it held last time, or none. */
  readonly #lines: (K | undefined)[] = []
  /** For each line: the hash of its key. */
  readonly #hashes: number[] = []

  constructor(wanted: readonly K[]) {
    this.#wanted = wanted
    this.values = Object.fromEntries(wanted.map((key) => [key, Number.NaN])) as Record<K, number>
    for (const key of wanted) this.#known.set(key, key)
  }

  /** Fills `values`; NaN for a key that is not in the file. */
  parse(bytes: Uint8Array): Record<K, number> {
    for (const key of this.#wanted) this.values[key] = Number.NaN
    cursor.of(bytes)
    for (let line = 0; !cursor.done; line++) {
      const key = this.#keyOf(line)
      if (key !== undefined) this.values[key] = cursor.number()
      cursor.nextLine()
    }
    return this.values
  }

  /** Leaves the cursor behind the key when it is wanted. */
  #keyOf(line: number): K | undefined {
    const expected = this.#lines[line]
    if (expected !== undefined && startsWithKey(expected)) return expected
    const start = cursor.at
    const hash = passKey()
    if (expected === undefined && this.#hashes[line] === hash) return undefined
    const found = this.#known.get(asciiText(cursor.bytes, start, cursor.at))
    this.#lines[line] = found
    this.#hashes[line] = hash
    if (cursor.bytes[cursor.at] === 0x3a) cursor.at++
    return found
  }
}

/** Puts the cursor behind the key and gives its hash. */
function passKey(): number {
  const { bytes } = cursor
  let at = cursor.at
  let hash = 0
  for (; at < bytes.length; at++) {
    const byte = bytes[at] as number
    if (byte === 0x20 || byte === 0x3a || byte === 0x0a || byte === 0x09) break
    hash = (Math.imul(hash, 31) + byte) | 0
  }
  cursor.at = at
  return hash
}

function startsWithKey(key: string): boolean {
  const { bytes, at } = cursor
  for (let i = 0; i < key.length; i++) if (bytes[at + i] !== key.charCodeAt(i)) return false
  const after = bytes[at + key.length]
  if (after !== 0x20 && after !== 0x3a && after !== 0x09) return false
  cursor.at = at + key.length + (after === 0x3a ? 1 : 0)
  return true
}
