import { durationUnits, formatDuration, parseDuration } from '../base/duration.ts'
import { formatSize, parseSize, sizeUnits } from '../base/size.ts'

/** Amounts as people write them, `90%`, `2GiB`, `30s`, `85C`, held against the unit of what they are compared with. */
export interface Amount {
  readonly value: number
  /** UCUM, as in the catalogue; undefined: a plain number, of whatever unit. */
  readonly unit: string | undefined
}

const prefixes: Readonly<Record<string, number>> = { k: 1e3, M: 1e6, G: 1e9 }

/** `undefined`: it is no amount at all. */
export function parseAmount(text: string): Amount | undefined {
  const trimmed = text.trim()
  const [, digits = '', suffix = ''] = /^([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*(.*)$/.exec(trimmed) ?? []
  if (digits === '') return undefined
  const number = Number(digits)
  if (suffix === '') return Number.isFinite(number) ? { value: number, unit: undefined } : undefined
  if (suffix === '%') return { value: number / 100, unit: '1' }
  if (suffix === 'C' || suffix === '°C') return { value: number, unit: 'Cel' }
  const [, prefix = '', simple] = /^([kMG]?)(Hz|W|V)$/.exec(suffix) ?? []
  if (simple !== undefined) return { value: number * (prefixes[prefix] ?? 1), unit: simple }
  if (suffix === 'rpm') return { value: number, unit: 'rpm' }
  const perSecond = suffix.endsWith('/s')
  const bytes = parseSize(perSecond ? trimmed.slice(0, -2) : trimmed)
  if (bytes !== undefined) return { value: bytes, unit: perSecond ? 'By/s' : 'By' }
  if (suffix === '/s') return { value: number, unit: undefined }
  const durationMs = parseDuration(trimmed)
  return durationMs === undefined ? undefined : { value: durationMs / 1000, unit: 's' }
}

/** How an amount of this unit is written, for mistakes. */
export function exampleOf(unit: string | undefined): string {
  switch (unit) {
    case '1':
      return '90%'
    case 'By':
      return '2GiB'
    case 'By/s':
      return '10MB/s'
    case 's':
      return '30s'
    case 'Cel':
      return '85C'
    case 'Hz':
      return '3GHz'
    case 'W':
      return '100W'
    default:
      return '10'
  }
}

/** The amount in the unit, or what is wrong with it. */
export function amountIn(
  written: string | number,
  unit: string | undefined,
  range?: readonly [number, number],
): { readonly value: number } | { readonly problem: string } {
  const amount = typeof written === 'number' ? { value: written, unit: undefined } : parseAmount(written)
  const example = exampleOf(unit)
  if (amount === undefined || !Number.isFinite(amount.value)) {
    const units = unit === 'By' || unit === 'By/s' ? ` (units: ${sizeUnits.join(', ')})` : ''
    const times = unit === 's' ? ` (units: ${durationUnits.join(', ')})` : ''
    return { problem: `"${written}" is no amount. Write one like ${example}${units}${times}` }
  }
  if (amount.unit !== undefined && unit !== undefined && amount.unit !== unit) {
    return { problem: `"${written}" does not fit: the value is ${unitInWords(unit)}. Write one like ${example}` }
  }
  if (range !== undefined && (amount.value < range[0] || amount.value > range[1])) {
    const meant = unit === '1' && amount.value > 1 && amount.value <= 100 ? `. Did you mean ${amount.value}%?` : ''
    return { problem: `${written} is beyond what the value can be, ${range[0]} to ${range[1]}${meant}` }
  }
  return { value: amount.value }
}

const words: Readonly<Record<string, string>> = {
  1: 'a share (0 to 1, or in %)',
  By: 'an amount of bytes',
  'By/s': 'bytes per second',
  s: 'a time',
  Cel: 'a temperature',
  Hz: 'a frequency',
  W: 'a power',
  V: 'a voltage',
}
export const unitInWords = (unit: string): string => words[unit] ?? `in ${unit}`

/** For people: `92.3 %`, `1.5GiB`, `4m 10s`. */
export function formatAmount(value: number, unit: string | undefined): string {
  if (Number.isNaN(value)) return 'no data'
  if (!Number.isFinite(value)) return value > 0 ? 'never' : '-∞'
  if (unit === '1') return `${trimmed(value * 100)} %`
  if (unit === 'By' || unit === 'By/s') return `${formatBytes(value)}${unit === 'By/s' ? '/s' : ''}`
  if (unit === 's') return formatSeconds(value)
  if (unit === 'Cel') return `${trimmed(value)} °C`
  if (unit === undefined || unit === '') return trimmed(value)
  return `${trimmed(value)} ${unit.replace(/[{}]/g, '')}`
}

const trimmed = (value: number): string => String(Number(value.toPrecision(Math.abs(value) >= 1000 ? 6 : 4)))

function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let step = 0
  let value = bytes
  while (Math.abs(value) >= 1024 && step < units.length - 1) {
    value /= 1024
    step++
  }
  return `${Number(value.toPrecision(4))} ${units[step]}`
}

function formatSeconds(seconds: number): string {
  if (Math.abs(seconds) < 60) return `${trimmed(seconds)} s`
  const whole = Math.round(Math.abs(seconds))
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor((whole % 86_400) / 3600), 'h'],
    [Math.floor((whole % 3600) / 60), 'min'],
    [whole % 60, 's'],
  ] as const
  const first = parts.findIndex(([count]) => count > 0)
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0)
  return `${seconds < 0 ? '-' : ''}${shown.map(([count, name]) => `${count} ${name}`).join(' ')}`
}

/** The shortest exact way to write a literal of the language. */
export function formatLiteral(value: number, unit: string | undefined): string {
  if (unit === 'By') return formatSize(value)
  if (unit === 'By/s') return `${formatSize(value)}/s`
  if (unit === 's') return formatDuration(value * 1000)
  if (unit === '1') return `${Number((value * 100).toPrecision(15))}%`
  if (unit === 'Cel') return `${value}C`
  return unit === undefined ? String(value) : `${value}${unit}`
}
