import * as v from 'valibot'
import { type OutwardName, outwardNames } from './outward-names.ts'
import { duration, filePath, integer, type Kind, optional, setting, show } from './setting.ts'

/** What the settings of what is sent elsewhere can be, and what of them does not go together. */

const second = 1000

const webAddress: Kind<string> = {
  label: 'address, http:// or https://',
  schema: v.pipe(
    v.string(({ input }) => `${show(input)} is no address`),
    v.check(
      (text) => /^https?:\/\//i.test(text) && URL.canParse(text),
      ({ input }) => `${show(input)} is no address: write it whole, as in https://metrics.example.org/api/v1/write`,
    ),
    v.check(
      (text) => !URL.canParse(text) || (new URL(text).username === '' && new URL(text).password === ''),
      'user and password do not belong into the address: use username and password beside it',
    ),
  ),
  fromText: (text) => text,
  format: (text) => JSON.stringify(text),
}

const words: Kind<string> = {
  label: 'text',
  schema: v.pipe(
    v.string(({ input }) => `${show(input)} is not text: put it in quotes`),
    v.check((text) => text !== '' && !/[\r\n\0]/.test(text), 'it is empty, or of more than one line'),
  ),
  fromText: (text) => text,
  format: (text) => JSON.stringify(text),
}

/** RFC 9110 5.6.2: what the name of a header is made of. */
const headerName = /^[!#$%&'*+.^_`|~\dA-Za-z-]{1,128}$/

const headers: Kind<Readonly<Record<string, string>>> = {
  label: 'headers by name',
  schema: v.pipe(
    v.record(
      v.string(),
      v.pipe(
        v.string(({ input }) => `${show(input)} is not text: put it in quotes`),
        v.check((text) => !/[\r\n\0]/.test(text), 'a header is one line'),
      ),
      ({ input }) => `${show(input)} is not a group of headers: write {X-Scope-OrgID: team}`,
    ),
    v.check(
      (given) => Object.keys(given).every((name) => headerName.test(name)),
      ({ input }) => `"${Object.keys(input).find((name) => !headerName.test(name))}" is no name of a header`,
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
  format: (given) => `{${Object.keys(given).join(', ')}}`,
}

/** One place that is sent to. Without an address nothing is sent. */
const target = (example: string, intervalMs: number) => ({
  url: setting('url', optional(webAddress), {
    help: 'Where to send to.',
    initial: undefined,
    initialText: 'nothing is sent',
    example,
    live: false,
  }),
  interval: setting('intervalMs', duration(second, 3600 * second, second), {
    help: 'How often the values of a tick are sent.',
    initial: intervalMs,
    live: false,
  }),
  username: setting('username', optional(words), {
    help: 'User, for Basic authentication.',
    initial: undefined,
    initialText: 'nobody',
    example: 'sysmon',
    live: false,
  }),
  password: setting('password', optional(words), {
    help: 'Password of that user.',
    initial: undefined,
    initialText: 'none',
    example: 'secret',
    live: false,
    secret: true,
  }),
  token: setting('token', optional(words), {
    help: 'Sent as Authorization: Bearer; goes before the user.',
    initial: undefined,
    initialText: 'none',
    example: 'secret',
    live: false,
    secret: true,
  }),
  headers: setting('headers', headers, {
    help: 'Further headers of each request.',
    initial: {},
    example: '{X-Scope-OrgID: team}',
    live: false,
    secret: true,
  }),
  certificate_authority: setting('caFile', optional(filePath), {
    help: 'Certificates, PEM, by which that of the receiver is believed beside those of the system.',
    initial: undefined,
    initialText: 'those of the system',
    example: '/etc/sysmon/ca.pem',
    live: false,
  }),
  queue: setting('queue', integer(1, 10_000), {
    help: 'How many of these wait in memory while the receiver is away; then the oldest goes. One takes 8 bytes a series.',
    initial: 240,
    live: false,
  }),
})

export const outwardSettings = {
  otlp: target('http://127.0.0.1:4318/v1/metrics', 15 * second),
  remote_write: target('http://127.0.0.1:9090/api/v1/write', 15 * second),
  influx: target('http://127.0.0.1:8086/api/v2/write?org=o&bucket=b&precision=ms', 15 * second),
}

export interface OutwardTarget {
  readonly url: string | undefined
  readonly intervalMs: number
  readonly username: string | undefined
  readonly password: string | undefined
  readonly token: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly caFile: string | undefined
  readonly queue: number
}

export type OutwardTargets = Readonly<Record<OutwardName, OutwardTarget>>

/** With the cure and the setting it is about. */
export function outwardMistake(targets: OutwardTargets): { key: string; what: string } | undefined {
  for (const name of outwardNames) {
    const { username, password } = targets[name]
    const key = `outward.${name}`
    if ((username === undefined) !== (password === undefined)) {
      const [given, missing] = password === undefined ? ['username', 'password'] : ['password', 'username']
      return { key: `${key}.${given}`, what: `it needs ${key}.${missing} too` }
    }
  }
  return undefined
}
