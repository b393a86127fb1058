/** What becomes of a line that is typed into a terminal in raw mode, where nothing is shown and every key is ours. */
export type Typed = 'typing' | 'entered' | 'interrupted' | 'closed'

/** Keys as termios(3) has them by default: VERASE and its older twin, VKILL, VINTR, VEOF. */
const erase = /[\u007f\b]/
const kill = '\u0015'
const interrupt = '\u0003'
const endOfFile = '\u0004'

/** A line that its writer does not see, in the making. */
export class TypedSecret {
  readonly #decoder = new TextDecoder()
  #text = ''

  get text(): string {
    return this.#text
  }

  /** What comes after the end of the line is not looked at. */
  take(bytes: Uint8Array): Typed {
    for (const character of this.#decoder.decode(bytes, { stream: true })) {
      if (character === '\r' || character === '\n') return 'entered'
      if (character === interrupt) return 'interrupted'
      if (character === endOfFile) return this.#text === '' ? 'closed' : 'entered'
      if (character === kill) this.#text = ''
      else if (erase.test(character)) this.#text = [...this.#text].slice(0, -1).join('')
      else this.#text += character
    }
    return 'typing'
  }
}
