import { expect, test } from 'bun:test'
import { zstdDecompressSync } from 'node:zlib'
import { formatExamples } from '../../test/format-examples.ts'
import { ByteReader } from '../frame/bytes.ts'
import { packProcessTicks, unpackProcessTicks } from './pack.ts'
import type { RecordedTable } from './recorded-table.ts'
import { replayTicks } from './replay.ts'

/** A table as the page states it. */
function stated(table: RecordedTable): unknown {
  const slots = Array.from({ length: table.slots }, (_, slot) => slot).filter((slot) => table.alive[slot] === 1)
  const processes = slots.map((slot) => {
    const rate = table.rate('cpuUserSeconds', slot)
    return {
      slot,
      pid: table.number('pid', slot),
      startTicks: table.number('startTicks', slot),
      parentPid: table.number('parentPid', slot),
      name: table.text('name', slot),
      state: table.text('state', slot),
      cpuUserSeconds: table.number('cpuUserSeconds', slot),
      ...(Number.isNaN(rate) ? {} : { rate }),
    }
  })
  return { unixMs: table.unixMs, processes }
}

test('the example of docs/format/processes.md is what is read and packed', () => {
  const { bytes, values } = formatExamples('processes.md')
  const [one, two, body] = bytes as [Uint8Array, Uint8Array, Uint8Array]
  expect(bytes).toHaveLength(3)
  expect(values).toHaveLength(2)
  let i = 0
  for (const table of replayTicks({ ticks: [one, two] })) expect(stated(table)).toEqual(values[i++])
  const packed = packProcessTicks([one, two])
  expect(unpackProcessTicks(packed)).toEqual([one, two])
  const reader = new ByteReader(packed, 'block', 1)
  reader.varint()
  expect([...zstdDecompressSync(reader.bytes(reader.left))]).toEqual([...body])
})
