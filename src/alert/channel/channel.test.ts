import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { createHmac } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type MailServer, makeCertificate, startMailServer, type TestCertificate } from '../../../test/mail-server.ts'
import { requireThat } from '../../../test/tools.ts'
import type { NotificationBody } from '../../api/alert-contract.ts'
import type { EmailChannel, WebhookChannel } from '../../rule/channel.ts'
import { allowedAddresses, isPrivateAddress } from './address-guard.ts'
import { createEmail } from './email.ts'
import { createLogFile } from './log-file.ts'
import { messageFor } from './presets.ts'
import { SendError } from './sender.ts'
import { createWebhook } from './webhook.ts'

const body: NotificationBody = {
  id: 'n-1',
  kind: 'raised',
  host: 'box',
  unixMs: Date.UTC(2026, 0, 5),
  title: 'box: /data is 96 % full',
  severity: 'critical',
  alerts: [
    {
      id: '4',
      rule: 'full',
      state: 'raised',
      severity: 'critical',
      labels: { mountpoint: '/data' },
      summary: '/data <b>is</b> 96 % full & <!channel>',
      value: '96 %',
      raisedUnixMs: Date.UTC(2026, 0, 5),
      explanation: { sentence: 'backup wrote 200 MB/s', culprits: [{ name: 'backup', pid: 7, share: '98 %' }] },
    },
  ],
}
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sysmon-channel-'))
})
afterAll(() => rmSync(folder, { recursive: true }))
const secret = (name: string, text: string): string => {
  const file = join(folder, name)
  writeFileSync(file, `${text}\n`, { mode: 0o600 })
  return file
}
const never = new AbortController().signal
const why = async (sending: Promise<void>): Promise<SendError> => {
  try {
    await sending
  } catch (error) {
    if (error instanceof SendError) return error
    throw error
  }
  throw new Error('it was sent')
}

describe('webhook', () => {
  let server: ReturnType<typeof Bun.serve> | undefined
  afterEach(() => server?.stop(true))
  const serve = (answer: (request: Request) => Response | Promise<Response>): string => {
    server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: answer })
    return `http://127.0.0.1:${server.port}/hook`
  }
  const hook = (url: string, more: Partial<WebhookChannel> = {}) =>
    createWebhook({ name: 'w', type: 'webhook', url, ...more }, { wallMs: () => 1_700_000_000_000 })

  test('is signed over time and body', async () => {
    let seen: { text: string; headers: Headers } | undefined
    const url = serve(async (request) => {
      seen = { text: await request.text(), headers: request.headers }
      return new Response()
    })
    await hook(url, { secret_file: secret('hmac', 'k3y') }).send(body, never)
    const { headers, text } = seen as NonNullable<typeof seen>
    expect(headers.get('x-sysmon-id')).toBe('n-1')
    expect(headers.get('x-sysmon-timestamp')).toBe('1700000000')
    const expected = createHmac('sha256', 'k3y').update(`1700000000.${text}`).digest('hex')
    expect(headers.get('x-sysmon-signature')).toBe(`v1=${expected}`)
    expect(JSON.parse(text)).toEqual(body)
  })

  test('V4 a redirect is not followed, wherever to', async () => {
    let asked = 0
    const url = serve(() => {
      asked++
      return new Response(null, { status: 307, headers: { location: 'http://169.254.169.254/latest/' } })
    })
    const { message } = await why(hook(url).send(body, never))
    expect(message).toContain('redirect to http://169.254.169.254')
    expect(asked).toBe(1)
  })

  test('what is wrong with the message is told from what is wrong with the receiver', async () => {
    for (const [status, isAboutMessage] of [
      [400, true],
      [422, true],
      [404, false],
      [429, false],
      [500, false],
    ] as const) {
      const url = serve(() => new Response('because', { status }))
      const error = await why(hook(url).send(body, never))
      expect([status, error.isAboutMessage, error.message]).toEqual([
        status,
        isAboutMessage,
        expect.stringContaining(`answers ${status}: because`),
      ])
      await server?.stop(true)
    }
  })

  test('V4 a name that points into the private network is refused, unless that is allowed', async () => {
    const resolve = async () => [{ address: '127.0.0.1', family: 4 }]
    expect((await why(refused(resolve))).message).toContain('allow_private')
    const url = serve(async (request) => new Response(request.headers.get('host')))
    const port = new URL(url).port
    const channel = {
      name: 'w',
      type: 'webhook',
      url: `http://hooks.example.org:${port}/x`,
      allow_private: true,
    } as const
    await createWebhook(channel, { wallMs: () => 0, resolve }).send(body, never)
  })
  const refused = (resolve: () => Promise<{ address: string; family: number }[]>): Promise<void> =>
    createWebhook({ name: 'w', type: 'webhook', url: 'http://hooks.example.org/x' }, { wallMs: () => 0, resolve }).send(
      body,
      never,
    )

  test('a name that does not resolve, a port where nobody listens and silence are told', async () => {
    const error = await why(refused(() => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }))))
    expect(error.message).toContain('cannot be resolved (ENOTFOUND)')
    const url = serve(() => new Response())
    await server?.stop(true)
    expect((await why(hook(url).send(body, never))).message).toMatch(/nobody listens|refused|connect/i)
    const slow = serve(() => new Promise<Response>(() => undefined))
    const late = new AbortController()
    const sending = why(hook(slow).send(body, late.signal))
    setImmediate(() => late.abort())
    expect((await sending).message).toContain('no answer in time')
  })

  test('a secret that others can read is not used', async () => {
    const file = secret('open', 'x')
    chmodSync(file, 0o644)
    const error = await why(hook('http://127.0.0.1:9/', { secret_file: file }).send(body, never))
    expect(error.message).toContain('chmod 600')
  })
})

test('V4 private addresses, however they are written', async () => {
  const closed = ['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0']
  const alsoClosed = [
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::a00:1',
    '224.0.0.1',
  ]
  for (const address of [...closed, ...alsoClosed])
    expect([address, isPrivateAddress(address)]).toEqual([address, true])
  for (const address of ['8.8.8.8', '172.32.0.1', '2606:4700::1', '::ffff:8.8.8.8']) {
    expect([address, isPrivateAddress(address)]).toEqual([address, false])
  }
  const mixed = async () => [
    { address: '10.0.0.1', family: 4 },
    { address: '8.8.8.8', family: 4 },
  ]
  expect(await allowedAddresses('hooks.example.org', false, mixed)).toEqual([{ address: '8.8.8.8', family: 4 }])
})

describe('presets', () => {
  test('say the same, and obey no markup from labels', () => {
    expect(messageFor('slack', body, undefined).body).not.toContain('<!channel>')
    expect(JSON.parse(messageFor('discord', body, undefined).body)).toMatchObject({ allowed_mentions: { parse: [] } })
    expect(JSON.parse(messageFor('teams', body, undefined).body).attachments[0].content.type).toBe('AdaptiveCard')
    expect(messageFor('ntfy', body, 'tk').headers).toMatchObject({ priority: '5', authorization: 'Bearer tk' })
    const event = JSON.parse(messageFor('pagerduty', body, 'key').body)
    expect(event).toMatchObject({ routing_key: 'key', event_action: 'trigger', dedup_key: 'sysmon-box-4' })
    const over = JSON.parse(messageFor('pagerduty', { ...body, kind: 'cleared' }, 'key').body)
    expect(over).toMatchObject({ event_action: 'resolve', dedup_key: 'sysmon-box-4' })
    for (const preset of ['slack', 'discord', 'teams', 'ntfy'] as const) {
      expect(messageFor(preset, body, undefined).body).toContain('backup wrote 200 MB/s')
    }
  })
})

test('the log may be moved away at any time', async () => {
  const file = join(folder, 'alerts.log')
  const sender = createLogFile({ name: 'f', type: 'log', file })
  await sender.send(body, never)
  renameSync(file, `${file}.1`)
  await sender.send({ ...body, id: 'n-2' }, never)
  expect(JSON.parse(readFileSync(`${file}.1`, 'utf8')).id).toBe('n-1')
  expect(JSON.parse(readFileSync(file, 'utf8')).id).toBe('n-2')
  const nowhere = createLogFile({ name: 'f', type: 'log', file: `${file}/x` })
  expect((await why(nowhere.send(body, never))).message).toContain('cannot be written')
})

const hasOpenssl = requireThat(Bun.which('openssl') !== null, 'no openssl')
describe.skipIf(!hasOpenssl)('e-mail', () => {
  let certificate: TestCertificate
  let server: MailServer | undefined
  beforeAll(() => {
    certificate = makeCertificate()
  })
  afterEach(async () => {
    await server?.close()
    server = undefined
  })
  afterAll(() => certificate.remove())
  const mail = (port: number, more: Partial<EmailChannel> = {}) =>
    createEmail({
      name: 'm',
      type: 'email',
      host: 'localhost',
      port,
      user: 'sysmon',
      password_file: secret('password', 'a b#c'),
      from: 'Sysmon <sysmon@example.org>',
      to: ['ops@example.org'],
      ca_file: certificate.certificateFile,
      ...more,
    })

  test.each([
    ['STARTTLS', false],
    ['TLS', true],
  ] as const)('goes by %s with a log-in, as text and HTML', async (_, isSecure) => {
    server = await startMailServer({ certificate, isSecure })
    await mail(server.port, isSecure ? { security: 'tls' } : {}).send(body, never)
    expect(server.mails).toHaveLength(1)
    const [received] = server.mails
    expect(received).toMatchObject({ user: 'sysmon', isSecure: true, from: 'sysmon@example.org' })
    expect(received?.text).toContain('Message-ID: <n-1@box.sysmon>')
    expect(received?.text).toContain('Subject: [critical] box: /data is 96 % full')
    expect(received?.text).toContain('text/html')
    expect(received?.text.replaceAll(/=\r?\n/g, '')).toContain('&lt;b&gt;is&lt;/b&gt;')
  })

  test('a certificate that nobody knows, a wrong password, a refused recipient and nobody there are told', async () => {
    server = await startMailServer({ certificate })
    const { port } = server
    const strange = createEmail(channelOf(port))
    expect((await why(strange.send(body, never))).message).toMatch(/certificate|self.signed/i)
    const wrong = mail(port, { password_file: secret('wrong', 'no') })
    expect((await why(wrong.send(body, never))).message).toContain('user name or password is refused')
    await server.close()
    server = await startMailServer({ certificate, refuses: 'recipient' })
    const refused = await why(mail(server.port).send(body, never))
    expect([refused.isAboutMessage, refused.message]).toEqual([true, expect.stringContaining('550')])
    await server.close()
    server = undefined
    expect((await why(mail(port).send(body, never))).message).toMatch(/ECONNREFUSED|ESOCKET|refused/i)
  })
  const channelOf = (port: number): EmailChannel => ({
    name: 'm',
    type: 'email',
    host: 'localhost',
    port,
    from: 'a@example.org',
    to: ['b@example.org'],
  })
})
