import { afterEach, beforeEach, expect, test } from 'bun:test'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { requireThat } from '../../test/tools.ts'
import { removeDataDir, startDaemon, type TestDaemon } from './daemon.ts'
import { runProgram } from './program-run.ts'

const openssl = Bun.which('openssl')
let folder: string
let daemon: TestDaemon | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sysmon-tls-'))
})
afterEach(async () => {
  await daemon?.stop()
  if (daemon !== undefined) await removeDataDir(daemon)
  daemon = undefined
  rmSync(folder, { recursive: true, force: true })
})

const at = (name: string): string => join(folder, name)
function makeCertificate(name: string): void {
  const files = ['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)]
  const made = Bun.spawnSync([
    ...[openssl as string, 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-days', '1', '-subj', `/CN=${name}`, ...files],
  ])
  if (!made.success) throw new Error(made.stderr.toString())
}
function use(certificate: string, key = certificate): void {
  copyFileSync(at(`${certificate}.pem`), at('certificate.pem'))
  copyFileSync(at(`${key}.key`), at('key.pem'))
}
/** Name in the certificate that the listener shows. */
const shown = (url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.end()
    })
    socket.on('error', reject)
  })

test.skipIf(!requireThat(openssl !== null, 'no openssl'))(
  'V4: TLS; a new certificate is taken at SIGHUP, a wrong one is not',
  async () => {
    for (const name of ['first', 'second']) makeCertificate(name)
    use('first')
    const config = at('config.yaml')
    writeFileSync(config, `web: {tls: {certificate: ${at('certificate.pem')}, key: ${at('key.pem')}}}\n`, {
      mode: 0o600,
    })
    daemon = await startDaemon({ args: ['--config', config, '--web=127.0.0.1:0'] })
    const url = (await daemon.logged(({ msg }) => msg === 'ready')).url as string
    expect(url).toStartWith('https://')
    expect(await shown(url)).toBe('first')
    use('second', 'first')
    daemon.signal('SIGHUP')
    const refused = await daemon.logged(({ level }) => level === 'error')
    expect(refused.error).toContain('the key is not that of')
    expect(await shown(url)).toBe('first')
    use('second')
    daemon.signal('SIGHUP')
    await daemon.logged(({ msg }) => msg === 'certificate read again')
    expect(await shown(url)).toBe('second')
    const response = await fetch(`${url}/health`, { tls: { rejectUnauthorized: false } })
    expect(response.status).toBe(401)
  },
)

test.skipIf(!requireThat(openssl !== null, 'no openssl'))(
  'a key of another certificate is told at the start',
  async () => {
    for (const name of ['first', 'second']) makeCertificate(name)
    use('first', 'second')
    const config = at('config.yaml')
    const text = `data_dir: ${folder}\nweb: {enabled: true, listen: "127.0.0.1:0", tls: {certificate: ${at('certificate.pem')}, key: ${at('key.pem')}}}\n`
    writeFileSync(config, text, { mode: 0o600 })
    const { code, stderr } = await runProgram('sysmond', ['--config', config])
    expect([code, stderr.at(-1)]).toEqual([
      2,
      `sysmond: ${at('key.pem')}: the key is not that of ${at('certificate.pem')}. Name the two that belong together`,
    ])
  },
)
