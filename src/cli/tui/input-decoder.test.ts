import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { manualClock } from '../../../test/manual-clock.ts'
import { InputDecoder, type InputEvent } from './input-decoder.ts'

const encoder = new TextEncoder()

interface Typed {
  readonly events: InputEvent[]
  readonly feed: (text: string) => void
  readonly wait: (ms: number) => void
}

function typing(): Typed {
  const clock = manualClock()
  const events: InputEvent[] = []
  const decoder = new InputDecoder(clock, (event) => events.push(event))
  return { events, feed: (text) => decoder.feed(encoder.encode(text)), wait: (ms) => clock.advance(ms) }
}

const keysOf = (events: readonly InputEvent[]): readonly string[] =>
  events.map((event) => (event.kind === 'key' ? event.key : event.kind))

describe('keys', () => {
  for (const [bytes, keys] of [
    ['a', ['a']],
    ['/ü同👍', ['/', 'ü', '同', '👍']],
    ['\r\t\u007f ', ['enter', 'tab', 'backspace', 'space']],
    ['\u0003\u001a', ['ctrl-c', 'ctrl-z']],
    ['\u001b[A\u001b[B\u001b[C\u001b[D', ['up', 'down', 'right', 'left']],
    ['\u001bOA\u001bOP\u001bOM', ['up', 'f1', 'enter']],
    ['\u001b[1;2C\u001b[1;2D\u001b[1;5A\u001b[1;3B', ['shift-right', 'shift-left', 'ctrl-up', 'alt-down']],
    ['\u001b[H\u001b[F\u001b[1~\u001b[4~\u001b[7~\u001b[8~', ['home', 'end', 'home', 'end', 'home', 'end']],
    ['\u001b[3~\u001b[5~\u001b[6~\u001b[21~', ['delete', 'pageup', 'pagedown', 'f10']],
    ['\u001b[[A\u001b[[E', ['f1', 'f5']],
    ['\u001b[Z', ['shift-tab']],
    ['\u001bx', ['alt-x']],
    // Not known: focus, a cursor report, private modes, a string. Nothing of it may be taken for a key.
    ['\u001b[I\u001b[O\u001b[?1;2c\u001b[>0;1c\u001bP1$r0m\u001b\\q', ['q']],
    ['\u001b]0;title\u0007q', ['q']],
  ] as const) {
    test(JSON.stringify(bytes), () => {
      const { events, feed } = typing()
      feed(bytes)
      expect(keysOf(events)).toEqual([...keys])
    })
  }

  test('whatever pieces the bytes come in, the events are the same', () => {
    const text = 'q\u001b[1;2C同\u001b[<64;10;5M\u001b[200~a\u001b[b\u001b[201~\u001bOA\u001b]11;rgb:ff/ff/ff\u0007é'
    const whole = typing()
    whole.feed(text)
    expect(keysOf(whole.events)).toEqual(['q', 'shift-right', '同', 'mouse', 'paste', 'up', 'background', 'é'])
    const bytes = encoder.encode(text)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 12 }), (cuts) => {
        const events: InputEvent[] = []
        const decoder = new InputDecoder(manualClock(), (event) => events.push(event))
        const ends = [...new Set(cuts)].sort((a, b) => a - b)
        for (const [index, end] of [...ends, bytes.length].entries())
          decoder.feed(bytes.slice(ends[index - 1] ?? 0, end))
        expect(events).toEqual(whole.events)
      }),
    )
  })
})

describe('Esc', () => {
  test('alone counts once nothing has followed for a moment', () => {
    const { events, feed, wait } = typing()
    feed('\u001b')
    wait(49)
    expect(events).toEqual([])
    wait(1)
    expect(keysOf(events)).toEqual(['escape'])
  })

  test('followed in time is the beginning of a sequence', () => {
    const { events, feed, wait } = typing()
    feed('\u001b')
    wait(30)
    feed('[')
    wait(30)
    feed('A')
    wait(100)
    expect(keysOf(events)).toEqual(['up'])
  })

  test('twice is twice', () => {
    const { events, feed, wait } = typing()
    feed('\u001b\u001b')
    wait(100)
    expect(keysOf(events)).toEqual(['escape', 'escape'])
  })

  test('a sequence that breaks off is dropped, and what comes after is read', () => {
    const { events, feed, wait } = typing()
    feed('\u001b[1;')
    wait(100)
    feed('q')
    expect(keysOf(events)).toEqual(['q'])
  })
})

describe('mouse', () => {
  for (const [bytes, event] of [
    ['\u001b[<0;3;7M', { kind: 'mouse', action: 'press', x: 2, y: 6 }],
    ['\u001b[<0;3;7m', { kind: 'mouse', action: 'release', x: 2, y: 6 }],
    ['\u001b[<64;200;300M', { kind: 'mouse', action: 'wheel-up', x: 199, y: 299 }],
    ['\u001b[<69;1;1M', { kind: 'mouse', action: 'wheel-down', x: 0, y: 0 }],
  ] as const) {
    test(JSON.stringify(bytes), () => {
      const { events, feed } = typing()
      feed(bytes)
      expect(events).toEqual([event])
    })
  }

  test('other buttons and moves are no clicks', () => {
    const { events, feed } = typing()
    feed('\u001b[<2;3;7M\u001b[<35;3;7M\u001b[<0;0;0M')
    expect(events).toEqual([])
  })
})

describe('paste', () => {
  test('comes whole, and none of it as keys', () => {
    const { events, feed } = typing()
    feed('\u001b[200~kq\u001b[A\r')
    feed('\u001b[20')
    feed('1~')
    expect(events).toEqual([{ kind: 'paste', text: 'kq\u001b[A\r' }])
  })

  test('without end is bounded', () => {
    const { events, feed } = typing()
    feed('\u001b[200~')
    for (let piece = 0; piece < 100; piece++) feed('x'.repeat(1000))
    feed('\u001b[201~q')
    expect(events[0]).toEqual({ kind: 'paste', text: 'x'.repeat(4096) })
    expect(keysOf(events)).toEqual(['paste', 'q'])
  })
})

describe('the colour of the background', () => {
  for (const [answer, isLight] of [
    ['\u001b]11;rgb:fdfd/f6f6/e3e3\u001b\\', true],
    ['\u001b]11;rgb:1e/1e/1e\u0007', false],
    ['\u001b]11;rgba:0000/0000/0000/ffff\u0007', false],
  ] as const) {
    test(JSON.stringify(answer), () => {
      const { events, feed } = typing()
      feed(answer)
      expect(events).toEqual([{ kind: 'background', isLight }])
    })
  }
})
