import { createHmac } from 'node:crypto'
import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { NotificationBody } from '../../api/alert-contract.ts'
import { version } from '../../base/version.ts'
import { isHttpUrl, type WebhookChannel } from '../../rule/channel.ts'
import { allowedAddresses, type PinnedAddress, type Resolve } from './address-guard.ts'
import { messageFor, pagerDutyUrl } from './presets.ts'
import { readAuthority, readSecret, SendError, type Sender } from './sender.ts'

export interface WebhookParts {
  readonly wallMs: () => number
  readonly resolve?: Resolve
}

/** As much of an answer as is read to say why it was refused, bytes. */
const mostAnswerBytes = 2048

/** JSON by POST. The signature is over `TIMESTAMP.BODY`, so that neither can be replaced nor replayed much later. */
export function createWebhook(channel: WebhookChannel, { wallMs, resolve }: WebhookParts): Sender {
  return {
    async send(body, signal) {
      const url = urlOf(channel)
      const message = messageFor(channel.preset ?? 'json', body, tokenOf(channel))
      const addresses = await allowedAddresses(url.hostname, channel.allow_private === true, resolve)
      const headers = {
        'content-type': message.contentType,
        'content-length': String(Buffer.byteLength(message.body)),
        'user-agent': `sysmon/${version}`,
        ...message.headers,
        ...signatureOf(channel, body, message.body, wallMs()),
      }
      await post({ url, addresses, headers, body: message.body, ca: readAuthority(channel.ca_file), signal })
    },
  }
}

function urlOf({ preset, url, url_file: file }: WebhookChannel): URL {
  if (url !== undefined) return new URL(url)
  if (file === undefined && preset === 'pagerduty') return new URL(pagerDutyUrl)
  const text = readSecret(file ?? '')
  if (!isHttpUrl(text)) throw new SendError(`${file} holds no address like https://host/path`)
  return new URL(text)
}

const tokenOf = ({ token_file: file }: WebhookChannel): string | undefined =>
  file === undefined ? undefined : readSecret(file)

function signatureOf(
  { secret_file: file }: WebhookChannel,
  { id }: NotificationBody,
  text: string,
  wallMs: number,
): Record<string, string> {
  const timestamp = String(Math.floor(wallMs / 1000))
  const named = { 'x-sysmon-id': id, 'x-sysmon-timestamp': timestamp }
  if (file === undefined) return named
  const signature = createHmac('sha256', readSecret(file)).update(`${timestamp}.${text}`).digest('hex')
  return { ...named, 'x-sysmon-signature': `v1=${signature}` }
}

interface Posting {
  readonly url: URL
  readonly addresses: readonly PinnedAddress[]
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly ca: string | undefined
  readonly signal: AbortSignal
}

type Lookup = NonNullable<RequestOptions['lookup']>

function post({ url, addresses, headers, body, ca, signal }: Posting): Promise<void> {
  // The socket asks for addresses here and nowhere else: it gets those that were checked.
  const lookup = ((_host: string, options: { all?: boolean }, done: (...found: unknown[]) => void) => {
    const [first] = addresses
    if (options.all === true) done(null, addresses)
    else done(null, first?.address, first?.family)
  }) as unknown as Lookup
  const options = { method: 'POST', headers, lookup, signal, agent: false, ...(ca === undefined ? {} : { ca }) }
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url.href, options, (answer) => {
      answered(answer, url).then(resolve, reject)
    })
    request.on('error', (error) => reject(new SendError(`${url.host}: ${reasonOf(error, signal)}`)))
    request.end(body)
  })
}

async function answered(answer: IncomingMessage, url: URL): Promise<void> {
  const status = answer.statusCode ?? 0
  const text = await beginning(answer)
  if (status >= 200 && status < 300) return
  if (status >= 300 && status < 400) {
    const target = URL.parse(answer.headers.location ?? '', url.href)?.origin ?? 'somewhere else'
    throw new SendError(
      `${url.host} answers with a redirect to ${target}; redirects are not followed: name the address itself`,
    )
  }
  const isAboutMessage = status >= 400 && status < 500 && ![401, 403, 404, 408, 429].includes(status)
  const why = text.replaceAll(/\s+/g, ' ').trim().slice(0, 200)
  throw new SendError(`${url.host} answers ${status}${why === '' ? '' : `: ${why}`}`, isAboutMessage)
}

async function beginning(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of answer) {
    parts.push(part as Buffer)
    bytes += (part as Buffer).length
    if (bytes >= mostAnswerBytes) break
  }
  answer.destroy()
  return Buffer.concat(parts).toString('utf8', 0, mostAnswerBytes)
}

function reasonOf(error: Error, signal: AbortSignal): string {
  if (signal.aborted) return 'no answer in time'
  const { code } = error as { code?: string }
  if (code === 'ECONNREFUSED') return 'nobody listens there (ECONNREFUSED)'
  return code === undefined ? error.message : `${error.message === '' ? 'failed' : error.message} (${code})`
}
