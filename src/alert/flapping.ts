/** So many times raised within an hour is flapping: then nothing more is told until it has been calm (A1). */
const mostRaises = 5
const spanMs = 3_600_000
const calmMs = 15 * 60_000
/** Times of raising that are kept. */
const raisesKept = 10

/** With one more; a batch that is tried again adds it once. */
export const raisesWith = (raises: readonly number[], atMs: number): readonly number[] =>
  [...raises.filter((one) => one !== atMs), atMs].slice(-raisesKept)

export const recentRaises = (raises: readonly number[], nowMs: number): number =>
  raises.filter((at) => at > nowMs - spanMs && at <= nowMs).length

/** `changedMs`: when it last went up or down. */
export const isFlapping = (raises: readonly number[], changedMs: number, nowMs: number): boolean =>
  recentRaises(raises, nowMs) >= mostRaises && nowMs - changedMs < calmMs

/** The one that is told with the word that it flaps; those after it are held back. */
export const isFirstOfFlapping = (raises: readonly number[], raisedMs: number): boolean =>
  recentRaises(
    raises.filter((at) => at <= raisedMs),
    raisedMs,
  ) === mostRaises
