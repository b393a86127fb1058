/** Durations as people write them, `90s`, `1h30m`, `7d`, always with a unit; inside they are milliseconds. */

// A month has no fixed length and is not offered; a year is the 365 days of the retention times.
const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000 } as const
type DurationUnit = keyof typeof unitMs

export const durationUnits: readonly string[] = Object.keys(unitMs)

const isUnit = (text: string): text is DurationUnit => Object.hasOwn(unitMs, text)

/** `undefined` when it is not a duration. Parts stand largest first or not, but each unit only once. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?[a-z]+)+$/.test(text)) return undefined
  const seen = new Set<string>()
  let totalMs = 0
  for (const [, amount = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)([a-z]+)/g)) {
    if (!isUnit(unit) || seen.has(unit)) return undefined
    seen.add(unit)
    totalMs += Number(amount) * unitMs[unit]
  }
  return totalMs
}

/** The shortest exact way to write it: `5400000` is `90m`, not `1h30m`. */
export function formatDuration(durationMs: number): string {
  const units = Object.entries(unitMs).reverse()
  const [unit, size] = units.find(([, each]) => durationMs !== 0 && durationMs % each === 0) ?? ['s', 1000]
  return `${durationMs / size}${unit}`
}
