import { misuse } from './mistake.ts'

/** Largest pid that any supported system gives out: a signed 32-bit number. */
const largestPid = 2 ** 31 - 1

/** Names are refused: what a name stands for may be several processes, or another one than meant. */
export function parsePid(word: string, command: string): number {
  const pid = Number(word)
  if (/^\d+$/.test(word) && pid >= 1 && pid <= largestPid) return pid
  if (/^-?\d+$/.test(word)) throw misuse(`${word} is no process id`, 'process ids are 1 and above')
  throw misuse(
    `${command} takes a process id, not a name: '${word}'`,
    `find it with: sysmon ps --filter ${quoted(word)}`,
  )
}

const quoted = (word: string): string => (/^[\w.-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)
