import type { CliIo } from '../io.ts'
import { cleanSpans, paint, type Text } from './span.ts'
import { clipSpans, type TableColumn, tableLines } from './table.ts'

/**
 * Where a command's answer goes: the sink that cleans every piece of text (R12), paints it when colours are wanted, and
 * knows whether a person with a terminal of some width or a program behind a pipe reads it.
 */
export class Output {
  #pending: string[] = []

  constructor(
    private readonly io: Pick<CliIo, 'stdout' | 'stderr' | 'isTty' | 'columns' | 'env'>,
    readonly isColoured: boolean,
  ) {}

  /** Cells of the terminal as it is now; `undefined`: a pipe or file, nothing is cut. */
  get width(): number | undefined {
    return this.io.isTty ? terminalWidth(this.io) : undefined
  }

  get isTerminal(): boolean {
    return this.io.isTty
  }

  /** One line as it is, however wide. */
  line(text: Text = ''): void {
    this.#pending.push(`${this.rendered(text)}\n`)
  }

  /** One line, cut at the edge of the terminal. */
  clipped(text: Text): void {
    this.line(this.width === undefined ? text : clipSpans(cleanSpans(text), this.width))
  }

  table<Row>(columns: readonly TableColumn<Row>[], rows: readonly Row[]): void {
    for (const line of tableLines(columns, rows, this.width)) this.line(line)
  }

  /** To a terminal laid out for reading, to a pipe one line. What a terminal would obey stands escaped, in JSON’s own way. */
  json(value: unknown, layout: 'line' | 'fitting' = 'fitting'): void {
    const indent = this.isTerminal && layout === 'fitting' ? 2 : undefined
    this.#pending.push(`${escapeControls(JSON.stringify(value, null, indent))}\n`)
  }

  /** Text that we made ourselves and that holds no foreign text: a completion script, cursor movement. */
  trusted(text: string): void {
    this.#pending.push(text)
  }

  /** Beside the answer: notes and errors, on stderr. */
  note(text: Text): void {
    this.flush()
    this.io.stderr.write(`${this.rendered(text)}\n`)
  }

  flush(): void {
    if (this.#pending.length === 0) return
    const text = this.#pending.join('')
    this.#pending = []
    this.io.stdout.write(text)
  }

  rendered(text: Text): string {
    return cleanSpans(text)
      .map((piece) => (this.isColoured ? paint(piece.style, piece.text) : piece.text))
      .join('')
      .trimEnd()
  }
}

/** Colours to a terminal only, and not where NO_COLOR (https://no-color.org), a dumb terminal or the option says no. */
export const wantsColour = (io: Pick<CliIo, 'isTty' | 'env'>, noColour: boolean): boolean =>
  io.isTty && !noColour && (io.env.NO_COLOR ?? '') === '' && io.env.TERM !== 'dumb'

const narrowest = 20

function terminalWidth(io: Pick<CliIo, 'columns' | 'env'>): number {
  const wished = io.env.COLUMNS
  const width = wished !== undefined && /^\d+$/.test(wished) && Number(wished) > 0 ? Number(wished) : io.columns
  return Math.max(narrowest, width ?? 80)
}

/** DEL, C1, line and paragraph separators, and marks that turn the direction of text. JSON.stringify escapes C0 itself. */
const obeyed = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

export const escapeControls = (json: string): string =>
  json.replace(obeyed, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
