import type { HostFacts } from '../contract.ts'
import type { LiveSeries, Tick } from '../live-contract.ts'
import type { LiveConnection } from './connection.ts'
import type { LiveEncoding, LiveFrame } from './encoding.ts'
import type { LiveValues } from './values.ts'

export interface EncodedDelta {
  readonly seq: number
  /** Only who has this tick may be given the delta. */
  readonly previousSeq: number | undefined
  readonly frame: LiveFrame
}

/** All who want the same metrics in the same encoding. What they are sent is encoded once. */
export class LiveGroup {
  readonly members = new Set<LiveConnection>()
  readonly #ids: number[] = []
  /** Of the last tick; one array for all ticks. */
  readonly #changed: number[] = []
  readonly #numberOf = (id: number): number => this.values.valueOf(id)
  /** Series of the hub that have been looked at. */
  #looked = 0
  #snapshot: { readonly seq: number; readonly frame: LiveFrame } | undefined

  constructor(
    readonly key: string,
    private readonly wants: (metric: string) => boolean,
    private readonly encoding: LiveEncoding,
    private readonly values: LiveValues,
    private readonly host: HostFacts,
  ) {}

  /** Takes in the series that are new since the last call. */
  #adopt(): LiveSeries[] {
    const { series } = this.values
    const fresh: LiveSeries[] = []
    for (; this.#looked < series.length; this.#looked++) {
      const one = series[this.#looked] as LiveSeries
      if (this.wants(one.metric)) fresh.push(one)
    }
    for (const { id } of fresh) this.#ids.push(id)
    return fresh
  }

  /** Of the last tick; at every tick, or series would not be announced. */
  delta(tick: Tick): EncodedDelta {
    const fresh = this.#adopt()
    const { values } = this
    this.#changed.length = 0
    for (const id of this.#ids) if (values.hasChanged(id)) this.#changed.push(id)
    return {
      seq: tick.seq,
      previousSeq: values.previousSeq,
      frame: this.encoding.delta(tick, fresh, this.#changed, this.#numberOf),
    }
  }

  snapshot(tick: Tick, since: number | undefined): LiveFrame {
    if (this.#snapshot?.seq !== tick.seq) this.#snapshot = { seq: tick.seq, frame: this.#encodeSnapshot(tick) }
    const { frame } = this.#snapshot
    // A number from the future is of another record: what was missed of this one cannot be told.
    if (since === undefined || since > tick.seq) return frame
    return this.encoding.withMissed(frame, Math.max(0, tick.seq - since - 1))
  }

  #encodeSnapshot(tick: Tick): LiveFrame {
    this.#adopt()
    const series = this.#ids.map((id) => this.values.series[id] as LiveSeries)
    return this.encoding.snapshot(tick, this.host, series, this.#numberOf)
  }

  /** A large text that the next to come will want anew. */
  forgetSnapshot(): void {
    this.#snapshot = undefined
  }
}
