import fc from 'fast-check'
import { type NumberColumn, numberColumns, processColumns, textColumns } from '../src/catalogue/process-columns.ts'
import { ProcessTable } from '../src/frame/process-table.ts'
import { LiveProcesses } from '../src/recorder/live.ts'
import type { RecordedTable } from '../src/recorder/recorded-table.ts'

/**
 * Made-up lives of processes, driven through the same calls as a scan: the table begins a tick, processes start, change
 * and end, the recorder is told, slots are freed.
 */
export const counterColumns = numberColumns.filter((column) => processColumns[column].kind === 'counter')
const levelColumns = numberColumns.filter(
  (column) => processColumns[column].kind === 'number' && column !== 'pid' && column !== 'startTicks',
)

/** One thing that happens to one process; `who` counts round those alive. */
export interface Deed {
  readonly what: 'start' | 'end' | 'grow' | 'fall' | 'level' | 'text' | 'absent' | 'touch' | 'replace'
  readonly who: number
  readonly column: number
  readonly by: number
  readonly text: string
  /** Into the tick, at which the process is read. */
  readonly readAtMs: number
}

export interface TickShape {
  /** 0: nothing to compare with. */
  readonly elapsedMs: number
  readonly isKey: boolean
  readonly deeds: readonly Deed[]
}

const texts = fc.oneof(
  fc.constantFrom('', 'bash', 'sleep', '/usr/bin/sleep 1', 'root', 'S', 'R', '0::/system.slice/a.service'),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constant('\uFEFFmarked'),
)
const deed: fc.Arbitrary<Deed> = fc.record({
  what: fc.constantFrom(
    'start',
    'start',
    'end',
    'grow',
    'grow',
    'grow',
    'fall',
    'level',
    'text',
    'absent',
    'touch',
    'replace',
  ),
  who: fc.nat(50),
  column: fc.nat(50),
  by: fc.oneof(fc.nat(200), fc.nat(2 ** 31), fc.double({ min: 0, max: 5, noNaN: true })),
  text: texts,
  readAtMs: fc.nat(400),
})

/** Runs of ticks; the first is a key tick. */
export const histories: fc.Arbitrary<readonly TickShape[]> = fc
  .array(
    fc.record({
      elapsedMs: fc.oneof({ arbitrary: fc.integer({ min: 500, max: 3000 }), weight: 6 }, fc.constant(0)),
      isKey: fc.nat(5).map((n) => n === 0),
      deeds: fc.array(deed, { maxLength: 14 }),
    }),
    { minLength: 1, maxLength: 14 },
  )
  .map((ticks) => ticks.map((tick, i) => ({ ...tick, isKey: tick.isKey || i === 0 })))

const startMs = 1_700_000_000_000

export class ProcessHistory {
  readonly table = new ProcessTable(4)
  readonly live = new LiveProcesses()
  unixMs = startMs
  monotonicMs = 5000
  #nextPid = 100
  /** Ticks of 10 ms since boot: a start is after all starts seen before. */
  #startTicks = 1000

  /** What the scan does between `beginTick` and `endTick`. */
  tick(
    { elapsedMs, isKey }: { readonly elapsedMs: number; readonly isKey: boolean },
    scan: (history: ProcessHistory) => void,
  ): Uint8Array {
    const stepMs = elapsedMs === 0 ? 1000 : elapsedMs
    this.unixMs += stepMs
    this.monotonicMs += stepMs
    this.#startTicks += 20
    this.table.beginTick()
    scan(this)
    const { unixMs, monotonicMs } = this
    const bytes = this.live.update(this.table, { unixMs, monotonicMs, elapsedMs, isKey })
    this.table.endTick()
    return bytes
  }

  run(shape: TickShape): Uint8Array {
    return this.tick(shape, () => {
      for (const one of shape.deeds) this.#do(one)
    })
  }

  start(values: Partial<Record<NumberColumn, number>> = {}, readAtMs = 0): number {
    const slot = this.table.add()
    const { numbers } = this.table
    numbers.pid[slot] = this.#nextPid++
    numbers.startTicks[slot] = this.#startTicks
    this.set(slot, values, readAtMs)
    return slot
  }

  set(slot: number, values: Partial<Record<NumberColumn, number>>, readAtMs = 0): void {
    for (const [column, value] of Object.entries(values)) this.table.numbers[column as NumberColumn][slot] = value
    this.table.readAtMs[slot] = this.monotonicMs + readAtMs
    this.table.touch(slot)
  }

  /** The parent waits for a child that used a little more than was seen of it. */
  #reap(parent: number, child: number, more: number): void {
    const { cpuUserSeconds, childrenCpuSeconds } = this.table.numbers
    const before = childrenCpuSeconds[parent] || 0
    this.set(parent, { childrenCpuSeconds: before + (cpuUserSeconds[child] || 0) + more })
  }

  #do({ what, who, column, by, text, readAtMs }: Deed): void {
    const { table } = this
    const alive = Array.from({ length: table.slots }, (_, slot) => slot).filter((slot) => table.alive[slot] === 1)
    const slot = alive[who % Math.max(1, alive.length)]
    if (what === 'start') {
      const parentPid = slot === undefined ? 1 : (table.numbers.pid[slot] as number)
      const child = this.start(column % 3 === 0 ? { cpuUserSeconds: by, parentPid } : { parentPid }, readAtMs)
      table.texts.name[child] = text
      return
    }
    if (slot === undefined) return
    if (what === 'end') {
      table.end(slot)
      const parent = alive.find((other) => table.numbers.pid[other] === table.numbers.parentPid[slot])
      if (parent !== undefined && column % 3 > 0) this.#reap(parent, slot, column % 3 === 1 ? 0 : by)
      return
    }
    if (what === 'touch' && column % 2 === 0) {
      table.touch(slot)
      return
    }
    const counter = counterColumns[column % counterColumns.length] as NumberColumn
    const level = levelColumns[column % levelColumns.length] as NumberColumn
    const before = table.numbers[counter][slot] as number
    if (what === 'grow') this.set(slot, { [counter]: (before || 0) + by }, readAtMs)
    else if (what === 'fall') this.set(slot, { [counter]: Math.max(0, (before || 0) - by) }, readAtMs)
    else if (what === 'level') this.set(slot, { [level]: column % 5 === 0 ? -by : by }, readAtMs)
    else if (what === 'absent') this.set(slot, { [column % 2 === 0 ? counter : level]: Number.NaN }, readAtMs)
    else if (what === 'replace') this.set(slot, { startTicks: this.#startTicks }, readAtMs)
    else this.set(slot, {}, readAtMs)
    if (what === 'text') table.texts[textColumns[column % textColumns.length] as 'name'][slot] = text
  }
}

/** All that a table tells, by slot; what is absent is left out. */
export function told(table: RecordedTable): unknown {
  const rows: Record<number, unknown> = {}
  for (let slot = 0; slot < table.slots; slot++) {
    if (table.alive[slot] !== 1) continue
    const numbers = numberColumns.map((column) => [column, table.number(column, slot)] as const)
    const rates = numberColumns.map((column) => [column, table.rate(column, slot)] as const)
    const present = (pairs: readonly (readonly [string, number])[]): unknown =>
      Object.fromEntries(pairs.filter(([, value]) => !Number.isNaN(value)))
    rows[slot] = {
      numbers: present(numbers),
      rates: present(rates),
      texts: Object.fromEntries(textColumns.map((column) => [column, table.text(column, slot)])),
      reaped: table.reapedCpu(slot),
    }
  }
  return { unixMs: table.unixMs, elapsedMs: table.elapsedMs, count: table.count, rows }
}
