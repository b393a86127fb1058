import type { Store } from '../../store/store.ts'
import { detectorNumbers } from './detector.ts'
import { forestNumbers } from './half-space-trees.ts'

/**
 * What is known of the machine, over a restart: one named value of the store. Layout: version, then packed (gzip, then
 * base64) little-endian 32-bit floats: the forest, then each detector in the order of the names. Mostly zeros: about
 * 100 KB. What cannot be read is not known; it is learnt anew.
 */
export interface Baselines {
  /** Names of the vector's components. */
  readonly order: readonly string[]
  readonly states: ReadonlyMap<string, Float32Array>
  readonly forest: Float32Array | undefined
}

const key = 'anomaly.baselines'
const version = 1
/** Series that are no longer met fade away: no more than these are kept. */
const mostKept = 96

type MetaStore = Pick<Store, 'getMeta' | 'setMeta'>

export function storeBaselines(store: MetaStore, { order, states, forest }: Baselines): void {
  const kept = [...states].slice(-mostKept)
  const numbers = new Float32Array(forestNumbers + kept.length * detectorNumbers)
  if (forest !== undefined) numbers.set(forest)
  for (const [index, [, state]] of kept.entries()) numbers.set(state, forestNumbers + index * detectorNumbers)
  const packed = Bun.gzipSync(new Uint8Array(numbers.buffer), { level: 1 })
  const names = kept.map(([name]) => name)
  store.setMeta(key, JSON.stringify({ version, order, names, packed: Buffer.from(packed).toString('base64') }))
}

export function parseBaselines(store: MetaStore): Baselines {
  const nothing: Baselines = { order: [], states: new Map(), forest: undefined }
  const text = store.getMeta(key)
  if (text === undefined) return nothing
  try {
    const kept = JSON.parse(text) as { version: number; order: string[]; names: string[]; packed: string }
    if (kept.version !== version) return nothing
    const bytes = Bun.gunzipSync(new Uint8Array(Buffer.from(kept.packed, 'base64')))
    if (bytes.length !== 4 * (forestNumbers + kept.names.length * detectorNumbers)) return nothing
    const numbers = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
    const states = kept.names.map((name, index): [string, Float32Array] => {
      const from = forestNumbers + index * detectorNumbers
      return [name, numbers.slice(from, from + detectorNumbers)]
    })
    return { order: kept.order, states: new Map(states), forest: numbers.slice(0, forestNumbers) }
  } catch (error) {
    // Damaged, or of another version: nothing that could not be learnt again.
    if (error instanceof Error) return nothing
    throw error
  }
}
