/** Numbers of the process record's format; drawn in docs/format/processes.md. */

/** In the first byte of every tick, above the bit that says whether it is a key tick. */
export const formatVersion = 1
/** First byte of a packed block. */
export const packVersion = 1
/** A process is read somewhere within its tick; kept to this many milliseconds, so that its rate is over its own window (R18). */
export const offsetStepMs = 10
/** No process lies in a slot from here on: what bytes that are damaged may make the table grow to. */
export const mostSlots = 2 ** 20
/** Steps of a value lie below this, so that a difference of two and its sign fit a whole number of a double. */
export const largestSteps = 2 ** 51
/** The last moment that a Date can be, Unix milliseconds. */
export const latestMs = 8.64e15
/**
 * A process may have begun so many ticks before the newest one seen and yet be new: the list of all is not taken in one
 * moment. A tenth of a second where a start is in USER_HZ.
 */
export const startSlack = 10
/** Low bits of a row's mask; the columns follow above. */
export const rowBits = { isNew: 1, hasOffset: 2 } as const
