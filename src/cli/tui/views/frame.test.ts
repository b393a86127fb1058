import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  sampleHost,
  sampleNowMs,
  sampleProcess,
  sampleProcesses,
  sampleProcessHistory,
} from '../../../../test/sample-answers.ts'
import { topCurrent, topPaint, topState } from '../../../../test/top-machine.ts'
import { widthOf } from '../../output/fit.ts'
import { CellBuffer } from '../cells.ts'
import { sortKeys } from '../process-table.ts'
import { reduce } from '../reduce.ts'
import { initialState, type TopState } from '../state.ts'
import type { SymbolSet } from '../symbols.ts'
import { paintFrame } from './frame.ts'
import { helpGroups } from './help.ts'

/** Whole screens, character by character, in __snapshots__ (`bun test -u` rewrites; the review reads the diff). */
const nowMs = sampleNowMs + 300
function screen(state: TopState, symbols: SymbolSet = 'braille'): string {
  const buffer = new CellBuffer(state.size.columns, state.size.rows, symbols === 'ascii')
  paintFrame(buffer, state, nowMs, topPaint(symbols))
  return `\n${buffer.lines().join('\n')}\n`
}
const press = (state: TopState, ...keys: readonly string[]): TopState =>
  keys.reduce((before, key) => reduce(before, { kind: 'input', input: { kind: 'key', key }, nowMs }).state, state)

const sizes = [
  [80, 24],
  [120, 40],
  [40, 12],
  [200, 60],
] as const

for (const [columns, rows] of sizes) {
  describe(`${columns}x${rows}`, () => {
    test('C13, C14, C18, R12: live', () => expect(screen(topState(columns, rows))).toMatchSnapshot())
    test('replay', () => expect(screen(topState(columns, rows, true))).toMatchSnapshot())
    test('help', () => expect(screen(press(topState(columns, rows), '?'))).toMatchSnapshot())
  })
}

const withDetails = (state: TopState): TopState => {
  const identity = { pid: 812, startTicks: 81_200 }
  const { state: answered } = reduce(press(state, 'enter'), { kind: 'details', identity, answer: sampleProcess })
  return reduce(answered, { kind: 'detailsHistory', identity, history: sampleProcessHistory }).state
}

describe('other screens', () => {
  test('R12: details beside the table', () => expect(screen(withDetails(topState(200, 60)))).toMatchSnapshot())
  test('R12: details below the table', () => expect(screen(withDetails(topState(80, 24)))).toMatchSnapshot())
  test('details of the past say what is not recorded', () =>
    expect(screen(press(topState(200, 60, true), 'enter'))).toContain('are read live only'))
  test('tree', () => expect(screen(press(topState(120, 40), 't'))).toMatchSnapshot())
  test('ASCII only', () => {
    const text = screen(press(topState(80, 24), 'k'), 'ascii')
    expect(text).toMatchSnapshot()
    expect(text).toMatch(/^[\x0a\x20-\x7e]*$/)
  })
  test('the Linux console', () => expect(screen(topState(80, 24), 'block')).toMatchSnapshot())
  test('a signal to confirm', () => expect(screen(press(topState(80, 24), 'k', 'down', 'enter'))).toMatchSnapshot())

  test('a filter that is wrong', () => {
    const text = screen(press(topState(80, 24), '/', 'c', 'p', 'u', '>', 'x'))
    expect(text).toContain('filter: cpu>x')
    expect(text).toContain('no number')
  })

  test('no daemon: said, with what was last seen', () => {
    const text = screen(reduce(topState(80, 24), { kind: 'lost', why: 'there is no socket; start it: sysmond' }).state)
    expect(text).toContain('NO DAEMON, trying again')
    expect(text).toContain('there is no socket; start it: sysmond')
    expect(text).not.toContain('LIVE')
    expect(text).toContain('postgres')
  })

  test('before the first answer there is nothing that looks like a number', () => {
    const text = screen(initialState({ columns: 80, rows: 24 }, 'UTC', undefined))
    expect(text).toContain('waiting for the first tick')
    expect(text.slice(0, text.indexOf('help'))).not.toMatch(/[0-9]/)
  })

  test('a machine that offers little: absent is absent, never 0', () => {
    const state = reduce(initialState({ columns: 120, rows: 40 }, 'UTC', undefined), {
      kind: 'tick',
      atMs: undefined,
      current: { ...topCurrent, values: [], host: { ...sampleHost, scope: 'container' } },
      processes: undefined,
      nowMs,
    }).state
    const text = screen(state)
    expect(text).toMatchSnapshot()
    expect(text).toContain('the kernel offers none')
  })

  test('whatever orders the table has its mark, a header as wide as its column too', () => {
    const heading = (...keys: readonly string[]): string =>
      screen(press(topState(80, 24), ...keys))
        .split('\n')
        .find((line) => line.includes('PID')) ?? ''
    for (const [key, marked] of [
      ['c', 'CPU%▼'],
      ['r', 'READ/s▼'],
      ['w', 'WRITE/s▼'],
      ['d', 'WAIT%▼'],
      ['u', 'USER▲'],
    ] as const)
      expect(heading('p', key)).toContain(marked)
    expect(widthOf(heading('p', 'r'))).toBe(80)
  })

  test('what cannot stand beside the name of an interface whole is left out, and a long name says that it is cut', () => {
    const shown = (device: string, more: object): string => {
      const state = topState(80, 24)
      const [first] = state.machine!.networks
      return screen({ ...state, machine: { ...state.machine!, networks: [{ ...first!, device, ...more }] } })
    }
    expect(shown('ifb0', { up: false })).toContain('│ifb0     ↓')
    expect(shown('vx', { up: false })).toContain('│vx down  ↓')
    expect(shown('enp0s31f6u1', {})).toContain('│enp0s31… ↓')
  })

  test('128 processors still fit', () => {
    const state = topState(80, 24)
    const cores = Array.from({ length: 128 }, (_, index) => ({ name: String(index), busy: index / 128 }))
    expect(screen({ ...state, machine: { ...state.machine!, cores } })).toMatchSnapshot()
  })

  test('wide and combining characters keep their columns', () => {
    const state = topState(80, 24)
    const processes = {
      total: 2,
      unixMs: sampleNowMs,
      accounting: { hostBusy: null, processes: null, reaped: null, unattributed: null },
      processes: [
        { ...sampleProcesses[2]!, user: '同志同志同志', name: '同', commandLine: '同e\u0301👍 x' },
        { ...sampleProcesses[3]!, user: 'e\u0301', commandLine: 'plain' },
      ],
    }
    const text = screen(reduce(state, { kind: 'tick', atMs: undefined, current: topCurrent, processes, nowMs }).state)
    const lines = text.split('\n').filter((line) => /^│ +81[23] /.test(line))
    expect(lines).toHaveLength(2)
    for (const line of lines) expect(widthOf(line)).toBe(80)
  })
})

test('whatever the size, nothing fails and no line is wider than the screen', () => {
  const state = withDetails(topState(80, 24))
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 260 }),
      fc.integer({ min: 1, max: 80 }),
      fc.subarray(['?', 'k', 't', '1', '3', '6', 'enter', 'left']),
      (columns, rows, keys) => {
        const resized = reduce(state, { kind: 'resized', columns, rows }).state
        for (const line of screen(press(resized, ...keys)).split('\n'))
          expect(widthOf(line)).toBeLessThanOrEqual(columns)
      },
    ),
    { numRuns: 150 },
  )
})

describe('help', () => {
  const words = helpGroups.flatMap(({ keys }) => keys.flatMap(([key]) => key.split(/\s+/)))

  test('names every key that sorts', () => {
    for (const key of Object.keys(sortKeys)) expect(words).toContain(key)
  })

  test('names only keys that do something', () => {
    const names: Readonly<Record<string, string>> = {
      PgUp: 'pageup',
      PgDn: 'pagedown',
      Esc: 'escape',
      Del: 'delete',
      'Shift-Left': 'shift-left',
      Right: 'right',
      'Ctrl-L': 'ctrl-l',
      'Ctrl-Z': 'ctrl-z',
      'Ctrl-C': 'ctrl-c',
    }
    // In the middle of the list, with something to take back, in the past: there every key has something to do.
    for (const word of words.filter((each) => each !== '')) {
      const key = names[word] ?? (/^[A-Z][a-z0-9]+$/.test(word) ? word.toLowerCase() : word)
      const changes = [topState(80, 24), topState(80, 24, true)].some((from) => {
        const state = press(from, 'down', 'down', 'f')
        const { state: after, effects } = reduce(state, { kind: 'input', input: { kind: 'key', key }, nowMs })
        return after !== state || effects.length > 0
      })
      expect([word, changes]).toEqual([word, true])
    }
  })
})
