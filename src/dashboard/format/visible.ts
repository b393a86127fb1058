/**
 * Directional marks, overrides and isolates of Unicode (UAX #9, 2), line separators and zero-width characters: in the name
 * of a process they would make it read as another one, and reorder what stands beside it.
 */
const deceiving = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** What would not be seen, but change what is seen, stands as U+FFFD. */
export const visible = (text: string): string => text.replace(deceiving, '\ufffd')

/** An answer of the daemon, its texts made visible: such characters are in JSON only within strings (RFC 8259, 2 and 7). */
export const readJson = <T>(text: string): T => JSON.parse(visible(text)) as T
