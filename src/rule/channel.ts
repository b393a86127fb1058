import * as v from 'valibot'
import { sanitizeText } from '../base/text.ts'
import { nameShape, objectProblem, severities, shown } from './rule.ts'

/** Where notifications go, as a config says it. What is secret stands in files of its own, named here. */
export const presets = ['json', 'slack', 'discord', 'teams', 'ntfy', 'pagerduty'] as const
export type Preset = (typeof presets)[number]

interface CommonChannel {
  readonly name: string
  /** Only alerts at least so severe. */
  readonly least_severity?: (typeof severities)[number] | undefined
}
export interface EmailChannel extends CommonChannel {
  readonly type: 'email'
  readonly host: string
  readonly port?: number | undefined
  readonly security?: 'tls' | 'starttls' | 'none' | undefined
  readonly user?: string | undefined
  readonly password_file?: string | undefined
  readonly from: string
  readonly to: readonly string[]
  readonly ca_file?: string | undefined
}
export interface WebhookChannel extends CommonChannel {
  readonly type: 'webhook'
  readonly preset?: Preset | undefined
  readonly url?: string | undefined
  readonly url_file?: string | undefined
  readonly secret_file?: string | undefined
  readonly token_file?: string | undefined
  readonly ca_file?: string | undefined
  readonly allow_private?: boolean | undefined
  readonly timeout?: number | undefined
}
export interface LogChannel extends CommonChannel {
  readonly type: 'log'
  readonly file: string
}
export type Channel = EmailChannel | WebhookChannel | LogChannel

const text = (what: string, longest = 300) =>
  v.pipe(
    v.string(({ input }) => `${shown(input)} is not ${what}`),
    v.minLength(1, `${what} is missing`),
    v.maxLength(longest, `longer than ${longest} characters`),
    // A line break in an address would begin another header (RFC 5322).
    v.check((value) => sanitizeText(value) === value, `${what} cannot hold control characters`),
  )
const file = v.pipe(
  text('a path', 4096),
  v.check(
    (path) => path.startsWith('/'),
    ({ input }) => `"${input}" is not absolute: begin it with /`,
  ),
)
const address = v.pipe(
  text('a mail address', 320),
  v.regex(
    /^(?:[^<>@\s][^<>@]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/,
    ({ input }) => `${shown(input)} is no mail address`,
  ),
)
const common = {
  name: v.pipe(
    text('a name', 64),
    v.regex(nameShape, ({ input }) => `${shown(input)} is no name: letters, digits and . _ - only`),
  ),
  least_severity: v.optional(
    v.picklist(severities, ({ input }) => `${shown(input)} is none of ${severities.join(', ')}`),
  ),
}

const emailEntries = {
  ...common,
  type: v.literal('email'),
  host: v.pipe(
    text('a host name', 253),
    v.regex(/^[A-Za-z\d._:-]+$/, ({ input }) => `${shown(input)} is no host name: write it without scheme and port`),
  ),
  port: v.optional(v.pipe(v.number('a port is a number'), v.integer(), v.minValue(1), v.maxValue(65_535))),
  security: v.optional(
    v.picklist(['tls', 'starttls', 'none'], ({ input }) => `${shown(input)} is none of tls, starttls, none`),
  ),
  user: v.optional(text('a user name')),
  password_file: v.optional(file),
  from: address,
  to: v.pipe(
    v.array(address, 'write a list of addresses: [a@b]'),
    v.minLength(1, 'nobody to send to'),
    v.maxLength(50),
  ),
  ca_file: v.optional(file),
}
const webhookEntries = {
  ...common,
  type: v.literal('webhook'),
  preset: v.optional(v.picklist(presets, ({ input }) => `${shown(input)} is none of ${presets.join(', ')}`)),
  url: v.optional(
    v.pipe(
      text('an address', 2000),
      v.check(isHttpUrl, 'is no address like https://host/path, without user and password'),
    ),
  ),
  url_file: v.optional(file),
  secret_file: v.optional(file),
  token_file: v.optional(file),
  ca_file: v.optional(file),
  allow_private: v.optional(v.boolean('is neither true nor false')),
  timeout: v.optional(v.pipe(v.number('seconds, a number'), v.minValue(1), v.maxValue(60))),
}
const logEntries = { ...common, type: v.literal('log'), file }

const strict = <E extends v.ObjectEntries>(entries: E, what: string) =>
  v.strictObject(entries, (issue) => objectProblem(issue, Object.keys(entries), what))

const anyChannel = v.variant(
  'type',
  [strict(emailEntries, 'an e-mail channel'), strict(webhookEntries, 'a webhook'), strict(logEntries, 'a log channel')],
  ({ input }) =>
    `${shown((input as { type?: unknown } | null)?.type ?? input)} is no type of channel: there are email, webhook, log`,
)

export const channelSchema: v.GenericSchema<unknown, Channel> = v.pipe(
  anyChannel,
  v.rawCheck<v.InferOutput<typeof anyChannel>>(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const mistake = channelMistake(dataset.value)
    if (mistake === undefined) return
    const input = { ...dataset.value } as Record<string, unknown>
    addIssue({
      message: mistake.message,
      path: [{ type: 'object', origin: 'value', input, key: mistake.key, value: input[mistake.key] }],
    })
  }),
)

export function isHttpUrl(value: string): boolean {
  const url = URL.parse(value)
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
}

/** What does not go together. */
function channelMistake(channel: Channel): { readonly key: string; readonly message: string } | undefined {
  if (channel.type === 'email') return emailMistake(channel)
  if (channel.type === 'log') return undefined
  const { preset = 'json', url, url_file: urlFile, token_file: token } = channel
  if (preset === 'pagerduty') {
    return token === undefined
      ? {
          key: 'token_file',
          message: 'PagerDuty needs the routing key of the service, in a file of its own: token_file',
        }
      : undefined
  }
  if (url !== undefined && urlFile !== undefined) return { key: 'url', message: 'give url or url_file, not both' }
  if (url === undefined && urlFile === undefined) return { key: 'url', message: 'is missing: give url or url_file' }
  const isSecretUrl = preset === 'slack' || preset === 'discord' || preset === 'teams'
  if (url !== undefined && isSecretUrl) {
    return {
      key: 'url',
      message: `the address of a ${preset} hook is a secret by itself: write it into a file that only sysmon can read and name that with url_file`,
    }
  }
  return undefined
}

function emailMistake({ user, password_file: password, security, host }: EmailChannel) {
  if (user !== undefined && password === undefined) {
    return { key: 'password_file', message: 'is missing: user needs a password, in a file of its own' }
  }
  if (user === undefined && password !== undefined)
    return { key: 'user', message: 'is missing: the password is whose?' }
  const isLocal = /^(?:localhost|127\.|::1$)/.test(host)
  if (user !== undefined && security === 'none' && !isLocal) {
    return { key: 'security', message: 'none would send the password for everybody to read: use starttls or tls' }
  }
  return undefined
}
