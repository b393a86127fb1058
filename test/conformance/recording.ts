import type { LabelsFor, MetricName } from '../../src/catalogue/catalogue.ts'
import { deriveColumns, isCounter, seriesDelta } from '../../src/derive/rollup-rules.ts'
import { FrameBuilder } from '../../src/frame/builder.ts'
import { ByteReader, ByteWriter } from '../../src/frame/bytes.ts'
import { FrameEncoder } from '../../src/frame/codec.ts'
import type { Frame, GapReason, SeriesId } from '../../src/frame/frame.ts'
import { type Series, SeriesTable } from '../../src/frame/series-table.ts'
import type { RollupRules } from '../../src/store/rollup.ts'
import type { StoredTick } from '../../src/store/store.ts'

/** A whole hour of UTC: minutes, hours and blocks begin together here. */
export const wholeHourMs = Date.UTC(2026, 0, 5, 10)
export const secondMs = 1000
export const minuteMs = 60_000
export const hourMs = 3_600_000

/** What of a tick is other than one second after the last, in a run that began when the five minutes did. */
export interface TickOptions {
  readonly atMs?: number
  readonly elapsedMs?: number
  readonly gap?: GapReason
  readonly isKey?: boolean
}

/** Makes ticks as the daemon does: series table, frame builder, encoder; process ticks are a few bytes that name the tick. */
export class Recording {
  readonly table: SeriesTable
  readonly #builder = new FrameBuilder()
  readonly #encoder = new FrameEncoder()
  readonly #values = new Map<SeriesId, number>()
  #seq: number
  #atMs: number
  #isFirst = true
  /** The last frame made, for a ring beside the store; copied. */
  frame: Frame | undefined

  constructor(
    startMs = wholeHourMs,
    private readonly stepMs = secondMs,
    { lastSeq = -1, known = [] }: { readonly lastSeq?: number; readonly known?: readonly (Series | undefined)[] } = {},
  ) {
    this.#atMs = startMs - stepMs
    this.#seq = lastSeq
    this.table = new SeriesTable(undefined, known)
  }

  get nowMs(): number {
    return this.#atMs
  }

  id<N extends MetricName>(metric: N, labels: LabelsFor<N>): SeriesId {
    return this.table.intern(metric, labels) as SeriesId
  }

  /** States values; they hold until stated otherwise. NaN makes a series absent. */
  set(id: SeriesId, value: number): this {
    this.#values.set(id, value)
    return this
  }

  tick(options: TickOptions = {}): StoredTick {
    const unixMs = options.atMs ?? this.#atMs + this.stepMs
    const blockMs = 300_000
    const begins = Math.floor(unixMs / blockMs) !== Math.floor(this.#atMs / blockMs)
    const gap = options.gap ?? (this.#isFirst ? 'start' : 'none')
    const isKey = options.isKey ?? (begins || this.#isFirst || gap !== 'none')
    const elapsedMs = options.elapsedMs ?? (this.#isFirst ? 0 : this.stepMs)
    this.#atMs = unixMs
    this.#isFirst = false
    this.#builder.beginGroup(0)
    for (const [id, value] of this.#values) if (!Number.isNaN(value)) this.#builder.set(id, value)
    this.#builder.endGroup()
    const frame = this.#builder.finish({ seq: ++this.#seq, unixMs, elapsedMs, gap, isKey })
    this.frame = { ...frame, ids: frame.ids.slice(), values: frame.values.slice() }
    return {
      seq: frame.seq,
      unixMs,
      elapsedMs: frame.elapsedMs,
      gap,
      isKey,
      frame: this.#encoder.encode(frame),
      processes: new TextEncoder().encode(`${isKey ? 'all' : 'changes'} at ${unixMs}`),
      newSeries: this.table.takeFresh(),
    }
  }
}

/** Rules as the daemon gives them to the store. */
export const rulesFor = (series: () => readonly (Series | undefined)[]): RollupRules => ({
  isCounter,
  counterDelta: seriesDelta,
  derive: ({ elapsedMs, column }) => deriveColumns(series(), elapsedMs, column),
})

/** Stands in for the recorder: ticks one after the other, each with its length in front. */
export function packTicks(ticks: readonly Uint8Array[]): Uint8Array {
  const out = new ByteWriter()
  for (const tick of ticks) {
    out.varint(tick.length)
    out.bytes(tick)
  }
  return out.copy()
}

export function unpackTicks(packed: Uint8Array): string[] {
  const reader = new ByteReader(packed, 'pack')
  const ticks: string[] = []
  while (!reader.done) ticks.push(new TextDecoder().decode(reader.bytes(reader.varint())))
  return ticks
}
