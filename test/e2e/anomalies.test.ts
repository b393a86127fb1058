import { afterEach, expect, test } from 'bun:test'
import type { AnomaliesResponse } from '../../src/api/anomaly-contract.ts'
import type { HealthResponse } from '../../src/api/contract.ts'
import type { ForecastResponse } from '../../src/api/forecast-contract.ts'
import { eventually, removeDataDir, startDaemon, type TestDaemon } from './daemon.ts'

/** The detector and the forecast in a real daemon. */
let daemon: TestDaemon | undefined
afterEach(async () => {
  await daemon?.kill()
  if (daemon !== undefined) await removeDataDir(daemon)
  daemon = undefined
})

/** Minutes that it still needs. */
const minutesToLearn = ({ watch }: AnomaliesResponse): number => Number(/\d+/.exec(watch.why ?? '')?.[0] ?? Number.NaN)

test('it learns, is well, and comes back after a restart', async () => {
  daemon = await startDaemon()
  const asked = (): Promise<AnomaliesResponse> => (daemon as TestDaemon).get<AnomaliesResponse>('/api/v1/anomalies')
  const learning = await eventually(asked, ({ watch }) => watch.series > 3, 45_000)
  expect([learning.watch.status, learning.episodes, learning.bands]).toEqual(['learning', [], []])
  expect(minutesToLearn(learning)).toBe(60)
  expect((await daemon.get<HealthResponse>('/health')).problems).toEqual([])
  const { forecasts } = await daemon.get<ForecastResponse>('/api/v1/forecast')
  expect(forecasts.some(({ resource, status }) => resource === 'memory' && status === 'unknown')).toBe(true)
  expect(await daemon.stop()).toBe(0)
  daemon = await startDaemon({ dataDir: daemon.dataDir })
  await eventually(asked, ({ watch }) => watch.series > 3, 45_000)
  expect((await asked()).episodes).toEqual([])
}, 120_000)

test('turned off it says so, and nothing is ill', async () => {
  daemon = await startDaemon({ env: { SYSMON_ANOMALY_ENABLED: 'false' } })
  const { watch } = await daemon.get<AnomaliesResponse>('/api/v1/anomalies')
  expect(watch).toEqual({ status: 'off', why: 'anomaly.enabled is false', series: 0 })
  expect((await daemon.get<HealthResponse>('/health')).problems).toEqual([])
}, 30_000)
