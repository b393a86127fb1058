import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'

/** A certificate for localhost, its own authority. Needs openssl. */
export interface TestCertificate {
  readonly certificateFile: string
  readonly keyFile: string
  remove(): void
}

export function makeCertificate(): TestCertificate {
  const folder = mkdtempSync(join(tmpdir(), 'sysmon-certificate-'))
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const made = Bun.spawnSync([
    ...['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-keyout', keyFile, '-out', certificateFile],
  ])
  if (!made.success) throw new Error(made.stderr.toString())
  return { certificateFile, keyFile, remove: () => rmSync(folder, { recursive: true }) }
}

export interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  readonly user: string | undefined
  readonly isSecure: boolean
  readonly text: string
}

/** A real SMTP server on loopback that wants a log-in over TLS and keeps what it takes. */
export interface MailServer {
  readonly port: number
  readonly mails: ReceivedMail[]
  close(): Promise<void>
}

export interface MailServerOptions {
  readonly certificate: TestCertificate
  readonly port?: number
  /** TLS from the first byte, not by STARTTLS. */
  readonly isSecure?: boolean
  readonly refuses?: 'recipient' | 'login'
}

export async function startMailServer(options: MailServerOptions): Promise<MailServer> {
  const { certificate, refuses } = options
  const mails: ReceivedMail[] = []
  const server = new SMTPServer({
    secure: options.isSecure === true,
    key: readFileSync(certificate.keyFile),
    cert: readFileSync(certificate.certificateFile),
    authOptional: false,
    onAuth(given, _session, done) {
      const isRight = given.username === 'sysmon' && given.password === 'a b#c' && refuses !== 'login'
      if (isRight) done(null, { user: given.username ?? '' })
      else done(new Error('535 no'))
    },
    onRcptTo(_address, _session, done) {
      if (refuses === 'recipient') done(Object.assign(new Error('no such mailbox'), { responseCode: 550 }))
      else done()
    },
    onData(stream, session, done) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          user: session.user === undefined ? undefined : String(session.user),
          isSecure: session.secure,
          text: Buffer.concat(parts).toString('utf8'),
        })
        done()
      })
    },
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', () => resolve()))
  const address = server.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { port, mails, close: () => new Promise((resolve) => server.close(() => resolve())) }
}
