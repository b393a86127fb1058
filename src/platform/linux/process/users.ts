import { sanitizeText } from '../../../base/text.ts'
import { type Host, HostError } from '../../host.ts'

/** One line of passwd(5): `www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin` */
export function parsePasswd(text: string): Map<number, string> {
  const names = new Map<number, string>()
  for (const line of text.split('\n')) {
    const [name, , uid] = line.split(':')
    if (name === undefined || name === '' || uid === undefined || !/^\d+$/.test(uid)) continue
    if (!names.has(Number(uid))) names.set(Number(uid), sanitizeText(name))
  }
  return names
}

/** How long names are kept before the file is read again, milliseconds. */
const keepMs = 60_000

/**
 * User names from the local user database only. Asking the name service (LDAP, SSSD) may block for seconds and would
 * hold up the tick (R13): users it alone knows are shown by number.
 */
export class Users {
  #names = new Map<number, string>()
  #readAtMs = Number.NEGATIVE_INFINITY

  constructor(
    private readonly host: Host,
    private readonly path: string | undefined,
  ) {}

  nameOf(uid: number): string {
    const now = this.host.clock.monotonicMs()
    if (this.path !== undefined && now - this.#readAtMs > keepMs) {
      this.#readAtMs = now
      this.#read(this.path)
    }
    return this.#names.get(uid) ?? String(uid)
  }

  /** A file that cannot be read leaves the numbers. */
  #read(path: string): void {
    try {
      this.#names = parsePasswd(this.host.readText(path))
    } catch (error) {
      if (!(error instanceof HostError)) throw error
    }
  }
}
