import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { CurrentResponse, HealthResponse } from '../../src/api/contract.ts'
import { eventually, startDaemon } from './daemon.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

test('values are sent while a receiver that never answers holds up nobody; both are told by own metrics', async () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'sysmon-e2e-'))
  closing.push(() => rmSync(dataDir, { recursive: true, force: true }))
  const got: string[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: async (request) => {
      const { pathname } = new URL(request.url)
      if (pathname === '/never') return await new Promise<Response>(() => undefined)
      got.push(await request.text())
      return new Response(null, { status: 204 })
    },
  })
  closing.push(() => server.stop(true))
  const config = path.join(dataDir, 'config.yaml')
  const at = `http://127.0.0.1:${server.port}`
  writeFileSync(
    config,
    `outward:
  influx: {url: '${at}/write', interval: 1s}
  otlp: {url: '${at}/never', interval: 1s, token: s3cret}
  remote_write: {url: 'http://127.0.0.1:1/', interval: 1s}
`,
    { mode: 0o600 },
  )
  const daemon = await startDaemon({ dataDir, args: ['--config', config] })
  closing.push(() => daemon.stop())
  const own = async () =>
    new Map(
      (await daemon.get<CurrentResponse>('/api/v1/metrics/current?metric=sysmon.outward.*')).values.map(
        ({ metric, labels, value }) => [`${metric} ${Object.values(labels).join(' ')}`, value],
      ),
    )
  const values = await eventually(own, (found) => (found.get('sysmon.outward.waiting otlp') ?? 0) >= 3)
  expect(values.get('sysmon.outward.samples influx sent')).toBeGreaterThan(50)
  expect(values.get('sysmon.outward.waiting influx')).toBeLessThanOrEqual(2)
  expect(got.join('')).toMatch(/^system\.memory\.limit,host=\S+ value=\d+ \d{13}$/m)
  const failing = await daemon.logged(({ msg, target }) => msg === 'values cannot be sent' && target === 'remote_write')
  expect(failing).toMatchObject({ why: 'nobody listens there', to: 'http://127.0.0.1:1/' })
  expect(JSON.stringify(daemon.log)).not.toContain('s3cret')
  expect((await daemon.get<HealthResponse>('/health')).status).toBe('healthy')
}, 60_000)
