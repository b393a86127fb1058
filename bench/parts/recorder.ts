import { Database } from 'bun:sqlite'
import { packProcessTicks, unpackProcessTicks } from '../../src/recorder/pack.ts'
import { processesAt } from '../../src/recorder/replay.ts'
import { MadeUpMachine } from '../made-up-machine.ts'
import { type BenchContext, type BenchPart, type Figure, percentile } from '../part.ts'
import { copyRecording, findRecording } from '../recording.ts'

/** Five minutes: what the daemon closes at once. */
const blockTicks = 300
const blocks = 4
const seeks = 60

/** What a second of all processes costs: to encode, to keep, to find again. */
export const part: BenchPart = {
  name: 'recorder',
  about: 'a tick of the process table: time to encode, bytes raw and packed, time to pack a block and to find a second',
  async run(context) {
    const { processes } = context
    context.progress(`${blocks} blocks of ${blockTicks} ticks, made up; 5 % of the processes change in a second`)
    const usual = record(new MadeUpMachine(processes), blocks)
    context.progress('a block of a machine on which every process changes every second')
    const busy = record(new MadeUpMachine(processes, 1), 1)
    return [
      ...figuresOf(`${processes} processes`, usual, true),
      ...figuresOf(`${processes}, all busy`, busy, false),
      ...recordedFigures(context),
    ]
  },
}

interface Recorded {
  readonly encodeMs: readonly number[]
  readonly blocks: readonly (readonly Uint8Array[])[]
}

function record(machine: MadeUpMachine, count: number): Recorded {
  const encodeMs: number[] = []
  const found = Array.from({ length: count }, () =>
    Array.from({ length: blockTicks }, (_, i) => {
      const { bytes, tookMs } = machine.tick(i === 0)
      if (i > 0) encodeMs.push(tookMs)
      return bytes
    }),
  )
  return { encodeMs, blocks: found }
}

function figuresOf(what: string, { encodeMs, blocks }: Recorded, isTarget: boolean): Figure[] {
  const packMs: number[] = []
  const packed = blocks.map((ticks) => timed(packMs, () => packProcessTicks(ticks)))
  const bytes = (parts: readonly Uint8Array[]): number => parts.reduce((sum, part) => sum + part.length, 0)
  const ticks = blocks.length * blockTicks
  const raw = bytes(blocks.flat())
  const afterKey = blocks.flatMap((block) => block.slice(1))
  const seekMs = seekTimes(packed)
  const aim = (target: number): { target?: number } => (isTarget ? { target } : {})
  return [
    { name: `${what}: encode a tick, median`, value: percentile(encodeMs, 0.5) * 1000, unit: 'µs', ...aim(150) },
    { name: `${what}: encode a tick, p99`, value: percentile(encodeMs, 0.99) * 1000, unit: 'µs' },
    { name: `${what}: a tick, raw`, value: raw / ticks, unit: 'B' },
    { name: `${what}: a tick after the key tick, raw`, value: bytes(afterKey) / afterKey.length, unit: 'B' },
    { name: `${what}: a tick, packed`, value: bytes(packed) / ticks, unit: 'B', ...aim(512) },
    { name: `${what}: pack a block`, value: percentile(packMs, 0.5), unit: 'ms', ...aim(60) },
    { name: `${what}: a random second, median`, value: percentile(seekMs, 0.5), unit: 'ms', ...aim(20) },
    { name: `${what}: a random second, p99`, value: percentile(seekMs, 0.99), unit: 'ms' },
  ]
}

/** The table at a second anywhere in the blocks. */
function seekTimes(packed: readonly Uint8Array[]): number[] {
  const spans = packed.map((block) => {
    const ticks = unpackProcessTicks(block)
    const at = (index: number): number => processesAt({ ticks: ticks.slice(0, index + 1) }, Infinity)?.unixMs ?? 0
    return { block, startMs: at(0), endMs: at(ticks.length - 1) }
  })
  const times: number[] = []
  for (let turn = 0; turn < seeks; turn++) {
    const { block, startMs, endMs } = spans[turn % spans.length] as (typeof spans)[number]
    const unixMs = startMs + ((turn * 7_919_000) % Math.max(1, endMs - startMs))
    timed(times, () => processesAt({ packed: block }, unixMs))
  }
  return times
}

function timed<T>(times: number[], work: () => T): T {
  const startMs = performance.now()
  const result = work()
  times.push(performance.now() - startMs)
  return result
}

/** The same of a record that a daemon made, packed anew. */
function recordedFigures(context: BenchContext): Figure[] {
  const recording = findRecording(context)
  if (recording === undefined) return []
  const copy = copyRecording(recording)
  try {
    const db = new Database(copy.database, { readonly: true })
    const rows = db.query<{ data: Uint8Array }, []>('SELECT data FROM process_block').all()
    db.close()
    const ticks = rows.map(({ data }) => unpackProcessTicks(data))
    const packMs: number[] = []
    const packed = ticks.map((block) => timed(packMs, () => packProcessTicks(block)))
    const count = ticks.reduce((sum, block) => sum + block.length, 0)
    if (count === 0) return []
    const perTick = packed.reduce((sum, block) => sum + block.length, 0) / count
    const seekMs = seekTimes(packed)
    return [
      { name: 'recorded: a tick, packed', value: perTick, unit: 'B', target: 512, note: `${count} ticks` },
      { name: 'recorded: pack a block', value: percentile(packMs, 0.5), unit: 'ms', target: 60 },
      { name: 'recorded: a random second, median', value: percentile(seekMs, 0.5), unit: 'ms' },
    ]
  } finally {
    copy.remove()
  }
}
