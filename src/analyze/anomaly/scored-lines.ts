import { type CsvLine, parseCsvLine } from './csv-line.ts'
import { likelihoodOf, SeriesDetector } from './detector.ts'

/** A series from a file, line by line, through the detector that the daemon uses. Memory does not grow with the file. */
export interface ScoredLine {
  readonly line: number
  /** As it stands in the file. */
  readonly timestamp: string
  readonly unixMs: number
  readonly value: number
  /** 0 to 1: 1 less the probability of such a sample; 0 while an earlier anomaly as large still holds. */
  readonly score: number
  readonly isAnomaly: boolean
  readonly expectedLow: number
  readonly expectedHigh: number
}

export interface BadLine {
  readonly line: number
  readonly why: string
}

/** Longer than any line of two columns: what has no line end does not fill the memory. */
const longestLine = 64 * 1024

export class LineScorer {
  readonly #detector = new SeriesDetector()
  readonly #decoder = new TextDecoder()
  #rest = ''
  #line = 0
  #isFirst = true
  #lastMs = Number.NEGATIVE_INFINITY
  samples = 0
  anomalies = 0

  /** `threshold`: score, 0 to 1, from which on a sample is an anomaly. */
  constructor(
    private readonly threshold: number,
    private readonly onScored: (scored: ScoredLine) => void,
    private readonly onBad: (bad: BadLine) => void,
  ) {}

  /** The next bytes of the file, cut anywhere. */
  take(bytes: Uint8Array): void {
    this.#rest += this.#decoder.decode(bytes, { stream: true })
    // A lone CR ended lines once (Mac OS 9); one at the end may be half of CRLF.
    const lines = this.#rest.split(/\r\n|\n|\r(?=.)/s)
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#take(line)
    if (this.#rest.length <= longestLine) return
    this.onBad({ line: this.#line + 1, why: `the line is longer than ${longestLine} characters` })
    this.#rest = ''
  }

  /** The last line may have no end. */
  end(): void {
    if (this.#rest.trim() !== '') this.#take(this.#rest)
    this.#rest = ''
  }

  #take(text: string): void {
    const line = ++this.#line
    const parsed = parseCsvLine(text, this.#isFirst)
    if (parsed.kind === 'blank') return
    this.#isFirst = false
    if (parsed.kind === 'header') return
    if (parsed.kind === 'bad') this.onBad({ line, why: parsed.why })
    else this.#judge(line, parsed)
  }

  #judge(line: number, parsed: Extract<CsvLine, { kind: 'sample' }>): void {
    const { timestamp, unixMs, value } = parsed
    if (unixMs <= this.#lastMs) this.onBad({ line, why: 'the time is not after the one before: not judged' })
    this.#lastMs = Math.max(unixMs, this.#lastMs)
    const { low, high } = this.#detector.expected(unixMs)
    const score = likelihoodOf(this.#detector.judge(unixMs, value).alarm)
    const isAnomaly = score >= this.threshold
    this.samples++
    if (isAnomaly) this.anomalies++
    this.onScored({ line, timestamp, unixMs, value, score, isAnomaly, expectedLow: low, expectedHigh: high })
  }
}
