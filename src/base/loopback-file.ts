import { lstatSync, readFileSync } from 'node:fs'
import { errnoCode } from './errors.ts'

/**
 * Where a daemon listens that has no local socket (Windows, as the runtime has none there): a port of the loopback
 * interface and a secret, in a file that only its owner may read. Who can read the file may do everything, as with a
 * socket; who finds the port without it may do nothing. One line of JSON: `{"port":49152,"token":"…"}`.
 */
export interface Loopback {
  readonly port: number
  /** 256 random bits, base64url; new at each start. */
  readonly token: string
}

/** Larger than any such file. */
const mostBytes = 4096

/** `undefined`: what is there is no such file, or nothing that can be read. */
export function readLoopback(path: string): Loopback | undefined {
  try {
    const facts = lstatSync(path)
    if (!facts.isFile() || facts.size > mostBytes) return undefined
    return parseLoopback(readFileSync(path, 'utf8'))
  } catch (error) {
    if (errnoCode(error) === undefined) throw error
    return undefined
  }
}

export function parseLoopback(text: string): Loopback | undefined {
  const found = /^\{"port":(\d{1,5}),"token":"([\w-]{43})"\}\n$/.exec(text)
  return found === null ? undefined : { port: Number(found[1]), token: found[2] as string }
}

export const formatLoopback = ({ port, token }: Loopback): string => `${JSON.stringify({ port, token })}\n`

export const loopbackUrl = ({ port }: Loopback): string => `http://127.0.0.1:${port}`
