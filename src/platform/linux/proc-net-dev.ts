import { sanitizeText } from '../../base/text.ts'
import type { NetworkFlow, NetworkReading, NetworkRole } from '../platform.ts'
import { Cursor } from './bytes.ts'

const cursor = new Cursor()
const colon = 0x3a

/**
 * /proc/net/dev (proc_pid_net(5)): two lines of headings, then `  eth0: 11 12 13 14 15 16 17 18 21 22 23 24 25 26 27 28`:
 * received bytes packets errs drop fifo frame compressed multicast, transmitted bytes packets errs drop fifo colls
 * carrier compressed. Read at once, all interfaces each time, so none that appears later is missed (N8, N12).
 */
export function parseNetDev(bytes: Uint8Array, roleOf: (device: string) => NetworkRole): NetworkReading[] {
  const networks: NetworkReading[] = []
  cursor.of(bytes)
  cursor.nextLine()
  cursor.nextLine()
  while (!cursor.done) {
    cursor.skipBlanks()
    const name = cursor.textUntil(colon)
    const receive = parseFlow()
    cursor.skipFields(4)
    const transmit = parseFlow()
    if (!Number.isNaN(transmit.dropped ?? Number.NaN)) {
      const device = nameOf(name)
      networks.push({ device, role: roleOf(device), receive, transmit })
    }
    cursor.nextLine()
  }
  return networks
}

const parseFlow = (): NetworkFlow => ({
  bytes: cursor.number(),
  packets: cursor.number(),
  errors: cursor.number(),
  dropped: cursor.number(),
})

/** Names may hold any byte but `/` and blanks (N14). */
const nameOf = (latin: string): string =>
  /^[\x21-\x7e]*$/.test(latin)
    ? latin
    : sanitizeText(new TextDecoder().decode(Uint8Array.from(latin, (c) => c.charCodeAt(0))))
