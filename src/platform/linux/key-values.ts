import { asciiText, Cursor } from './bytes.ts'

const cursor = new Cursor()

/**
 * Files of `key value` lines (`/proc/vmstat`, `memory.stat`, `cpu.stat`) and of `Key:  value kB` lines
 * (`/proc/meminfo`), of which a few lines are wanted each time. The place of each wanted line is remembered: the kernel
 * writes them in the same order every time, so a line is compared with one key, not with all.
 */
export class KeyValues<K extends string> {
  readonly values: Record<K, number>
  readonly #wanted: readonly K[]
  readonly #known = new Map<string, K>()
  /** For each line of the file: the wanted key it held last time, or none. */
  #lines: (K | undefined)[] = []

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
    const start = cursor.at
    const expected = this.#lines[line]
    if (expected !== undefined && startsWithKey(expected)) return expected
    const end = keyEnd(start)
    const length = end - start
    if (expected === undefined && this.#lines.length > line && this.#skipsAgain(line, length)) return undefined
    const found = this.#known.get(asciiText(cursor.bytes, start, end))
    this.#lines[line] = found
    this.#lengths[line] = length
    cursor.at = end + (cursor.bytes[end] === 0x3a ? 1 : 0)
    return found
  }

  readonly #lengths: number[] = []
  /** An unwanted line whose key is as long as last time is taken for the same one. */
  #skipsAgain(line: number, length: number): boolean {
    return this.#lengths[line] === length
  }
}

function keyEnd(start: number): number {
  const { bytes } = cursor
  let at = start
  while (at < bytes.length && bytes[at] !== 0x20 && bytes[at] !== 0x3a && bytes[at] !== 0x0a) at++
  return at
}

function startsWithKey(key: string): boolean {
  const { bytes, at } = cursor
  for (let i = 0; i < key.length; i++) if (bytes[at + i] !== key.charCodeAt(i)) return false
  const after = bytes[at + key.length]
  if (after !== 0x20 && after !== 0x3a && after !== 0x09) return false
  cursor.at = at + key.length + (after === 0x3a ? 1 : 0)
  return true
}
