/** Numbers of the process record's format; drawn in docs/format/processes.md. */

/** In the first byte of every tick, above the bit that says whether it is a key tick. */
export const formatVersion = 1
/** First byte of a packed block. */
export const packVersion = 1
/** A process is read somewhere within its tick; kept to this many milliseconds, so that its rate is over its own window (R18). */
export const offsetStepMs = 10
/** Low bits of a row's mask; the columns follow above. */
export const rowBits = { isNew: 1, hasOffset: 2 } as const
