/**
 * Protocol buffers as bytes, the writing half of it (https://protobuf.dev/programming-guides/encoding/), as far as what
 * is sent needs it. By hand: docs/decisions/010-outward.md.
 */
export class MessageWriter {
  #bytes = new Uint8Array(16 * 1024)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  /** A field with a message in it; its length is known once it is written. */
  message(field: number, write: () => void): void {
    this.#varint((field << 3) | 2)
    const start = this.#length
    write()
    const size = this.#length - start
    const prefix = varintSize(size)
    this.#room(prefix)
    this.#bytes.copyWithin(start + prefix, start, this.#length)
    this.#length = start
    this.#varint(size)
    this.#length += size
  }

  /** Text that is no UTF-16 pair becomes U+FFFD: a receiver refuses the whole of what is no UTF-8 (R11). */
  text(field: number, text: string): void {
    this.bytes(field, encoder.encode(text))
  }

  bytes(field: number, bytes: Uint8Array): void {
    this.#varint((field << 3) | 2)
    this.#varint(bytes.length)
    this.raw(bytes)
  }

  /** Bytes that are fields already. */
  raw(bytes: Uint8Array): void {
    this.#room(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Whole numbers up to 2^53. */
  number(field: number, value: number): void {
    this.#varint(field << 3)
    this.#varint(value)
  }

  double(field: number, value: number): void {
    this.#varint((field << 3) | 1)
    this.#room(8)
    this.#view.setFloat64(this.#length, value, true)
    this.#length += 8
  }

  /** Eight bytes as they are, low half first. */
  double64(field: number, low: number, high: number): void {
    this.#varint((field << 3) | 1)
    this.#room(8)
    this.#view.setUint32(this.#length, low, true)
    this.#view.setUint32(this.#length + 4, high, true)
    this.#length += 8
  }

  fixed64(field: number, value: bigint): void {
    this.#varint((field << 3) | 1)
    this.#room(8)
    this.#view.setBigUint64(this.#length, value, true)
    this.#length += 8
  }

  /** A copy; the writer begins anew. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes.slice(0, this.#length)
    this.#length = 0
    return bytes
  }

  #varint(value: number): void {
    this.#room(10)
    let rest = value
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#bytes[this.#length++] = rest
  }

  #room(wanted: number): void {
    if (this.#length + wanted <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(this.#length + wanted, this.#bytes.length * 2))
    grown.set(this.#bytes)
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}

const encoder = new TextEncoder()

function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
  return size
}
