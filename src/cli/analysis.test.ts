import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type FakeDaemon, startFakeDaemon } from '../../test/fake-daemon.ts'
import { sampleNowMs } from '../../test/sample-answers.ts'
import { type TestTerminalOptions, testTerminal } from '../../test/terminal.ts'
import { anomaliesExample, forecastExample } from '../api/analysis-schemas.ts'
import type { AnomaliesParameters, AnomaliesResponse, AnomalyBand } from '../api/anomaly-contract.ts'
import type { Forecast, ForecastParameters } from '../api/forecast-contract.ts'
import { ApiError } from '../api/problems.ts'
import { runCli } from './main.ts'
import { widthOf } from './output/fit.ts'

/** `sysmon anomalies` of the record, `sysmon forecast`: word for word. */
const example = anomaliesExample.bands[0] as AnomalyBand
const second = {
  ...example,
  metric: 'system.disk.throughput',
  labels: { direction: 'write' },
  unit: 'By/s',
  value: 3e8,
  expectedLow: 0,
  expectedHigh: 2e6,
  surprise: 4.2,
} as const
const [episode] = anomaliesExample.episodes
const [filling] = forecastExample.forecasts
const calm: Forecast = {
  resource: 'memory',
  status: 'no_trend',
  metric: 'system.memory.usage',
  labels: { state: 'used' },
  value: 2_147_483_648,
  limit: 8_589_934_592,
  unit: 'By',
  sentence: 'memory: no trend towards its limit: it does not grow',
}

let daemon: FakeDaemon
let answer: AnomaliesResponse = anomaliesExample
const asked: unknown[] = []
beforeAll(() => {
  daemon = startFakeDaemon({}, undefined, {
    anomalies: async (parameters: AnomaliesParameters) => {
      asked.push(parameters)
      return answer
    },
    forecast: async ({ within }: ForecastParameters) => {
      if (within === 'soon') throw new ApiError('invalid_request', "within: 'soon' is no duration")
      return { ...forecastExample, forecasts: within === '1h' ? [] : [...forecastExample.forecasts, calm] }
    },
  })
})
afterAll(() => daemon.stop())

async function run(line: string, options: TestTerminalOptions = {}) {
  const terminal = testTerminal({
    nowMs: sampleNowMs,
    ...options,
    env: { SYSMON_DATA_DIR: daemon.dataDir, NO_COLOR: '1' },
  })
  const code = await runCli(line.split(' '), terminal)
  return { code, ...terminal.written }
}

describe('sysmon anomalies', () => {
  test('what was unusual together, with what was expected', async () => {
    if (episode === undefined) throw new Error('no example')
    const bands = [example, second]
    answer = { ...anomaliesExample, bands, episodes: [{ ...episode, bands }] }
    for (const options of [{ isTty: true, columns: 100 }, { isTty: false }]) {
      const { code, stdout } = await run('anomalies --utc', options)
      expect(code).toBe(0)
      expect(stdout).toMatchSnapshot()
      if (options.columns !== undefined)
        for (const line of stdout.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(options.columns)
    }
    expect(JSON.parse((await run('anomalies --json')).stdout)).toEqual(JSON.parse(JSON.stringify(answer)))
  })

  test('nothing unusual, and a detector that has failed, are said', async () => {
    answer = { ...anomaliesExample, episodes: [], bands: [], watch: { status: 'failed', why: 'a bug', series: 0 } }
    const { code, stdout, stderr } = await run('anomalies --since 1h --utc')
    expect([code, stdout]).toEqual([0, ''])
    expect(stderr).toContain('failed: a bug')
    expect(stderr).toContain('nothing unusual from')
    const { start, end } = asked.at(-1) as { start: number; end: number }
    expect(Number(end) - Number(start)).toBe(3_600_000)
  })

  test('--file and --since exclude each other', async () => {
    expect((await run('anomalies --file - --since 1h')).code).toBe(2)
  })
})

describe('sysmon forecast', () => {
  test('what runs out stands first; what has no trend says so', async () => {
    for (const options of [{ isTty: true, columns: 100 }, { isTty: false }])
      expect((await run('forecast --utc', options)).stdout).toMatchSnapshot()
    const { forecasts } = JSON.parse((await run('forecast --json')).stdout) as { forecasts: Forecast[] }
    expect(forecasts).toEqual([filling as Forecast, calm])
  })

  test('nothing within a time, and a time that is none', async () => {
    const { code, stderr } = await run('forecast --within 1h')
    expect([code, stderr]).toEqual([0, 'nothing runs out within 1h\n'])
    expect((await run('forecast --within soon')).code).not.toBe(0)
  })
})
