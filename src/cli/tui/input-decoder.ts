import type { Clock, Timer } from '../../base/clock.ts'

/**
 * Bytes of a terminal as events: keys (xterm's control sequences, ctlseqs), mouse (SGR mode 1006), pasted text
 * (bracketed, mode 2004) and the answer to a question for the background (OSC 11). Sequences may come in any pieces.
 * A lone Esc counts once nothing has followed for a moment. What is not known is swallowed whole, never typed.
 */
export type InputEvent =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'mouse'; readonly action: MouseAction; readonly x: number; readonly y: number }
  | { readonly kind: 'paste'; readonly text: string }
  | { readonly kind: 'background'; readonly isLight: boolean }
export type MouseAction = 'press' | 'release' | 'wheel-up' | 'wheel-down'

/** Longer than a slow line needs to deliver the rest of a sequence, shorter than a person notices. */
const escapeDelayMs = 50
/** Longer sequences are noise. */
const longestSequence = 128
const longestPaste = 4096
const esc = '\u001b'

export class InputDecoder {
  readonly #utf8 = new TextDecoder('utf-8')
  #pending = ''
  #pasted: string | undefined
  #timer: Timer | undefined

  constructor(
    private readonly clock: Pick<Clock, 'after'>,
    private readonly emit: (event: InputEvent) => void,
  ) {}

  feed(bytes: Uint8Array): void {
    this.#timer?.cancel()
    this.#pending += this.#utf8.decode(bytes, { stream: true })
    this.#take()
    if (this.#pending.startsWith(esc) && this.#pasted === undefined) {
      this.#timer = this.clock.after(escapeDelayMs, () => this.#giveUp())
    }
  }

  end(): void {
    this.#timer?.cancel()
  }

  /** Nothing followed: an Esc alone, or a broken sequence that is dropped. */
  #giveUp(): void {
    const isEscape = this.#pending === esc
    const isAltBracket = this.#pending === `${esc}[` || this.#pending === `${esc}O`
    const key = isEscape ? 'escape' : `alt-${this.#pending[1]}`
    this.#pending = ''
    if (isEscape || isAltBracket) this.emit({ kind: 'key', key })
  }

  #take(): void {
    while (this.#pending !== '') {
      const used = this.#pasted === undefined ? this.#one() : this.#paste(this.#pasted)
      if (used === 0) return
      this.#pending = this.#pending.slice(used)
    }
  }

  /** How many characters the first event took; 0: more are needed. */
  #one(): number {
    const text = this.#pending
    if (text[0] !== esc) return this.#character(text, '')
    if (text.length === 1) return 0
    if (text[1] === '[') return this.#control(text)
    if (text[1] === 'O') return this.#single(text)
    if (text[1] === ']' || text[1] === 'P' || text[1] === '_' || text[1] === '^') return this.#string(text)
    // Two Escs in one read: the first was pressed alone.
    if (text[1] === esc) return this.#key('escape', 1)
    return 1 + this.#character(text.slice(1), 'alt-')
  }

  #key(key: string, used: number): number {
    this.emit({ kind: 'key', key })
    return used
  }

  #character(text: string, prefix: string): number {
    const point = text.codePointAt(0) ?? 0
    const character = String.fromCodePoint(point)
    return this.#key(prefix + (named[character] ?? controlName(point) ?? character), character.length)
  }

  /** `ESC O P`: F1 to F4 and arrows of some terminals. */
  #single(text: string): number {
    if (text.length < 3) return 0
    const key = text[2] === 'M' ? 'enter' : letters[text[2] ?? '']
    return key === undefined ? 3 : this.#key(key, 3)
  }

  /** `ESC [ parameters intermediates final` */
  #control(text: string): number {
    let end = 2
    while (end < text.length && end < longestSequence && !isFinal(text.charCodeAt(end))) end++
    if (end >= longestSequence) return end
    if (end >= text.length) return 0
    const [parameters, final] = [text.slice(2, end), text[end] ?? '']
    // The Linux console sends F1 to F5 as ESC [ [ A.
    if (parameters === '' && final === '[') {
      if (text.length < 4) return 0
      const number = text.charCodeAt(3) - 64
      return number >= 1 && number <= 5 ? this.#key(`f${number}`, 4) : 4
    }
    this.#controlEvent(parameters, final)
    return end + 1
  }

  #controlEvent(parameters: string, final: string): void {
    if (parameters.startsWith('<')) {
      this.#mouse(parameters.slice(1), final)
      return
    }
    const [first = '', second = ''] = parameters.split(';')
    if (final === '~' && first === '200') {
      this.#pasted = ''
      return
    }
    const key = final === '~' ? numbers[first] : letters[final]
    if (key !== undefined) this.emit({ kind: 'key', key: withModifiers(key, second) })
  }

  /** SGR: button;column;row, M pressed or m released; 64 and 65 are the wheel. */
  #mouse(parameters: string, final: string): void {
    const [button = 0, column = 0, row = 0] = parameters.split(';').map(Number)
    const plain = button & ~(4 | 8 | 16)
    const action: MouseAction | undefined =
      plain === 64
        ? 'wheel-up'
        : plain === 65
          ? 'wheel-down'
          : plain !== 0
            ? undefined
            : final === 'M'
              ? 'press'
              : 'release'
    if (action !== undefined && column >= 1 && row >= 1) this.emit({ kind: 'mouse', action, x: column - 1, y: row - 1 })
  }

  /** OSC, DCS, APC and PM strings: up to BEL or ST. */
  #string(text: string): number {
    const bell = text.indexOf('\u0007')
    const terminator = text.indexOf(`${esc}\\`, 2)
    const ends = [bell < 0 ? Infinity : bell, terminator < 0 ? Infinity : terminator]
    const end = Math.min(...ends)
    if (end === Infinity) return text.length > longestSequence ? text.length : 0
    const colour = /^11;rgba?:([\da-f]+)\/([\da-f]+)\/([\da-f]+)/i.exec(text.slice(2, end))
    if (text[1] === ']' && colour !== null) this.emit({ kind: 'background', isLight: isLight(colour.slice(1)) })
    return end === bell ? end + 1 : end + 2
  }

  #paste(before: string): number {
    const closing = `${esc}[201~`
    const end = this.#pending.indexOf(closing)
    if (end < 0) {
      // The end mark may come in pieces: keep as much as could be its beginning.
      const sure = Math.max(0, this.#pending.length - closing.length + 1)
      this.#pasted = (before + this.#pending.slice(0, sure)).slice(0, longestPaste)
      return sure
    }
    this.emit({ kind: 'paste', text: (before + this.#pending.slice(0, end)).slice(0, longestPaste) })
    this.#pasted = undefined
    return end + closing.length
  }
}

const isFinal = (code: number): boolean => code >= 0x40 && code <= 0x7e

const named: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\b': 'backspace',
  '\u007f': 'backspace',
  ' ': 'space',
  '\u0000': 'ctrl-space',
}

const controlName = (point: number): string | undefined =>
  point >= 1 && point <= 26 ? `ctrl-${String.fromCharCode(point + 96)}` : point < 32 ? 'unknown' : undefined

const letters: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
  Z: 'shift-tab',
}

const numbers: Readonly<Record<string, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
  17: 'f6',
  18: 'f7',
  19: 'f8',
  20: 'f9',
  21: 'f10',
  23: 'f11',
  24: 'f12',
}

/** xterm: 1 + shift 1 + alt 2 + control 4. */
function withModifiers(key: string, parameter: string): string {
  const bits = parameter === '' ? 0 : Number(parameter) - 1
  if (!(bits > 0)) return key
  return `${bits & 4 ? 'ctrl-' : ''}${bits & 2 ? 'alt-' : ''}${bits & 1 ? 'shift-' : ''}${key}`
}

/** Hexadecimal parts of any length; light when its luma (ITU-R BT.601) is above the middle. */
function isLight(parts: readonly string[]): boolean {
  const [red = 0, green = 0, blue = 0] = parts.map((hex) => Number.parseInt(hex, 16) / (16 ** hex.length - 1))
  return 0.299 * red + 0.587 * green + 0.114 * blue > 0.5
}
