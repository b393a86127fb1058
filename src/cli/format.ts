/**
 * Numbers for people. Inside they are base units; here they get prefixes, and three digits are enough. Nothing here turns
 * an absent value into a number: callers show those as absent.
 */

const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const
const decimal = ['', 'k', 'M', 'G', 'T', 'P'] as const

/** `4.88 GiB` */
export const formatBytes = (bytes: number): string => {
  const { digits, index } = scaled(bytes, 1024)
  return `${index === 0 && Number.isInteger(bytes) ? String(bytes) : digits} ${binary[index]}`
}

/** `1.25 MiB/s` */
export const formatBytesPerSecond = (rate: number): string => `${formatBytes(rate)}/s`

/** For a narrow column: `4.88G`, `512`. */
export function formatAmount(bytes: number): string {
  const { digits, index } = scaled(bytes, 1024)
  return index === 0 ? String(Math.round(bytes)) : `${digits}${binary[index]?.charAt(0)}`
}

/** For a narrow column under a header that says per second. */
export const formatRate = formatAmount

/** A count: `1234`, `12.3k`, `4.56M`. */
export function formatCount(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 10_000) return String(value)
  const { digits, index } = scaled(value, 1000)
  return `${digits}${decimal[index]}`
}

/** The largest prefix that leaves at least 1, with three digits that mean something. */
function scaled(value: number, base: number): { readonly digits: string; readonly index: number } {
  const size = Math.abs(value)
  let index = 0
  while (index < 5 && Number(threeDigits(size / base ** index)) >= base) index++
  return { digits: `${value < 0 ? '-' : ''}${threeDigits(size / base ** index)}`, index }
}

const threeDigits = (value: number): string => {
  if (value >= 99.95 || value === 0) return value.toFixed(0)
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2)
}

/** `37.2 %` of a ratio of 0.372. A tenth is all that a second of kernel ticks can tell (T6). */
export const formatPercent = (ratio: number, unit = ' %'): string => `${(ratio * 100).toFixed(1)}${unit}`

/** `12 d 3 h`, `3 min 20 s`, `0.4 s`: the two largest units. */
export function formatTimeSpan(seconds: number): string {
  if (seconds < 0) return `-${formatTimeSpan(-seconds)}`
  if (seconds < 9.95) return `${seconds.toFixed(1).replace(/\.0$/, '')} s`
  let left = Math.round(seconds)
  const parts: string[] = []
  for (const [name, size] of [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ] as const) {
    const amount = Math.floor(left / size)
    left -= amount * size
    if (amount > 0) parts.push(`${amount} ${name}`)
    else if (parts.length > 0) break
  }
  return parts.slice(0, 2).join(' ')
}

/** `1:02:03`, `2:03`: processor time as ps and top write it. */
export function formatClockTime(seconds: number): string {
  const whole = Math.floor(seconds)
  const two = (value: number): string => String(value).padStart(2, '0')
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor(whole / 60) % 60
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}

/** How long one operation took: `350 µs`, `1.25 ms`, `2.50 s`. */
export function formatLatency(seconds: number): string {
  if (seconds < 0.0009995) return `${Math.round(seconds * 1e6)} µs`
  return seconds < 0.9995 ? `${threeDigits(seconds * 1000)} ms` : `${threeDigits(seconds)} s`
}

/** A value by its UCUM unit, with the unit. */
export function formatValue(value: number, unit: string): string {
  switch (unit) {
    case '1':
      return formatPercent(value)
    case 'By':
      return formatBytes(value)
    case 'By/s':
      return formatBytesPerSecond(value)
    case 's':
      return Math.abs(value) < 1 ? formatLatency(value) : formatTimeSpan(value)
    case 'Hz':
      return `${formatCount(value)}Hz`
    case 'Cel':
      return `${value.toFixed(1)} °C`
    default: {
      const name = formatUnit(unit)
      return `${formatCount(value)}${name === '' ? '' : ` ${name}`}`
    }
  }
}

/** The same in one word, for a column whose unit stands elsewhere. */
export const formatCell = (value: number, unit: string): string => {
  if (unit === '1') return formatPercent(value, '%')
  if (unit === 'By' || unit === 'By/s') return formatAmount(value)
  return unit === 's' || unit === 's/s' ? String(Number(value.toPrecision(4))) : formatCount(value)
}

/** The unit of what --raw shows: a share is a number from 0 to 1 there, and no percentage. */
export const formatRawUnit = (unit: string): string => (unit === '1' ? '1' : formatUnit(unit))

/** UCUM as people write it: `{process}/s` → `process/s`, `1` → `%`. */
export function formatUnit(unit: string): string {
  if (unit === '1') return '%'
  return unit.replace('By', 'B').replace('Cel', '°C').replaceAll(/[{}]/g, '')
}
