import { FormatError } from '../frame/bytes.ts'
import { recordedNumbers, recordedTexts } from '../recorder/columns.ts'
import type { RecordedTable } from '../recorder/recorded-table.ts'
import { replayTicks } from '../recorder/replay.ts'
import { backfillSpanMs } from '../store/backfill.ts'
import type { Store, TimeRange } from '../store/store.ts'
import { cellsPerTurn, type Table, type TableBlock, type TableColumn, timeColumn } from './table.ts'
import { nextTurn } from './turns.ts'

/** The process table of each second as rows: one a process and tick, counters as they were counted, and the CPUs used. */
const columns: readonly TableColumn[] = [
  { name: timeColumn, kind: 'time' },
  ...recordedNumbers.map(({ column }): TableColumn => ({ name: column, kind: 'number' })),
  { name: 'cpu', kind: 'number' },
  ...recordedTexts.map(({ column }): TableColumn => ({ name: column, kind: 'text' })),
]

export function processTable(store: Store, range: TimeRange): Table {
  return {
    columns,
    facts: { content: 'processes', resolution: 'every tick' },
    async *blocks() {
      const { newestMs = 0 } = store.stats()
      const endMs = Math.min(range.endMs, newestMs)
      for (let at = firstSpan(store, range); at <= endMs; at += backfillSpanMs) {
        const span = { startMs: Math.max(at, range.startMs), endMs: Math.min(at + backfillSpanMs - 1, endMs) }
        for (const { content, endMs: blockEndMs } of await store.readProcesses(span)) {
          if (blockEndMs >= span.startMs) yield* rowsOf(content, span)
        }
      }
    },
  }
}

function firstSpan(store: Store, { startMs }: TimeRange): number {
  const { oldestMs = Number.POSITIVE_INFINITY } = store.stats()
  return Math.floor(Math.max(startMs, oldestMs) / backfillSpanMs) * backfillSpanMs
}

const rowsPerBlock = Math.floor(cellsPerTurn / columns.length)

/** What of a damaged run cannot be read is left out. */
async function* rowsOf(
  content: Parameters<typeof replayTicks>[0],
  { startMs, endMs }: TimeRange,
): AsyncGenerator<TableBlock> {
  let rows = new Rows()
  const tables = replayTicks(content)
  for (;;) {
    const table = nextOf(tables)
    if (table === undefined) break
    if (table.unixMs < startMs || table.unixMs > endMs) continue
    for (let slot = 0; slot < table.slots; slot++) if (table.alive[slot] === 1) rows.add(table, slot)
    if (rows.length < rowsPerBlock) continue
    yield rows.block()
    rows = new Rows()
    await nextTurn()
  }
  if (rows.length > 0) yield rows.block()
}

function nextOf(tables: Generator<RecordedTable>): RecordedTable | undefined {
  try {
    const { value, done } = tables.next()
    return done === true ? undefined : value
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}

class Rows {
  readonly #times: number[] = []
  readonly #numbers: number[][] = [...recordedNumbers.map(() => []), []]
  readonly #texts: string[][] = recordedTexts.map(() => [])

  get length(): number {
    return this.#times.length
  }

  add(table: RecordedTable, slot: number): void {
    this.#times.push(table.unixMs)
    for (const [i, { column }] of recordedNumbers.entries()) this.#numbers[i]?.push(table.number(column, slot))
    this.#numbers.at(-1)?.push(table.rate('cpuUserSeconds', slot) + table.rate('cpuSystemSeconds', slot))
    for (const [i, { column }] of recordedTexts.entries()) this.#texts[i]?.push(table.text(column, slot))
  }

  block(): TableBlock {
    const numbers = this.#numbers.map((values) => Float64Array.from(values))
    return { length: this.length, values: [Float64Array.from(this.#times), ...numbers, ...this.#texts] }
  }
}
