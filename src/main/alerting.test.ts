import { afterEach, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AssembledMachine, assembledMachine, removeFolder, settled } from '../../test/assembled-machine.ts'
import type { AlertsResponse, DeliveriesResponse, RulesResponse } from '../api/alert-contract.ts'
import type { HealthResponse, Problem } from '../api/contract.ts'

let machine: AssembledMachine
let folder: string | undefined
afterEach(async () => {
  await machine.end()
  removeFolder(machine.folder)
  folder = undefined
})

/** One that is always so, and told into a file. */
const file = `
alerts:
  built_in: false
  group_wait: 2s
  rules:
    - { name: much-memory, value: system.memory.limit, raise: 1MiB, for: 3s, severity: warning, summary: 'there is {{value}}' }
  channels:
    - { name: notes, type: log, file: FOLDER/sent.log }
`
async function start(text: string, settings: Readonly<Record<string, string>> = {}): Promise<void> {
  machine = await assembledMachine({ file: text, settings, ...(folder === undefined ? {} : { folder }) })
  await machine.running.alerting.begin()
}
const alerts = () => machine.read<AlertsResponse>('/api/v1/alerts')
const send = (method: string, path: string, body?: unknown): Promise<Response> =>
  machine.ask(`/api/v1/alerts${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
const audit = (): unknown[] =>
  machine.log
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ message, msg }) => (message ?? msg) === 'audit')

test('a value over its level becomes an alert after its time, an event, and a notification', async () => {
  await start(file)
  machine.pass(2)
  expect((await alerts()).active.map(({ state }) => state)).toEqual(['pending'])
  machine.pass(3)
  const { active, counts } = await alerts()
  expect(active).toEqual([expect.objectContaining({ rule: 'much-memory', state: 'raised', severity: 'warning' })])
  expect(counts).toMatchObject({ rules: 1, watched: 1, raised: 1 })
  await settled(async () => {
    machine.pass(1)
    return (await machine.read<DeliveriesResponse>('/api/v1/alerts/deliveries')).deliveries.some(
      ({ status }) => status === 'sent',
    )
  })
  expect(readFileSync(join(machine.folder, 'sent.log'), 'utf8')).toContain('there is')
  const { events } = await machine.read<{ events: { kind: string }[] }>('/api/v1/events')
  expect(events.map(({ kind }) => kind)).toContain('alert_raised')
  expect(machine.running.alerting.figures()).toMatchObject({ watched: 1, raised: 1, sent: 1, failed: 0, givenUp: 0 })
})

test('each change by a person leaves a line in the log', async () => {
  await start(file)
  machine.pass(6)
  const [raised] = (await alerts()).active
  expect((await send('POST', `/${raised?.id}/acknowledge`, { by: 'ann', comment: 'on it' })).ok).toBe(true)
  const rule = { name: 'own', value: 'system.uptime', raise: 1 }
  expect((await send('PUT', '/rules/own', rule)).ok).toBe(true)
  const silence = (await (await send('POST', '/silences', { matchers: { rule: 'own' } })).json()) as { id: string }
  expect((await send('DELETE', `/silences/${silence.id}`)).ok).toBe(true)
  expect((await send('DELETE', '/rules/own')).ok).toBe(true)
  expect(audit()).toEqual([
    expect.objectContaining({ action: 'acknowledge alert', rule: 'much-memory', by: 'ann' }),
    expect.objectContaining({ action: 'put alert rule', rule: 'own' }),
    expect.objectContaining({ action: 'add silence', silence: silence.id, matchers: '{"rule":"own"}' }),
    expect.objectContaining({ action: 'remove silence', silence: silence.id }),
    expect.objectContaining({ action: 'remove alert rule', rule: 'own' }),
  ])
})

test('a test of a channel says whether it was sent', async () => {
  await start(file)
  const answer = (await (await send('POST', '/test', { channel: 'notes' })).json()) as Record<string, unknown>
  expect(answer).toMatchObject({ channel: 'notes', isSent: true })
  expect(audit()).toEqual([expect.objectContaining({ action: 'test channel', channel: 'notes' })])
})

test('alerts that are off say so, and nothing is wrong with the machine', async () => {
  await start('', { 'alerts.enabled': 'false' })
  machine.pass(2)
  const answer = await machine.ask('/api/v1/alerts')
  expect(answer.status).toBe(503)
  expect((await answer.json()) as Problem).toMatchObject({
    code: 'alerts_unavailable',
    detail: expect.stringContaining('alerts.enabled is false'),
  })
  expect(machine.running.alerting.figures()).toBeUndefined()
  expect((await machine.read<HealthResponse>('/health')).problems).toEqual([])
})

test('without a rule nothing is loaded until somebody asks; new settings bring theirs', async () => {
  await start('alerts: { built_in: false }')
  machine.pass(1)
  expect(machine.running.alerting.figures()).toBeUndefined()
  expect((await machine.read<RulesResponse>('/api/v1/alerts/rules')).rules).toEqual([])
  expect(machine.running.alerting.figures()).toMatchObject({ watched: 0 })
  machine.running.alerting.apply({ enabled: true, hasBuiltIn: true, groupWaitMs: 1000, rules: [], channels: [] })
  expect((await machine.read<RulesResponse>('/api/v1/alerts/rules')).rules.length).toBeGreaterThan(5)
})

test('an acknowledged alert is still that after a restart', async () => {
  await start(file)
  machine.pass(6)
  const [raised] = (await alerts()).active
  await send('POST', `/${raised?.id}/acknowledge`, { by: 'ann', comment: 'on it' })
  await machine.end()
  ;({ folder } = machine)
  const afterMs = machine.clock.wallMs() + 5000
  machine = await assembledMachine({ file, folder, startMs: afterMs })
  await machine.running.alerting.begin()
  machine.pass(2)
  expect((await alerts()).active).toEqual([
    expect.objectContaining({ id: raised?.id as string, acknowledged: expect.objectContaining({ by: 'ann' }) }),
  ])
})
