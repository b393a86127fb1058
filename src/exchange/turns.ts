import { othersTurn } from '../base/turns.ts'

/** Lets whatever else is due have its turn, a tick above all. */
export const nextTurn = othersTurn

/** Work that comes in slices of a few milliseconds, one a turn; what it returns. */
export async function inTurns<T>(work: Generator<void, T>): Promise<T> {
  for (;;) {
    const step = work.next()
    if (step.done === true) return step.value
    await nextTurn()
  }
}
