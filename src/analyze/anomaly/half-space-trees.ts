import { TailSketch, tailBins } from './tail-sketch.ts'

/**
 * An isolation forest for streams: half-space trees (Tan, Ting, Liu, "Fast Anomaly Detection for Streaming Data", IJCAI
 * 2011), which stand to a stream as the isolation forest (Liu, Ting, Zhou, ICDM 2008) stands to a table: what falls where
 * little has fallen is isolated early. Trees are drawn once, in advance; the masses of one window judge the next. Constant
 * memory, no look-ahead, the same trees each time.
 */
const trees = 25
const depth = 8
const nodes = 2 ** (depth + 1) - 1
const splits = 2 ** depth - 1
/** Samples whose masses judge the next as many. */
const windowSamples = 256
/** A node with less mass than this is as deep as a leaf: a tenth of the window, as its authors have it. */
const leastMass = windowSamples / 10
/** Judged scores that are remembered. */
const horizon = 8000
/** Masses of the last window and of this one, the past of scores, how far the window is, whether one is complete. */
export const forestNumbers = trees * nodes * 2 + tailBins + 2

export class HalfSpaceTrees {
  readonly #dimension: Uint8Array
  readonly #state: Float32Array
  readonly #known: Float32Array
  readonly #fresh: Float32Array
  readonly #tail: TailSketch
  readonly #low: Float64Array
  readonly #high: Float64Array
  /** Range of the node that a vector has reached. */
  readonly #lowNow: Float64Array
  readonly #highNow: Float64Array

  /** `dimensions`: length of the vectors; `saved`: as `save` gave it, of as many dimensions. */
  constructor(
    readonly dimensions: number,
    saved?: Float32Array,
  ) {
    this.#state = saved?.length === forestNumbers ? saved.slice() : new Float32Array(forestNumbers)
    this.#known = this.#state.subarray(0, trees * nodes)
    this.#fresh = this.#state.subarray(trees * nodes, trees * nodes * 2)
    this.#tail = new TailSketch(this.#state.subarray(trees * nodes * 2, trees * nodes * 2 + tailBins), horizon)
    this.#lowNow = new Float64Array(dimensions)
    this.#highNow = new Float64Array(dimensions)
    const next = pseudoRandom(dimensions)
    this.#dimension = Uint8Array.from({ length: trees * splits }, () => Math.floor(next() * dimensions))
    // A work range a tree, so that their cuts differ: around a random point, twice as far as the farther end.
    const centre = Array.from({ length: trees * dimensions }, () => next())
    const reach = centre.map((at) => 2 * Math.max(at, 1 - at))
    this.#low = Float64Array.from(centre, (at, index) => at - (reach[index] as number))
    this.#high = Float64Array.from(centre, (at, index) => at + (reach[index] as number))
  }

  save(): Float32Array {
    return this.#state.slice()
  }

  /** It has seen a whole window, and judges. */
  get isReady(): boolean {
    return this.#state[forestNumbers - 1] === 1
  }

  /** Minus log10 of the probability of a vector as isolated; components 0 to 1. 0 while the first window is filled. */
  judge(vector: Float64Array): number {
    const [filled, complete] = [forestNumbers - 2, forestNumbers - 1]
    let mass = 0
    for (let tree = 0; tree < trees; tree++) mass += this.#passThrough(tree, vector)
    this.#state[filled] = (this.#state[filled] as number) + 1
    const isJudged = this.#state[complete] === 1
    if ((this.#state[filled] as number) >= windowSamples) {
      this.#known.set(this.#fresh)
      this.#fresh.fill(0)
      this.#state[filled] = 0
      this.#state[complete] = 1
    }
    if (!isJudged) return 0
    // As many halvings below the densest a tree can be.
    const most = trees * windowSamples * 2 ** depth
    const isolation = Math.log2(most / (mass + trees))
    const surprise = this.#tail.surprise(isolation, 0)
    this.#tail.add(isolation)
    return surprise
  }

  /** Counts the vector in this window; its mass in the last one, weighed by depth. */
  #passThrough(tree: number, vector: Float64Array): number {
    const { dimensions } = this
    const low = this.#lowNow
    const high = this.#highNow
    low.set(this.#low.subarray(tree * dimensions, (tree + 1) * dimensions))
    high.set(this.#high.subarray(tree * dimensions, (tree + 1) * dimensions))
    let node = 0
    let mass = -1
    for (let level = 0; level <= depth; level++) {
      const place = tree * nodes + node
      this.#fresh[place] = (this.#fresh[place] as number) + 1
      const known = this.#known[place] as number
      if (mass < 0 && (known < leastMass || level === depth)) mass = known * 2 ** level
      if (level === depth) break
      const dimension = this.#dimension[tree * splits + node] as number
      const middle = ((low[dimension] as number) + (high[dimension] as number)) / 2
      const isRight = (vector[dimension] as number) >= middle
      if (isRight) low[dimension] = middle
      else high[dimension] = middle
      node = 2 * node + (isRight ? 2 : 1)
    }
    return mass
  }
}

/** xorshift32 (Marsaglia, 2003): the same trees at each start, so that saved masses fit. */
function pseudoRandom(seed: number): () => number {
  let state = 0x9e3779b9 ^ seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
