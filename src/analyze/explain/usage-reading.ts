import { FormatError } from '../../frame/bytes.ts'
import { replayTicks } from '../../recorder/replay.ts'
import type { ProcessBlock, Store, TimeRange } from '../../store/store.ts'
import { breathe } from './tracks.ts'
import { Usage } from './usage.ts'

/** What processes did in some stretches, read in one pass over the record. */
export interface UsageReading {
  /** By `keyOf` the stretch. */
  readonly usages: ReadonlyMap<string, Usage>
  /** Share of the record of these stretches that was read. 0: there is none. */
  readonly share: number
  /** Blocks that are damaged. */
  readonly damaged: readonly TimeRange[]
}

/** Blocks of the record are that long. */
const chunkMs = 300_000
/** Blocks that one answer reads at most: ten milliseconds each with 500 processes, more where they come and go. */
const mostBlocks = 24
/** The tick before a stretch tells who was there already. */
const aheadMs = 2000

export const keyOf = ({ startMs, endMs }: TimeRange): string => `${Math.round(startMs)} ${Math.round(endMs)}`

export async function readUsages(store: Store, stretches: readonly TimeRange[]): Promise<UsageReading> {
  const usages = new Map<string, Usage>()
  for (const stretch of stretches) usages.set(keyOf(stretch), new Usage(stretch.startMs, stretch.endMs))
  if (stretches.length === 0) return { usages, share: 0, damaged: [] }
  const chunks = chunksOf(stretches)
  const read = spread(chunks, mostBlocks)
  const seen = new Set<number>()
  const damaged: TimeRange[] = []
  const all = [...usages.values()]
  for (const startMs of read) {
    for (const block of await store.readProcesses({ startMs, endMs: startMs + chunkMs - 1 })) {
      if (seen.has(block.startMs) || !all.some((usage) => overlaps(block, usage))) continue
      seen.add(block.startMs)
      if (!(await readBlock(block, all))) damaged.push({ startMs: block.startMs, endMs: block.endMs })
    }
  }
  return { usages, share: seen.size === 0 ? 0 : read.length / chunks.length, damaged }
}

const overlaps = (block: TimeRange, usage: TimeRange): boolean =>
  block.startMs <= usage.endMs && block.endMs >= usage.startMs - aheadMs

/** Starts of the five minutes that the stretches touch, ascending: blocks are read one by one, never held together. */
function chunksOf(stretches: readonly TimeRange[]): number[] {
  const starts = new Set<number>()
  for (const { startMs, endMs } of stretches) {
    for (let at = Math.floor((startMs - aheadMs) / chunkMs) * chunkMs; at <= endMs; at += chunkMs) starts.add(at)
  }
  return [...starts].sort((a, b) => a - b)
}

/** Ticks between two breaths. */
const ticksAtOnce = 50

async function readBlock(block: ProcessBlock, usages: readonly Usage[]): Promise<boolean> {
  await breathe()
  try {
    let ticks = 0
    for (const table of replayTicks(block.content)) {
      for (const usage of usages) if (usage.covers(table.unixMs)) usage.add(table)
      if (++ticks % ticksAtOnce === 0) await breathe()
    }
    return true
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return false
  }
}

/** At most so many, evenly over all; the first and the last among them. */
export function spread<T>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all]
  return Array.from({ length: most }, (_, i) => all[Math.round((i * (all.length - 1)) / (most - 1))] as T)
}
