const wrap = 2 ** 32

/** A count of 32 bits that wraps, made into one that does not: each step is taken modulo 2^32. Begins as it is found. */
export class WideCounter {
  #last = Number.NaN
  #value = 0

  next(count: number): number {
    this.#value = Number.isNaN(this.#last) ? count : this.#value + ((count - this.#last + wrap) % wrap)
    this.#last = count
    return this.#value
  }
}

/** Several of them by name. */
export class WideCounters<N extends string> {
  readonly #counters = new Map<N, WideCounter>()

  next(name: N, count: number): number {
    let counter = this.#counters.get(name)
    if (counter === undefined) {
      counter = new WideCounter()
      this.#counters.set(name, counter)
    }
    return counter.next(count)
  }
}
