import { expect, test } from 'bun:test'
import type { AnomalyBand } from '../../api/anomaly-contract.ts'
import { watchedMetrics } from '../../catalogue/watched.ts'
import { bandsOn } from './bands.ts'
import { charts } from './declarations.ts'

const band = (metric: string, labels: Readonly<Record<string, string>> = {}): AnomalyBand => ({
  startMs: 0,
  endMs: 1,
  isOpen: false,
  metric,
  labels,
  unit: '1',
  score: 1,
  surprise: 9,
  value: 1,
  expectedLow: 0,
  expectedHigh: 0.1,
})

test('a band is on the charts of its metric, and on those of its parts', () => {
  const bands = [band('system.cpu.utilization'), band('system.pressure.some')]
  expect(bandsOn(bands, [{ metric: 'system.cpu.mode.utilization' }])).toEqual([bands[0] as AnomalyBand])
  expect(bandsOn(bands, [{ metric: 'system.pressure.some' }, { metric: 'system.load' }])).toEqual([
    bands[1] as AnomalyBand,
  ])
  expect(bandsOn(bands, [{ metric: 'system.disk.io' }])).toEqual([])
})

test('a chart of one part is not marked for what another part did', () => {
  const disks = band('system.pressure.some', { resource: 'io' })
  const of = (resource: string) => [{ metric: 'system.pressure.some', labels: { resource } }]
  expect(bandsOn([disks], of('cpu'))).toEqual([])
  expect(bandsOn([disks], of('io'))).toEqual([disks])
})

test('nearly all that is watched has a chart on which its bands are', () => {
  const drawn = Object.values(charts).map((list) => list.flatMap(({ wanted }) => wanted))
  const homeless = watchedMetrics.filter(
    ({ metric }) => !drawn.some((shown) => shown.some((one) => bandsOn([band(metric, one.labels)], [one]).length > 0)),
  )
  expect(homeless.map(({ metric }) => metric as string)).toEqual(['system.file_descriptor.count'])
})
