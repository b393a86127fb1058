import { UserError } from '../base/errors.ts'

/**
 * A bundle: a stretch of a record with what is known beside it, in one file. Drawn in docs/format/bundle.md. What is cut
 * short, changed on the way or of a later format is told so, before any of it is believed.
 */
export interface Manifest {
  /** Version of sysmon that made it. */
  readonly version: string
  readonly createdUnixMs: number
  readonly startUnixMs: number
  readonly endUnixMs: number
  readonly intervalMs: number
  /** What was blanked, in words. */
  readonly redactions: readonly string[]
  /** What the daemon knew: `host`, `health`, `explain`; or why not: `hostAbsent`, … */
  readonly facts: Readonly<Record<string, unknown>>
  readonly record: {
    /** Of the database. */
    readonly bytes: number
    readonly packedBytes: number
    /** Of the packed bytes, hexadecimal. */
    readonly sha256: string
  }
}

export type ManifestFacts = Omit<Manifest, 'record'>

/** Of the container. A reader knows this one and those before. */
export const bundleFormat = 1
/** Not text (the high bit), not taken for a line end or the end of a file on the way, and a word for people. */
const magic = new Uint8Array([0x89, 0x53, 0x59, 0x53, 0x4d, 0x4f, 0x4e, 0x0a])
/** Magic, format, length of the manifest, checksum of the manifest. */
const headBytes = magic.length + 12
const mostManifestBytes = 64 * 1024 * 1024
/** A record that unpacks to more is none that anybody wants to open. */
const mostRecordBytes = 8 * 2 ** 30

export async function packBundle(facts: ManifestFacts, record: Uint8Array<ArrayBuffer>): Promise<Uint8Array[]> {
  const packed = await Bun.zstdCompress(record, { level: 9 })
  const { length: bytes } = record
  const manifest: Manifest = { ...facts, record: { bytes, packedBytes: packed.length, sha256: sha256(packed) } }
  const text = new TextEncoder().encode(JSON.stringify(manifest))
  const head = new Uint8Array(headBytes)
  head.set(magic)
  const view = new DataView(head.buffer)
  view.setUint32(8, bundleFormat, true)
  view.setUint32(12, text.length, true)
  view.setUint32(16, Bun.hash.crc32(text), true)
  return [head, text, packed]
}

export interface Bundle {
  readonly manifest: Manifest
  /** The database. */
  readonly record: Uint8Array
}

/** Throws UserError. */
export async function unpackBundle(file: Uint8Array<ArrayBuffer>, name: string): Promise<Bundle> {
  const wrong = (what: string, cure?: string): UserError =>
    new UserError({ what, where: name, ...(cure === undefined ? {} : { cure }) })
  const isOurs = magic.every((byte, i) => file[i] === byte || i >= file.length)
  if (file.length === 0 || !isOurs) throw wrong('this is no bundle of sysmon', 'One is made by: sysmon export --bundle')
  if (file.length < headBytes) throw cutShort(wrong)
  const view = new DataView(file.buffer, file.byteOffset)
  const format = view.getUint32(8, true)
  if (format > bundleFormat) {
    throw wrong(`it has format ${format}; this sysmon knows up to ${bundleFormat}`, 'Open it with a newer sysmon')
  }
  const length = view.getUint32(12, true)
  if (length > mostManifestBytes) throw wrong('it is damaged: its manifest has no sensible length')
  if (file.length < headBytes + length) throw cutShort(wrong)
  const text = file.subarray(headBytes, headBytes + length)
  if (Bun.hash.crc32(text) !== view.getUint32(16, true)) throw wrong('it is damaged: its manifest was changed')
  const manifest = JSON.parse(new TextDecoder().decode(text)) as Manifest
  const packed = file.subarray(headBytes + length)
  const { packedBytes, bytes, sha256: expected } = manifest.record
  if (packed.length < packedBytes) throw cutShort(wrong)
  if (packed.length > packedBytes || sha256(packed) !== expected) throw wrong('it is damaged: its record was changed')
  if (bytes > mostRecordBytes) throw wrong('its record is too large to be opened')
  const record = await Bun.zstdDecompress(packed)
  if (record.length !== bytes) throw wrong('it is damaged: its record has another length')
  return { manifest, record }
}

const cutShort = (wrong: (what: string, cure: string) => UserError): UserError =>
  wrong('it is cut short', 'Copy it again, whole')

const sha256 = (bytes: Uint8Array<ArrayBuffer> | Uint8Array): string =>
  new Bun.CryptoHasher('sha256').update(bytes).digest('hex')
