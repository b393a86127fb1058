import { type Answer, type Block, codes } from './native.ts'

/** Never asked for more, whatever a call says that it needs. */
const mostBytes = 256 * 2 ** 20
/** More may come while the buffer is made larger. */
const spare = 1.25
const mostTries = 8

/** The outcome of a call: 0 when it went well, and how many bytes it wrote, or would need. */
export interface CallOutcome {
  readonly code: number
  readonly bytes: number
}

const tooSmall: readonly number[] = [
  codes.insufficientBuffer,
  codes.moreData,
  codes.statusInfoLengthMismatch,
  codes.statusBufferOverflow,
  codes.statusBufferTooSmall,
]

/**
 * The buffer of one call, kept for its next one: made larger when Windows says that it is too small, never smaller. The
 * block that it gives is the same object each time, so a tick makes no garbage.
 */
export class GrowingBuffer {
  bytes: Uint8Array
  readonly #block: { view: DataView; length: number; address: number }

  constructor(
    private readonly call: string,
    bytes: number,
    private readonly addressOf: (bytes: Uint8Array) => number,
  ) {
    this.bytes = new Uint8Array(bytes)
    this.#block = { view: new DataView(this.bytes.buffer), length: 0, address: addressOf(this.bytes) }
  }

  /** Asks until it fits. */
  fill(ask: (bytes: Uint8Array) => CallOutcome): Answer {
    for (let tries = 0; tries < mostTries; tries++) {
      const { code, bytes } = ask(this.bytes)
      if (code === 0) return this.block(bytes)
      if (!tooSmall.includes(code)) return { failed: this.call, code }
      const wanted = Math.ceil(Math.max(this.bytes.length * 2, bytes * spare) / 8) * 8
      if (wanted > mostBytes) return { failed: this.call, code }
      this.#grow(wanted)
    }
    return { failed: this.call, code: codes.moreData }
  }

  /** What it holds as an answer. */
  block(length: number): Block {
    this.#block.length = Math.min(length, this.bytes.length)
    return this.#block
  }

  #grow(bytes: number): void {
    this.bytes = new Uint8Array(bytes)
    this.#block.view = new DataView(this.bytes.buffer)
    this.#block.address = this.addressOf(this.bytes)
  }
}

const decoder = new TextDecoder('utf-16le')

/** UTF-16 text of so many bytes. Lone surrogates become U+FFFD. */
export function wideText(view: DataView, offset: number, bytes: number): string {
  const length = Math.max(0, Math.min(bytes, view.byteLength - offset))
  return decoder.decode(new Uint8Array(view.buffer, view.byteOffset + offset, length))
}

/** UTF-16 text up to its zero, in a place of so many characters. */
export function zeroEndedText(view: DataView, offset: number, characters: number): string {
  const most = Math.min(characters, Math.floor((view.byteLength - offset) / 2))
  let length = 0
  while (length < most && view.getUint16(offset + length * 2, true) !== 0) length++
  return wideText(view, offset, length * 2)
}

/** Several texts, each ended by a zero, the last by two (MULTI_SZ). */
export function textList(view: DataView, bytes: number): string[] {
  return wideText(view, 0, bytes)
    .split('\0')
    .filter((text) => text !== '')
}

/** Text as a call takes it: UTF-16, ended by a zero. */
export function wideBytes(text: string): Uint8Array {
  const units = new Uint16Array(text.length + 1)
  for (let i = 0; i < text.length; i++) units[i] = text.charCodeAt(i)
  return new Uint8Array(units.buffer)
}
