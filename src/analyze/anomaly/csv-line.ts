/**
 * Lines of `timestamp,value`, as many programs write them: a header or none, comma, semicolon or tab, quotes or none,
 * LF or CRLF; times as RFC 3339 and its kin, as Unix seconds to nanoseconds, or as dates with slashes and dots. A time
 * without a zone is UTC. Knows nothing of files.
 */
export type CsvLine =
  | { readonly kind: 'sample'; readonly timestamp: string; readonly unixMs: number; readonly value: number }
  | { readonly kind: 'blank' }
  | { readonly kind: 'header' }
  | { readonly kind: 'bad'; readonly why: string }

const separators = /[,;\t]/

/** `isFirst`: nothing but blank lines came before, so that what has no number is a header. */
export function parseCsvLine(line: string, isFirst: boolean): CsvLine {
  const text = line.replace(/^\uFEFF/, '').trim()
  if (text === '' || text.startsWith('#')) return { kind: 'blank' }
  const cells = text.split(separators).map(unquoted)
  const [timestamp = '', number = ''] = cells
  if (cells.length < 2) return { kind: 'bad', why: 'there is no second column' }
  const value = numberOf(number)
  const unixMs = parseTimestamp(timestamp)
  if (isFirst && value === undefined && unixMs === undefined) return { kind: 'header' }
  if (unixMs === undefined) return { kind: 'bad', why: `'${timestamp}' is no time` }
  if (value === undefined)
    return { kind: 'bad', why: number === '' ? 'the value is empty' : `'${number}' is no number` }
  return { kind: 'sample', timestamp, unixMs, value }
}

const unquoted = (cell: string): string =>
  cell
    .trim()
    .replace(/^"(.*)"$/s, '$1')
    .trim()

function numberOf(text: string): number | undefined {
  const value = text === '' ? Number.NaN : Number(text)
  return Number.isFinite(value) && !/^0[xob]/i.test(text) ? value : undefined
}

const clockPart = String.raw`(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2}(?:[.,]\d+)?))?)?`
const zonePart = String.raw`\s*(Z|UTC|[+-]\d{2}:?\d{2})?`
/** Year, month, day; day, month, year with dots (Europe); month, day, year with slashes (United States). */
const layouts = [
  {
    pattern: new RegExp(String.raw`^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})${clockPart}${zonePart}$`, 'i'),
    order: [1, 2, 3],
  },
  { pattern: new RegExp(String.raw`^(\d{1,2})\.(\d{1,2})\.(\d{4})${clockPart}${zonePart}$`, 'i'), order: [3, 2, 1] },
  { pattern: new RegExp(String.raw`^(\d{1,2})/(\d{1,2})/(\d{4})${clockPart}${zonePart}$`, 'i'), order: [3, 1, 2] },
] as const

/** Unix milliseconds; `undefined` for what is no time. */
export function parseTimestamp(text: string): number | undefined {
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return unixNumber(Number(text))
  for (const { pattern, order } of layouts) {
    const found = pattern.exec(text)
    if (found === null) continue
    const [year, month, day] = order.map((group) => Number(found[group])) as [number, number, number]
    const [hour, minute] = [Number(found[4] ?? 0), Number(found[5] ?? 0)]
    const seconds = Number((found[6] ?? '0').replace(',', '.'))
    if (hour > 24 || minute > 59 || seconds >= 61) return undefined
    const midnight = new Date(Date.UTC(year, month - 1, day))
    if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day) return undefined
    return midnight.getTime() + (hour * 60 + minute) * 60_000 + Math.round(seconds * 1000) - zoneMs(found[7])
  }
  return undefined
}

/** Seconds, milli-, micro- or nanoseconds, told by their size: seconds reach the year 5138, each next a thousand times that. */
function unixNumber(value: number): number {
  const size = Math.abs(value)
  if (size < 1e11) return value * 1000
  if (size < 1e14) return value
  return size < 1e17 ? value / 1e3 : value / 1e6
}

function zoneMs(zone: string | undefined): number {
  const found = /^([+-])(\d{2}):?(\d{2})$/.exec(zone ?? '')
  if (found === null) return 0
  return (found[1] === '-' ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3])) * 60_000
}
