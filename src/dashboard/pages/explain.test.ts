import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { createElement, type FunctionComponent } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { buttonsOf, labelsOf, openPaperWindow, wordsOf } from '../../../test/paper-window.ts'
import type { ExplainResponse } from '../../api/explain-contract.ts'
import { answerExamples } from '../../api/openapi/examples.ts'
import { defaultPlace } from '../state/place.ts'
import { fixedView } from '../state/view.ts'

const paper = openPaperWindow('/explain')
const { Refusal, Unreachable } = await import('../data/api.ts')
const { place } = await import('../data/place-store.ts')
const { Answer, ExplainPage, Reading, sayShare, Trouble } = await import('./explain.tsx')
const { FindingItem, gradeOf } = await import('./explain-finding.tsx')
const { Changes, Comparison, Coverage, Resources } = await import('./explain-more.tsx')
afterAll(() => paper.close())
beforeEach(() => place.set(defaultPlace))

const nothing = (): void => undefined
const draw = <Props extends object>(part: FunctionComponent<Props>, props: Props): string =>
  renderToStaticMarkup(createElement(part, props))
const words = <Props extends object>(part: FunctionComponent<Props>, props: Props): string => wordsOf(draw(part, props))

const example = answerExamples.Explain as ExplainResponse
const [finding] = example.findings as [ExplainResponse['findings'][number]]
const { window } = example

describe('the page', () => {
  test('which time is explained, with what it can be compared, and that it is being read', () => {
    const page = words(ExplainPage, {})
    expect(page).toStartWith('The last 10 min Compare with Nothing The time before A day before Look again')
    expect(page).toContain('Reading 10 min of the record…')
    place.set({ ...defaultPlace, view: fixedView(window.startMs, window.endMs) })
    expect(words(ExplainPage, {})).toMatch(/^\d{4}-\d\d-\d\d [\d:]+ to [\d:]+ \(10 min\)/)
  })

  test('who listens is told that it is being read', () => {
    const reading = draw(Reading, { window: { startMs: 0, endMs: 86_400_000 } })
    expect(labelsOf(reading, 'aria-busy')).toEqual(['true'])
    expect(wordsOf(reading)).toStartWith('Reading 24 h')
  })
})

describe('no answer', () => {
  const after = (problem: unknown): string => words(Trouble, { problem, again: nothing })
  test('a daemon that is away is asked again by itself', () => {
    expect(after(new Unreachable('x'))).toBe(
      'The daemon does not answer It is asked again as soon as it is back. Try again',
    )
  })

  test('a refusal is told with its cure', () => {
    const refusal = new Refusal(400, { detail: 'the window is too long', cure: 'Ask for a day' }, undefined)
    expect(after(refusal)).toContain('This could not be explained the window is too long. Ask for a day')
    expect(after(new Refusal(403, { detail: 'viewer' }, undefined))).toContain('Your role does not allow this')
    expect(after(new Refusal(429, {}, undefined))).toContain('asks for a pause')
  })
})

describe('the answer', () => {
  const answer = (more: Partial<ExplainResponse> = {}): string => words(Answer, { answer: { ...example, ...more } })

  test('what was short, since when, who used it, who waited, and by which numbers', () => {
    const text = answer()
    expect(text).toContain('Disk sda')
    expect(text).toContain(finding.sentence)
    expect(text).toMatch(/Since \d\d:\d\d:\d\d, for 42 s of this time/)
    expect(text).toContain('Used by pg_dump 812 94 %')
    expect(text).toContain('Waited postgres 640 31 s')
    expect(text).toContain('Nobody recorded accounts for 6.0 %')
    expect(text).toContain('By bytes read from and sent to storage')
    expect(text).toContain('Tasks waited for storage 83 % of the time (before: 1 %)')
  })

  test('evidence leads to the chart that shows it', () => {
    const links = labelsOf(draw(Answer, { answer: example }), 'href')
    expect(links).toEqual(['/pressure?from=1767603180000&to=1767603780000&at=1767603700000'])
  })

  test('a quiet time is said to be one', () => {
    expect(answer({ isQuiet: true, findings: [], summary: 'Nothing was short.' })).toStartWith(
      'Nothing was short 1 resources were looked at, and none was over its bound.',
    )
  })

  test('a time of which nothing is known is not called quiet', () => {
    const gaps = [{ startMs: window.startMs, endMs: window.endMs, reason: 'the machine was off' }]
    const text = answer({ isQuiet: true, findings: [], coverage: { share: 0, gaps, missing: [], processesShare: 0 } })
    expect(text).toStartWith('Nothing was recorded then')
    expect(text).toContain('(the machine was off)')
    expect(text).not.toContain('Nothing was short')
  })

  test('who has ended, and who is many, is told', () => {
    const [culprit] = finding.culprits as [(typeof finding.culprits)[number]]
    const { pid: _, startTicks: __, share: ___, ...unnamed } = culprit
    const many = { ...unnamed, name: 'cc1', processes: 12, service: 'build.service' }
    const item = draw(FindingItem, {
      finding: { ...finding, isOlder: true, culprits: [{ ...culprit, hasEnded: true }, many], waiters: [] },
      window,
    })
    expect(wordsOf(item)).toContain('cc1 12 processes · build 4.1 GiB')
    expect(wordsOf(item)).toContain('Since before')
    expect(labelsOf(item, 'title').join()).toContain('it has ended')
    expect(buttonsOf(item)).toEqual(['pg_dump 812'])
  })

  test('R12: the name of a process stays text', () => {
    const [culprit] = finding.culprits as [(typeof finding.culprits)[number]]
    const drawn = draw(FindingItem, {
      finding: { ...finding, culprits: [{ ...culprit, name: '<svg onload=alert(1)>' }] },
      window,
    })
    expect(drawn).not.toContain('<svg')
    expect(wordsOf(drawn)).toContain('<svg onload=alert(1)>')
  })

  test('how grave it is, in words', () => {
    expect([0.9, 0.6, 0.4, 0.1].map((severity) => gradeOf(severity)[0])).toEqual(['severe', 'high', 'moderate', 'low'])
    expect(sayShare(undefined)).toBe('')
    expect(sayShare(0.5)).toBe('50 %')
  })
})

describe('what stands beside it', () => {
  test('what changed; the first dozen at once, the rest behind a click', () => {
    const [change] = example.changes as [ExplainResponse['changes'][number]]
    expect(words(Changes, { changes: [change], window })).toMatch(/[\d:]+ pg_dump \(pid 812\) started/)
    expect(words(Changes, { changes: [], window })).toContain('Nothing that is recorded.')
    const many = Array.from({ length: 15 }, (_, i) => ({
      ...change,
      unixMs: change.unixMs + i,
      kind: 'event' as const,
    }))
    expect(words(Changes, { changes: many, window })).toContain('3 more')
  })

  test('how much is known, where the holes are, and what could not be looked at', () => {
    const gaps = [{ startMs: window.startMs, endMs: window.startMs + 60_000, reason: 'suspended' }]
    const missing = [{ what: 'pressure', reason: 'the kernel was built without it' }]
    const text = words(Coverage, { coverage: { share: 0.9, gaps, missing, processesShare: 0.5 } })
    expect(text).toContain('Seconds recorded 90 %')
    expect(text).toContain('Processes read 50 %')
    expect(text).toContain('suspended')
    expect(text).toContain('pressure the kernel was built without it')
  })

  test('another time it is compared with', () => {
    const text = words(Comparison, {
      against: {
        window,
        summary: 'Twice as much was written.',
        findings: [{ resource: 'cpu', sentence: 'CPUs were short.' }],
        differences: [],
      },
    })
    expect(text).toMatch(/^Compared with .* Twice as much was written. What was short then CPUs were short.$/)
  })

  test('every resource that was looked at; what has no number has none', () => {
    const used = { metric: 'system.disk.utilization', mean: 0.5, peak: 0.9, unit: '1' }
    const text = words(Resources, { resources: [{ resource: 'disk', instance: 'sda', isShort: true, used } as never] })
    expect(text).toEndWith('Disk sda 50 %, most 90 % – –')
  })
})
