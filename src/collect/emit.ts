import type { LabelsFor, MetricName } from '../catalogue/catalogue.ts'
import type { SeriesId } from '../frame/frame.ts'
import type { SeriesTable } from '../frame/series-table.ts'

/** Where values of one tick go. */
export interface ValueSink {
  set(series: SeriesId, value: number): void
}

/** One metric of a record: which series, and how the record gives its value. `undefined` is absent. */
export interface Emit<R> {
  readonly metric: MetricName
  bind(series: SeriesTable): SeriesId | undefined
  readonly read: (record: R) => number | undefined
}

/** One line per metric: name and labels are checked against the catalogue by the compiler. */
export const emit = <N extends MetricName, R>(
  metric: N,
  labels: LabelsFor<N>,
  read: (record: R) => number | undefined,
): Emit<R> => ({ metric, bind: (series) => series.intern(metric, labels), read })

/** Writes records of one kind, each run the same list of metrics: series are looked up once. */
export class Emission<R> {
  readonly #emits: readonly Emit<R>[]
  readonly #ids: (SeriesId | undefined | 'unbound')[]

  constructor(
    private readonly series: SeriesTable,
    emits: readonly Emit<R>[],
  ) {
    this.#emits = emits
    this.#ids = emits.map(() => 'unbound')
  }

  write(record: R, sink: ValueSink): void {
    for (let i = 0; i < this.#emits.length; i++) {
      const emit = this.#emits[i] as Emit<R>
      const value = emit.read(record)
      if (value === undefined) continue
      let id = this.#ids[i]
      if (id === 'unbound') {
        id = emit.bind(this.series)
        this.#ids[i] = id
      }
      if (id !== undefined) sink.set(id as SeriesId, value)
    }
  }
}

/**
 * The same for records that come in any number, one a device: the labels are made once for each key. Keys not seen for
 * `forgetAfter` runs are forgotten, so that short-lived devices cost nothing for ever.
 */
export class KeyedEmission<R> {
  readonly #known = new Map<string, { emission: Emission<R>; lastRun: number }>()
  #run = 0

  constructor(
    private readonly series: SeriesTable,
    private readonly keyOf: (record: R) => string,
    private readonly emitsFor: (record: R) => readonly Emit<R>[],
    private readonly forgetAfter = 600,
  ) {}

  write(records: readonly R[], sink: ValueSink): void {
    this.#run++
    for (const record of records) {
      const key = this.keyOf(record)
      let known = this.#known.get(key)
      if (known === undefined) {
        known = { emission: new Emission(this.series, this.emitsFor(record)), lastRun: 0 }
        this.#known.set(key, known)
      }
      known.lastRun = this.#run
      known.emission.write(record, sink)
    }
    if (this.#run % this.forgetAfter === 0) this.#forget()
  }

  #forget(): void {
    for (const [key, known] of this.#known) {
      if (this.#run - known.lastRun >= this.forgetAfter) this.#known.delete(key)
    }
  }
}
