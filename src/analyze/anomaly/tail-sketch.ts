/**
 * How rare a magnitude is among those seen: a histogram with logarithmic bins, so no range or unit has to be known, and
 * a Pareto tail beyond its 90th percentile, so that what was never seen has a probability too. The bins are the idea of
 * DDSketch (Masson, Rim, Lee, VLDB 2019); the tail's index is Hill's estimator (Annals of Statistics 1975) with a prior,
 * as SPOT does for streams (Siffer et al., KDD 2017). Constant memory, nothing to tune to a series.
 */

/** Bins per doubling: neighbouring bins are 19 % apart. */
const binsPerOctave = 4
/** With 256 bins: 2^-28 to 2^36, nanoseconds to gigabytes a second. */
export const tailBins = 256
const binOfOne = 112
/** Fewer magnitudes tell nothing. */
const leastSeen = 30
/** The quantile and the tail change slowly: they are worked out once in so many magnitudes. */
const refreshEvery = 16
/** Prior of the tail index 1/α, and how many exceedances it is worth. */
const priorIndex = 0.3
const priorWeight = 10
/** No past is long enough to call something rarer than this. */
export const mostSurprise = 30

const magnitudes = Float64Array.from({ length: tailBins }, (_, bin) => 2 ** ((bin - binOfOne) / binsPerOctave))
const logMagnitudes = magnitudes.map(Math.log)

export class TailSketch {
  #seen = 0
  #untilRefresh = 0
  #percentile90 = 0
  #index = priorIndex

  /** `counts` holds `tailBins` numbers, all 0 for a new sketch; `horizon` magnitudes are remembered, older ones fade. */
  constructor(
    private readonly counts: Float32Array,
    private readonly horizon: number,
  ) {
    for (const count of counts) this.#seen += count
  }

  /** Minus log10 of the probability of a magnitude this large or larger; 0 below the 90th percentile. `floor`: what is too small to matter. */
  surprise(magnitude: number, floor: number): number {
    if (this.#seen < leastSeen || magnitude <= floor) return 0
    if (this.#untilRefresh-- <= 0) this.#refresh(floor)
    const from = Math.max(floor, this.#percentile90)
    return magnitude <= from ? 0 : Math.min(mostSurprise, 1 + Math.log10(magnitude / from) / this.#index)
  }

  add(magnitude: number): void {
    const bin = magnitude > 0 ? binOfOne + Math.round(binsPerOctave * Math.log2(magnitude)) : 0
    const held = magnitude > 0 ? Math.max(1, Math.min(tailBins - 1, bin)) : 0
    this.counts[held] = (this.counts[held] as number) + 1
    if (++this.#seen < this.horizon) return
    for (let at = 0; at < tailBins; at++) this.counts[at] = (this.counts[at] as number) / 2
    this.#seen /= 2
  }

  #refresh(floor: number): void {
    this.#untilRefresh = refreshEvery - 1
    let above = 0
    let bin = tailBins - 1
    const most = this.#seen * 0.1
    for (; bin > 0; bin--) {
      above += this.counts[bin] as number
      if (above > most) break
    }
    this.#percentile90 = bin === 0 ? 0 : (magnitudes[bin] as number)
    const from = Math.max(floor, this.#percentile90)
    const logFrom = Math.log(from)
    let exceeding = 0
    let excess = 0
    for (let at = tailBins - 1; at > 0 && (magnitudes[at] as number) > from; at--) {
      const count = this.counts[at] as number
      exceeding += count
      excess += count * ((logMagnitudes[at] as number) - logFrom)
    }
    this.#index = (excess + priorIndex * priorWeight) / (exceeding + priorWeight)
  }
}
