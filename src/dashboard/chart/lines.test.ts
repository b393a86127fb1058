import { expect, test } from 'bun:test'
import type { HistoryResponse, MetricInfo } from '../../api/contract.ts'
import { toColumns } from '../state/columns.ts'
import { charts } from './declarations.ts'
import { absenceOf, drawingOf, mostLines } from './lines.ts'

const info = (name: string, more: Partial<MetricInfo> = {}): MetricInfo => ({
  name,
  kind: 'gauge',
  unit: 'By',
  help: 'h',
  labels: [],
  series: [],
  ...more,
})
const catalogueOf = (...metrics: MetricInfo[]): ReadonlyMap<string, MetricInfo> =>
  new Map(metrics.map((metric) => [metric.name, metric]))
const answer = (series: HistoryResponse['series'], tier: '1s' | '1m' = '1s'): HistoryResponse => ({
  metric: 'm',
  unit: 'By',
  help: '',
  resolutionMs: tier === '1s' ? 1000 : 60_000,
  tier,
  unixMs: [0],
  series,
})
const series = (labels: Readonly<Record<string, string>>, value: number | null) => ({
  labels,
  avg: [value],
  min: [value],
  max: [value],
})
const def = { title: 'M', wanted: [{ metric: 'm' }] }

test('labels that are the same on every line are not in the legend, nor is the role', () => {
  const columns = toColumns([
    answer([
      series({ device: 'vda', role: 'physical', direction: 'read' }, 1),
      series({ device: 'vda', role: 'physical', direction: 'write' }, 2),
    ]),
  ])
  expect(drawingOf(def, columns, catalogueOf(info('m'))).lines.map(({ name }) => name)).toEqual(['read', 'write'])
})

test('parts that are 0 all the time are counted, not drawn; absent ones are neither', () => {
  const columns = toColumns([
    answer([series({ mode: 'user' }, 5), series({ mode: 'nice' }, 0), series({ mode: 'x' }, null)]),
  ])
  const drawing = drawingOf({ ...def, isStacked: true }, columns, catalogueOf(info('m')))
  expect([drawing.lines.map(({ name }) => name), drawing.hidden]).toEqual([['user'], 1])
})

test('of too many lines the highest are drawn and the rest counted', () => {
  const many = Array.from({ length: mostLines + 5 }, (_, place) => series({ device: `d${place}` }, place))
  const drawing = drawingOf(def, toColumns([answer(many)]), catalogueOf(info('m')))
  expect([drawing.lines.length, drawing.hidden]).toEqual([mostLines, 5])
  expect(drawing.lines.some(({ name }) => name === 'd0')).toBe(false)
})

test('of many lines those that are 0 all the time are counted; when all are, one stands for all', () => {
  const of = (...values: number[]) =>
    drawingOf(def, toColumns([answer(values.map((value, place) => series({ device: `d${place}` }, value)))]), new Map())
  const some = of(0, 7, 0, 8, 0)
  expect([some.lines.map(({ name, color }) => `${name} ${color}`), some.hidden, some.zeros]).toEqual([
    ['d1 1', 'd3 3'],
    3,
    3,
  ])
  expect(of(0, 0, 0, 0, 0).lines.map(({ name }) => name)).toEqual(['each of 5'])
  expect(of(0, 7).lines).toHaveLength(2)
})

test('metrics in one chart are told apart by what differs in their names', () => {
  const named = (metric: string, labels = {}) => ({ ...answer([series(labels, 1)]), metric })
  const names = (...answers: HistoryResponse[]) =>
    drawingOf(def, toColumns(answers), new Map()).lines.map(({ name }) => name)
  expect(names(named('system.cpu.load_average.1m'), named('system.cpu.load_average.5m'))).toEqual(['1m', '5m'])
  expect(names(named('a.udp.datagrams', { direction: 'in' }), named('a.udp.failures', { type: 'x' }))).toEqual([
    'datagrams · in',
    'failures · x',
  ])
})

test('a control group is called by its name, by its path where names are the same, and the own one is drawn once', () => {
  const names = (...groups: [string, string][]) =>
    drawingOf(
      def,
      toColumns([answer(groups.map(([cgroup, name]) => series({ cgroup, name }, 1)))]),
      new Map(),
    ).lines.map(({ name }) => name)
  expect(names(['self', 'a.service'], ['/s/a.service', 'a.service'], ['/s/b.service', 'b.service'])).toEqual(['a', 'b'])
  expect(names(['/x/a', 'a'], ['/y/a', 'a'])).toEqual(['/x/a', '/y/a'])
})

test('a band only where steps are roll-ups, and not over a stack', () => {
  const raw = toColumns([answer([series({}, 1)])])
  const rolled = toColumns([answer([series({}, 1)], '1m')])
  const known = catalogueOf(info('m'))
  expect(drawingOf(def, raw, known).hasBand).toBe(false)
  expect(drawingOf(def, rolled, known).hasBand).toBe(true)
  expect(drawingOf({ ...def, isStacked: true }, rolled, known).hasBand).toBe(false)
})

test('why there is nothing to draw', () => {
  expect(absenceOf(def, catalogueOf(info('m', { series: [{}] })))).toBeUndefined()
  expect(absenceOf(def, new Map())).toContain('does not measure')
  const hot = { title: 'T', wanted: [{ metric: 'hw.temperature' }] }
  expect(absenceOf(hot, catalogueOf(info('hw.temperature', { absent: 'sensor: no sensors' })))).toBe('no sensors')
})

test('every metric that a chart names is in the catalogue', async () => {
  const { derivedNames, metricNames } = await import('../../catalogue/catalogue.ts')
  const known = new Set<string>([...metricNames, ...derivedNames])
  const named = Object.values(charts).flatMap((list) =>
    list.flatMap(({ wanted }) => wanted.map(({ metric }) => metric)),
  )
  expect(named.filter((name) => !known.has(name))).toEqual([])
})
