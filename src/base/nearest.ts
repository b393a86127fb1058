/**
 * The nearest right word to a mistyped one. Distance as Damerau and Levenshtein count it (optimal string alignment):
 * a letter too many, too few, wrong, or two neighbours swapped is one mistake.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const typed = word.toLowerCase()
  let found: string | undefined
  let least = mistakesForgiven(typed) + 1
  for (const candidate of candidates) {
    const distance = editDistance(typed, candidate.toLowerCase(), least)
    if (distance < least) {
      least = distance
      found = candidate
    }
  }
  return found ?? beginning(typed, candidates)
}

/** One mistake in a short word, about a third of a longer one: more would be guessing. */
const mistakesForgiven = (word: string): number => (word.length <= 2 ? 1 : Math.max(1, Math.floor(word.length / 3)))

/** A word broken off: the only candidate that begins so. */
function beginning(typed: string, candidates: Iterable<string>): string | undefined {
  if (typed.length < 2) return undefined
  const begun = [...candidates].filter((candidate) => candidate.toLowerCase().startsWith(typed))
  return begun.length === 1 ? begun[0] : undefined
}

/** Mistakes between the two words; any number of at least `limit` once it is known to be that many. */
export function editDistance(left: string, right: string, limit = Number.POSITIVE_INFINITY): number {
  if (Math.abs(left.length - right.length) >= limit) return limit
  let beforeLast: number[] = []
  let last = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1]
      let least = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      )
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      if (row > 1 && column > 1 && swapped) least = Math.min(least, (beforeLast[column - 2] ?? 0) + 1)
      current.push(least)
    }
    beforeLast = last
    last = current
  }
  return last[right.length] ?? 0
}
