import { formatBytes, formatCount, formatTimeSpan } from './format.ts'
import type { CliIo } from './io.ts'

/** How far it has come, in one line on stderr that is written over; nothing where nobody watches. */
export class Progress {
  readonly #beganMs: number
  #shownMs = Number.NEGATIVE_INFINITY
  #isShown = false
  bytes = 0
  rows = 0

  constructor(
    private readonly io: Pick<CliIo, 'stderr' | 'isStderrTty' | 'now'>,
    /** Share that is done, 0 to 1; `undefined`: nobody knows. */
    private readonly share: (progress: Progress) => number | undefined,
  ) {
    this.#beganMs = io.now()
  }

  /** Shows it now and then. */
  look(): void {
    const nowMs = this.io.now()
    if (this.io.isStderrTty !== true || nowMs - this.#shownMs < everyMs) return
    this.#shownMs = nowMs
    this.#isShown = true
    this.io.stderr.write(`\r${this.line(nowMs)}${eraseToEnd}`)
  }

  line(nowMs: number): string {
    const share = this.share(this)
    const seconds = (nowMs - this.#beganMs) / 1000
    const parts = [formatBytes(this.bytes)]
    if (this.rows > 0) parts.push(`${formatCount(this.rows)} rows`)
    if (share !== undefined && share > 0) {
      parts.push(`${Math.min(99, Math.floor(share * 100))} %`)
      if (seconds >= 1) parts.push(`${formatTimeSpan(Math.ceil(Math.max(0, seconds / share - seconds)))} left`)
    }
    return parts.join(', ')
  }

  /** Takes the line away. */
  end(): void {
    if (this.#isShown) this.io.stderr.write(`\r${eraseToEnd}`)
    this.#isShown = false
  }
}

const everyMs = 200
/** ECMA-48 8.3.41, EL. */
const eraseToEnd = '\x1b[K'
