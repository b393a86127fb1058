import { parseDuration } from '../base/duration.ts'
import { parseTimeExpression, zoneOffsetMs } from '../base/time-expression.ts'
import { formatTimeSpan } from './format.ts'
import type { CliIo } from './io.ts'
import { misuse } from './mistake.ts'
import type { Options } from './options.ts'

/** Times of one run: how the options name them, how answers show them. */
export interface TimeRange {
  readonly start: number
  readonly end: number
}

/** A clock that is a little ahead of the daemon’s must not make `now` a time in the future. */
const toleranceMs = 2000
/** Ticks of the daemon fall on full seconds. */
const finestMs = 1000

export class Times {
  readonly #nowMs: number

  constructor(
    private readonly io: Pick<CliIo, 'now' | 'zone'>,
    private readonly options: Options,
  ) {
    this.#nowMs = io.now()
  }

  /** --raw: Unix milliseconds and base units. */
  get isRaw(): boolean {
    return this.options.flag('raw')
  }

  /** Cells that `stamp` takes. */
  get stampWidth(): number {
    return this.isRaw ? 13 : this.options.flag('utc') ? 20 : 19
  }

  /** `2026-11-23 08:40:01`; with --utc `2026-11-23T08:40:01Z`; with --raw Unix milliseconds. */
  stamp(unixMs: number): string {
    if (this.isRaw) return String(Math.round(unixMs))
    if (this.options.flag('utc')) return `${isoSeconds(unixMs)}Z`
    return isoSeconds(unixMs + zoneOffsetMs(unixMs, this.io.zone)).replace('T', ' ')
  }

  /** --at; `undefined`: now. */
  at(): number | undefined {
    return this.moment('at')
  }

  /** --since and --until; without them the usual span up to now. */
  range(usualSpan: string, named: Partial<Record<'start' | 'end', number | undefined>> = {}): TimeRange {
    const end = named.end ?? this.moment('until') ?? this.#nowMs
    const start = named.start ?? this.moment('since') ?? this.before(end, usualSpan)
    return this.checked(start, end)
  }

  /** The moment that an option names; `undefined`: it is not given. */
  of(option: string): number | undefined {
    return this.moment(option)
  }

  /** The same, ending at a moment. */
  rangeUpTo(end: number, usualSpan: string): TimeRange {
    if (this.options.text('until') !== undefined) throw misuse('--at and --until exclude each other')
    return this.checked(this.moment('since') ?? this.before(end, usualSpan), end)
  }

  /** --resolution; `undefined`: whatever fits. */
  resolution(): string | undefined {
    const text = this.options.text('resolution')
    if (text === undefined || text === 'auto') return text
    if ((parseDuration(text) ?? 0) >= finestMs) return text
    throw misuse(`--resolution takes auto or a duration of at least 1s, not '${text}'`, 'such as 15s, 1m or 1h')
  }

  private checked(start: number, end: number): TimeRange {
    if (start < end) return { start: Math.round(start), end: Math.round(end) }
    throw misuse(
      `the end (${this.stamp(end)}) is not after the start (${this.stamp(start)})`,
      'let --since come before --until',
    )
  }

  private before(end: number, span: string): number {
    return parseTimeExpression(span, { nowMs: end, zone: this.io.zone }) ?? end
  }

  private moment(option: string): number | undefined {
    const text = this.options.text(option)
    if (text === undefined) return undefined
    const unixMs = parseTimeExpression(text, { nowMs: this.#nowMs, zone: this.io.zone })
    if (unixMs === undefined) {
      throw misuse(
        `--${option} '${text}' is no time`,
        'such as 15m, -30s, 03:12, "yesterday 22:00", 2026-11-23T03:12:00Z',
      )
    }
    if (unixMs > this.#nowMs + toleranceMs) {
      const ahead = formatTimeSpan((unixMs - this.#nowMs) / 1000)
      throw misuse(`--${option} '${text}' is ${ahead} in the future`, 'there is no record of it yet')
    }
    return Math.round(unixMs)
  }
}

const isoSeconds = (unixMs: number): string => new Date(Math.floor(unixMs / 1000) * 1000).toISOString().slice(0, 19)
