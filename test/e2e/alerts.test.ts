import { afterEach, beforeEach, expect, test } from 'bun:test'
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AlertsResponse, DeliveriesResponse, NotificationBody } from '../../src/api/alert-contract.ts'
import type { CurrentResponse, HealthResponse } from '../../src/api/contract.ts'
import { type MailServer, makeCertificate, startMailServer, type TestCertificate } from '../mail-server.ts'
import { requireThat } from '../tools.ts'
import { eventually, startDaemon, type TestDaemon } from './daemon.ts'

const hasOpenssl = requireThat(Bun.which('openssl') !== null, 'no openssl')
let folder: string
let daemon: TestDaemon | undefined
let mail: MailServer | undefined
let hook: ReturnType<typeof Bun.serve> | undefined
let certificate: TestCertificate | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sysmon-alerts-e2e-'))
})
afterEach(async () => {
  await daemon?.stop()
  daemon = undefined
  await mail?.close()
  hook?.stop(true)
  certificate?.remove()
  mail = hook = certificate = undefined
  rmSync(folder, { recursive: true, force: true })
})

const write = (name: string, text: string): string => {
  const file = join(folder, name)
  writeFileSync(file, text, { mode: 0o600 })
  return file
}
const start = async (config: string): Promise<TestDaemon> =>
  startDaemon({ dataDir: join(folder, 'data'), args: ['--config', write('config.yaml', config)] })

const put = (name: string, more: object): RequestInit => ({
  method: 'PUT',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ name, value: 'system.memory.limit', clear_for: '0s', ...more }),
})

interface Received {
  readonly body: NotificationBody
  readonly isSigned: boolean
}
function receive(received: Received[], port = 0, status = () => 200): NonNullable<typeof hook> {
  return Bun.serve({
    port,
    hostname: '127.0.0.1',
    async fetch(request) {
      const text = await request.text()
      const { headers } = request
      const signed = `${headers.get('x-sysmon-timestamp')}.${text}`
      const signature = createHmac('sha256', 'k3y').update(signed).digest('hex')
      const isSigned = headers.get('x-sysmon-signature') === `v1=${signature}`
      received.push({ body: JSON.parse(text), isSigned })
      return new Response(null, { status: status() })
    },
  })
}
const rulesOf = (bodies: readonly NotificationBody[], kind: string): Set<string> =>
  new Set(bodies.filter((body) => body.kind === kind).flatMap(({ alerts }) => alerts.map(({ rule }) => rule)))

test.skipIf(!hasOpenssl)(
  'A6 receivers down and the daemon killed meanwhile: each notification arrives, duplicates by the same id',
  async () => {
    certificate = makeCertificate()
    const received: Received[] = []
    // Ports that are free now; nobody listens there for the time being.
    hook = receive([])
    const hookPort = hook.port as number
    hook.stop(true)
    mail = await startMailServer({ certificate })
    const mailPort = mail.port
    await mail.close()
    mail = undefined
    const config = `
alerts:
  built_in: false
  group_wait: 0s
  channels:
    - name: mail
      type: email
      host: localhost
      port: ${mailPort}
      user: sysmon
      password_file: ${write('password', 'a b#c\n')}
      from: sysmon@example.org
      to: [ops@example.org]
      ca_file: ${certificate.certificateFile}
    - {name: hook, type: webhook, url: "http://127.0.0.1:${hookPort}/x", secret_file: ${write('hmac', 'k3y')}}
    - {name: file, type: log, file: ${join(folder, 'alerts.log')}}
  rules:
    - {name: one, value: system.memory.limit, raise: 1B}
`
    daemon = await start(config)
    await eventually(
      () => (daemon as TestDaemon).get<DeliveriesResponse>('/api/v1/alerts/deliveries'),
      ({ deliveries }) =>
        deliveries.some(({ channel, status }) => channel === 'file' && status === 'sent') &&
        deliveries.filter(({ attempts, status }) => attempts > 0 && status === 'waiting').length === 2,
    )
    await daemon.kill()
    daemon = await start(config)
    for (const name of ['two', 'three'])
      await daemon.request(`/api/v1/alerts/rules/${name}`, put(name, { raise: '1B' }))
    await eventually(
      () => (daemon as TestDaemon).get<DeliveriesResponse>('/api/v1/alerts/deliveries'),
      ({ waiting }) => waiting === 6,
    )
    await daemon.kill()
    mail = await startMailServer({ certificate, port: mailPort })
    hook = receive(received, hookPort)
    daemon = await start(config)
    const last = await eventually(
      () => (daemon as TestDaemon).get<DeliveriesResponse>('/api/v1/alerts/deliveries'),
      ({ waiting }) => waiting === 0,
      60_000,
    )
    expect(last.deliveries.every(({ status }) => status === 'sent')).toBe(true)
    const bodies = received.map(({ body }) => body)
    expect(received.every(({ isSigned }) => isSigned)).toBe(true)
    expect(rulesOf(bodies, 'raised')).toEqual(new Set(['one', 'two', 'three']))
    const deliveryIds = new Set(last.deliveries.map(({ id }) => id))
    for (const { id } of bodies) expect(deliveryIds).toContain(id)
    expect(new Set(bodies.map(({ id }) => id)).size).toBe(3)
    expect(new Set(mail.mails.flatMap(({ text }) => /X-Sysmon-Id: (\S+)/i.exec(text)?.[1] ?? [])).size).toBe(3)
    expect(mail.mails.every(({ isSecure, user }) => isSecure && user === 'sysmon')).toBe(true)
    const { history } = await daemon.get<AlertsResponse>('/api/v1/alerts')
    expect(history.map(({ rule }) => rule).sort()).toEqual(['one', 'three', 'two'])
  },
  120_000,
)

test('what fails with a receiver is told and harms nothing; other channels go on', async () => {
  const received: Received[] = []
  hook = receive(received, 0, () => 500)
  daemon = await start(`
alerts:
  built_in: false
  group_wait: 0s
  channels:
    - {name: broken, type: webhook, url: "http://127.0.0.1:${hook.port}/x"}
    - {name: nowhere, type: webhook, url: "http://sysmon-test.invalid/x"}
    - {name: unsafe, type: webhook, url: "http://127.0.0.1:${hook.port}/x", secret_file: ${join(folder, 'missing')}}
    - {name: file, type: log, file: ${join(folder, 'alerts.log')}}
  rules:
    - {name: one, value: system.memory.limit, raise: 1B}
`)
  const running = daemon
  const { deliveries } = await eventually(
    () => running.get<DeliveriesResponse>('/api/v1/alerts/deliveries'),
    (answer) => answer.deliveries.length === 4 && answer.deliveries.every(({ attempts }) => attempts > 0),
    30_000,
  )
  const errorOf = (name: string): string => deliveries.find(({ channel }) => channel === name)?.error ?? 'none'
  expect(errorOf('broken')).toContain('answers 500')
  expect(errorOf('nowhere')).toContain('cannot be resolved')
  expect(errorOf('unsafe')).toContain('cannot be read (ENOENT)')
  expect(errorOf('file')).toBe('none')
  const tried = await running.request('/api/v1/alerts/test', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ channel: 'broken' }),
  })
  expect(await tried.json()).toMatchObject({ isSent: false, error: expect.stringContaining('500') })
  expect((await running.get<HealthResponse>('/health')).status).toBe('healthy')
  const { seq } = await running.get<CurrentResponse>('/api/v1/metrics/current?metric=system.memory.limit')
  await eventually(
    () => running.get<CurrentResponse>('/api/v1/metrics/current?metric=system.memory.limit'),
    (current) => current.seq > seq,
  )
}, 60_000)

test('alerts that fail are off and say so; the record goes on', async () => {
  write('data-as-file', '')
  // alerts.db cannot be opened where a directory of that name stands.
  const dataDir = join(folder, 'data')
  await Bun.write(join(dataDir, 'alerts.db', 'x'), '')
  daemon = await startDaemon({ dataDir })
  const health = await eventually(
    () => (daemon as TestDaemon).get<HealthResponse>('/health'),
    ({ problems }) => problems.some((problem) => problem.startsWith('alerts are off')),
  )
  expect(health.status).toBe('degraded')
  expect((await daemon.request('/api/v1/alerts')).status).toBe(503)
  expect(daemon.log.find(({ msg }) => msg.startsWith('alerts have failed'))).toMatchObject({
    error: { stack: expect.anything() },
  })
  await eventually(
    () => (daemon as TestDaemon).get<CurrentResponse>('/api/v1/metrics/current'),
    ({ values }) => values.length > 0,
  )
}, 30_000)

test('a rule that comes with SIGHUP is watched at once, one that is wrong changes nothing', async () => {
  daemon = await start('alerts: {built_in: false}\n')
  const running = daemon
  write('config.yaml', 'alerts: {built_in: false, rules: [{name: late, value: system.memory.limit, raise: 1B}]}\n')
  running.signal('SIGHUP')
  await eventually(
    () => running.get<AlertsResponse>('/api/v1/alerts'),
    ({ active }) => active.some(({ rule, state }) => rule === 'late' && state === 'raised'),
  )
  write('config.yaml', 'alerts: {built_in: false, rules: [{name: late, value: system.memory.limit, raise: 90%}]}\n')
  running.signal('SIGHUP')
  const refused = await running.logged(({ msg }) => msg.startsWith('the configuration is wrong'))
  expect(String(refused.error)).toContain('is an amount of bytes')
  const { active } = await running.get<AlertsResponse>('/api/v1/alerts')
  expect(active.map(({ rule }) => rule)).toEqual(['late'])
}, 30_000)

test('without a rule nothing is loaded and nothing written', async () => {
  daemon = await start('alerts: {built_in: false}\n')
  const { values } = await eventually(
    () => (daemon as TestDaemon).get<CurrentResponse>('/api/v1/metrics/current?metric=sysmon.*'),
    (current) => current.seq > 1,
  )
  expect(values.some(({ metric }) => metric.startsWith('sysmon.alert'))).toBe(false)
  expect(await Bun.file(join(folder, 'data', 'alerts.db')).exists()).toBe(false)
}, 30_000)
