import { meant } from './meant.ts'
import { misuse } from './mistake.ts'

/**
 * Names of the signals that people send, most asked for first, with the numbers that POSIX fixes for all systems
 * (kill(1)) where it does. Which of them a system has, the daemon there says.
 */
const numbers: Readonly<Record<string, number | undefined>> = {
  TERM: 15,
  KILL: 9,
  HUP: 1,
  INT: 2,
  QUIT: 3,
  STOP: undefined,
  CONT: undefined,
  TSTP: undefined,
  USR1: undefined,
  USR2: undefined,
  ABRT: 6,
  ALRM: 14,
  TRAP: 5,
  BUS: undefined,
  FPE: 8,
  ILL: 4,
  SEGV: 11,
  PIPE: 13,
  CHLD: undefined,
  TTIN: undefined,
  TTOU: undefined,
  URG: undefined,
  XCPU: undefined,
  XFSZ: undefined,
  VTALRM: undefined,
  PROF: undefined,
  WINCH: undefined,
  IO: undefined,
  PWR: undefined,
  SYS: undefined,
}

export const signalNames: readonly string[] = Object.keys(numbers)

/** `TERM`, `SIGTERM`, `term` or `15` → `TERM`. */
export function parseSignal(text: string): string {
  const name = text.toUpperCase().replace(/^SIG/, '')
  if (Object.hasOwn(numbers, name)) return name
  if (/^\d+$/.test(text)) return byNumber(Number(text))
  throw misuse(`unknown signal '${text}'`, meant(name, signalNames) ?? 'such as TERM, KILL, HUP, STOP, CONT')
}

function byNumber(number: number): string {
  const found = signalNames.find((name) => numbers[name] === number)
  if (found !== undefined) return found
  throw misuse(`signal ${number} has not the same meaning on every system`, 'give its name, such as TERM or USR1')
}
