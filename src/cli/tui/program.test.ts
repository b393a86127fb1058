import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type FakeDaemon, startFakeDaemon } from '../../../test/fake-daemon.ts'
import { type ManualClock, manualClock } from '../../../test/manual-clock.ts'
import { sampleNowMs } from '../../../test/sample-answers.ts'
import { topCurrent, topPaint } from '../../../test/top-machine.ts'
import { type Client, createClient } from '../../api/client.ts'
import { runTop } from './program.ts'
import type { Screen, ScreenListener } from './screen.ts'
import { initialState } from './state.ts'
import { createTheme } from './theme.ts'

/** The program against a daemon's routes on a real socket, its screen and its clock in the hands of the test. */
let daemon: FakeDaemon
let tickMs = sampleNowMs
const signals: unknown[] = []
beforeAll(() => {
  daemon = startFakeDaemon({
    current: async (_, atMs) => ({ ...topCurrent, unixMs: atMs ?? tickMs }),
    signal: async (pid, request) => void signals.push({ pid, ...request }),
  })
})
afterAll(() => daemon.stop())

interface Running {
  readonly clock: ManualClock
  readonly listener: ScreenListener
  readonly written: string[]
  readonly ended: Promise<number>
  readonly type: (text: string) => void
  readonly resize: (columns: number, rows: number) => void
  readonly calls: string[]
  /** Lets answers come in until it holds. */
  readonly until: (holds: () => boolean) => Promise<void>
  readonly screen: () => string
  isBusy: boolean
}

const encoder = new TextEncoder()

function started(connect: () => Client = () => createClient({ socketPath: daemon.socketPath })): Running {
  tickMs = sampleNowMs
  const clock = manualClock(sampleNowMs + 300)
  let listener: ScreenListener | undefined
  let size = { columns: 80, rows: 24 }
  const written: string[] = []
  const calls: string[] = []
  const screen: Screen = {
    size: () => size,
    get isBusy() {
      return running.isBusy
    },
    write: (text) => void written.push(text),
    enter: (given) => {
      calls.push('enter')
      listener = given
    },
    leave: () => void calls.push('leave'),
    suspend: () => void calls.push('suspend'),
  }
  const ended = runTop({
    clock,
    screen,
    connect,
    initial: initialState(size, 'UTC', undefined),
    paint: topPaint(),
    lightTheme: createTheme('light', 256),
    interrupted: new AbortController().signal,
  })
  ended.catch(() => undefined)
  const running: Running = {
    clock,
    get listener() {
      return listener!
    },
    written,
    calls,
    ended,
    isBusy: false,
    type: (text) => {
      listener!.input(encoder.encode(text))
      clock.advance(60)
    },
    resize: (columns, rows) => {
      size = { columns, rows }
      listener!.resized()
      clock.advance(20)
    },
    until: async (holds) => {
      for (let round = 0; round < 3000 && !holds(); round++) {
        await Bun.sleep(1)
        clock.advance(20)
      }
      expect(holds()).toBe(true)
    },
    screen: () => written.join(''),
  }
  return running
}

const frames = ({ written }: Running): readonly string[] => written.filter((text) => text.includes('?2026h'))
const quit = async (running: Running): Promise<void> => {
  running.type('q')
  expect(await running.ended).toBe(0)
}

describe('top', () => {
  test('shows what the daemon says, whole at first, then what changes, one write a frame', async () => {
    const running = started()
    await running.until(() => running.screen().includes('postgres'))
    const before = frames(running).length
    running.type('\u001b[B')
    await running.until(() => frames(running).length > before)
    const last = frames(running).at(-1) ?? ''
    expect(last.startsWith('\u001b[?2026h')).toBe(true)
    expect(last.length).toBeLessThan(1500)
    expect(last).not.toContain('\u001b[2J')
    await quit(running)
    expect(running.calls).toEqual(['enter', 'leave'])
  })

  test('asks once a tick, and for history only once', async () => {
    const asked = (what: string): number => daemon.asked.filter((each) => each.what === what).length
    const before = asked('history')
    const running = started()
    await running.until(() => running.screen().includes('postgres'))
    const first = asked('processes')
    for (let second = 1; second <= 3; second++) {
      tickMs = sampleNowMs + second * 1000
      const had = asked('processes')
      await running.until(() => asked('processes') > had)
    }
    expect(asked('processes')).toBe(first + 3)
    expect(asked('history') - before).toBe(6)
    await quit(running)
  })

  test('a terminal that takes nothing gets no more frames until it does', async () => {
    const running = started()
    await running.until(() => running.screen().includes('postgres'))
    running.isBusy = true
    const before = frames(running).length
    running.type('\u001b[B\u001b[B')
    expect(frames(running)).toHaveLength(before)
    running.isBusy = false
    await running.until(() => frames(running).length === before + 1)
    await quit(running)
  })

  test('another size: all is painted again', async () => {
    const running = started()
    await running.until(() => running.screen().includes('postgres'))
    running.resize(40, 12)
    await running.until(() => (frames(running).at(-1) ?? '').includes('\u001b[2J'))
    expect(frames(running).at(-1)).not.toMatch(/\u001b\[(?:1[3-9]|2\d);/)
    await quit(running)
  })

  test('R2: a signal goes out with the start of the process, and its outcome is said', async () => {
    const running = started()
    await running.until(() => running.screen().includes('postgres'))
    running.type('k\ry')
    await running.until(() => signals.length > 0)
    expect(signals).toEqual([{ pid: 812, signal: 'TERM', startTicks: 81_200 }])
    await running.until(() => /TERM sent to 812 postgres/.test(running.screen()))
    await quit(running)
  })

  test('in replay asks for that moment only, once, and says how long ago it was as time goes by', async () => {
    const running = started()
    await running.until(() => running.screen().includes('postgres'))
    const before = daemon.asked.length
    running.type('\u001b[D')
    await running.until(() => running.screen().includes('REPLAY'))
    const moments = (): readonly unknown[] =>
      daemon.asked
        .slice(before)
        .filter(({ what }) => what === 'processes')
        .map(({ with: query }) => (query as { at?: string }).at)
        .filter((at) => at !== undefined)
    await running.until(() => moments().length > 0)
    const painted = frames(running).length
    await running.until(() => frames(running).length >= painted + 3)
    expect(moments()).toEqual([String(sampleNowMs - 1000)])
    await quit(running)
  })

  test('a light background brings the light theme, a dark one nothing', async () => {
    const running = started()
    await running.until(() => running.screen().includes('postgres'))
    expect(running.screen()).toContain('\u001b]11;?')
    const before = running.written.length
    running.type('\u001b]11;rgb:0000/0000/0000\u0007')
    expect(running.written.slice(before).join('')).not.toContain('\u001b[2J')
    running.type('\u001b]11;rgb:ffff/ffff/ffff\u0007')
    await running.until(() => running.written.slice(before).join('').includes('\u001b[2J'))
    await quit(running)
  })

  test('Ctrl-Z gives the terminal back; all is painted again afterwards', async () => {
    const running = started()
    await running.until(() => running.screen().includes('postgres'))
    running.type('\u001a')
    expect(running.calls).toContain('suspend')
    running.listener.continued()
    await running.until(() => (frames(running).at(-1) ?? '').includes('\u001b[2J'))
    await quit(running)
  })

  test('told to end, it ends with that code and gives the terminal back', async () => {
    const running = started()
    running.listener.ended(143)
    expect(await running.ended).toBe(143)
    expect(running.calls).toEqual(['enter', 'leave'])
  })

  test('an error of ours gives the terminal back before it is told', async () => {
    const running = started()
    await running.until(() => running.screen().includes('postgres'))
    running.resize(-1, 5)
    expect(await running.ended.catch((error: unknown) => error)).toBeInstanceOf(Error)
    expect(running.calls.at(-1)).toBe('leave')
  })
})

test('so does an error in what comes from the daemon', async () => {
  const client = createClient({ socketPath: daemon.socketPath })
  const running = started(() => ({ ...client, processes: async () => ({ processes: 7 }) as never }))
  expect(await running.ended.catch((error: unknown) => error)).toBeInstanceOf(TypeError)
  expect(running.calls).toEqual(['enter', 'leave'])
})

describe('a daemon that goes away', () => {
  test('is said and looked for again, and what comes back is shown', async () => {
    let other = startFakeDaemon({ current: async () => topCurrent })
    const running = started(() => createClient({ socketPath: other.socketPath }))
    await running.until(() => running.screen().includes('LIVE'))
    await other.stop()
    await running.until(() => running.screen().includes('NO DAEMON, trying again'))
    const before = running.written.length
    other = startFakeDaemon({ current: async () => topCurrent })
    await running.until(() => running.written.slice(before).join('').includes('LIVE'))
    await quit(running)
    await other.stop()
  })
})
