/**
 * A plain reference: how far a sample is from the mean of those before it, in their standard deviations. The window is
 * that of NAB's detector of this name.
 */
const windowSamples = 6400

export class WindowedGaussian {
  readonly #window = new Float64Array(windowSamples)
  #seen = 0
  #sum = 0
  #squares = 0

  judge(_unixMs: number, value: number): { readonly alarm: number } {
    const count = Math.min(this.#seen, windowSamples)
    const mean = this.#sum / count
    const deviation = Math.sqrt(Math.max(0, this.#squares / count - mean * mean))
    const place = this.#seen++ % windowSamples
    const leaves = this.#window[place] as number
    this.#window[place] = value
    this.#sum += value - leaves
    this.#squares += value * value - leaves * leaves
    return { alarm: count < 2 || deviation === 0 ? 0 : Math.abs(value - mean) / deviation }
  }
}
