import { describe, expect, test } from 'bun:test'
import { sampleNowMs, sampleProcess, sampleProcessesAnswer } from '../../../test/sample-answers.ts'
import { replayedMs, topCurrent, topState } from '../../../test/top-machine.ts'
import type { InputEvent } from './input-decoder.ts'
import { layoutOf } from './layout.ts'
import { columnsFor } from './process-table.ts'
import { reduce } from './reduce.ts'
import type { Effect, TopEvent, TopState } from './state.ts'
import { wantedOf } from './wanted.ts'

const nowMs = sampleNowMs + 300
const input = (state: TopState, event: Exclude<InputEvent, { kind: 'background' }>) =>
  reduce(state, { kind: 'input', input: event, nowMs })
const press = (state: TopState, ...keys: readonly string[]): TopState =>
  keys.reduce((before, key) => input(before, { kind: 'key', key }).state, state)
const effectsOf = (state: TopState, key: string): readonly Effect[] => input(state, { kind: 'key', key }).effects
const typed = (state: TopState, text: string): TopState =>
  press(state, ...[...text].map((each) => (each === ' ' ? 'space' : each)))
const live = topState(120, 40)
const past = topState(120, 40, true)
const pids = (state: TopState): readonly number[] => state.list.map(({ row }) => row.pid)
const selectedPid = (state: TopState): number | undefined => state.list[state.selected]?.row.pid
const tick = (state: TopState, more: Partial<TopEvent & { kind: 'tick' }> = {}): TopState =>
  reduce(state, {
    kind: 'tick',
    atMs: undefined,
    current: topCurrent,
    processes: sampleProcessesAnswer,
    nowMs,
    ...more,
  }).state

describe('the process table', () => {
  test('by CPU, then by what is asked for; the same again turns it round', () => {
    expect(pids(live)).toEqual([812, 1400, 813, 1999, 1, 2])
    expect(pids(press(live, 'm')).slice(0, 2)).toEqual([1400, 812])
    expect(pids(press(live, 'm', 'm')).slice(0, 2)).toEqual([2, 1999])
    expect(pids(press(live, 'i'))[5]).toBe(812)
    expect(pids(press(live, 'p'))).toEqual([1, 2, 812, 813, 1400, 1999])
  })

  test('absent values come last, whichever way round', () => {
    expect(pids(press(live, 'r'))[0]).toBe(812)
    expect(pids(press(live, 'r', 'i'))[0]).toBe(812)
  })

  test('< and > go to the column beside, all the way round', () => {
    const columns = columnsFor(layoutOf(live).table.width, live)
    let state = live
    const seen = new Set<string>()
    for (const _ of columns) {
      state = press(state, '>')
      seen.add(state.sort.field)
    }
    expect([seen.size, state.sort.field]).toEqual([columns.length, 'cpu'])
    expect(press(live, '<').sort.field).toBe('threads')
  })

  test('the selection stays within the list', () => {
    expect(press(live, 'up').selected).toBe(0)
    expect(press(live, 'down', 'down').selected).toBe(2)
    expect(press(live, 'end').selected).toBe(5)
    expect(press(live, 'G', 'home').selected).toBe(0)
    expect(press(live, 'pagedown', 'pagedown').selected).toBe(5)
  })

  test('a filter works as it is typed; Enter keeps it, Esc takes it back', () => {
    const typing = typed(press(live, '/'), 'user=postgres')
    expect(pids(typing)).toEqual([812, 813])
    expect(pids(press(typing, 'enter'))).toEqual([812, 813])
    expect(press(typing, 'escape').filter).toBe('')
    expect(pids(press(typing, 'enter', 'escape'))).toHaveLength(6)
  })

  test('a filter that is wrong says why and leaves the last right one', () => {
    const wrong = typed(press(live, '/'), 'cpu>5%x')
    expect(wrong.filterProblem).toContain('no number')
    expect(wrong.filter).toBe('cpu>5%')
    expect(press(wrong, 'backspace').filterProblem).toBeUndefined()
    expect(press(wrong, 'enter')).toEqual(wrong)
    expect(press(wrong, 'escape').dialog).toBeUndefined()
  })

  test('commands are letters again once the filter is closed, and pasted text is never a command', () => {
    expect(typed(press(live, '/'), 'q').dialog?.kind).toBe('filter')
    expect(effectsOf(press(live, '/', 'enter'), 'q')).toEqual([{ kind: 'quit' }])
    expect(input(live, { kind: 'paste', text: 'qk' }).effects).toEqual([])
    expect(input(press(live, '/'), { kind: 'paste', text: 'node\n' }).state.filter).toBe('node ')
  })

  test('the tree puts children below their parents', () => {
    expect(press(live, 't').list.map(({ row, stem }) => `${stem}${row.pid}`)).toEqual([
      '1',
      '├─ 812',
      '│  └─ 813',
      '├─ 1400',
      '└─ 1999',
      '2',
    ])
  })

  test('following keeps the selection on its process wherever it goes', () => {
    const followed = press(live, 'down', 'f')
    expect(selectedPid(followed)).toBe(1400)
    expect(selectedPid(press(followed, 'i'))).toBe(1400)
    expect(press(followed, 'i').selected).not.toBe(followed.selected)
    expect(press(followed, 'up').followed).toBeUndefined()
  })

  test('R2: a process that got the pid of the followed one is not followed', () => {
    const followed = press(live, 'down', 'f')
    const processes = sampleProcessesAnswer.processes.map((row) =>
      row.pid === 1400 ? { ...row, startTicks: 1, cpu: 0 } : row,
    )
    const after = tick(followed, { processes: { ...sampleProcessesAnswer, processes } })
    expect(selectedPid(after)).not.toBe(1400)
  })
})

describe('the mouse', () => {
  const { table } = layoutOf(live)
  const mouse = (state: TopState, action: 'press' | 'release' | 'wheel-up' | 'wheel-down', x: number, y: number) =>
    input(state, { kind: 'mouse', action, x, y }).state

  test('a click selects, a second one opens details', () => {
    const selected = mouse(live, 'press', table.x + 3, table.y + 3)
    expect(selected.selected).toBe(2)
    expect(mouse(selected, 'press', table.x + 3, table.y + 3).details?.identity.pid).toBe(813)
    expect(mouse(live, 'press', table.x + 3, table.y + 12).selected).toBe(0)
    expect(mouse(live, 'release', table.x + 3, table.y + 3)).toBe(live)
  })

  test('a click on a header sorts by it', () => {
    const rss = columnsFor(table.width, live).find(({ field }) => field.name === 'rss')!
    expect(mouse(live, 'press', table.x + rss.x, table.y).sort.field).toBe('rss')
  })

  test('the wheel moves the selection, and no click answers the question for a signal', () => {
    expect(mouse(live, 'wheel-down', 3, 3).selected).toBe(3)
    const asking = press(live, 'k', 'enter')
    expect(mouse(asking, 'press', 60, 20)).toBe(asking)
  })
})

describe('a signal', () => {
  test('R2: is chosen, confirmed, and goes to the process as it was seen', () => {
    const asking = press(live, 'k', 'down')
    expect(effectsOf(asking, 'enter')).toEqual([])
    const [effect] = effectsOf(press(asking, 'enter'), 'y')
    expect(effect).toMatchObject({ kind: 'signal', signal: 'KILL', target: { pid: 812, startTicks: 81_200 } })
  })

  test('stays with its process while the table moves on', () => {
    const asking = tick(press(live, 'k', 'i'), {})
    const moved = tick({ ...asking, sort: { field: 'rss', isDescending: true } })
    expect(effectsOf(press(moved, 'enter'), 'y')).toMatchObject([{ target: { pid: 812 } }])
  })

  for (const key of ['n', 'enter', 'escape', 'q', 'space']) {
    test(`is not sent with ${key}`, () => {
      const confirming = press(live, 'k', 'enter')
      expect(effectsOf(confirming, key)).toEqual([])
      expect(press(confirming, key).dialog).toBeUndefined()
    })
  }

  test('goes to nobody of the past, and to nobody without a daemon', () => {
    expect(press(past, 'k').dialog).toBeUndefined()
    expect(press(past, 'k').message?.text).toContain('past')
    expect(press(reduce(live, { kind: 'lost', why: 'gone' }).state, 'k').dialog).toBeUndefined()
  })

  test('letters go to the signals that begin with them', () => {
    expect(press(live, 'k', 'u', 'u').dialog).toMatchObject({ chosen: 9 })
  })
})

describe('time', () => {
  const atOf = (state: TopState): number | undefined => (state.mode.kind === 'replay' ? state.mode.atMs : undefined)

  for (const [key, byMs] of [
    ['left', -1000],
    ['[', -60_000],
    ['shift-left', -60_000],
    ['{', -3_600_000],
    ['right', 1000],
    [']', 60_000],
    ['shift-right', 60_000],
  ] as const) {
    test(`${key}: by ${byMs} ms`, () => expect(atOf(press(past, key))).toBe(replayedMs + byMs))
  }

  test('a step back from live begins at what was shown', () => {
    expect(atOf(press(live, 'left'))).toBe(sampleNowMs - 1000)
    expect(press(live, 'right').mode.kind).toBe('live')
    expect(atOf(press(live, 'space'))).toBe(sampleNowMs)
  })

  test('stepping past what is recorded is live again, as L and End are', () => {
    expect(press(live, 'left', 'right').mode.kind).toBe('live')
    expect(press(past, '}', '}').mode.kind).toBe('live')
    expect(press(past, 'L').mode.kind).toBe('live')
    expect(press(past, 'end').mode.kind).toBe('live')
  })

  test('g goes to a time, and says what is none', () => {
    const going = typed(press(live, 'g'), '03:12')
    expect(atOf(press(going, 'enter'))).toBe(Date.UTC(2026, 10, 23, 3, 12))
    expect(atOf(press(typed(press(live, 'g'), '-5m'), 'enter'))).toBe(nowMs - 300_000)
    expect(press(typed(press(live, 'g'), 'soon'), 'enter').dialog).toMatchObject({
      problem: expect.stringContaining('no time'),
    })
    expect(press(typed(press(live, 'g'), '+5m'), 'enter').dialog).toMatchObject({ problem: 'that is in the future' })
    expect(press(going, 'escape').mode.kind).toBe('live')
  })

  test('playing moves on by itself, as fast as asked, and stops at the present', () => {
    const playing = press(past, 'space')
    const played = (state: TopState): TopState => reduce(state, { kind: 'played', nowMs }).state
    expect(atOf(played(playing))).toBe(replayedMs + 1000)
    expect(atOf(played(press(playing, '+', '+')))).toBe(replayedMs + 1250)
    expect(atOf(played(press(playing, '-')))).toBe(replayedMs + 1000)
    expect(atOf(played(past))).toBe(replayedMs)
    const near = { ...playing, mode: { ...playing.mode, atMs: nowMs - 1200 } } as TopState
    expect(played(near).mode.kind).toBe('live')
  })

  test('an answer for live does not overwrite the past, nor the other way round', () => {
    expect(tick(past)).toBe(past)
    expect(tick(live, { atMs: replayedMs })).toBe(live)
  })

  test('a moment with numbers but without processes shows none of another moment', () => {
    expect(past.list).not.toEqual([])
    const without = tick(past, { atMs: replayedMs, processes: undefined })
    expect([without.list, without.processes, without.machine?.unixMs]).toEqual([[], undefined, sampleNowMs])
  })

  test('a moment without a record is said, and shows nothing of another moment', () => {
    const { state } = reduce(past, { kind: 'absent', atMs: replayedMs, why: 'there is no record' })
    expect([state.absent, state.machine, state.list]).toEqual(['there is no record', undefined, []])
    expect(tick(state, { atMs: replayedMs }).absent).toBeUndefined()
  })
})

describe('details', () => {
  test('open on Enter, close on Enter and Esc', () => {
    const open = press(live, 'enter')
    expect(open.details?.identity).toEqual({ pid: 812, startTicks: 81_200 })
    expect(press(open, 'enter').details).toBeUndefined()
    expect(press(open, 'escape').details).toBeUndefined()
  })

  test('are of what is selected, and keep to it while the table moves', () => {
    const open = press(live, 'enter')
    expect(press(open, 'down').details?.identity.pid).toBe(1400)
    expect(selectedPid(press(open, 'i'))).toBe(812)
  })

  test('R2: an answer of another process is not shown', () => {
    const open = press(live, 'enter')
    const event = { kind: 'details', answer: sampleProcess } as const
    expect(reduce(open, { ...event, identity: { pid: 812, startTicks: 1 } }).state).toBe(open)
    expect(reduce(open, { ...event, identity: { pid: 812, startTicks: 81_200 } }).state.details?.answer).toBe(
      sampleProcess,
    )
  })
})

describe('what is asked for', () => {
  test('only the first of the table, and more as one goes down', () => {
    expect(wantedOf(live).processes).toEqual({ sort: 'cpu', limit: 64 })
    expect(wantedOf({ ...live, selected: 100 }).processes).toEqual({ sort: 'cpu', limit: 256 })
  })

  test('all, where the daemon cannot choose', () => {
    for (const state of [
      press(live, 't'),
      press(live, 'i'),
      press(live, 'n'),
      press(live, 'f'),
      typed(press(live, '/'), 'x'),
    ])
      expect(wantedOf(state).processes).toEqual({})
  })

  test('nothing for boxes that are not there', () => {
    expect(wantedOf(live).metrics).toContain('system.filesystem.usage')
    expect(wantedOf(press(live, '4')).metrics).not.toContain('system.filesystem.usage')
    expect(wantedOf(press(live, '6')).processes).toBeUndefined()
  })

  test('history once, not each second; again after going back to live and after the daemon was away', () => {
    expect(wantedOf(live).history).toBeUndefined()
    expect(wantedOf(tick(live, { current: { ...topCurrent, unixMs: sampleNowMs + 1000 } })).history).toBeUndefined()
    expect(wantedOf(press(past, 'L')).history).toBeDefined()
    expect(wantedOf(reduce(live, { kind: 'lost', why: 'gone' }).state).history).toBeDefined()
  })

  test('and again after seconds in which nobody looked', () => {
    expect(wantedOf(tick(live, { current: { ...topCurrent, unixMs: sampleNowMs + 9000 } })).history).toBeDefined()
  })

  test('in replay, a block of history that serves many steps', () => {
    expect(wantedOf(past).history).toBeUndefined()
    const back = press(past, '{')
    expect(wantedOf(back)).toMatchObject({
      atMs: replayedMs - 3_600_000,
      history: { endMs: replayedMs - 3_600_000 + 120_000 },
    })
  })
})

test('boxes go and come, and the last one stays', () => {
  const none = press(live, '1', '2', '3', '4', '5')
  expect(Object.keys(layoutOf(none).boxes)).toEqual(['processes'])
  expect(press(none, '6').hidden).toHaveLength(5)
  expect(press(none, '1').hidden).not.toContain('cpu')
})

test('a message goes by itself', () => {
  const said = reduce(live, { kind: 'said', text: 'TERM sent', tone: 'good', nowMs }).state
  expect(tick(said, { nowMs: nowMs + 5000 }).message?.text).toBe('TERM sent')
  expect(tick(said, { nowMs: nowMs + 7000 }).message).toBeUndefined()
})

test('no column for services where there are none', () => {
  const names = (state: TopState): readonly string[] => columnsFor(120, state).map(({ field }) => field.name)
  const processes = sampleProcessesAnswer.processes.map(({ service: _, ...row }) => row)
  expect(names(live)).toContain('service')
  expect(names(tick(live, { processes: { ...sampleProcessesAnswer, processes } }))).not.toContain('service')
})
