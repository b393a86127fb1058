/**
 * Work that is long as a whole is done in slices of a few milliseconds, and between two slices others have their turn, a
 * tick above all. However many such works are under way, one slice of one of them is done in a turn of the event loop,
 * in the order in which they asked: a hundred questions at once hold a tick up no longer than one does.
 */
export const othersTurn = (): Promise<void> =>
  new Promise((resolve) => {
    waiting.push(resolve)
    if (waiting.length === 1) setImmediate(next)
  })

/** The first is the one whose turn comes next. */
const waiting: (() => void)[] = []

function next(): void {
  waiting[0]?.()
  waiting.shift()
  if (waiting.length > 0) setImmediate(next)
}
