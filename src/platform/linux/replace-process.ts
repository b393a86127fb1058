import { ptr } from 'bun:ffi'
import { readFileSync } from 'node:fs'
import { openLibc } from './libc.ts'

/**
 * execve(2) of the program by itself: the same process, arguments and descriptors, more environment. Returns only when
 * it failed.
 */
export function replaceProcess(more: Readonly<Record<string, string>>): void {
  // Zero-terminated strings, one after the other (proc_pid_cmdline(5), proc_pid_environ(5)).
  const own = stringsOf(readFileSync('/proc/self/cmdline'))
  const environment = [
    ...stringsOf(readFileSync('/proc/self/environ')),
    ...Object.entries(more).map(([name, value]) => Buffer.from(`${name}=${value}\0`)),
  ]
  const program = Buffer.from(`${process.execPath}\0`)
  const argumentList = pointersTo(own)
  const environmentList = pointersTo(environment)
  openLibc().execve(ptr(program), ptr(argumentList), ptr(environmentList))
}

/** Each with its closing zero. */
function stringsOf(bytes: Buffer): Buffer[] {
  const found: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0, at)
    if (end < 0) break
    found.push(Buffer.from(bytes.subarray(at, end + 1)))
    at = end + 1
  }
  return found
}

/** The strings must stay reachable for as long as the list is used. */
const pointersTo = (strings: readonly Buffer[]): BigUint64Array =>
  BigUint64Array.from([...strings.map((text) => BigInt(ptr(text))), 0n])
