import { ascii, type Cursor } from '../bytes.ts'

/**
 * /proc/PID/io (proc_pid_io(5)): `rchar: 323934931` … `read_bytes: 0`, `write_bytes: 323932160`,
 * `cancelled_write_bytes: 0`. rchar and wchar count pipes and cache too; these three are of storage (R14).
 */
export interface IoFields {
  readBytes: number
  writtenBytes: number
}

const readKey = ascii('read_bytes:')
const writeKey = ascii('write_bytes:')
const cancelledKey = ascii('cancelled_write_bytes:')

export function parseIo(cursor: Cursor, into: IoFields): boolean {
  into.readBytes = Number.NaN
  let written = Number.NaN
  let cancelled = 0
  while (!cursor.done) {
    if (cursor.take(readKey)) into.readBytes = cursor.number()
    else if (cursor.take(writeKey)) written = cursor.number()
    else if (cursor.take(cancelledKey)) cancelled = cursor.number()
    cursor.nextLine()
  }
  into.writtenBytes = Math.max(0, written - cancelled)
  return !Number.isNaN(written)
}
