import { expect, test } from 'bun:test'
import { againstWindow, explainParameters, explainPlace, explainWindow } from './explain-window.ts'
import { fixedView } from './view.ts'

const nowMs = 10_000_000_000
const minuteMs = 60_000

test('live is explained by its last ten minutes, or by more where more is shown', () => {
  const live = (spanMs: number) => explainWindow({ view: { kind: 'live', spanMs } }, nowMs)
  expect(live(5 * minuteMs)).toEqual({ startMs: nowMs - 10 * minuteMs, endMs: nowMs })
  expect(live(60 * minuteMs)).toEqual({ startMs: nowMs - 60 * minuteMs, endMs: nowMs })
})

test('a window is explained as it is, up to now; a second in it changes nothing', () => {
  const view = fixedView(1_000_000, 2_000_000)
  expect(explainWindow({ view, atMs: 1_500_000 }, nowMs)).toEqual({ startMs: 1_000_000, endMs: 2_000_000 })
  expect(explainWindow({ view: fixedView(nowMs - 5000, nowMs + 5000) }, nowMs).endMs).toBe(nowMs)
})

test('a second is explained with those around it, and stays chosen where one goes', () => {
  const live = { kind: 'live', spanMs: 5 * minuteMs } as const
  expect(explainWindow({ view: live, atMs: 5_000_000 }, nowMs)).toEqual({ startMs: 4_970_000, endMs: 5_030_000 })
  expect(explainPlace({ view: live, atMs: 5_000_000 }, nowMs)).toEqual({
    page: 'explain',
    view: fixedView(4_970_000, 5_030_000),
  })
  expect(explainPlace({ view: live }, nowMs)).toEqual({ page: 'explain', view: live })
})

test('what has not been yet is not asked for', () => {
  const { view } = explainPlace({ view: fixedView(0, nowMs), atMs: nowMs - 5000 }, nowMs)
  expect(view).toEqual(fixedView(nowMs - 35_000, nowMs))
})

test('it is compared with as much time before, or with the day before', () => {
  const window = { startMs: 100 * 86_400_000, endMs: 100 * 86_400_000 + minuteMs }
  expect(againstWindow(window, 'previous')).toEqual({ startMs: window.startMs - minuteMs, endMs: window.startMs })
  expect(againstWindow(window, 'yesterday').startMs).toBe(99 * 86_400_000)
  expect(explainParameters(window, 'previous')).toMatchObject({ against_end: window.startMs })
  expect(explainParameters(window, undefined)).toEqual({ start: window.startMs, end: window.endMs })
})
