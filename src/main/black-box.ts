import type { HealthResponse } from '../api/contract.ts'
import type { FrameRing } from '../frame/ring.ts'
import type { SeriesTable } from '../frame/series-table.ts'
import type { RecordedTable } from '../recorder/recorded-table.ts'
import type { StoredEvent } from '../store/store.ts'

/**
 * The seconds of a freeze are what people need: when a tick came late, or all tasks stood still for memory or storage,
 * the processes at the top are kept as an event, beside the record, which is rolled up and let go in time. It looks at
 * numbers that are in the ring already (made once, before they are needed) and allocates only when there is something to tell.
 */
export interface BlackBoxParts {
  readonly ring: FrameRing
  readonly series: SeriesTable
  /** State after the last tick. */
  readonly table: () => RecordedTable
  readonly monotonicMs: () => number
  readonly intervalMs: number
  readonly tell: (event: Omit<StoredEvent, 'unixMs' | 'kind'> & { readonly kind: 'stall' }) => void
}

/** Share of a tick in which all tasks stood still, from which on it is told: half a second of each. */
const stalledShare = 0.5
/** A tick that comes so much later than it should, in seconds. */
const lateSeconds = 2
/** Between two dumps, milliseconds: a machine that thrashes for hours fills no record. */
const restMs = 60_000
/** Dumps in one run of the daemon. */
const mostDumps = 500
/** Processes of each kind in a dump: a kilobyte in all. */
const mostProcesses = 5
const longestName = 40

const resources = ['memory', 'io'] as const
type Resource = (typeof resources)[number]

export class BlackBox {
  readonly #ids: Partial<Record<Resource, number>> = {}
  #seriesSeen = 0
  #toldMs = Number.NEGATIVE_INFINITY
  #dumps = 0

  constructor(private readonly parts: BlackBoxParts) {}

  /** After each tick. */
  look(latenessMs: number): void {
    const { ring, monotonicMs } = this.parts
    const last = ring.length - 1
    if (last < 1) return
    const why = this.#stall(last, latenessMs)
    if (why === undefined) return
    const nowMs = monotonicMs()
    if (nowMs - this.#toldMs < restMs || this.#dumps >= mostDumps) return
    this.#toldMs = nowMs
    this.#dumps++
    this.parts.tell({
      kind: 'stall',
      severity: 'warning',
      message: why.message,
      data: { ...why.data, ...this.#dump() },
    })
  }

  #stall(last: number, latenessMs: number): Pick<StoredEvent, 'message' | 'data'> | undefined {
    const { ring, intervalMs } = this.parts
    const gap = ring.gapAt(last)
    const elapsedSeconds = ring.elapsedMsAt(last) / 1000
    const lateBy = Math.max(latenessMs / 1000, gap === 'missed' ? elapsedSeconds - intervalMs / 1000 : 0)
    if (lateBy >= lateSeconds) {
      const seconds = Math.round(lateBy * 10) / 10
      return {
        message: `a tick came ${seconds} s late: sysmon, and others with it, could not run`,
        data: { reason: 'late', seconds },
      }
    }
    if (!(elapsedSeconds > 0) || (gap !== 'none' && gap !== 'missed')) return undefined
    this.#findSeries()
    for (const resource of resources) {
      const id = this.#ids[resource]
      if (id === undefined) continue
      const share = (ring.valueAt(id, last) - ring.valueAt(id, last - 1)) / elapsedSeconds
      if (!(share >= stalledShare)) continue
      const percent = Math.min(100, Math.round(share * 100))
      const what = resource === 'io' ? 'storage' : 'memory'
      return {
        message: `all tasks stood still for ${what} ${percent} % of a second`,
        data: { reason: resource, share: percent / 100 },
      }
    }
    return undefined
  }

  #findSeries(): void {
    const { series } = this.parts
    for (; this.#seriesSeen < series.size; this.#seriesSeen++) {
      const one = series.get(this.#seriesSeen)
      if (one?.metric !== 'system.pressure.full.time') continue
      const resource = resources.find((name) => name === one.labels.resource)
      if (resource !== undefined) this.#ids[resource] = one.id
    }
  }

  /** Who used most CPU and memory, and who was stuck, at the last tick. */
  #dump(): Record<string, string> {
    const table = this.parts.table()
    const top = (value: (slot: number) => number, text: (value: number) => string): string =>
      topSlots(table, value)
        .map(([slot, amount]) => `${nameOf(table, slot)} ${text(amount)}`)
        .join(', ')
    const cpu = (slot: number): number =>
      table.rate('cpuUserSeconds', slot) + table.rate('cpuSystemSeconds', slot) + (table.reapedCpu(slot) || 0)
    return {
      top_cpu: top(cpu, (cpus) => `${Math.round(cpus * 100)} %`),
      top_memory: top(
        (slot) => table.number('residentBytes', slot),
        (bytes) => `${Math.round(bytes / 1024 ** 2)} MiB`,
      ),
      stuck: top(
        (slot) => (table.text('state', slot) === 'D' ? 1 : 0),
        () => 'D',
      ),
    }
  }
}

const nameOf = (table: RecordedTable, slot: number): string =>
  `${table.text('name', slot).slice(0, longestName)} (${table.number('pid', slot)})`

/** The largest few, without sorting them all. */
function topSlots(table: RecordedTable, value: (slot: number) => number): [slot: number, amount: number][] {
  const top: [number, number][] = []
  for (let slot = 0; slot < table.slots; slot++) {
    if (table.alive[slot] !== 1) continue
    const amount = value(slot)
    if (!(amount > 0)) continue
    const least = top[mostProcesses - 1]
    if (least !== undefined && amount <= least[1]) continue
    top.push([slot, amount])
    top.sort((a, b) => b[1] - a[1])
    top.length = Math.min(top.length, mostProcesses)
  }
  return top
}

/** When CPU time is short, sysmon waits for it like any other. */
export const heldBack: HealthResponse['limitations'][number] = {
  what: 'sysmon may not raise its priority',
  lost: 'when CPU time is short its ticks come late, and a freeze may be missing from the record',
  cure: 'run it as root or with CAP_SYS_NICE, or set priority: normal',
}
