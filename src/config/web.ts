import * as v from 'valibot'
import { formatListen, isLoopback, type ListenAddress } from './listen.ts'
import { type Kind, show } from './setting.ts'

/** What the settings of the web listener can be, and what of them does not go together. */

export type WebRole = 'viewer' | 'admin'

export interface WebUser {
  readonly name: string
  readonly role: WebRole
  /** Argon2id in the PHC string format, never the password itself. */
  readonly password: string
}

const aHost = /^(?=.{1,253}$)[a-z\d](?:[a-z\d-]{0,62})(?:\.[a-z\d][a-z\d-]{0,62})*$|^\[[\da-f:.]+\]$/

/** Names as they stand in a Host header, without the port. */
export const hostNames: Kind<readonly string[]> = {
  label: 'list of host names',
  schema: v.pipe(
    v.array(
      v.pipe(
        v.string(({ input }) => `${show(input)} is not a host name`),
        v.toLowerCase(),
        v.regex(aHost, ({ input }) => `${show(input)} is not a host name: write it without scheme and port`),
      ),
      ({ input }) => `${show(input)} is not a list: write [a, b]`,
    ),
    v.maxLength(100, 'at most 100 names'),
  ),
  fromText: (text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  format: (names) => `[${names.join(', ')}]`,
}

const webUser = v.strictObject(
  {
    name: v.pipe(
      v.string(({ input }) => `${show(input)} is not a name`),
      v.regex(/^[\w.@-]{1,64}$/, 'a name has 1 to 64 letters, digits and . _ @ -'),
    ),
    role: v.picklist(['viewer', 'admin'], ({ input }) => `${show(input)} is none of viewer, admin`),
    password: v.pipe(
      v.string('the hash of a password is needed: `sysmon token hash-password` makes it'),
      v.regex(
        /^\$argon2id\$v=\d+\$[^$\s]+\$[^$\s]+\$[^$\s]+$/,
        'this is no argon2id hash: `sysmon token hash-password` makes one',
      ),
    ),
  },
  ({ expected, input }) => `${show(input)} does not fit: a user has name, role and password (${expected})`,
)

export const webUsers: Kind<readonly WebUser[]> = {
  label: 'list of users, each with name, role and password',
  schema: v.pipe(
    v.array(webUser, ({ input }) => `${show(input)} is not a list of users`),
    v.maxLength(1000, 'at most 1000 users'),
    v.check(
      (users) => new Set(users.map(({ name }) => name)).size === users.length,
      'the same name stands there twice',
    ),
  ),
  fromText: (text) => {
    try {
      return JSON.parse(text)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      return text
    }
  },
  format: (users) =>
    users.length === 0 ? '[]' : `[${users.map(({ name, role }) => `{name: ${name}, role: ${role}}`).join(', ')}]`,
}

export interface WebSafety {
  readonly listen: ListenAddress
  readonly tls: { readonly certificate: string | undefined; readonly key: string | undefined }
  readonly isBehindProxy: boolean
}

/** What makes the web listener unsafe or impossible, with the cure and the setting it is about. */
export function webMistake({ listen, tls, isBehindProxy }: WebSafety): { key: string; what: string } | undefined {
  if ((tls.certificate === undefined) !== (tls.key === undefined)) {
    const [given, missing] = tls.key === undefined ? ['certificate', 'key'] : ['key', 'certificate']
    return { key: `web.tls.${given}`, what: `TLS needs both files: name the ${missing} with web.tls.${missing} too` }
  }
  if (isLoopback(listen) || isBehindProxy || tls.certificate !== undefined) return undefined
  return {
    key: 'web.listen',
    what: `${formatListen(listen)} can be reached from other machines, and without TLS everybody on the way reads along. Set web.tls.certificate and web.tls.key, or web.behind_proxy if a proxy does TLS, or use 127.0.0.1:${listen.port}`,
  }
}
