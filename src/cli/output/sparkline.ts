const levels = '▁▂▃▄▅▆▇█'

/**
 * A row of numbers as small bars, one a number, at most `width` of them: several numbers in one place show the highest,
 * because a peak is what one looks for. From 0 to `top`, or to the highest. What is absent is a blank.
 */
export function sparkline(values: readonly (number | null)[], width: number, top?: number): string {
  const bars = values.length <= width ? values : squeezed(values, width)
  const highest = top ?? Math.max(0, ...bars.filter((value) => value !== null))
  return bars.map((value) => (value === null ? ' ' : bar(value, highest))).join('')
}

function bar(value: number, highest: number): string {
  const share = highest <= 0 ? 0 : Math.min(1, Math.max(0, value / highest))
  return levels[Math.round(share * (levels.length - 1))] ?? ' '
}

function squeezed(values: readonly (number | null)[], width: number): (number | null)[] {
  return Array.from({ length: width }, (_, place) => {
    const from = Math.floor((place * values.length) / width)
    const to = Math.floor(((place + 1) * values.length) / width)
    const there = values.slice(from, to).filter((value) => value !== null)
    return there.length === 0 ? null : Math.max(...there)
  })
}

/** `██████▌     ` : a share of 1 in `width` cells, in eighths. */
export function meter(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8)
  const partial = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8] ?? ''
  return ('█'.repeat(Math.floor(eighths / 8)) + partial).padEnd(width)
}
