import type { NotificationBody } from '../../api/alert-contract.ts'
import type { EmailChannel } from '../../rule/channel.ts'
import { linesOf } from './presets.ts'
import { readAuthority, readSecret, SendError, type Sender } from './sender.ts'

const usualPorts = { tls: 465, starttls: 587, none: 25 } as const

/** Mail by SMTP: TLS from the start, or asked for (STARTTLS) and insisted on. nodemailer is loaded here and only here. */
export function createEmail(channel: EmailChannel): Sender {
  return {
    async send(body, signal) {
      const { createTransport } = await import('nodemailer')
      const { security = 'starttls', host, user } = channel
      const ca = readAuthority(channel.ca_file)
      const transport = createTransport({
        host,
        port: channel.port ?? usualPorts[security],
        secure: security === 'tls',
        requireTLS: security === 'starttls',
        ignoreTLS: security === 'none',
        ...(user === undefined ? {} : { auth: { user, pass: readSecret(channel.password_file ?? '') } }),
        ...(ca === undefined ? {} : { tls: { ca } }),
        connectionTimeout: 10_000,
        greetingTimeout: 10_000,
        socketTimeout: 20_000,
        disableFileAccess: true,
        disableUrlAccess: true,
      })
      const end = (): void => transport.close()
      signal.addEventListener('abort', end)
      try {
        await transport.sendMail(mailOf(channel, body))
      } catch (error) {
        throw refusal(channel, error, signal)
      } finally {
        signal.removeEventListener('abort', end)
        transport.close()
      }
    },
  }
}

function mailOf({ from, to }: EmailChannel, body: NotificationBody) {
  const lines = linesOf(body)
  const thread = body.alerts[0] === undefined ? [] : [`<alert-${body.alerts[0].id}@${domain(body)}>`]
  return {
    from,
    to: [...to],
    subject: `[${body.kind === 'cleared' ? 'over' : body.severity}] ${body.title}`,
    text: `${body.title}\n\n${lines.join('\n')}\n\n${new Date(body.unixMs).toISOString()} ${body.host}\nNotification ${body.id}\n`,
    html: htmlOf(body, lines),
    date: new Date(body.unixMs),
    // The same at every attempt: mail programs show a duplicate once.
    messageId: `<${body.id}@${domain(body)}>`,
    references: thread,
    headers: { 'X-Sysmon-Id': body.id, 'Auto-Submitted': 'auto-generated' },
  }
}

const domain = ({ host }: NotificationBody): string => `${host.replaceAll(/[^A-Za-z\d.-]/g, '-')}.sysmon`

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => escapes[character] ?? '')
const colours = { info: '#2563eb', warning: '#b45309', critical: '#b91c1c' } as const

function htmlOf(body: NotificationBody, lines: readonly string[]): string {
  const colour = body.kind === 'cleared' ? '#15803d' : colours[body.severity]
  const paragraphs = lines.map((line) => `<p style="margin:4px 0">${escaped(line)}</p>`).join('')
  return `<!doctype html><html><body style="font-family:sans-serif"><h2 style="color:${colour};font-size:18px">${escaped(body.title)}</h2>${paragraphs}<p style="color:#6b7280;font-size:12px">${escaped(new Date(body.unixMs).toISOString())} ${escaped(body.host)}<br>Notification ${escaped(body.id)}</p></body></html>`
}

/** nodemailer's errors carry a code and, where the server spoke, its reply (RFC 5321). */
function refusal({ host }: EmailChannel, error: unknown, signal: AbortSignal): SendError {
  if (signal.aborted) return new SendError(`${host}: no answer in time`)
  const {
    code,
    responseCode,
    message = String(error),
  } = error as {
    code?: string
    responseCode?: number
    message?: string
  }
  const isAboutMessage = (code === 'EENVELOPE' || code === 'EMESSAGE') && (responseCode ?? 0) >= 500
  const what =
    code === 'EAUTH'
      ? 'the user name or password is refused'
      : code === 'EDNS'
        ? 'the name cannot be resolved'
        : message
  const text = what.replaceAll(/\s+/g, ' ').slice(0, 300)
  return new SendError(`${host}: ${text}${code === undefined ? '' : ` (${responseCode ?? code})`}`, isAboutMessage)
}
