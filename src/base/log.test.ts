import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { manualClock } from '../../test/manual-clock.ts'
import { createLogger, type LogLevel, type LogOptions } from './log.ts'

function logTo(options: Partial<LogOptions> = {}) {
  const lines: string[] = []
  const clock = manualClock(Date.UTC(2026, 1, 3, 4, 5, 6, 789))
  const log = createLogger({ level: 'debug', clock, sink: { write: (line) => lines.push(line) }, ...options })
  return { log, lines, clock, entries: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

test('a line is one JSON object with time, level and message first', () => {
  const { log, lines } = logTo()
  log.info('ready', { port: 8080, web: true, store: { frames: 3 } })
  expect(lines).toEqual([
    '{"time":"2026-02-03T04:05:06.789Z","level":"info","msg":"ready","port":8080,"web":true,"store":{"frames":3}}\n',
  ])
})

test('levels below the one asked for are not written, and it may change', () => {
  let level: LogLevel = 'warn'
  const { log, entries } = logTo({ level: () => level })
  for (const each of ['debug', 'info', 'warn', 'error'] as const) log[each](each)
  expect(entries().map(({ msg }) => msg)).toEqual(['warn', 'error'])
  level = 'debug'
  log.debug('now')
  expect(entries().at(-1)?.msg).toBe('now')
})

test('fields cannot take the place of time, level and message', () => {
  const { log, entries } = logTo()
  log.warn('real', { msg: 'forged', level: 'none', time: 0 })
  expect(entries()[0]).toMatchObject({ level: 'warn', msg: 'real', msg_: 'forged', level_: 'none', time_: 0 })
})

test('an error keeps its name, message and stack', () => {
  const { log, entries } = logTo()
  log.error('collector failed', { error: new TypeError('no such thing') })
  expect(entries()[0]?.error).toMatchObject({ name: 'TypeError', message: 'no such thing' })
  expect(entries()[0]?.error).toHaveProperty('stack', expect.arrayContaining([expect.stringMatching(/^at /)]))
})

test('what JSON cannot carry is text', () => {
  const { log, entries } = logTo()
  const loop: Record<string, unknown> = {}
  loop.self = loop
  log.info('x', { nan: Number.NaN, big: 18446744073709551000n, nothing: undefined, none: null, loop })
  expect(entries()[0]).toMatchObject({ nan: 'NaN', big: '18446744073709551000', none: null })
  expect(entries()[0]).not.toHaveProperty('nothing')
})

test('a field named like a secret is not written, wherever it stands', () => {
  const { log, lines } = logTo()
  log.info('x', {
    password: 'hush1',
    nested: { api_token: 'hush2', list: [{ Authorization: 'hush3' }] },
    cookies: ['hush4'],
  })
  expect(lines.join()).not.toContain('hush')
  expect(lines.join()).toContain('(redacted)')
})

describe('R12: a line of the log obeys nobody', () => {
  const evil = 'a\u001b]52;c;aGk=\u0007\nlevel=error\u009b31m\u202e'
  test('R12: as JSON', () => {
    const { log, lines } = logTo()
    log.warn(`gone: ${evil}`, { name: evil, [evil]: 1, deep: [{ x: evil }], error: new Error(evil) })
    expect(lines.join('')).not.toMatch(/[\u001b\u009b\u0007\u202e]|\\u001b/)
    expect(lines.join('').match(/\n/g)).toHaveLength(1)
  })
  test('R12: for people', () => {
    const { log, lines } = logTo({ isReadable: true })
    log.warn(`gone: ${evil}`, { name: evil, [evil]: 1 })
    expect(lines.join('')).not.toMatch(/[\u001b\u009b\u0007\u202e]/)
    expect(lines.join('').match(/\n/g)).toHaveLength(1)
  })
  test('R11: any text makes one line that reads back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (message, value) => {
        const { log, lines, entries } = logTo()
        log.info(message, { value })
        expect(lines.join('').match(/\n/g)).toHaveLength(1)
        expect(typeof entries()[0]?.msg).toBe('string')
      }),
    )
  })
})

test('for people: time of day, level, message, fields', () => {
  const { log, lines } = logTo({ isReadable: true })
  log.info('listening', { socket: '/run/a b', port: 1 })
  expect(lines).toEqual(['04:05:06.789 info  listening socket="/run/a b" port=1\n'])
})

test('for people: the stack of an error stands below', () => {
  const { log, lines } = logTo({ isReadable: true })
  log.error('failed', { error: new Error('boom') })
  expect(lines[0]).toMatch(/^04:05:06\.789 error failed error=boom\n {4}Error: boom\n {4}at /)
})

test('colour only when asked for', () => {
  const plain = logTo({ isReadable: true })
  const colourful = logTo({ isReadable: true, hasColour: true })
  for (const { log } of [plain, colourful]) log.warn('x')
  expect(plain.lines[0]).not.toContain('\u001b')
  expect(colourful.lines[0]).toContain('\u001b[33m')
})

test('R7: the same warning once an hour, with how many were held back', () => {
  const { log, entries, clock } = logTo()
  for (let tick = 0; tick < 3600; tick++) {
    log.limited('io', 'warn', 'cannot read', { file: 'io' })
    log.limited('fd', 'warn', 'cannot list')
    clock.advance(1000)
  }
  expect(entries().map(({ msg }) => msg)).toEqual(['cannot read', 'cannot list'])
  log.limited('io', 'warn', 'cannot read')
  expect(entries()[2]).toMatchObject({ msg: 'cannot read', held_back: 3599 })
})

test('a bound on the keys: very many different warnings do not fill memory, and the young ones stay limited', () => {
  const { log, lines } = logTo()
  for (let key = 0; key < 5000; key++) log.limited(`key ${key}`, 'warn', 'x')
  expect(lines).toHaveLength(5000)
  log.limited('key 4999', 'warn', 'x')
  expect(lines).toHaveLength(5000)
})

test('a log with fields of its own shares the limits', () => {
  const { log, entries } = logTo()
  const part = log.with({ part: 'store' })
  part.info('a', { frames: 1 })
  part.limited('k', 'warn', 'b')
  log.limited('k', 'warn', 'b')
  expect(entries()).toMatchObject([
    { part: 'store', frames: 1 },
    { part: 'store', msg: 'b' },
  ])
  expect(entries()).toHaveLength(2)
})

test('a clock that stands nowhere does not stop the log', () => {
  const clock = { wallMs: () => Number.NaN, monotonicMs: () => 0 }
  const { log, lines } = logTo({ clock })
  log.info('still here')
  expect(lines).toHaveLength(1)
})
