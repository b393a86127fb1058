import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { type ComponentProps, createElement, type FunctionComponent } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { buttonsOf, labelsOf, openPaperWindow, wordsOf } from '../../../test/paper-window.ts'
import {
  sampleCurrent,
  sampleHost,
  sampleMetrics,
  sampleNowMs,
  sampleProcess,
  sampleProcessesAnswer,
} from '../../../test/sample-answers.ts'
import type { AlertsResponse } from '../../api/alert-contract.ts'
import type { ForecastResponse } from '../../api/forecast-contract.ts'
import { answerExamples } from '../../api/openapi/examples.ts'
import { applyCurrent } from '../state/live.ts'
import { defaultPlace } from '../state/place.ts'
import { fixedView } from '../state/view.ts'

const paper = openPaperWindow('/')
const { alerts } = await import('../data/alerts.ts')
const { catalogue } = await import('../data/catalogue.ts')
const { host, link, live, processes } = await import('../data/feed.ts')
const { health } = await import('../data/health.ts')
const { me } = await import('../data/me.ts')
const { forecasts } = await import('../data/outlook.ts')
const { place } = await import('../data/place-store.ts')
const { Boundary } = await import('./boundary.tsx')
const { Details, Drawer } = await import('./drawer.tsx')
const { Explain } = await import('./explain.tsx')
const { Outlook } = await import('./forecast.tsx')
const { Help } = await import('./help.tsx')
const { Missing, Unread } = await import('./lost.tsx')
const { MomentPanel } = await import('./moment.tsx')
const { Navigation } = await import('./navigation.tsx')
const { Palette } = await import('./palette.tsx')
const { SignalForm } = await import('./signal-form.tsx')
const { TopBar } = await import('./top-bar.tsx')
afterAll(() => paper.close())
beforeEach(() => {
  place.set(defaultPlace)
  link.set('connecting')
  for (const cell of [host, live, processes, health, me, alerts, catalogue]) cell.set(undefined)
  forecasts.set([])
})

const nothing = (): void => undefined
function draw<Props extends object>(part: FunctionComponent<Props>, props: Props): string {
  return renderToStaticMarkup(createElement(part, props))
}
const words = <Props extends object>(part: FunctionComponent<Props>, props: Props): string => wordsOf(draw(part, props))
const liveNow = (): void => live.set(applyCurrent(undefined, sampleCurrent))

describe('the bar at the top', () => {
  const bar = (): string => draw(TopBar, { open: nothing })

  test('before anything is known it says that it connects, and promises no machine', () => {
    expect(wordsOf(bar())).toStartWith('Overview Connecting')
    expect(bar()).not.toContain(sampleHost.hostName)
  })

  test('the machine, its system and its CPUs', () => {
    host.set(sampleHost)
    link.set('stream')
    expect(wordsOf(bar())).toStartWith('Overview web-1 · Debian GNU/Linux 12 · 2 CPUs Live')
    expect(labelsOf(bar(), 'title')).toContain('Debian GNU/Linux 12, kernel Linux 6.1.0-18-amd64')
    host.set({ ...sampleHost, logicalCpus: 1 })
    expect(wordsOf(bar())).toContain('· 1 CPU Live')
  })

  test('a daemon that is away says so, and since when its numbers stand', () => {
    link.set('offline')
    expect(wordsOf(bar())).toContain('Offline')
    expect(wordsOf(bar())).not.toContain('since')
    liveNow()
    expect(wordsOf(bar())).toMatch(/Offline since \d\d:\d\d:\d\d/)
    expect(labelsOf(bar(), 'title')).toContain('The daemon does not answer; trying again')
  })

  test('a window in the past is not called live, has a way back, and can be explained', () => {
    link.set('stream')
    liveNow()
    expect(buttonsOf(bar())).not.toContain('Explain this')
    expect(buttonsOf(bar())).not.toContain('›')
    place.set({ ...defaultPlace, view: fixedView(sampleNowMs - 600_000, sampleNowMs - 300_000) })
    expect(wordsOf(bar())).toContain('Past')
    expect(wordsOf(bar())).toMatch(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d to \d\d:\d\d:\d\d/)
    expect(buttonsOf(bar())).toEqual(expect.arrayContaining(['›', 'Live', 'Explain this']))
  })
})

describe('the menu', () => {
  test('leads to every page, and says on which one is', () => {
    place.set({ ...defaultPlace, page: 'memory' })
    const menu = draw(Navigation, {})
    expect(wordsOf(menu)).toContain('Memory')
    expect(labelsOf(menu, 'aria-current')).toEqual(['page'])
    expect(labelsOf(menu, 'href')).toEqual(expect.arrayContaining(['/', '/cpu', '/processes', '/alerts', '/explain']))
  })

  test('how many alerts last', () => {
    expect(words(Navigation, {})).not.toContain('active')
    alerts.set(answerExamples.Alerts as AlertsResponse)
    expect(words(Navigation, {})).toContain('Alerts 1 active')
  })
})

describe('the processes of a second', () => {
  test('the busiest first as the daemon sent them, with where the time went', () => {
    processes.set(sampleProcessesAnswer)
    const panel = words(MomentPanel, {})
    expect(panel).toContain('Top processes now')
    expect(panel).toContain('postgres postgresql 42 % 210 MiB')
    expect(panel).toContain('Processes 6')
  })

  test('before there is a table nothing is 0', () => {
    const panel = words(MomentPanel, {})
    expect(panel).toContain('Busy –')
    expect(panel).not.toMatch(/\b0\b/)
  })

  test('a second that was chosen is named, and can be let go', () => {
    liveNow()
    place.set({ ...defaultPlace, atMs: sampleNowMs - 30_000 })
    const panel = draw(MomentPanel, {})
    expect(wordsOf(panel)).toMatch(/^Processes at \d\d:\d\d:\d\d/)
    expect(buttonsOf(panel)).toContain('Unpin')
    place.set({ ...defaultPlace, atMs: sampleNowMs - 86_400_000 })
    expect(words(MomentPanel, {})).toMatch(/^Processes at \d{4}-\d\d-\d\d /)
  })

  test('what may not be seen is said', () => {
    processes.set({ ...sampleProcessesAnswer, limitedView: 'only your own processes' })
    expect(words(MomentPanel, {})).toContain('only your own processes')
  })

  test('R12: a name with markup or signs that turn the text stays text', () => {
    const [row] = sampleProcessesAnswer.processes
    const name = '<img src=x onerror=alert(1)>'
    processes.set({ ...sampleProcessesAnswer, processes: [{ ...(row as NonNullable<typeof row>), name }] })
    const panel = draw(MomentPanel, {})
    expect(panel).not.toContain('<img')
    expect(wordsOf(panel)).toContain(name)
  })
})

describe('one process', () => {
  test('it is called by its number until it is known', () => {
    const drawer = draw(Drawer, { pid: 812 })
    expect(labelsOf(drawer)).toContain('Process 812')
    expect(wordsOf(drawer)).toStartWith('Process 812 ✕')
    expect(wordsOf(drawer)).toContain('CPU Memory Written')
  })

  test('what it has open, and why something of it is not known', () => {
    const details = words(Details, { details: sampleProcess.details as NonNullable<typeof sampleProcess.details> })
    expect(details).toContain('Executable /usr/lib/postgresql/15/bin/postgres')
    expect(details).toContain('Proportional memory 180 MiB')
    expect(details).toContain('Swapped –')
    expect(details).toContain('Open files 2 0 /dev/null')
    expect(details).toContain('Sockets 1 tcp 127.0.0.1:5432 → 0.0.0.0:0 listen')
    expect(details).toContain('Threads: permission denied')
    expect(details).toContain('open files: 1024 (hard 524288) files')
    expect(details).toContain('threads need the same user or root')
  })
})

describe('signals', () => {
  const row = sampleProcess.process
  test('V4: a viewer is told that admins send them', () => {
    me.set({ subject: 'user:ann', role: 'viewer', expiresUnixMs: sampleNowMs })
    expect(words(SignalForm, { row })).toBe('Signals are sent by admins; you are a viewer.')
  })

  test('nothing is sent before it is known who one is; an admin has each with what it does', () => {
    expect(buttonsOf(draw(SignalForm, { row }))).toEqual([])
    me.set(answerExamples.LoggedIn as NonNullable<ReturnType<typeof me.get>>)
    expect(buttonsOf(draw(SignalForm, { row }))).toEqual(['Send…'])
    expect(words(SignalForm, { row })).toContain('KILL: ends it at once, unsaved work is lost')
  })
})

describe('when something runs out', () => {
  const { forecasts: known } = answerExamples.Forecast as ForecastResponse
  test('stands on the page of the resource alone', () => {
    forecasts.set(known)
    expect(words(Outlook, { page: 'disks' })).toStartWith('When it runs out /var is full in 24 h')
    expect(words(Outlook, { page: 'memory' })).toBe('')
  })

  test('nothing is said before it is known', () => expect(words(Outlook, { page: 'disks' })).toBe(''))
})

describe('what a number means', () => {
  test('its name, help, formula and source', () => {
    const text = words(Explain, { metrics: sampleMetrics.metrics, children: 'CPU' } as ComponentProps<typeof Explain>)
    expect(text).toContain('system.cpu.utilization')
    expect(text).toContain('= 1 - (idle + iowait + steal) / total')
    expect(text).toContain('from /proc/diskstats')
  })

  test('without a metric it is only the word', () => {
    expect(draw(Explain, { metrics: [], children: 'CPU' } as ComponentProps<typeof Explain>)).toBe('CPU')
  })
})

describe('addresses that lead nowhere', () => {
  test('a page that is none, with a way back', () => {
    window.location.href = 'http://sysmon.test/no<such>page'
    expect(words(Missing, {})).toContain('There is no such page Nothing is at /no%3Csuch%3Epage.')
    expect(buttonsOf(draw(Missing, {}))).toEqual(['To the overview'])
  })

  test('times that cannot be read are named, and what is shown instead', () => {
    expect(words(Unread, {})).toBe('')
    place.set({ ...defaultPlace, unread: ['from', 'to'] })
    expect(words(Unread, {})).toContain('(from, to). What you see is up to now.')
    place.set({ ...defaultPlace, unread: ['at'], view: fixedView(1000, 90_000) })
    expect(words(Unread, {})).toContain('The rest of it is shown.')
  })
})

describe('a part that throws', () => {
  const after = (error: unknown): string => {
    const boundary = new Boundary({ what: 'This page', at: 'cpu', children: 'the page' })
    boundary.state = error === undefined ? {} : Boundary.getDerivedStateFromError(error)
    return wordsOf(renderToStaticMarkup(createElement(() => boundary.render())))
  }
  test('is told in its place', () => {
    expect(after(undefined)).toBe('the page')
    expect(after(new Error('no such line'))).toBe('This page could not be shown The rest goes on. no such line Reload')
  })

  test('after an upgrade one is asked to load anew', () => {
    expect(after(new TypeError('Failed to fetch dynamically imported module: x'))).toStartWith('sysmon was updated')
  })
})

test('the palette has pages, times, and the processes of now', () => {
  processes.set(sampleProcessesAnswer)
  const palette = draw(Palette, { close: nothing })
  expect(labelsOf(palette)).toContain('Commands')
  expect(buttonsOf(palette)).toContain('Go to Overview')
  expect(labelsOf(palette, 'aria-selected').filter((is) => is === 'true')).toHaveLength(1)
})

test('the keys are told', () => {
  expect(words(Help, { close: nothing })).toContain('Ctrl-K commands: pages, times, processes')
})
