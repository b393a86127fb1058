/** Lets whatever else is due have its turn, a tick above all: between slices of work that is long as a whole. */
export const othersTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
