import type { Store } from '../store/store.ts'

/** A boot of the machine that is in the record. */
interface Boot {
  readonly id: string
  /** When the machine started, as the wall clock had it then. */
  readonly bootUnixMs: number
  /** First tick recorded in it. */
  readonly sinceUnixMs: number
}

const key = 'boots'
/** A year of daily restarts. */
const mostBoots = 400

/** The boots in the record: start times of processes count from them (T3: the boot id says which, not the time). */
export class Boots {
  readonly #boots: Boot[]

  constructor(private readonly store: Pick<Store, 'getMeta' | 'setMeta'>) {
    this.#boots = JSON.parse(store.getMeta(key) ?? '[]') as Boot[]
  }

  /** True when the machine has been started anew since the last record. */
  note(id: string, nowMs: number, sinceBootMs: number | undefined): boolean {
    const last = this.#boots.at(-1)
    if (last?.id === id || sinceBootMs === undefined) return false
    this.#boots.push({ id, bootUnixMs: Math.round(nowMs - sinceBootMs), sinceUnixMs: Math.round(nowMs) })
    this.#boots.splice(0, Math.max(0, this.#boots.length - mostBoots))
    this.store.setMeta(key, JSON.stringify(this.#boots))
    return last !== undefined
  }

  bootUnixMs(unixMs: number): number | undefined {
    return (this.#boots.findLast((boot) => boot.sinceUnixMs <= unixMs) ?? this.#boots[0])?.bootUnixMs
  }
}
