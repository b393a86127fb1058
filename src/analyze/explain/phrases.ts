/** Numbers and lists as they stand in sentences. Base units come in; nothing here turns what is absent into a number. */

const bytePrefixes = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const
const countPrefixes = ['', 'k', 'M', 'G', 'T'] as const

function scaled(value: number, base: number, names: readonly string[], gap: string): string {
  let index = 0
  let left = Math.abs(value)
  while (left >= base * 0.9995 && index < names.length - 1) {
    left /= base
    index++
  }
  const digits = left >= 99.95 || Number.isInteger(left) ? left.toFixed(0) : left.toFixed(left >= 9.95 ? 0 : 1)
  return `${value < 0 ? '-' : ''}${digits}${gap}${names[index]}`.trimEnd()
}

export const bytes = (value: number): string => scaled(value, 1024, bytePrefixes, ' ')
export const count = (value: number): string =>
  value < 10 && !Number.isInteger(value) ? value.toFixed(1) : scaled(value, 1000, countPrefixes, '')
/** `37 %`; below one percent a digit more. */
export const percent = (share: number): string => {
  const value = share * 100
  return `${value > 0 && value < 1 ? value.toFixed(1) : value.toFixed(0)} %`
}
/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1).replace(/\.0$/, '')} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return joined(Math.floor(whole / 60), 'min', whole % 60, 's')
  if (whole < 86_400) return joined(Math.floor(whole / 3600), 'h', Math.round((whole % 3600) / 60), 'min')
  return joined(Math.floor(whole / 86_400), 'd', Math.round((whole % 86_400) / 3600), 'h')
}
const joined = (first: number, one: string, second: number, two: string): string =>
  second === 0 ? `${first} ${one}` : `${first} ${one} ${second} ${two}`

export const latency = (seconds: number): string => {
  if (seconds < 0.001) return `${Math.round(seconds * 1e6)} µs`
  return seconds < 1 ? `${(seconds * 1000).toFixed(seconds < 0.01 ? 1 : 0)} ms` : duration(seconds)
}

/** A value by its UCUM unit. */
export function quantity(value: number, unit: string): string {
  if (unit === '1' || unit === 's/s') return percent(value)
  if (unit === 'By') return bytes(value)
  if (unit === 'By/s') return `${bytes(value)}/s`
  if (unit === 's') return latency(value)
  if (unit === 'Hz') return `${scaled(value, 1000, countPrefixes, ' ')}Hz`
  if (unit === 'Cel') return `${value.toFixed(0)} °C`
  const name = unit.replaceAll(/[{}]/g, '')
  if (name === 'cpu') return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} CPUs`
  return `${count(value)} ${name}`.trimEnd()
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(parts: readonly string[]): string {
  if (parts.length < 2) return parts[0] ?? ''
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}

export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
