import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { liveMachine } from '../../test/live-stream.ts'
import { manualClock } from '../../test/manual-clock.ts'
import { requireThat } from '../../test/tools.ts'
import type { CreatedLink } from '../api/contract.ts'
import { UserError } from '../base/errors.ts'
import { createLogger } from '../base/log.ts'
import type { Config } from '../config/schema.ts'
import { openWebListener, type WebListener } from './web-listener.ts'

let folder: string
let log: string[]
let opened: WebListener[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sysmon-web-listener-'))
  log = []
  opened = []
})
afterEach(async () => {
  for (const listener of opened) await listener.close()
  rmSync(folder, { recursive: true, force: true })
})

const at = (name: string): string => join(folder, name)
async function open(more: Partial<Config['web']> = {}): Promise<WebListener> {
  const clock = manualClock()
  const web: Config['web'] = {
    enabled: true,
    listen: { host: '127.0.0.1', port: 0 },
    hosts: [],
    isBehindProxy: false,
    requestsPerMinute: 100,
    users: [],
    tls: { certificate: undefined, key: undefined },
    ...more,
  }
  const listener = await openWebListener({
    config: { dataDir: folder, web },
    clock,
    logger: createLogger({ level: 'info', clock, sink: { write: (line) => log.push(line) } }),
    answer: () => Response.json({ answered: true }),
    assets: (path) => (path === '/' ? new Response('the dashboard') : undefined),
    live: liveMachine().hub,
  })
  opened.push(listener)
  return listener
}
const refusal = async (more: Partial<Config['web']>): Promise<UserError> =>
  await open(more).then(
    () => Promise.reject(new Error('it was opened')),
    (error: unknown) => (error instanceof UserError ? error : Promise.reject(error)),
  )

describe('in the clear, on loopback', () => {
  test('V4: the dashboard is for all, what was measured only for who is logged in', async () => {
    const { url } = await open()
    expect(url).toStartWith('http://127.0.0.1:')
    expect(await (await fetch(url)).text()).toBe('the dashboard')
    expect((await fetch(`${url}/api/v1/metrics/current`)).status).toBe(401)
    expect((await fetch(`${url}/ws/metrics`)).status).toBe(401)
  })

  test('the log names the link that logs in, once', async () => {
    const { url, announce } = await open()
    announce()
    const link = (JSON.parse(log.at(-1) ?? '') as { url: string }).url
    expect(link).toStartWith(url)
    const entered = await fetch(link, { redirect: 'manual' })
    const cookie = entered.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    expect(cookie).toContain('=')
    const asked = await fetch(`${url}/api/v1/metrics/current`, { headers: { cookie } })
    expect(await asked.json()).toEqual({ answered: true })
    const again = await fetch(link, { redirect: 'manual' })
    expect(again.headers.getSetCookie()).toEqual([])
  })

  test('who has the local socket makes links; other routes are not its own', async () => {
    const { url, answerLocal } = await open()
    const made = await answerLocal(
      new Request('http://sysmon/api/v1/auth/links', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      }),
    )
    expect(((await made?.json()) as CreatedLink | undefined)?.url).toStartWith(url)
    expect(await answerLocal(new Request('http://sysmon/health'))).toBeUndefined()
  })

  test('reading a certificate again where there is none does nothing', async () => {
    const { url, reload } = await open()
    await reload()
    expect((await fetch(url)).status).toBe(200)
    expect(log).toEqual([])
  })
})

describe('what cannot be listened on is told with its cure', () => {
  test('a port that is taken', async () => {
    const { url } = await open()
    const error = await refusal({ listen: { host: '127.0.0.1', port: Number(new URL(url).port) } })
    expect(error.what).toBe('another program listens on this port')
    expect(error.where).toBe(new URL(url).host)
  })

  test('an address of another machine', async () => {
    // TEST-NET-1 of RFC 5737: nobody has it.
    const error = await refusal({ listen: { host: '192.0.2.1', port: 0 } })
    expect(error.cure).toMatch(/ip address|web\.listen/)
  })
})

const openssl = Bun.which('openssl')
function makeCertificate(name: string): { certificate: string; key: string } {
  const [certificate, key] = [at(`${name}.pem`), at(`${name}.key`)]
  const made = Bun.spawnSync([
    ...[openssl as string, 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-days', '1', '-subj', `/CN=${name}`, '-keyout', key, '-out', certificate],
  ])
  if (!made.success) throw new Error(made.stderr.toString())
  return { certificate, key }
}

describe.skipIf(!requireThat(openssl !== null, 'no openssl'))('with a certificate', () => {
  const ask = (url: string): Promise<Response> => fetch(url, { tls: { rejectUnauthorized: false } })

  test('it is served over TLS, and read again where it was renewed', async () => {
    const tls = makeCertificate('first')
    const { url, reload } = await open({ tls })
    expect(url).toStartWith('https://')
    expect(await (await ask(url)).text()).toBe('the dashboard')
    const next = makeCertificate('second')
    copyFileSync(next.certificate, tls.certificate)
    copyFileSync(next.key, tls.key)
    await reload()
    expect(await (await ask(url)).text()).toBe('the dashboard')
    expect(log.join('')).toContain('certificate read again')
  })

  test('a renewed one that is wrong leaves the listener as it was', async () => {
    const tls = makeCertificate('first')
    const { url, reload } = await open({ tls })
    writeFileSync(tls.certificate, 'cut off')
    await expect(reload()).rejects.toThrow('this is no certificate in PEM')
    expect((await ask(url)).status).toBe(200)
  })

  test('a key of another certificate, no key, and no file are each told', async () => {
    const { certificate, key } = makeCertificate('first')
    const other = makeCertificate('second')
    expect((await refusal({ tls: { certificate, key: other.key } })).what).toBe(`the key is not that of ${certificate}`)
    writeFileSync(at('text'), 'no key')
    expect((await refusal({ tls: { certificate, key: at('text') } })).what).toBe('this is no private key in PEM')
    expect((await refusal({ tls: { certificate: at('missing'), key } })).what).toBe('cannot be read (ENOENT)')
  })
})
