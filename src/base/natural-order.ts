/**
 * Names as people count them: `hwmon2` before `hwmon10`. By code units else, and without Intl, which takes 5 MB of memory
 * once it is used.
 */
export function naturalOrder(a: string, b: string): number {
  const left = a.split(/(\d+)/)
  const right = b.split(/(\d+)/)
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const one = left[i] as string
    const other = right[i] as string
    // The odd parts are digits.
    if (i % 2 === 1 && Number(one) !== Number(other)) return Number(one) - Number(other)
    if (one !== other) return one < other ? -1 : 1
  }
  return left.length - right.length
}
