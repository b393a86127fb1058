import { sanitizeText } from '../../../base/text.ts'
import { redactArguments } from '../../redact-command-line.ts'
import { wideText } from '../growing-buffer.ts'
import type { Block } from '../native.ts'
import { unicodeString } from '../structures/process.ts'
import { unsigned64 } from '../structures/structure.ts'

/** Longest command line kept, characters. */
const mostCharacters = 4096

/** ProcessCommandLineInformation: a UNICODE_STRING whose text lies behind it. Secrets are taken out (R10). */
export function parseCommandLine({ view, length, address }: Block): string {
  if (length < unicodeString.size) return ''
  const bytes = view.getUint16(unicodeString.at.Length, true)
  const start = unsigned64(view, unicodeString.at.Buffer) - address
  if (bytes === 0 || start < 0 || start + bytes > length) return ''
  const text = wideText(view, start, Math.min(bytes, mostCharacters * 2))
  return sanitizeText(redactArguments(splitArguments(text)).join(' ')).trimEnd()
}

/**
 * Words of a command line as the C runtime and CommandLineToArgvW take them: a quote holds blanks together, backslashes
 * before a quote escape it, by twos.
 * https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
 */
export function splitArguments(text: string): string[] {
  const words: string[] = []
  let word = ''
  let isQuoted = false
  let isWord = false
  for (const [token] of text.matchAll(/\\*"|\\+|[ \t]+|[^\\" \t]+/g)) {
    if (token.endsWith('"')) {
      const backslashes = token.length - 1
      word += '\\'.repeat(Math.floor(backslashes / 2))
      if (backslashes % 2 === 1) word += '"'
      else isQuoted = !isQuoted
      isWord = true
    } else if (/^[ \t]/.test(token) && !isQuoted) {
      if (isWord) words.push(word)
      word = ''
      isWord = false
    } else {
      word += token
      isWord = true
    }
  }
  return isWord ? [...words, word] : words
}
