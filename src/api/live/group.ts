import type { HostFacts } from '../contract.ts'
import type { LiveSeries, Tick } from '../live-contract.ts'
import type { LiveConnection } from './connection.ts'
import type { LiveValues } from './values.ts'

export interface EncodedDelta {
  readonly seq: number
  /** Only who has this tick may be given the delta. */
  readonly previousSeq: number | undefined
  readonly text: string
}

/** All who want the same metrics. What they are sent is encoded once. */
export class LiveGroup {
  readonly members = new Set<LiveConnection>()
  readonly #ids: number[] = []
  /** Series of the hub that have been looked at. */
  #looked = 0
  #snapshot: { readonly seq: number; readonly text: string } | undefined

  constructor(
    readonly key: string,
    private readonly wants: (metric: string) => boolean,
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
    let changes = ''
    for (const id of this.#ids) {
      if (!values.hasChanged(id)) continue
      changes += `${changes === '' ? '' : ','}[${id},${numberText(values.valueOf(id))}]`
    }
    const series = fresh.length === 0 ? '' : `,"series":${JSON.stringify(fresh)}`
    return {
      seq: tick.seq,
      previousSeq: values.previousSeq,
      text: `{"type":"delta",${tickText(tick)}${series},"changes":[${changes}]}`,
    }
  }

  snapshot(tick: Tick, since: number | undefined): string {
    if (this.#snapshot?.seq !== tick.seq) this.#snapshot = { seq: tick.seq, text: this.#encodeSnapshot(tick) }
    const { text } = this.#snapshot
    // A number from the future is of another record: what was missed of this one cannot be told.
    if (since === undefined || since > tick.seq) return `${text}}`
    return `${text},"missed":${Math.max(0, tick.seq - since - 1)}}`
  }

  /** Without its closing brace. */
  #encodeSnapshot(tick: Tick): string {
    this.#adopt()
    const series = JSON.stringify(this.#ids.map((id) => this.values.series[id]))
    const values = this.#ids.map((id) => numberText(this.values.valueOf(id))).join(',')
    const host = JSON.stringify(this.host)
    return `{"type":"snapshot",${tickText(tick)},"host":${host},"series":${series},"values":[${values}]`
  }

  /** A large text that the next to come will want anew. */
  forgetSnapshot(): void {
    this.#snapshot = undefined
  }
}

/** The members of a tick, as JSON without braces. */
const tickText = (tick: Tick): string => JSON.stringify(tick).slice(1, -1)
const numberText = (value: number): string => (Number.isFinite(value) ? String(value) : 'null')
