/** What was to be read in does not fit: nothing of it was kept. One line a problem, with the number of the line. */
export class Refused extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'Refused'
  }
}

/** Problems told at most: who has more of them has one. */
const mostProblems = 20

/** Gathers what is wrong, line by line. Throws Refused when there is too much of it. */
export class Problems {
  readonly #found: string[] = []

  /** `place`: `line 3`, `row 3`. */
  add(place: string, what: string): void {
    this.#found.push(`${place}: ${what}`)
    if (this.#found.length >= mostProblems) throw new Refused([...this.#found, 'and perhaps more'])
  }

  get any(): boolean {
    return this.#found.length > 0
  }

  /** Throws Refused when anything was found. */
  check(): void {
    if (this.any) throw new Refused(this.#found)
  }
}
