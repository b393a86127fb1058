/** Numbers as people read them. Units are those of the catalogue (UCUM); ratios become percent here and nowhere else. */

const absent = '–'
const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

export function formatValue(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return absent
  if (unit === '1') return formatPercent(value)
  if (unit === 'By' || unit === 'By/s') return `${formatBytes(value)}${unit === 'By/s' ? '/s' : ''}`
  if (unit === 's') return formatSeconds(value)
  // Time per time: 100 % is all of it, more when several do it at once.
  if (unit === 's/s') return formatPercent(value)
  if (unit === 'Hz')
    return value === 0 ? '0 Hz' : value >= 1e9 ? `${round(value / 1e9)} GHz` : `${round(value / 1e6)} MHz`
  if (unit === 'Cel') return `${round(value)} °C`
  const [what, per] = splitUnit(unit)
  return `${formatCount(value)}${what === '' ? '' : ` ${what}`}${per ? '/s' : ''}`
}

/** On an axis there is no room for words that the title says. */
export function formatTick(value: number | null, unit: string): string {
  if (value === null || !unit.startsWith('{')) return formatValue(value, unit)
  return `${formatCount(value)}${unit.endsWith('/s') ? '/s' : ''}`
}

/** `{operation}/s` → operation, per second. Braces are UCUM's annotations: words, no units. */
function splitUnit(unit: string): readonly [string, boolean] {
  const per = unit.endsWith('/s')
  const bare = per ? unit.slice(0, -2) : unit
  const word = /^\{(.*)\}$/.exec(bare)?.[1]
  return [word === undefined ? bare : (short[word] ?? ''), per]
}
/** Words that tell more than the title does; others are left out. */
const short: Readonly<Record<string, string>> = { operation: 'ops', packet: 'pkt', cpu: 'CPU', page: 'pages' }

export function formatPercent(ratio: number): string {
  const percent = ratio * 100
  const size = Math.abs(percent)
  if (size === 0) return '0 %'
  if (size < 0.05) return '<0.1 %'
  return `${percent.toFixed(size < 10 ? 1 : 0)} %`
}

export function formatBytes(bytes: number): string {
  let scaled = bytes
  let place = 0
  while (Math.abs(scaled) >= 1023.5 && place < binary.length - 1) {
    scaled /= 1024
    place++
  }
  return `${place === 0 ? Math.round(scaled) : round(scaled)} ${binary[place]}`
}

export function formatSeconds(seconds: number): string {
  const size = Math.abs(seconds)
  if (size === 0) return '0 s'
  if (size < 1e-3) return `${round(seconds * 1e6)} µs`
  if (size < 1) return `${round(seconds * 1e3)} ms`
  if (size < 120) return `${round(seconds)} s`
  if (size < 7200) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`
  if (size < 172_800) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`
}

export function formatCount(value: number): string {
  const size = Math.abs(value)
  if (size >= 999_500_000) return `${round(value / 1e9)} G`
  if (size >= 999_500) return `${round(value / 1e6)} M`
  if (size >= 9995) return `${round(value / 1e3)} k`
  return String(round(value))
}

/** Three digits that mean something: 1.23, 12.3, 123. */
function round(value: number): number {
  const size = Math.abs(value)
  const digits = size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : 2
  return Number(value.toFixed(digits))
}

const pad = (value: number): string => String(value).padStart(2, '0')

/** Local time of day, to the second. */
export function formatClock(unixMs: number): string {
  const date = new Date(unixMs)
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`
}

/** Local date and time of day. */
export function formatMoment(unixMs: number): string {
  const date = new Date(unixMs)
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${formatClock(unixMs)}`
}

/** What everybody calls it: `nginx` for nginx.service. */
export const shortService = (name: string): string => name.replace(/\.(?:service|scope|slice)$/, '')

/** `system.disk.operation_time` and its labels as a legend says them: the values of the labels that differ. */
export function formatLabels(labels: Readonly<Record<string, string>>, without: readonly string[] = []): string {
  return Object.entries(labels)
    .filter(([name]) => !without.includes(name))
    .map(([name, value]) =>
      name === 'cpu' ? `CPU ${value}` : name === 'name' ? shortService(value) : value.replaceAll('_', ' '),
    )
    .join(' · ')
}

/** A sentence that others begin in small letters; a path stays one. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
