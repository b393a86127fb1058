import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type ApiMachine, apiMachine } from '../../test/api-machine.ts'
import { anomalyEvent } from '../analyze/anomaly/open-anomaly.ts'
import type { AnomaliesResponse } from './anomaly-contract.ts'
import type { ForecastResponse } from './forecast-contract.ts'

let api: ApiMachine
const hourMs = 3_600_000
beforeAll(async () => {
  api = await apiMachine()
  for (let tick = 0; tick < 70; tick++) api.machine.tick()
  const { store, now } = api.machine.sources
  const nowMs = now()
  const keep = (metric: string, startMs: number, endMs: number, surprise: number): void => {
    const event = anomalyEvent({
      metric,
      labels: {},
      startMs,
      endMs,
      surprise,
      value: 0.9,
      expectedLow: 0,
      expectedHigh: 0.3,
      calm: 6,
    })
    store.appendEvent({ ...event, unixMs: endMs + 60_000 })
  }
  keep('system.cpu.utilization', nowMs - 3 * hourMs, nowMs - 3 * hourMs + 60_000, 4)
  keep('system.network.tcp.retransmits', nowMs - 3 * hourMs + 30_000, nowMs - 3 * hourMs + 90_000, 3.6)
  keep('system.memory.utilization', nowMs - 30 * 60_000, nowMs - 25 * 60_000, 5)
  store.appendEvent({
    unixMs: nowMs - 1000,
    kind: 'anomaly',
    severity: 'info',
    message: 'of another version',
    data: {},
  })
})
afterAll(() => api.close())

describe('GET /api/v1/anomalies', () => {
  test('episodes, the most unusual together first, and bands for charts', async () => {
    const { episodes, bands, watch } = await api.get<AnomaliesResponse>('/api/v1/anomalies')
    expect(episodes.map(({ rank, sentence }) => [rank, sentence])).toEqual([
      [1, 'system.cpu.utilization, system.network.tcp.retransmits were unlike themselves together'],
      [2, 'system.memory.utilization was unlike itself'],
    ])
    expect(bands.map(({ metric, unit, isOpen }) => [metric, unit, isOpen])).toEqual([
      ['system.cpu.utilization', '1', false],
      ['system.network.tcp.retransmits', '{segment}/s', false],
      ['system.memory.utilization', '1', false],
    ])
    expect(bands[0]?.score).toBeCloseTo(0.9999, 6)
    expect(watch.status).toBe('watching')
  })

  test('one that was told after the window, but was in it, is there; others are not', async () => {
    const nowMs = api.machine.sources.now()
    const middle = nowMs - 28 * 60_000
    const { bands } = await api.get<AnomaliesResponse>(`/api/v1/anomalies?start=${middle - 1000}&end=${middle}`)
    expect(bands.map(({ metric }) => metric)).toEqual(['system.memory.utilization'])
    expect((await api.get<AnomaliesResponse>('/api/v1/anomalies?start=-1m')).bands).toEqual([])
  })

  test('times that make no sense are refused', async () => {
    expect((await api.problem('/api/v1/anomalies?start=now&end=-1h')).code).toBe('invalid_time')
    expect((await api.problem('/api/v1/anomalies?start=yesteryear')).code).toBe('invalid_time')
    expect((await api.problem('/api/v1/anomalies?since=1h')).code).toBe('invalid_request')
  })
})

describe('GET /api/v1/forecast', () => {
  test('with too little of a record it says so, of everything that can run out', async () => {
    const { forecasts } = await api.get<ForecastResponse>('/api/v1/forecast')
    expect(new Set(forecasts.map(({ status }) => status))).toEqual(new Set(['unknown']))
    expect((await api.get<ForecastResponse>('/api/v1/forecast?within=7d')).forecasts).toEqual([])
  })

  test('what is no duration is refused', async () => {
    for (const within of ['soon', '0s', '4'])
      expect((await api.problem(`/api/v1/forecast?within=${within}`)).code).toBe('invalid_request')
  })
})
