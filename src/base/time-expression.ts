import { parseDuration } from './duration.ts'

/** Times as people write them: `now`, `-15m`, `15m ago`, `03:12`, `yesterday 22:00`, RFC 3339, Unix milliseconds. */
export interface TimeContext {
  /** What relative times count from, Unix milliseconds. */
  readonly nowMs: number
  /** IANA zone in which times without one are read. */
  readonly zone: string
}

/** Unix milliseconds; `undefined` when it is no time. A duration alone means so long ago; it may not be in the future. */
export function parseTimeExpression(text: string, context: TimeContext): number | undefined {
  const trimmed = text.trim()
  if (trimmed === 'now') return context.nowMs
  return parseAgo(trimmed, context) ?? parseUnixMs(trimmed) ?? parseAbsolute(trimmed) ?? parseLocal(trimmed, context)
}

/** `15m`, `-15m`, `now-15m`, `15m ago`, `+15m` */
function parseAgo(text: string, { nowMs }: TimeContext): number | undefined {
  const [, sign = '', amount = ''] = /^(?:now)?\s*([+-]?)\s*([\d.]+[a-z][\da-z.]*)(?:\s+ago)?$/.exec(text) ?? []
  const durationMs = amount === '' ? undefined : parseDuration(amount)
  if (durationMs === undefined) return undefined
  return sign === '+' ? nowMs + durationMs : nowMs - durationMs
}

/** Ten digits could be seconds, which nobody here gives: milliseconds have had thirteen since 2001. */
const parseUnixMs = (text: string): number | undefined => (/^\d{12,15}$/.test(text) ? Number(text) : undefined)

/** RFC 3339 with its zone: `2026-11-23T03:12:00Z`, `2026-11-23 03:12:00.5+01:00`. */
function parseAbsolute(text: string): number | undefined {
  const shape = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s?([Zz]|[+-]\d{2}:\d{2})$/
  const [, date, time = '', offset = ''] = shape.exec(text) ?? []
  if (date === undefined || !isDate(date) || !isTimeOfDay(time)) return undefined
  const unixMs = Date.parse(`${date}T${time}${offset.toUpperCase()}`)
  return Number.isNaN(unixMs) ? undefined : unixMs
}

interface Wall {
  readonly year: number
  /** 1 to 12 */
  readonly month: number
  readonly day: number
}
const dayMs = 86_400_000

/** `03:12`, `03:12:05`, `today 10:00`, `yesterday 22:00`, `2026-11-23`, `2026-11-23 03:12` in the zone of the reader. */
function parseLocal(text: string, context: TimeContext): number | undefined {
  const shape = /^(?:(today|yesterday|\d{4}-\d{2}-\d{2})(?:[T ]+|$))?(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?$/
  const [whole, day, time] = shape.exec(text) ?? []
  if (whole === undefined || (day === undefined && time === undefined)) return undefined
  if (time !== undefined && !isTimeOfDay(time)) return undefined
  const offsetMs = time === undefined ? 0 : timeOfDayMs(time)
  const today = wallOf(context.nowMs, context.zone)
  if (day === undefined) {
    const unixMs = zonedMs(today, offsetMs, context.zone)
    return unixMs <= context.nowMs ? unixMs : zonedMs(dayBefore(today), offsetMs, context.zone)
  }
  if (day === 'today') return zonedMs(today, offsetMs, context.zone)
  if (day === 'yesterday') return zonedMs(dayBefore(today), offsetMs, context.zone)
  if (!isDate(day)) return undefined
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number)
  return zonedMs({ year, month, day: date }, offsetMs, context.zone)
}

function isDate(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number)
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

function isTimeOfDay(text: string): boolean {
  const [hours = 0, minutes = 0, seconds = 0] = text.split(':').map(Number)
  return hours < 24 && minutes < 60 && seconds < 60
}

function timeOfDayMs(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.split(':').map(Number)
  return Math.round(((hours * 60 + minutes) * 60 + seconds) * 1000)
}

function dayBefore({ year, month, day }: Wall): Wall {
  const date = new Date(Date.UTC(year, month - 1, day) - dayMs)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
}

function wallOf(unixMs: number, zone: string): Wall {
  const date = new Date(unixMs + zoneOffsetMs(unixMs, zone))
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
}

/** A time that the clocks jumped over is read by the offset before the jump, so it lies just after it. */
function zonedMs({ year, month, day }: Wall, sinceMidnightMs: number, zone: string): number {
  const asUtc = Date.UTC(year, month - 1, day) + sinceMidnightMs
  const first = asUtc - zoneOffsetMs(asUtc, zone)
  const second = asUtc - zoneOffsetMs(first, zone)
  return second + zoneOffsetMs(second, zone) === asUtc ? second : Math.max(first, second)
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** How far the zone is ahead of UTC at that moment, milliseconds. */
export function zoneOffsetMs(unixMs: number, zone: string): number {
  let format = formats.get(zone)
  if (format === undefined) {
    const numeric = 'numeric'
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
    })
    formats.set(zone, format)
  }
  const part: Record<string, number> = {}
  for (const { type, value } of format.formatToParts(unixMs)) part[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(unixMs / 1000) * 1000
}

/** IANA zone of this machine. */
export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone
