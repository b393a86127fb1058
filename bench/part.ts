/**
 * A part of the bench: measures something and gives figures. Nothing here fails on a slow machine: a target is printed
 * beside its figure and a reference is measured in the same run, so that lines of one run can be compared.
 */
export interface BenchPart {
  readonly name: string
  readonly about: string
  run(context: BenchContext): Promise<readonly Figure[]>
}

export interface BenchContext {
  /** Seconds of each measurement window. */
  readonly seconds: number
  /** Minutes for what only time shows: the dashboard left open. */
  readonly minutes?: number
  /** Idle processes to have around while measuring. */
  readonly processes: number
  /** A script that measures other monitors in the same run; it takes PROCESSES SECONDS -- COMMAND…. */
  readonly peers: string | undefined
  /** A recorded database to measure sizes and queries on, when one is at hand. */
  readonly recording: string | undefined
  /** Directory of the Numenta Anomaly Benchmark, when one is at hand. */
  readonly corpus?: string | undefined
  /** Says what is going on. */
  progress(text: string): void
}

export interface Figure {
  readonly name: string
  readonly value: number
  /** Unit for people: `% of a core`, `MB`, `ms`, `B`… */
  readonly unit: string
  /** What the design asks for, as `at most` unless said otherwise. */
  readonly target?: number
  readonly sense?: 'at most' | 'at least'
  /** The same measured on something else in this run. */
  readonly reference?: { readonly name: string; readonly value: number }
  readonly note?: string
}

export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}
