import { describe, expect, test } from 'bun:test'
import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { histories, ProcessHistory } from '../../test/process-history.ts'
import { ByteReader, ByteWriter, FormatError } from '../frame/bytes.ts'
import { mostSlots } from './format.ts'
import { packProcessTicks, unpackProcessTicks } from './pack.ts'
import { RecordedTable } from './recorded-table.ts'
import { type RecordedTicks, replayTicks } from './replay.ts'

const recorded = histories.map((shapes) => {
  const history = new ProcessHistory()
  return shapes.map((shape) => history.run(shape))
})

/** Something else than was: a bit, a byte, a piece cut out, a piece put in, the end cut off or drawn out. */
type Damage = (bytes: Uint8Array) => Uint8Array
const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const spliced = (from: Uint8Array, at: number, away: number, put: Uint8Array): Uint8Array =>
  Uint8Array.from([...from.subarray(0, at), ...put, ...from.subarray(at + away)])
const damages: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(place, fc.nat(7)).map(
    ([where, bit]): Damage =>
      (bytes) => {
        const changed = bytes.slice()
        const at = Math.floor(where * bytes.length)
        changed[at] = (changed[at] as number) ^ (1 << bit)
        return changed
      },
  ),
  place.map(
    (where): Damage =>
      (bytes) =>
        bytes.slice(0, Math.floor(where * bytes.length)),
  ),
  fc.uint8Array({ minLength: 1, maxLength: 40 }).map(
    (more): Damage =>
      (bytes) =>
        Uint8Array.from([...bytes, ...more]),
  ),
  fc.tuple(place, fc.nat(12), fc.uint8Array({ maxLength: 12 })).map(
    ([where, away, put]): Damage =>
      (bytes) =>
        spliced(bytes, Math.floor(where * bytes.length), away, put),
  ),
  fc.tuple(place, fc.constantFrom(0xff, 0x80, 0x00)).map(
    ([where, value]): Damage =>
      (bytes) =>
        spliced(bytes, Math.floor(where * bytes.length), 6, new Uint8Array(6).fill(value)),
  ),
)

/** True when it was refused; anything thrown but a FormatError fails the test. */
function isRefused(read: () => unknown): boolean {
  try {
    read()
    return false
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError)
    return true
  }
}
const readAll = (content: RecordedTicks): number => [...replayTicks(content)].length

describe('ticks that are damaged', () => {
  test('are read as others or refused, with nothing thrown but FormatError', () => {
    fc.assert(
      fc.property(recorded, place, damages, (ticks, which, damage) => {
        const at = Math.floor(which * ticks.length)
        const changed = ticks.map((tick, i) => (i === at ? damage(tick) : tick))
        isRefused(() => readAll({ ticks: changed }))
        isRefused(() => packProcessTicks(changed))
      }),
      { numRuns: 400 },
    )
  })

  test('cut short or drawn out they are refused', () => {
    fc.assert(
      fc.property(recorded, (ticks) => {
        const tick = ticks[0] as Uint8Array
        for (let length = 0; length < tick.length; length++) {
          expect(isRefused(() => readAll({ ticks: [tick.subarray(0, length)] }))).toBe(true)
        }
        expect(isRefused(() => readAll({ ticks: [Uint8Array.from([...tick, 0])] }))).toBe(true)
      }),
      { numRuns: 30 },
    )
  })

  test('one that lost its predecessor names a slot that is empty, and says so', () => {
    const history = new ProcessHistory()
    const ticks = [
      history.tick({ elapsedMs: 0, isKey: true }, (h) => h.start()),
      history.tick({ elapsedMs: 1000, isKey: false }, (h) => h.start()),
      history.tick({ elapsedMs: 1000, isKey: false }, (h) => h.set(1, { nice: 5 })),
    ]
    const [first, , third] = ticks as [Uint8Array, Uint8Array, Uint8Array]
    expect(() => readAll({ ticks: [first, third] })).toThrow('it changes slot 1, which is empty')
  })

  test('no tick makes the table grow beyond what could be: memory is bounded', () => {
    const tick = (slot: number): Uint8Array => {
      const out = new ByteWriter()
      out.byte(3)
      for (const n of [1_700_000_000_000, 0, 0, 0, 0, 0, 1, slot, 1]) out.varint(n)
      return out.copy()
    }
    const before = process.memoryUsage.rss()
    const table = new RecordedTable()
    table.apply(tick(mostSlots - 1))
    expect(table.count).toBe(1)
    expect(process.memoryUsage.rss() - before).toBeLessThan(600e6)
    for (const slot of [mostSlots, 2 ** 32, 2 ** 50]) {
      expect(() => new RecordedTable().apply(tick(slot))).toThrow('out of range')
    }
  })

  test('a time that is no date is refused', () => {
    const out = new ByteWriter()
    out.byte(3)
    for (const n of [8.64e15 + 1, 0, 0, 0, 0, 0, 0]) out.varint(n)
    expect(() => new RecordedTable().apply(out.copy())).toThrow('its time is no date')
  })
})

describe('blocks that are damaged', () => {
  test('are refused, whatever was done to them, with nothing thrown but FormatError', () => {
    fc.assert(
      fc.property(recorded, damages, (ticks, damage) => {
        const packed = packProcessTicks(ticks)
        const changed = damage(packed)
        const isSame = Buffer.compare(changed, packed) === 0
        let found: Uint8Array[] = []
        const wasRefused = isRefused(() => {
          found = unpackProcessTicks(changed)
        })
        // A bit of the container that means nothing may be lost, never what it holds.
        if (!wasRefused) expect(found).toEqual([...ticks])
        if (isSame) expect(wasRefused).toBe(false)
      }),
      { numRuns: 400 },
    )
  })

  test('cut short anywhere they are refused', () => {
    const history = new ProcessHistory()
    const packed = packProcessTicks([history.tick({ elapsedMs: 0, isKey: true }, (h) => h.start({ nice: 3 }))])
    for (let length = 0; length < packed.length; length++) {
      expect(isRefused(() => unpackProcessTicks(packed.subarray(0, length)))).toBe(true)
    }
  })

  test('whatever their content, rightly compressed', () => {
    fc.assert(
      fc.property(recorded, damages, fc.uint8Array({ maxLength: 60 }), (ticks, damage, noise) => {
        const body = bodyOf(packProcessTicks(ticks))
        for (const content of [damage(body), noise]) isRefused(() => unpackProcessTicks(blockOf(content)))
        expect(isRefused(() => unpackProcessTicks(blockOf(Uint8Array.from([...body, 0]))))).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  test('a small one that would unpack to gigabytes is refused before it does', () => {
    const before = process.memoryUsage.rss()
    const bomb = blockOf(new Uint8Array(400 * 1024 * 1024))
    Bun.gc(true)
    expect(bomb.length).toBeLessThan(100_000)
    expect(() => unpackProcessTicks(bomb)).toThrow('it unpacks to more than')
    expect(process.memoryUsage.rss() - before).toBeLessThan(900e6)
  })

  test('of a later version they are refused by name', () => {
    expect(() => unpackProcessTicks(Uint8Array.of(9, 1, 2))).toThrow('version 9 is unknown')
    expect(() => unpackProcessTicks(new Uint8Array(0))).toThrow(FormatError)
    expect(() => packProcessTicks([Uint8Array.of(4, 0, 0, 0, 0)])).toThrow('version 2 is unknown')
  })
})

function blockOf(body: Uint8Array): Uint8Array {
  const out = new ByteWriter()
  out.byte(1)
  out.varint(crc32(body))
  out.bytes(zstdCompressSync(body))
  return out.copy()
}
function bodyOf(packed: Uint8Array): Uint8Array {
  const reader = new ByteReader(packed, 'block', 1)
  reader.varint()
  return zstdDecompressSync(reader.bytes(reader.left))
}
