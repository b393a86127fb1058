/**
 * Numbers out of the bytes of /proc files without making strings: the files of the tick lane are read through this. One
 * cursor is used again for every file.
 */
export class Cursor {
  bytes: Uint8Array = new Uint8Array(0)
  at = 0

  of(bytes: Uint8Array, at = 0): this {
    this.bytes = bytes
    this.at = at
    return this
  }

  get done(): boolean {
    return this.at >= this.bytes.length
  }

  /** The next whole number, blanks before it skipped; NaN when there is none. Past 2^53 see `reduce`. */
  number(): number {
    const { bytes } = this
    let at = this.at
    while (bytes[at] === 0x20 || bytes[at] === 0x09) at++
    const negative = bytes[at] === 0x2d
    if (negative) at++
    const start = at
    let value = 0
    for (let digit = digitAt(bytes, at); digit >= 0; digit = digitAt(bytes, at)) {
      value = value * 10 + digit
      at++
    }
    this.at = at
    if (at === start) return Number.NaN
    if (at - start > 15) value = reduce(bytes, start, at)
    return negative ? -value : value
  }

  /** A number with decimals, such as a load average. */
  decimal(): number {
    const whole = this.number()
    if (this.bytes[this.at] !== 0x2e) return whole
    const start = ++this.at
    const fraction = this.number()
    const scale = 10 ** (this.at - start)
    // One division of two integers: 1.57 as it is written, which 1 + 0.57 is not.
    return (whole * scale + fraction) / scale
  }

  /** Skips blanks, then everything up to the next blank or line end. */
  skipField(): void {
    const { bytes } = this
    let at = this.at
    while (bytes[at] === 0x20 || bytes[at] === 0x09) at++
    while (at < bytes.length && bytes[at] !== 0x20 && bytes[at] !== 0x09 && bytes[at] !== 0x0a) at++
    this.at = at
  }

  skipFields(count: number): void {
    for (let i = 0; i < count; i++) this.skipField()
  }

  /** To the first byte of the next line. */
  nextLine(): void {
    const end = this.bytes.indexOf(0x0a, this.at)
    this.at = end < 0 ? this.bytes.length : end + 1
  }

  skipBlanks(): void {
    while (this.bytes[this.at] === 0x20 || this.bytes[this.at] === 0x09) this.at++
  }

  /** True at a line end or at the end of the file. */
  get atLineEnd(): boolean {
    this.skipBlanks()
    return this.done || this.bytes[this.at] === 0x0a
  }

  /** Whether these ASCII bytes come next; then stands behind them. */
  take(text: Uint8Array): boolean {
    for (let i = 0; i < text.length; i++) if (this.bytes[this.at + i] !== text[i]) return false
    this.at += text.length
    return true
  }

  /** Text up to (not including) the next of the byte, which is skipped; to the line end without one. */
  textUntil(end: number): string {
    const { bytes } = this
    const start = this.at
    let at = start
    while (at < bytes.length && bytes[at] !== end && bytes[at] !== 0x0a) at++
    this.at = bytes[at] === end ? at + 1 : at
    return asciiText(bytes, start, at)
  }

  /** The next field as text, blanks before it skipped. */
  word(): string {
    this.skipBlanks()
    const start = this.at
    this.skipField()
    return asciiText(this.bytes, start, this.at)
  }
}

const digitAt = (bytes: Uint8Array, at: number): number => {
  const byte = bytes[at]
  return byte !== undefined && byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : -1
}

const modulus = 2n ** 53n

/**
 * Counters of 64 bits may pass what a double holds exactly. Kept modulo 2^53 their differences stay exact, which is
 * all that is made of them; at a wrap, once in 9 petabytes, one tick has no rate (Q8).
 */
function reduce(bytes: Uint8Array, start: number, end: number): number {
  return Number(BigInt(asciiText(bytes, start, end)) % modulus)
}

/** Bytes as text, one character a byte: for names that are ASCII by nature, and numbers. */
export function asciiText(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] as number)
  return text
}

export const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))
