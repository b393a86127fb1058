import { expect, test } from 'bun:test'
import type { AnomalyBand } from '../../api/anomaly-contract.ts'
import { watchedMetrics } from '../../catalogue/watched.ts'
import { bandsOn } from './bands.ts'
import { charts } from './declarations.ts'

const band = (metric: string): AnomalyBand => ({
  startMs: 0,
  endMs: 1,
  isOpen: false,
  metric,
  labels: {},
  unit: '1',
  score: 1,
  surprise: 9,
  value: 1,
  expectedLow: 0,
  expectedHigh: 0.1,
})

test('a band is on the charts of its metric, and on those of its parts', () => {
  const bands = [band('system.cpu.utilization'), band('system.pressure.some')]
  expect(bandsOn(bands, ['system.cpu.mode.utilization'])).toEqual([bands[0] as AnomalyBand])
  expect(bandsOn(bands, ['system.pressure.some', 'system.load'])).toEqual([bands[1] as AnomalyBand])
  expect(bandsOn(bands, ['system.disk.io'])).toEqual([])
})

test('nearly all that is watched has a chart on which its bands are', () => {
  const drawn = Object.values(charts).map((list) => list.flatMap(({ wanted }) => wanted.map(({ metric }) => metric)))
  const homeless = watchedMetrics.filter(({ metric }) =>
    drawn.every((names) => bandsOn([band(metric)], names).length === 0),
  )
  expect(homeless.map(({ metric }) => metric as string)).toEqual(['system.file_descriptor.count'])
})
