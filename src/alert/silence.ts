import type { WeeklyWindow } from '../api/alert-contract.ts'
import { zoneOffsetMs } from '../base/time-expression.ts'
import { fitsPattern } from '../rule/expression.ts'

/** Times and alerts about which nobody wants to be told (A5). */
export interface Silence {
  readonly id: string
  readonly matchers: Readonly<Record<string, string>>
  readonly comment: string
  readonly createdMs: number
  readonly startMs: number
  /** undefined: until it is removed. */
  readonly endMs: number | undefined
  readonly weekly: WeeklyWindow | undefined
}

export interface SilencedThing {
  readonly rule: string
  readonly severity: string
  readonly labels: Readonly<Record<string, string>>
}

/** In the order of Date.getUTCDay. */
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
const dayMs = 86_400_000

export function silenceFits({ matchers }: Silence, { rule, severity, labels }: SilencedThing): boolean {
  for (const [name, pattern] of Object.entries(matchers)) {
    const value = name === 'rule' ? rule : name === 'severity' ? severity : labels[name]
    if (value === undefined || !fitsPattern(pattern, value)) return false
  }
  return true
}

export function isSilenceActive({ startMs, endMs, weekly }: Silence, unixMs: number): boolean {
  if (unixMs < startMs || (endMs !== undefined && unixMs >= endMs)) return false
  return weekly === undefined || isInWeek(weekly, unixMs)
}

/**
 * By what the clocks on the wall show: 22:00 to 06:00 is that on the nights of the clock change too, though they are 7
 * or 9 hours long.
 */
export function isInWeek({ days: wanted, from, until, zone }: WeeklyWindow, unixMs: number): boolean {
  const wallMs = unixMs + zoneOffsetMs(unixMs, zone)
  const today = days[new Date(wallMs).getUTCDay()] ?? 'sun'
  const yesterday = days[new Date(wallMs - dayMs).getUTCDay()] ?? 'sun'
  const minute = Math.floor((((wallMs % dayMs) + dayMs) % dayMs) / 60_000)
  const [begin, end] = [minuteOf(from), minuteOf(until)]
  if (begin < end) return wanted.includes(today) && minute >= begin && minute < end
  return (wanted.includes(today) && minute >= begin) || (wanted.includes(yesterday) && minute < end)
}

const minuteOf = (text: string): number => {
  const [hours = 0, minutes = 0] = text.split(':').map(Number)
  return hours * 60 + minutes
}

/** What is wrong with a window; `undefined`: nothing. */
export function weeklyMistake({ from, until, zone }: WeeklyWindow): string | undefined {
  const aTime = /^(?:[01]\d|2[0-3]):[0-5]\d$/
  if (!aTime.test(from)) return `from: "${from}" is no time of day like 22:00`
  if (!aTime.test(until) && until !== '24:00') return `until: "${until}" is no time of day like 06:00`
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return `zone: there is no time zone "${zone}"; name one like Europe/Berlin`
  }
  return undefined
}
