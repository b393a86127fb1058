import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { createElement, type FunctionComponent } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { buttonsOf, labelsOf, openPaperWindow, wordsOf } from '../../../test/paper-window.ts'
import {
  sampleCurrent,
  sampleHealth,
  sampleMetrics,
  sampleNowMs,
  sampleProcessesAnswer,
} from '../../../test/sample-answers.ts'
import type { AlertsResponse } from '../../api/alert-contract.ts'
import type { AnomaliesResponse } from '../../api/anomaly-contract.ts'
import type { CurrentValue, MetricInfo } from '../../api/contract.ts'
import type { ForecastResponse } from '../../api/forecast-contract.ts'
import { answerExamples } from '../../api/openapi/examples.ts'
import { applyCurrent } from '../state/live.ts'
import { defaultPlace } from '../state/place.ts'
import { fixedView } from '../state/view.ts'

const paper = openPaperWindow('/')
const { App } = await import('../app.tsx')
const { charts } = await import('../chart/declarations.ts')
const { alerts } = await import('../data/alerts.ts')
const { catalogue } = await import('../data/catalogue.ts')
const { host, link, live, processes } = await import('../data/feed.ts')
const { findings } = await import('../data/findings.ts')
const { health } = await import('../data/health.ts')
const { bands, forecasts } = await import('../data/outlook.ts')
const { place } = await import('../data/place-store.ts')
const { Anomalies, Episode } = await import('./anomalies.tsx')
const { Login } = await import('./login.tsx')
const { Overview } = await import('./overview.tsx')
const { Processes } = await import('./processes.tsx')
const { Services } = await import('./services.tsx')
const { Subject } = await import('./subject.tsx')
const { Sysmon } = await import('./sysmon.tsx')
afterAll(() => paper.close())
beforeEach(() => {
  place.set(defaultPlace)
  link.set('connecting')
  for (const cell of [host, live, processes, health, alerts, catalogue, findings]) cell.set(undefined)
  forecasts.set([])
  bands.set([])
})

const draw = <Props extends object>(part: FunctionComponent<Props>, props: Props): string =>
  renderToStaticMarkup(createElement(part, props))
const words = <Props extends object>(part: FunctionComponent<Props>, props: Props): string => wordsOf(draw(part, props))
const see = (values: readonly CurrentValue[] = sampleCurrent.values): void => {
  live.set(applyCurrent(undefined, { ...sampleCurrent, values }))
  host.set(sampleCurrent.host)
}
const know = (infos: readonly MetricInfo[] = sampleMetrics.metrics): void =>
  catalogue.set(new Map(infos.map((info) => [info.name, info])))
const info = (name: string, more: Partial<MetricInfo> = {}): MetricInfo => ({
  name,
  kind: 'gauge',
  unit: '1',
  help: `What ${name} is.`,
  labels: [],
  series: [{}],
  ...more,
})

describe('the overview', () => {
  test('before the first tick it waits, and no number is made up', () => {
    const page = words(Overview, {})
    expect(page).toStartWith('Waiting for the first tick…')
    expect(page).toMatch(/CPU CPU: –/)
    expect(page).not.toMatch(/CPU: 0/)
  })

  test('the numbers of now, each leading to its page', () => {
    know([info('system.cpu.utilization'), info('system.uptime', { unit: 's' })])
    see()
    const page = draw(Overview, {})
    expect(wordsOf(page)).toContain('CPU: 37 % load 0.52')
    expect(wordsOf(page)).toContain('4.88 GiB of 8 GiB')
    expect(wordsOf(page)).toContain('Up for: 12 d 3 h')
    expect(labelsOf(page, 'href')).toEqual(expect.arrayContaining(['/cpu', '/memory', '/disks', '/network']))
  })

  test('what stands out is said, and what is well too', () => {
    see()
    expect(words(Overview, {})).toContain('Look')
    findings.set([])
    expect(words(Overview, {})).toStartWith('Nothing stands out.')
    findings.set([{ key: 'system.cpu.utilization', level: 'bad', text: 'CPUs are 99 % busy', page: 'cpu' }])
    const page = draw(Overview, {})
    expect(wordsOf(page)).toStartWith('Bad CPUs are 99 % busy')
    expect(page).toContain('tile is-bad')
  })

  test('critical alerts stand before all, until somebody is at them; what runs out stands after', () => {
    see()
    findings.set([])
    const known = answerExamples.Alerts as AlertsResponse
    alerts.set(known)
    forecasts.set((answerExamples.Forecast as ForecastResponse).forecasts)
    expect(words(Overview, {})).toMatch(/^Alert \/ is 96.2 % full \/var is full in 24 h/)
    const acknowledged = { by: 'ann', unixMs: 1, comment: '' }
    alerts.set({ ...known, active: known.active.map((alert) => ({ ...alert, acknowledged })) })
    expect(words(Overview, {})).toStartWith('Nothing stands out.')
  })
})

describe('a page of charts', () => {
  test('before it is known what there is, only the overview promises charts', () => {
    expect(labelsOf(draw(Subject, { page: 'overview' })).length).toBeGreaterThan(5)
    expect(labelsOf(draw(Subject, { page: 'sensors' }))).not.toContain('Fans')
  })

  test('what this machine does not have is named with its reason, each reason once', () => {
    know()
    const page = draw(Subject, { page: 'sensors' })
    expect(wordsOf(page)).toContain('Not measured here')
    expect(wordsOf(page)).toContain('no fan reports its speed')
  })

  test('where it was unlike itself a chart says so, and leads there', () => {
    const metrics = charts.overview?.[0]?.wanted.map(({ metric }) => metric) ?? []
    know(metrics.map((metric) => info(metric)))
    const band = { metric: metrics[0] ?? '', labels: {}, unit: '1', value: 1, expectedLow: 0, expectedHigh: 0.1 }
    bands.set([{ ...band, startMs: 0, endMs: sampleNowMs, score: 1, surprise: 6, isOpen: false }])
    const page = draw(Subject, { page: 'overview' })
    expect(wordsOf(page)).toContain('unlike itself where marked')
    expect(labelsOf(page, 'href')).toContain('/anomalies')
  })
})

describe('services and containers', () => {
  const group = { cgroup: '/system.slice/web.service', name: 'web.service' }
  const values: readonly CurrentValue[] = [
    { metric: 'cgroup.cpu.utilization', labels: group, value: 0.42, unit: '1' },
    { metric: 'cgroup.memory.working_set', labels: group, value: 2 ** 29, unit: 'By' },
    { metric: 'cgroup.io', labels: { ...group, direction: 'read' }, value: 2 ** 20, unit: 'By/s' },
    { metric: 'cgroup.process.count', labels: group, value: 11, unit: '{process}' },
  ]

  test('each with what it uses; what was not measured is no 0', () => {
    see(values)
    const page = words(Services, {})
    expect(page).toStartWith('Now 1 services and containers')
    expect(page).toContain('web.service 42 % – – 512 MiB – – 1 MiB/s – – 11')
  })

  test('none, with the reason that the daemon gives', () => {
    see([])
    know([info('cgroup.cpu.time', { series: [], absent: 'cgroup v2 is not mounted' })])
    expect(words(Services, {})).toContain('cgroup v2 is not mounted')
    know([])
    expect(words(Services, {})).toContain('No service or container was measured at this time.')
  })

  test('what the sorted column means and where it comes from', () => {
    see(values)
    know([info('cgroup.cpu.utilization', { source: 'cpu.stat', formula: 'usage / time' })])
    const page = draw(Services, {})
    expect(wordsOf(page)).toContain(
      'CPU: What cgroup.cpu.utilization is. = usage / time. cgroup.cpu.utilization, from cpu.stat',
    )
    expect(labelsOf(page, 'aria-sort').filter((sort) => sort !== 'none')).toEqual(['descending'])
  })

  test('a chosen second is named', () => {
    place.set({ ...defaultPlace, view: fixedView(sampleNowMs - 60_000, sampleNowMs) })
    expect(words(Services, {})).toMatch(/^At \d{4}-\d\d-\d\d /)
  })
})

describe('all processes', () => {
  test('while the table is on its way', () => {
    const page = words(Processes, {})
    expect(page).toContain('Waiting for the table…')
    expect(page).toContain('CPU ↓')
    expect(page).toContain('100 % is one core, all threads together. From stat fields 14 + 15.')
  })

  test('how many of how many are shown; a filter that fits none says so', () => {
    processes.set(sampleProcessesAnswer)
    expect(words(Processes, {})).toContain('Now 6 of 6')
    place.set({ ...defaultPlace, table: { ...defaultPlace.table, filter: 'no such name' } })
    expect(words(Processes, {})).toContain('Now 0 of 6')
    expect(words(Processes, {})).toContain('No process fits the filter.')
    expect(labelsOf(draw(Processes, {}), 'value')).toContain('no such name')
  })

  test('the order is in the head, and a second in the past has a way back', () => {
    place.set({
      ...defaultPlace,
      table: { ...defaultPlace.table, sort: 'name', isAscending: true, isTree: true },
      atMs: sampleNowMs,
    })
    const page = draw(Processes, {})
    expect(wordsOf(page)).toContain('Name ↑')
    expect(labelsOf(page, 'aria-sort')).toContain('ascending')
    expect(labelsOf(page, 'aria-pressed')).toContain('true')
    expect(buttonsOf(page)).toContain('Now')
  })
})

describe('the daemon about itself', () => {
  test('before it has answered', () => expect(words(Sysmon, {})).toStartWith('Waiting for the daemon…'))

  test('how it is, since when it records, what its collectors do and what it may not see', () => {
    health.set(sampleHealth)
    const page = words(Sysmon, {})
    expect(page).toStartWith('Healthy Version 1.2.3 Up for 60 min')
    expect(page).toContain('Frames waiting, dropped 0, 0')
    expect(page).toContain('cgroup no data 0 – cgroup v2 is not mounted')
    expect(page).toContain('cpu ok 0 200 µs')
    expect(page).toContain('READ/s and WRITE/s of 3 processes. setcap cap_sys_ptrace+ep /usr/bin/sysmond')
  })

  test('what is wrong with it', () => {
    const { oldest_unix_ms: _, ...rest } = sampleHealth
    health.set({ ...rest, status: 'degraded', problems: ['alerts are off: a bug', 'the disk is full'] })
    expect(words(Sysmon, {})).toStartWith('Degraded: alerts are off: a bug; the disk is full')
    expect(words(Sysmon, {})).toContain('Recorded since –')
  })
})

test('anomalies: over which time, and that it asks', () => {
  expect(words(Anomalies, {})).toBe('The last day Asking…')
  place.set({ ...defaultPlace, view: { kind: 'live', spanMs: 30 * 86_400_000 } })
  expect(words(Anomalies, {})).toStartWith('This time')
})

test('an anomaly: what, when, how much of what is usual, and the chart that shows it', () => {
  const [episode] = (answerExamples.Anomalies as AnomaliesResponse).episodes
  const item = draw(Episode, { episode: episode as NonNullable<typeof episode> })
  expect(wordsOf(item)).toContain('System.pressure.some (io) was unlike itself')
  expect(wordsOf(item)).toContain('system.pressure.some io: 83 %, usually 0 % to 6')
  expect(labelsOf(item, 'href')[0]).toMatch(/^\/disks\?from=\d+&to=\d+&at=1767603700000$/)
  expect(buttonsOf(item)).toEqual(['Explain'])
})

test('without a session: how to get one', () => {
  const page = draw(Login, {})
  expect(wordsOf(page)).toContain('Open that link')
  expect(wordsOf(page)).toContain('sysmon web')
  expect(buttonsOf(page)).toEqual(['Log in'])
  expect(labelsOf(page, 'autoComplete')).toEqual(['username', 'current-password'])
})

describe('the whole', () => {
  test('each page of measurements has its title, its menu and its content', () => {
    see()
    know()
    link.set('stream')
    for (const page of ['overview', 'cpu', 'memory', 'disks', 'network', 'pressure', 'sensors'] as const) {
      place.set({ ...defaultPlace, page })
      const whole = draw(App, {})
      expect(labelsOf(whole, 'aria-current')).toEqual(['page'])
      expect(wordsOf(whole)).toStartWith('To the content')
      expect(labelsOf(whole)).toContain('Processes of the chosen second')
    }
  })

  test('a daemon that is away is told to who cannot see it, too', () => {
    link.set('offline')
    expect(words(App, {})).toEndWith('The daemon does not answer.')
  })

  test('an address that leads nowhere', () => {
    place.set({ ...defaultPlace, page: 'missing' })
    expect(words(App, {})).toContain('There is no such page')
  })
})
