import type { ValueSink } from './emit.ts'

/**
 * collect/ turns what the platform reads into one Frame a tick. It knows the platform contract and the catalogue, no
 * operating system, no store and no screen. A collector reads and emits; the registry measures, isolates and backs off.
 */

/** What a run gave. Absent is told with its reason; failed means that it threw, and only the registry says so. */
export type Outcome =
  | { readonly outcome: 'samples' }
  | { readonly outcome: 'no_data'; readonly why: string }
  | { readonly outcome: 'partial'; readonly why: string }

export const samples: Outcome = { outcome: 'samples' }
export const noData = (why: string): Outcome => ({ outcome: 'no_data', why })
export const partial = (why: string): Outcome => ({ outcome: 'partial', why })

/** Runs in each tick, one after the other, and must be quick. */
export interface TickCollector {
  readonly name: string
  readonly lane: 'tick'
  /** Run every so many ticks (1 when left out). */
  readonly everyTicks?: number
  collect(sink: ValueSink): Outcome
}

/** Runs beside the ticks; may be slow or hang. `read` gathers, `write` hands over at the next tick. */
export interface SlowCollector<R = unknown> {
  readonly name: string
  readonly lane: 'slow'
  readonly everyMs: number
  readonly timeoutMs: number
  read(): Promise<R>
  write(record: R, sink: ValueSink): Outcome
}

export type Collector = TickCollector | SlowCollector
