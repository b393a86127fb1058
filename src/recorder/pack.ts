import { crc32, zstdDecompressSync } from 'node:zlib'
import { describeError, errnoCode } from '../base/errors.ts'
import { ByteReader, ByteWriter, FormatError } from '../frame/bytes.ts'
import { formatVersion, packVersion, rowBits } from './format.ts'

/**
 * A closed run of ticks, packed: each kind of number goes to a stream of its own, where like stands beside like, and the
 * streams are compressed together. Exact: unpacking gives the very bytes of the ticks. Drawn in docs/format/processes.md.
 */

const streams = {
  head: 0,
  ended: 1,
  rows: 2,
  slots: 3,
  masks: 4,
  offsets: 5,
  references: 6,
  text: 7,
  columns: 8,
} as const
/** More columns than this no row's mask could name. */
const mostColumns = 48
/**
 * Level 15 takes a tenth off for 7 ms a block of the usual size; of a large one it would take a quarter of a second and
 * half as much memory again as 9 (docs/decisions/008-process-record.md).
 */
const compressionLevel = (bytes: number): number => (bytes > 256 * 1024 ? 9 : 15)
/** What a damaged block may unpack to at most: 300 ticks in which each of 10,000 processes changes are a third of it. */
const largestBytes = 128 * 1024 * 1024

/** Throws FormatError when the ticks are none. */
export function packProcessTicks(ticks: readonly Uint8Array[]): Uint8Array {
  const writers: ByteWriter[] = []
  const writerOf = (stream: number): ByteWriter => {
    writers[stream] ??= new ByteWriter(1024)
    return writers[stream]
  }
  const walk = new Walk()
  for (const tick of ticks) {
    const reader = new ByteReader(tick, 'process tick')
    walk.tick({
      number: (stream) => {
        const value = reader.varint()
        writerOf(stream).varint(value)
        return value
      },
      time: (last) => {
        const value = reader.varint()
        writerOf(streams.head).zigzag(value - last)
        return value
      },
      text: () => {
        const length = reader.varint()
        writerOf(streams.text).varint(length)
        writerOf(streams.text).bytes(reader.bytes(length))
      },
    })
    if (!reader.done) throw new FormatError('process tick', `${reader.left} bytes too many`)
  }
  const body = new ByteWriter(64 * 1024)
  body.varint(ticks.length)
  body.varint(writers.length)
  for (let i = 0; i < writers.length; i++) body.varint(writers[i]?.length ?? 0)
  for (const writer of writers) if (writer !== undefined) body.bytes(writer.view())
  const out = new ByteWriter(32 * 1024)
  out.byte(packVersion)
  out.varint(crc32(body.view()))
  out.bytes(Bun.zstdCompressSync(body.view(), { level: compressionLevel(body.length) }))
  return out.copy()
}

/** The ticks that were packed. Throws FormatError for anything else. */
export function unpackProcessTicks(packed: Uint8Array): Uint8Array[] {
  const body = new ByteReader(decompress(packed), 'process block')
  const count = body.varint()
  const lengths = Array.from({ length: Math.min(body.varint(), streams.columns + mostColumns) }, () => body.varint())
  const readers = lengths.map((length) => new ByteReader(body.bytes(length), 'process block'))
  if (!body.done) throw new FormatError('process block', `${body.left} bytes too many`)
  const none = new ByteReader(new Uint8Array(0), 'process block')
  const out = new ByteWriter(16 * 1024)
  const walk = new Walk()
  const ticks: Uint8Array[] = []
  for (let i = 0; i < count; i++) {
    out.reset()
    walk.tick({
      number: (stream) => {
        const value = (readers[stream] ?? none).varint()
        out.varint(value)
        return value
      },
      time: (last) => {
        const value = last + (readers[streams.head] ?? none).zigzag()
        if (value < 0) throw new FormatError('process block', 'a time is before 1970')
        out.varint(value)
        return value
      },
      text: () => {
        const text = readers[streams.text] ?? none
        const length = text.varint()
        out.varint(length)
        out.bytes(text.bytes(length))
      },
    })
    ticks.push(out.copy())
  }
  if (readers.some((reader) => !reader.done)) throw new FormatError('process block', 'it has more than its ticks take')
  return ticks
}

function decompress(packed: Uint8Array): Uint8Array {
  const reader = new ByteReader(packed, 'process block')
  const version = reader.byte()
  if (version !== packVersion) throw new FormatError('process block', `version ${version} is unknown`)
  const checksum = reader.varint()
  let body: Uint8Array
  try {
    body = zstdDecompressSync(reader.bytes(reader.left), { maxOutputLength: largestBytes })
  } catch (error) {
    if (errnoCode(error) === 'ERR_BUFFER_TOO_LARGE')
      throw new FormatError('process block', `it unpacks to more than ${largestBytes} bytes`)
    throw new FormatError('process block', describeError(error))
  }
  if (crc32(body) !== checksum) throw new FormatError('process block', 'its checksum is another')
  return body
}

/** One end of the walk over a tick: each call takes the next number and passes it on to the other form. */
interface Port {
  number(stream: number): number
  time(last: number): number
  text(): void
}

/** The grammar of a tick, once for both directions. */
class Walk {
  #numbers = 0
  #texts = 0
  #lastMs = 0

  tick(port: Port): void {
    const flags = port.number(streams.head)
    if (flags >> 1 !== formatVersion) throw new FormatError('process tick', `version ${flags >> 1} is unknown`)
    this.#lastMs = port.time(this.#lastMs)
    port.number(streams.head)
    if ((flags & 1) === 1) {
      this.#numbers = this.#columns(port)
      this.#texts = this.#columns(port)
      this.#rows(port)
    }
    for (let left = port.number(streams.ended); left > 0; left--) port.number(streams.ended)
    this.#rows(port)
  }

  #columns(port: Port): number {
    const count = port.number(streams.head)
    if (count > mostColumns) throw new FormatError('process tick', `${count} columns`)
    for (let i = 0; i < count; i++) port.number(streams.head)
    return count
  }

  #rows(port: Port): void {
    for (let left = port.number(streams.rows); left > 0; left--) {
      port.number(streams.slots)
      const bits = port.number(streams.masks)
      if ((bits & rowBits.hasOffset) !== 0) port.number(streams.offsets)
      let mask = Math.floor(bits / 4)
      for (let i = 0; i < this.#numbers; i++) {
        if (mask % 2 === 1) port.number(streams.columns + i)
        mask = Math.floor(mask / 2)
      }
      for (let i = 0; i < this.#texts; i++) {
        if (mask % 2 === 1 && port.number(streams.references) === 0) port.text()
        mask = Math.floor(mask / 2)
      }
    }
  }
}
