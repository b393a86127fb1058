import { ByteReader, ByteWriter, FormatError } from './bytes.ts'
import { type Frame, gapReasons } from './frame.ts'

/**
 * The Frame as bytes; drawn in docs/format/frame.md. Encoder and decoder each hold the values of the frame before, so a
 * frame that is no key frame can be read only after all frames since the last key frame. Bit-exact for every double.
 */

/** First byte of every frame. */
const formatVersion = 1

/** How a value is written, in the low three bits of its first byte. */
const modes = { integer: 0, hundredths: 1, thousandths: 2, millionths: 3, raw: 4, absent: 5 } as const
const scales = [1, 100, 1000, 1_000_000] as const

/** Beyond this a difference would not fit the number type after zigzag. */
const largestScaled = 2 ** 51

export class FrameEncoder {
  #values = new Float64Array(1024).fill(Number.NaN)
  /** Mode that last fitted each series: tried first. */
  #mode = new Uint8Array(1024)
  readonly #out = new ByteWriter(4096)

  /** The bytes are a copy and stay. */
  encode(frame: Frame): Uint8Array {
    const out = this.#out
    out.reset()
    if (frame.isKey) this.#values.fill(Number.NaN)
    writeHeader(frame, out)
    let next = 0
    for (let i = 0; i < frame.ids.length; i++) {
      const id = frame.ids[i] as number
      this.#admit(id)
      out.varint(id - next)
      next = id + 1
      this.#writeValue(id, frame.values[i] as number)
    }
    return out.copy()
  }

  #writeValue(id: number, value: number): void {
    const before = this.#values[id] as number
    this.#values[id] = value
    if (Number.isNaN(value)) {
      this.#out.byte(modes.absent)
      return
    }
    const likely = this.#mode[id] as number
    if (likely < scales.length && this.#writeScaled(likely, value, before)) return
    for (let mode = 0; mode < scales.length; mode++) {
      if (mode === likely || !this.#writeScaled(mode, value, before)) continue
      this.#mode[id] = mode
      return
    }
    this.#mode[id] = modes.raw
    this.#out.byte(modes.raw)
    this.#out.float64(value)
  }

  /** False when the value is no whole number of the scale's steps. */
  #writeScaled(mode: number, value: number, before: number): boolean {
    const scale = scales[mode] as number
    const steps = Math.round(value * scale)
    if (steps / scale !== value || Math.abs(steps) > largestScaled || Object.is(value, -0)) return false
    const difference = steps - baseSteps(before, scale)
    if (Math.abs(difference) > largestScaled) return false
    this.#out.taggedVarint(mode, difference < 0 ? -2 * difference - 1 : 2 * difference)
    return true
  }

  #admit(id: number): void {
    if (id < this.#values.length) return
    const capacity = Math.max(id + 1, this.#values.length * 2)
    const values = new Float64Array(capacity).fill(Number.NaN)
    values.set(this.#values)
    this.#values = values
    const mode = new Uint8Array(capacity)
    mode.set(this.#mode)
    this.#mode = mode
  }
}

export class FrameDecoder {
  #values = new Float64Array(1024).fill(Number.NaN)
  #primed = false

  /** The state after the last frame, by series id; NaN where absent. */
  get values(): Float64Array {
    return this.#values
  }

  /** Throws FormatError for bytes that are no frame and for a frame that needs one before it. */
  decode(bytes: Uint8Array): Frame {
    const reader = new ByteReader(bytes, 'frame')
    const header = readHeader(reader)
    if (header.isKey) this.#values.fill(Number.NaN)
    else if (!this.#primed) throw new FormatError('frame', 'it depends on an earlier frame that was not decoded')
    this.#primed = true
    const ids = new Uint32Array(header.count)
    const values = new Float64Array(header.count)
    let next = 0
    for (let i = 0; i < header.count; i++) {
      const id = next + reader.varint()
      if (id > 0xff_ff_ff) throw new FormatError('frame', `series id ${id} is out of range`)
      next = id + 1
      this.#admit(id)
      const value = this.#readValue(id, reader)
      this.#values[id] = value
      ids[i] = id
      values[i] = value
    }
    if (!reader.done) throw new FormatError('frame', `${reader.left} bytes too many`)
    const { count: _, ...fields } = header
    return { ...fields, ids, values }
  }

  #readValue(id: number, reader: ByteReader): number {
    const mode = reader.tag()
    if (mode < scales.length) {
      const scale = scales[mode] as number
      const zigzag = reader.taggedVarint()
      const difference = zigzag % 2 === 1 ? -(zigzag + 1) / 2 : zigzag / 2
      return (baseSteps(this.#values[id] as number, scale) + difference) / scale
    }
    reader.byte()
    if (mode === modes.raw) return reader.float64()
    if (mode === modes.absent) return Number.NaN
    throw new FormatError('frame', `value mode ${mode} is unknown`)
  }

  #admit(id: number): void {
    if (id < this.#values.length) return
    const values = new Float64Array(Math.max(id + 1, this.#values.length * 2)).fill(Number.NaN)
    values.set(this.#values)
    this.#values = values
  }
}

/** The value before in whole steps; 0 when there was none or it does not fit the scale. */
function baseSteps(before: number, scale: number): number {
  const steps = Math.round(before * scale)
  return Math.abs(steps) <= largestScaled ? steps : 0
}

export interface FrameHead {
  readonly seq: number
  readonly unixMs: number
  readonly elapsedMs: number
  readonly gap: Frame['gap']
  readonly isKey: boolean
  readonly count: number
}

/** What can be known of a frame without its predecessors. Throws FormatError. */
export const peekFrameHead = (bytes: Uint8Array): FrameHead => readHeader(new ByteReader(bytes, 'frame'))

function writeHeader(frame: Frame, out: ByteWriter): void {
  out.byte(formatVersion)
  out.byte((frame.isKey ? 1 : 0) | (gapReasons.indexOf(frame.gap) << 1))
  out.varint(frame.seq)
  out.varint(frame.unixMs)
  out.varint(Math.round(frame.elapsedMs * 1000))
  out.varint(frame.ids.length)
}

function readHeader(reader: ByteReader): FrameHead {
  const version = reader.byte()
  if (version !== formatVersion) throw new FormatError('frame', `version ${version} is unknown`)
  const flags = reader.byte()
  const gap = gapReasons[flags >> 1]
  if (gap === undefined) throw new FormatError('frame', `gap code ${flags >> 1} is unknown`)
  const seq = reader.varint()
  const unixMs = reader.varint()
  const elapsedMs = reader.varint() / 1000
  const count = reader.varint()
  if (count > reader.left) throw new FormatError('frame', `${count} values cannot be in ${reader.left} bytes`)
  return { seq, unixMs, elapsedMs, gap, isKey: (flags & 1) === 1, count }
}
