import type { Clock } from './clock.ts'
import { describeError } from './errors.ts'
import { sanitizeText } from './text.ts'

/**
 * The log: one JSON object a line for machines, or a readable line for a terminal. It promises that a line is a line
 * whatever a process calls itself, that fields named like secrets are not written, and that logging never throws. It
 * must not know files or terminals: lines go to a sink.
 */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

export type LogFields = Readonly<Record<string, unknown>>

/** Takes whole lines with their newline; never throws. */
export interface LogSink {
  write(line: string): void
}

export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** The same once per key and interval; what was held back is counted in the next line of that key. */
  limited(key: string, level: LogLevel, message: string, fields?: LogFields): void
  /** The same log with fields that every line carries. */
  with(fields: LogFields): Logger
}

export interface LogOptions {
  /** Asked for each line, so that a reload of the config changes it. */
  readonly level: LogLevel | (() => LogLevel)
  readonly sink: LogSink
  readonly clock: Pick<Clock, 'wallMs' | 'monotonicMs'>
  /** A line for people instead of JSON. */
  readonly isReadable?: boolean
  readonly hasColour?: boolean
  /** How long `limited` holds back lines of the same key. */
  readonly limitMs?: number
}

const defaultLimitMs = 3_600_000

export function createLogger(options: LogOptions): Logger {
  return makeLogger(options, new Limiter(options.clock, options.limitMs ?? defaultLimitMs), {})
}

function makeLogger(options: LogOptions, limiter: Limiter, always: LogFields): Logger {
  const { sink, clock, isReadable = false, hasColour = false } = options
  const least = typeof options.level === 'function' ? options.level : () => options.level as LogLevel
  const isOn = (level: LogLevel): boolean => logLevels.indexOf(level) >= logLevels.indexOf(least())
  const log = (level: LogLevel, message: string, fields: LogFields = {}): void => {
    if (!isOn(level)) return
    const entry = { unixMs: clock.wallMs(), level, message, fields: { ...always, ...fields } }
    sink.write(isReadable ? formatReadable(entry, hasColour) : formatJson(entry))
  }
  return {
    debug: (message, fields) => log('debug', message, fields),
    info: (message, fields) => log('info', message, fields),
    warn: (message, fields) => log('warn', message, fields),
    error: (message, fields) => log('error', message, fields),
    limited(key, level, message, fields) {
      if (!isOn(level)) return
      const heldBack = limiter.take(key)
      if (heldBack !== undefined) log(level, message, heldBack === 0 ? fields : { ...fields, held_back: heldBack })
    },
    with: (fields) => makeLogger(options, limiter, { ...always, ...fields }),
  }
}

/** What one key may do, and how much of it was held back. */
class Limiter {
  readonly #keys = new Map<string, { nextMs: number; heldBack: number }>()

  constructor(
    readonly clock: Pick<Clock, 'monotonicMs'>,
    readonly intervalMs: number,
  ) {}

  /** How many were held back since the last one; `undefined`: hold this one back too. */
  take(key: string): number | undefined {
    const nowMs = this.clock.monotonicMs()
    const known = this.#keys.get(key)
    if (known !== undefined && nowMs < known.nextMs) {
      known.heldBack++
      return undefined
    }
    // Bounded: the key written longest ago goes first, and would at worst be written once more.
    this.#keys.delete(key)
    const oldest = this.#keys.keys().next()
    if (this.#keys.size >= mostKeys && oldest.done !== true) this.#keys.delete(oldest.value)
    this.#keys.set(key, { nextMs: nowMs + this.intervalMs, heldBack: 0 })
    return known?.heldBack ?? 0
  }
}

const mostKeys = 1000

export interface LogEntry {
  readonly unixMs: number
  readonly level: LogLevel
  readonly message: string
  readonly fields: LogFields
}

const reserved: ReadonlySet<string> = new Set(['time', 'level', 'msg'])

export function formatJson({ unixMs, level, message, fields }: LogEntry): string {
  const line: Record<string, unknown> = { time: rfc3339(unixMs), level, msg: sanitizeText(message) }
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) line[reserved.has(name) ? `${name}_` : sanitizeText(name)] = plainValue(name, value, 0)
  }
  return `${JSON.stringify(line)}\n`
}

const colours: Readonly<Record<LogLevel, string>> = { debug: '2', info: '32', warn: '33', error: '1;31' }

export function formatReadable({ unixMs, level, message, fields }: LogEntry, hasColour: boolean): string {
  const paint = (code: string, text: string): string => (hasColour ? `\u001b[${code}m${text}\u001b[0m` : text)
  const parts = [
    paint('2', rfc3339(unixMs).slice(11, 23)),
    paint(colours[level], level.padEnd(5)),
    sanitizeText(message),
  ]
  const stacks: string[] = []
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    const plain = plainValue(name, value, 0)
    if (isStacked(plain)) stacks.push(...plain.stack)
    parts.push(`${paint('2', `${sanitizeText(name)}=`)}${shown(isStacked(plain) ? plain.message : plain)}`)
  }
  return `${[parts.join(' '), ...stacks.map((line) => paint('2', `    ${line}`))].join('\n')}\n`
}

/** The wall clock may stand anywhere, even where no date is. */
const rfc3339 = (unixMs: number): string => {
  const date = new Date(unixMs)
  return Number.isNaN(date.getTime()) ? 'no time, no date....' : date.toISOString()
}

const shown = (value: unknown): string =>
  typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)

interface Stacked {
  readonly message: string
  readonly stack: readonly string[]
}
const isStacked = (value: unknown): value is Stacked => typeof value === 'object' && value !== null && 'stack' in value

const secretName = /pass(?:word|phrase|wd)?$|secret|token|authorization|cookie|credential|private_?key|api_?key/i
const deepest = 4
const longestText = 4096

/** What JSON can carry: text cleaned and bounded, errors with their stack, numbers that are none as text, no secrets. */
function plainValue(name: string, value: unknown, depth: number): unknown {
  if (value !== null && value !== undefined && secretName.test(name)) return '(redacted)'
  if (typeof value === 'string') return cleanText(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'boolean' || value === null || value === undefined) return value
  if (value instanceof Error) return plainError(value)
  if (typeof value !== 'object') return cleanText(String(value))
  if (depth >= deepest) return '…'
  if (Array.isArray(value)) return value.map((item) => plainValue(name, item, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [sanitizeText(key), plainValue(key, item, depth + 1)]),
  )
}

const cleanText = (text: string): string =>
  sanitizeText(text.length > longestText ? `${text.slice(0, longestText)}…` : text)

function plainError(error: Error): Stacked & { readonly name: string } {
  const stack = (error.stack ?? '').split('\n').map((line) => sanitizeText(line.trim()))
  return { name: error.name, message: cleanText(describeError(error)), stack: stack.filter((line) => line !== '') }
}
