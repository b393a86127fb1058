import { Cursor } from './bytes.ts'

const cursor = new Cursor()

/**
 * /proc/net/sockstat and sockstat6: `TCP: inuse 7 orphan 0 tw 12 alloc 9 mem 3`, `UDP6: inuse 2`. mem is in pages.
 * Keys come back as `TCP.inuse`; those of the 6 file have a 6 in the name.
 */
export function parseSockstat(bytes: Uint8Array, into: Map<string, number>): void {
  cursor.of(bytes)
  while (!cursor.done) {
    const protocol = cursor.textUntil(0x3a)
    while (!cursor.atLineEnd) {
      const key = cursor.word()
      into.set(`${protocol}.${key}`, cursor.number())
    }
    cursor.nextLine()
  }
}
