import { unpackProcessTicks } from './pack.ts'
import { RecordedTable } from './recorded-table.ts'

/** A run of recorded ticks that begins with a whole table, as the store hands it out. */
export type RecordedTicks = { readonly packed: Uint8Array } | { readonly ticks: readonly Uint8Array[] }

/** The table at the last tick at or before the moment; `undefined` when all ticks are later. Throws FormatError. */
export function processesAt(content: RecordedTicks, unixMs: number): RecordedTable | undefined {
  let found: RecordedTable | undefined
  const ticks = ticksOf(content)
  const upTo = ticks.findLastIndex((tick) => tickTime(tick) <= unixMs)
  if (upTo < 0) return undefined
  found = new RecordedTable()
  for (const tick of ticks.slice(0, upTo + 1)) found.apply(tick)
  return found
}

/** The table after each tick in turn: one and the same object, changed in place. Throws FormatError. */
export function* replayTicks(content: RecordedTicks): Generator<RecordedTable> {
  const table = new RecordedTable()
  for (const tick of ticksOf(content)) {
    table.apply(tick)
    yield table
  }
}

const ticksOf = (content: RecordedTicks): readonly Uint8Array[] =>
  'packed' in content ? unpackProcessTicks(content.packed) : content.ticks

/** Unix milliseconds of a tick, unread. */
function tickTime(tick: Uint8Array): number {
  let value = 0
  let factor = 1
  for (let i = 1; i < tick.length; i++) {
    const byte = tick[i] as number
    value += (byte & 0x7f) * factor
    if (byte < 0x80) break
    factor *= 128
  }
  return value
}
