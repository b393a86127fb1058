import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type ApiMachine, apiMachine } from '../../../test/api-machine.ts'
import type { AlertsResponse, RuleTestResponse } from '../alert-contract.ts'
import { createApp } from '../app.ts'
import { ApiError } from '../problems.ts'
import type { MonitorService } from '../service.ts'

let api: ApiMachine
beforeEach(async () => {
  api = await apiMachine()
  for (let second = 0; second < 90; second++) api.machine.tick()
})
afterEach(() => api.close())

const json = { 'content-type': 'application/json' }

describe('alerts by HTTP', () => {
  test('what is raised stands first, with its incident', async () => {
    const { active, counts, history } = await api.get<AlertsResponse>('/api/v1/alerts')
    expect(active[0]).toMatchObject({ id: '1', rule: 'always', state: 'raised' })
    expect(counts.raised).toBe(1)
    expect(history).toHaveLength(1)
  })

  test('a rule is tried on the record without anything coming of it', async () => {
    const rule = { name: 'try', value: 'system.memory.limit', raise: '1B' }
    const response = await api.post('/api/v1/alerts/rules/test', { rule, start: '-1m' })
    const tried = (await response.json()) as RuleTestResponse
    expect(tried).toMatchObject({ raised: 1, labelSets: 1 })
    expect((await api.get<AlertsResponse>('/api/v1/alerts')).counts.raised).toBe(1)
    const never = { rule: { ...rule, raise: '1TiB' }, start: '-1m' }
    expect(await (await api.post('/api/v1/alerts/rules/test', never)).json()).toMatchObject({ raised: 0 })
  })

  test('rules of the config and built-in ones are read only; a rule of the same name turns a built-in off', async () => {
    const put = (name: string, more: object = {}) =>
      api.app.request(`/api/v1/alerts/rules/${name}`, {
        method: 'PUT',
        headers: json,
        body: JSON.stringify({ name, value: 'system.cpu.utilization', raise: '90%', ...more }),
      })
    expect((await put('always')).status).toBe(409)
    expect((await put('oom-kill', { enabled: false })).status).toBe(200)
    expect(await (await put('mine', { raise: '2GiB' })).json()).toMatchObject({ code: 'invalid_rule' })
    expect(await (await put('mine', { raize: '90%' })).json()).toMatchObject({
      detail: expect.stringContaining('did you mean "raise"'),
    })
  })

  test('a weekly window in a zone that is none is refused', async () => {
    const weekly = { days: ['mon'], from: '22:00', until: '06:00', zone: 'Europe/Atlantis' }
    const response = await api.post('/api/v1/alerts/silences', { matchers: { rule: '*' }, weekly })
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('Europe/Atlantis') })
  })
})

test('where alerts are off the routes say so', async () => {
  const app = createApp({
    service: { now: () => 0 } as MonitorService,
    parseTime: () => 0,
    onInternalError: (error) => {
      throw error
    },
    alerts: () => Promise.reject(new ApiError('alerts_unavailable', 'alerts.enabled is false')),
  })
  const response = await app.request('/api/v1/alerts/rules')
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({ code: 'alerts_unavailable' })
})
