/** Bytes that are not what they should be: cut short, damaged, of an unknown version. */
export class FormatError extends Error {
  constructor(what: string, why: string) {
    super(`not a valid ${what}: ${why}`)
    this.name = 'FormatError'
  }
}

/** Appends to a buffer that grows and is reused. Whole numbers up to 2^53. */
export class ByteWriter {
  #bytes: Uint8Array
  #view: DataView
  #at = 0

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.#bytes.buffer)
  }

  get length(): number {
    return this.#at
  }

  reset(): void {
    this.#at = 0
  }

  byte(value: number): void {
    this.#room(1)
    this.#bytes[this.#at++] = value
  }

  /** LEB128: seven bits a byte, low ones first. */
  varint(value: number): void {
    this.#room(8)
    let rest = value
    while (rest > 0x7f_ff_ff_ff) {
      this.#bytes[this.#at++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    while (rest > 0x7f) {
      this.#bytes[this.#at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#bytes[this.#at++] = rest
  }

  zigzag(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value)
  }

  /** A varint whose first byte carries a tag of three bits below four bits of the number. */
  taggedVarint(tag: number, value: number): void {
    const rest = value > 0x7f_ff_ff_ff ? Math.floor(value / 16) : value >>> 4
    const first = tag | ((value % 16) << 3)
    this.byte(rest === 0 ? first : first | 0x80)
    if (rest !== 0) this.varint(rest)
  }

  float64(value: number): void {
    this.#room(8)
    this.#view.setFloat64(this.#at, value, true)
    this.#at += 8
  }

  bytes(from: Uint8Array): void {
    this.#room(from.length)
    this.#bytes.set(from, this.#at)
    this.#at += from.length
  }

  /** What has been written, in place: good until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#at)
  }

  copy(): Uint8Array {
    return this.#bytes.slice(0, this.#at)
  }

  #room(count: number): void {
    if (this.#at + count <= this.#bytes.length) return
    const bytes = new Uint8Array(Math.max(this.#at + count, this.#bytes.length * 2))
    bytes.set(this.#bytes)
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }
}

/** Reads what ByteWriter wrote; every read past the end is a FormatError that names the thing read. */
export class ByteReader {
  readonly #view: DataView
  #at: number

  constructor(
    private readonly source: Uint8Array,
    private readonly what: string,
    start = 0,
  ) {
    this.#view = new DataView(source.buffer, source.byteOffset, source.byteLength)
    this.#at = start
  }

  get position(): number {
    return this.#at
  }
  get left(): number {
    return this.source.length - this.#at
  }
  get done(): boolean {
    return this.left === 0
  }

  byte(): number {
    const value = this.source[this.#at]
    if (value === undefined) throw new FormatError(this.what, `it ends at byte ${this.#at}`)
    this.#at++
    return value
  }

  varint(): number {
    let value = 0
    let factor = 1
    for (;;) {
      const byte = this.byte()
      value += (byte & 0x7f) * factor
      if (byte < 0x80) break
      factor *= 128
      if (factor > 2 ** 56) throw new FormatError(this.what, `a number at byte ${this.#at} is too long`)
    }
    if (value > Number.MAX_SAFE_INTEGER) throw new FormatError(this.what, `a number at byte ${this.#at} is too large`)
    return value
  }

  zigzag(): number {
    const value = this.varint()
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2
  }

  /** The tag of the tagged varint that is next, without reading it. */
  tag(): number {
    const value = this.source[this.#at]
    if (value === undefined) throw new FormatError(this.what, `it ends at byte ${this.#at}`)
    return value & 7
  }

  taggedVarint(): number {
    const first = this.byte()
    const low = (first >> 3) & 15
    return first < 0x80 ? low : low + this.varint() * 16
  }

  float64(): number {
    if (this.left < 8) throw new FormatError(this.what, `it ends at byte ${this.source.length}`)
    const value = this.#view.getFloat64(this.#at, true)
    this.#at += 8
    return value
  }

  bytes(count: number): Uint8Array {
    const start = this.skip(count)
    return this.source.subarray(start, this.#at)
  }

  /** Goes past so many bytes; where in the source they begin. For those who read them in place. */
  skip(count: number): number {
    if (this.left < count) throw new FormatError(this.what, `it ends at byte ${this.source.length}`)
    this.#at += count
    return this.#at - count
  }
}
