/**
 * Text that comes from processes, devices and files, made safe once where it comes in and again where it is shown: valid
 * UTF-8, nothing that a terminal, a log or a mail header would obey.
 */

/** C0 controls, DEL, C1 controls, zero-width and bidirectional overrides and isolates, line and paragraph separators, BOM. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const unsafe = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g
/** Everything printable in ASCII: the common case, left as it is. */
const plain = /^[\x20-\x7e]*$/

/** Replaces what a terminal would obey by U+FFFD; lone surrogates too. */
export function sanitizeText(text: string): string {
  if (plain.test(text)) return text
  return text.toWellFormed().replace(unsafe, '\ufffd')
}

const decoder = new TextDecoder('utf-8', { fatal: false })

/** Bytes as text: invalid UTF-8 becomes U+FFFD, then as `sanitizeText`. */
export const textOfBytes = (bytes: Uint8Array): string => sanitizeText(decoder.decode(bytes))
