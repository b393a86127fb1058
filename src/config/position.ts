import { isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml'

/**
 * Lines and columns in a config file. Imported only when something is wrong: the reader behind it costs 10 MB, and the
 * one that reads the values (Bun.YAML) says where nothing stands. JSON is YAML to both.
 */
export interface Position {
  readonly line: number
  readonly column: number
}

export class PositionFinder {
  readonly #lines = new LineCounter()
  readonly #document

  constructor(text: string) {
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: false })
  }

  /** What cannot be read at all, first come first. */
  get mistakes(): { readonly position: Position; readonly what: string }[] {
    return this.#document.errors.map(({ pos, message }) => ({
      position: this.#at(pos[0]),
      what: message.replace(/\.$/, ''),
    }))
  }

  /** Keys that stand twice in one group: the first would be lost without a word. */
  get repeatedKeys(): { readonly position: Position; readonly key: string }[] {
    const found: { position: Position; key: string }[] = []
    visit(this.#document, {
      Map: (_, map) => {
        const seen = new Set<unknown>()
        for (const { key } of map.items) {
          if (!isScalar(key)) continue
          if (seen.has(key.value)) found.push({ position: this.#at(key.range?.[0] ?? 0), key: String(key.value) })
          seen.add(key.value)
        }
      },
    })
    return found
  }

  /** Where the key at the end of the path stands, or its value; `undefined` when the file has no such thing. */
  find(path: readonly (string | number)[], part: 'key' | 'value'): Position | undefined {
    const last = path.at(-1)
    const value = this.#document.getIn(path, true)
    const parent = path.length > 1 ? this.#document.getIn(path.slice(0, -1), true) : this.#document.contents
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(last))
      : undefined
    const keyRange = isScalar(pair?.key) ? pair.key.range : undefined
    const valueRange =
      typeof value === 'object' && value !== null && 'range' in value ? (value.range as number[]) : undefined
    const range = part === 'key' ? (keyRange ?? valueRange) : (valueRange ?? keyRange)
    return range?.[0] === undefined ? undefined : this.#at(range[0])
  }

  #at(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset)
    return { line, column: col }
  }
}
