import { ByteReader, ByteWriter, FormatError } from '../../frame/bytes.ts'

/**
 * A column of doubles as few bytes, to the bit. NaN is absent and kept as a mask. Tried are: one value for all; whole
 * numbers of steps of 1, 1/10, … 1/10^9 where that is exact, as differences or differences of differences, either as
 * variable-length numbers with runs of zeros or packed by bits in groups; and the doubles themselves, each as what
 * differs from the one before. The smallest is kept. Drawn in docs/format/store.md.
 */

const encodings = { constant: 0, runs: 1, packed: 2, xor: 3, empty: 4 } as const
const maskFlag = 0x80
/** Steps per unit by index, in the order of trying. */
const scales = [1, 100, 1e6, 1000, 10, 1e4, 1e5, 1e9, 1e7, 1e8] as const
const largestStep = 2 ** 51
/** Differences packed with one bit width together. */
const groupLength = 32

const out = new ByteWriter(8192)
const candidate = new ByteWriter(8192)

export function encodeColumn(values: Float64Array): Uint8Array {
  out.reset()
  const present = presentOf(values)
  const masked = present.length !== values.length
  if (present.length === 0) return Uint8Array.of(encodings.empty)
  const body = encodeBody(present)
  out.byte(body.encoding | (body.detail << 3) | (masked ? maskFlag : 0))
  if (masked) writeMask(values)
  out.bytes(body.bytes)
  return out.copy()
}

/** Fills `into` from the bytes; its length is the length of the column. Throws FormatError. */
export function decodeColumn(bytes: Uint8Array, into: Float64Array): void {
  const reader = new ByteReader(bytes, 'chunk')
  const first = reader.byte()
  const encoding = first & 7
  if (encoding === encodings.empty) {
    into.fill(Number.NaN)
    return
  }
  const masked = (first & maskFlag) !== 0
  const mask = masked ? reader.bytes(Math.ceil(into.length / 8)) : undefined
  const count = mask === undefined ? into.length : countBits(mask)
  if (count > into.length) throw new FormatError('chunk', 'its mask has too many bits')
  decodeBody(encoding, (first >> 3) & 15, { reader, bytes }, count === into.length ? into : into.subarray(0, count))
  if (mask !== undefined) spread(into, count, mask)
}

function presentOf(values: Float64Array): Float64Array {
  let absent = 0
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) absent++
  return absent === 0 ? values : values.filter((value) => !Number.isNaN(value))
}

function writeMask(values: Float64Array): void {
  for (let at = 0; at < values.length; at += 8) {
    let byte = 0
    for (let bit = 0; bit < 8 && at + bit < values.length; bit++) if (!Number.isNaN(values[at + bit])) byte |= 1 << bit
    out.byte(byte)
  }
}

function countBits(mask: Uint8Array): number {
  let count = 0
  for (const byte of mask) for (let rest = byte; rest !== 0; rest &= rest - 1) count++
  return count
}

/** Moves the first `count` values to the places whose bit is set, from the end, so that none is overwritten. */
function spread(into: Float64Array, count: number, mask: Uint8Array): void {
  let from = count - 1
  for (let at = into.length - 1; at >= 0; at--) {
    const isPresent = ((mask[at >> 3] as number) >> (at & 7)) & 1
    into[at] = isPresent === 1 ? (into[from--] as number) : Number.NaN
  }
}

interface Body {
  readonly encoding: number
  readonly detail: number
  readonly bytes: Uint8Array
}

function encodeBody(values: Float64Array): Body {
  if (isConstant(values)) return { encoding: encodings.constant, detail: 0, bytes: encodeXor(values.subarray(0, 1)) }
  const steps = stepsOf(values)
  if (steps === undefined) return { encoding: encodings.xor, detail: 0, bytes: encodeXor(values) }
  const unit = divideByUnit(steps.steps)
  const once = differences(steps.steps)
  const twice = differences(once)
  const tries: Body[] = [
    { encoding: encodings.runs, detail: steps.scale, bytes: encodeRuns(once, { order: 1, unit }) },
    { encoding: encodings.runs, detail: steps.scale, bytes: encodeRuns(twice, { order: 2, unit }) },
    { encoding: encodings.packed, detail: steps.scale, bytes: encodePacked(once, { order: 1, unit }) },
    { encoding: encodings.packed, detail: steps.scale, bytes: encodePacked(twice, { order: 2, unit }) },
  ].filter((body) => body.bytes.length > 0)
  return tries.reduce((best, body) => (body.bytes.length < best.bytes.length ? body : best))
}

/** A reader and what it reads: a view of each group would cost more than its numbers. */
interface Source {
  readonly reader: ByteReader
  readonly bytes: Uint8Array
}

function decodeBody(encoding: number, detail: number, source: Source, into: Float64Array): void {
  const { reader } = source
  switch (encoding) {
    case encodings.constant: {
      decodeXor(reader, into.subarray(0, 1))
      into.fill(into[0] as number)
      return
    }
    case encodings.xor:
      decodeXor(reader, into)
      return
    case encodings.runs:
    case encodings.packed: {
      const scale = scales[detail]
      if (scale === undefined) throw new FormatError('chunk', `scale ${detail} is unknown`)
      const form = readForm(reader)
      if (encoding === encodings.runs) decodeRuns(reader, into)
      else decodePacked(source, into, form.order)
      integrate(into, form, scale)
      return
    }
    default:
      throw new FormatError('chunk', `encoding ${encoding} is unknown`)
  }
}

function isConstant(values: Float64Array): boolean {
  for (let i = 1; i < values.length; i++) if (!Object.is(values[i], values[0])) return false
  return true
}

/** The values in whole steps of the coarsest scale that is exact for all of them. */
function stepsOf(values: Float64Array): { readonly scale: number; readonly steps: Float64Array } | undefined {
  const steps = new Float64Array(values.length)
  for (const [index, scale] of scales.entries()) {
    let fits = true
    for (let i = 0; i < values.length && fits; i++) {
      const value = values[i] as number
      const step = Math.round(value * scale)
      fits = step / scale === value && Math.abs(step) <= largestStep && !Object.is(value, -0)
      steps[i] = step
    }
    if (fits) return { scale: index, steps }
  }
  return undefined
}

/** How the numbers of a column stand for its steps. */
interface Form {
  /** Differences, or differences of differences. */
  readonly order: number
  /** Steps in one of them: pages, sectors and ticks come in multiples. */
  readonly unit: number
}
const unitFlag = 0x10

function writeForm({ order, unit }: Form): void {
  candidate.byte(unit === 1 ? order : order | unitFlag)
  if (unit !== 1) candidate.varint(unit)
}

function readForm(reader: ByteReader): Form {
  const first = reader.byte()
  const order = first & ~unitFlag
  if (order !== 1 && order !== 2) throw new FormatError('chunk', `order ${order} is unknown`)
  const unit = (first & unitFlag) === 0 ? 1 : reader.varint()
  if (unit === 0) throw new FormatError('chunk', 'its unit is 0')
  return { order, unit }
}

/** Divides all by the largest whole number that divides them all, and gives it. */
function divideByUnit(steps: Float64Array): number {
  let unit = 0
  for (let i = 0; i < steps.length && unit !== 1; i++) {
    let rest = Math.abs(steps[i] as number)
    while (rest !== 0) [unit, rest] = [rest, unit % rest]
  }
  if (unit <= 1) return 1
  for (let i = 0; i < steps.length; i++) steps[i] = (steps[i] as number) / unit
  return unit
}

function differences(values: Float64Array): Float64Array {
  const result = new Float64Array(values.length)
  let before = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    result[i] = value - before
    before = value
  }
  return result
}

/** From differences of that order to values; in one pass. */
function integrate(values: Float64Array, { order, unit }: Form, scale: number): void {
  let step = 0
  let sum = 0
  if (order === 1) {
    for (let i = 0; i < values.length; i++) {
      sum += values[i] as number
      values[i] = (sum * unit) / scale
    }
    return
  }
  for (let i = 0; i < values.length; i++) {
    step += values[i] as number
    sum += step
    values[i] = (sum * unit) / scale
  }
}

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value)
const unzigzag = (value: number): number => (value % 2 === 1 ? -(value + 1) / 2 : value / 2)

/** Each number; after a zero, how many more zeros follow. */
function encodeRuns(steps: Float64Array, form: Form): Uint8Array {
  candidate.reset()
  writeForm(form)
  for (let i = 0; i < steps.length; i++) {
    const value = zigzag(steps[i] as number)
    if (value > Number.MAX_SAFE_INTEGER) return new Uint8Array(0)
    candidate.varint(value)
    if (value !== 0) continue
    let more = 0
    while (i + 1 < steps.length && steps[i + 1] === 0) {
      more++
      i++
    }
    candidate.varint(more)
  }
  return candidate.copy()
}

function decodeRuns(reader: ByteReader, into: Float64Array): void {
  for (let i = 0; i < into.length; i++) {
    const value = reader.varint()
    into[i] = unzigzag(value)
    if (value !== 0) continue
    const more = reader.varint()
    if (i + more >= into.length) throw new FormatError('chunk', 'a run of zeros is too long')
    into.fill(0, i, i + more + 1)
    i += more
  }
}

/** The first `order` numbers as they are, then groups: a byte of bit width, and the numbers in so many bits each. */
function encodePacked(steps: Float64Array, form: Form): Uint8Array {
  const { order } = form
  candidate.reset()
  writeForm(form)
  for (let i = 0; i < Math.min(order, steps.length); i++) {
    if (Math.abs(steps[i] as number) > largestStep) return new Uint8Array(0)
    candidate.zigzag(steps[i] as number)
  }
  for (let start = order; start < steps.length; start += groupLength) {
    const end = Math.min(start + groupLength, steps.length)
    let widest = 0
    for (let i = start; i < end; i++) widest = Math.max(widest, zigzag(steps[i] as number))
    if (widest >= 2 ** 31) return new Uint8Array(0)
    const width = 32 - Math.clz32(widest)
    candidate.byte(width)
    packBits(steps, start, end, width)
  }
  return candidate.copy()
}

function packBits(steps: Float64Array, start: number, end: number, width: number): void {
  if (width === 0) return
  let pending = 0
  let bits = 0
  for (let i = start; i < end; i++) {
    pending += zigzag(steps[i] as number) * 2 ** bits
    bits += width
    while (bits >= 8) {
      candidate.byte(pending % 256)
      pending = Math.floor(pending / 256)
      bits -= 8
    }
  }
  if (bits > 0) candidate.byte(pending)
}

function decodePacked({ reader, bytes }: Source, into: Float64Array, order: number): void {
  let at = 0
  for (; at < Math.min(order, into.length); at++) into[at] = reader.zigzag()
  while (at < into.length) {
    const end = Math.min(at + groupLength, into.length)
    const width = reader.byte()
    if (width > 31) throw new FormatError('chunk', `bit width ${width} is too large`)
    if (width === 0) into.fill(0, at, end)
    else unpackBits(bytes, reader.skip(Math.ceil(((end - at) * width) / 8)), { width, into, start: at, end })
    at = end
  }
}

interface Group {
  readonly width: number
  readonly into: Float64Array
  readonly start: number
  readonly end: number
}

/** With at most seven bits left over, so many more still fit into a whole number of 32 bits. */
const widestInWord = 24

function unpackBits(bytes: Uint8Array, first: number, group: Group): void {
  if (group.width > widestInWord) {
    unpackWideBits(bytes, first, group)
    return
  }
  const { width, into, start, end } = group
  const mask = (1 << width) - 1
  let pending = 0
  let bits = 0
  let from = first
  for (let i = start; i < end; i++) {
    while (bits < width) {
      pending |= (bytes[from++] as number) << bits
      bits += 8
    }
    const value = pending & mask
    pending >>>= width
    bits -= width
    into[i] = (value >>> 1) ^ -(value & 1)
  }
}

function unpackWideBits(bytes: Uint8Array, first: number, { width, into, start, end }: Group): void {
  const size = 2 ** width
  let pending = 0
  let bits = 0
  let from = first
  for (let i = start; i < end; i++) {
    while (bits < width) {
      pending += (bytes[from++] as number) * 2 ** bits
      bits += 8
    }
    const value = pending % size
    pending = (pending - value) / size
    bits -= width
    into[i] = unzigzag(value)
  }
}

const double = new Float64Array(1)
const halves = new Uint32Array(double.buffer)
const octets = new Uint8Array(double.buffer)
const xorOctets = new Uint8Array(8)
const xorHalves = new Uint32Array(xorOctets.buffer)

/** Each double XOR the one before: a byte of how many zero bytes lead and trail, then those between. */
function encodeXor(values: Float64Array): Uint8Array {
  candidate.reset()
  let low = 0
  let high = 0
  for (const value of values) {
    double[0] = value
    const [nowLow, nowHigh] = [halves[0] as number, halves[1] as number]
    xorHalves[0] = nowLow ^ low
    xorHalves[1] = nowHigh ^ high
    low = nowLow
    high = nowHigh
    let leading = 0
    while (leading < 8 && xorOctets[7 - leading] === 0) leading++
    let trailing = 0
    while (trailing < 8 - leading && xorOctets[trailing] === 0) trailing++
    candidate.byte((leading << 4) | trailing)
    for (let i = trailing; i < 8 - leading; i++) candidate.byte(xorOctets[i] as number)
  }
  return candidate.copy()
}

function decodeXor(reader: ByteReader, into: Float64Array): void {
  double[0] = 0
  for (let i = 0; i < into.length; i++) {
    const control = reader.byte()
    const leading = control >> 4
    const trailing = control & 15
    if (leading + trailing > 8) throw new FormatError('chunk', 'a double has too many zero bytes')
    for (let octet = trailing; octet < 8 - leading; octet++) octets[octet] = (octets[octet] as number) ^ reader.byte()
    into[i] = double[0] as number
  }
}
