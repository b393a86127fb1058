import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { defaultPlace, formatPlace, type Place, pageNames, parsePlace } from './place.ts'
import { fixedView, leastSpanMs, mostSpanMs, pan, parseSpan, presets, spanLengthMs, spanOf, zoom } from './view.ts'

const view = fc.oneof(
  fc.integer({ min: 5, max: 30 * 86_400 }).map((seconds) => ({ kind: 'live', spanMs: seconds * 1000 }) as const),
  fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => fixedView(a * 1000, b * 1000)),
)
const place: fc.Arbitrary<Place> = fc
  .record({
    page: fc.constantFrom(...pageNames),
    view,
    atMs: fc.option(fc.nat({ max: 2 ** 45 }), { nil: undefined }),
    pid: fc.option(fc.integer({ min: 1, max: 2 ** 31 - 1 }), { nil: undefined }),
    startTicks: fc.option(fc.nat(), { nil: undefined }),
    sort: fc.constantFrom('cpu', 'pid', 'residentBytes'),
    isAscending: fc.boolean(),
    filter: fc.string({ unit: 'grapheme', maxLength: 30 }),
    isTree: fc.boolean(),
  })
  .map(({ page, view, atMs, pid, startTicks, ...table }) => ({
    page,
    view,
    table,
    ...(atMs === undefined ? {} : { atMs }),
    ...(pid === undefined ? {} : { process: { pid, ...(startTicks === undefined ? {} : { startTicks }) } }),
  }))

test('every place comes back from its address', () => {
  fc.assert(
    fc.property(place, (one) => {
      const address = new URL(formatPlace(one), 'http://localhost')
      expect(parsePlace(address.pathname, address.search)).toEqual(one)
    }),
  )
})

test('no address is without a place', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (path, query) => {
      const { view: read } = parsePlace(path, query)
      expect(spanLengthMs(read)).toBeGreaterThanOrEqual(leastSpanMs)
      expect(spanLengthMs(read)).toBeLessThanOrEqual(mostSpanMs)
    }),
  )
})

test('the default is the bare address', () => {
  expect(formatPlace(defaultPlace)).toBe('/')
  expect(parsePlace('/', '')).toEqual(defaultPlace)
  const unread = ['at', 'to', 'range']
  expect(parsePlace('/', '?from=1&range=zzz&sort=%3Cb%3E&pid=-4&at=soon')).toEqual({ ...defaultPlace, unread })
})

test('a page that is none is no other page, however many words it has', () => {
  for (const path of ['/nowhere', '/a/b/c', '/Cpu', '/index.html']) expect(parsePlace(path, '').page).toBe('missing')
  expect(parsePlace('/cpu/', '').page).toBe('cpu')
})

test('comparison and part of a page are known words, or are not there', () => {
  expect(parsePlace('/explain', '?against=yesterday')).toMatchObject({ page: 'explain', against: 'yesterday' })
  expect(parsePlace('/alerts', '?part=%3Cb%3E&against=never')).toEqual({ ...defaultPlace, page: 'alerts' })
})

test('a span may be named backwards and in RFC 3339', () => {
  expect(parsePlace('/cpu', '?from=2026-01-02T03:04:05Z&to=2026-01-02T03:00:05Z').view).toEqual(
    fixedView(Date.UTC(2026, 0, 2, 3, 0, 5), Date.UTC(2026, 0, 2, 3, 4, 5)),
  )
})

test.each(presets.map(({ text, spanMs }) => [text, spanMs] as const))('%s is a span', (text, spanMs) => {
  expect(parseSpan(text)).toBe(spanMs)
})

test('earlier and later by half; later than now is live', () => {
  const nowMs = 1_000_000_000
  const earlier = pan({ kind: 'live', spanMs: 60_000 }, -1, nowMs)
  expect(earlier).toEqual(fixedView(nowMs - 90_000, nowMs - 30_000))
  expect(pan(earlier, 1, nowMs)).toEqual({ kind: 'live', spanMs: 60_000 })
})

test('zooming keeps the middle and the bounds', () => {
  fc.assert(
    fc.property(view, fc.constantFrom(0.5, 2), (one, factor) => {
      const nowMs = 2_000_000_000_000
      const zoomed = zoom(one, factor, nowMs)
      expect(spanLengthMs(zoomed)).toBeGreaterThanOrEqual(leastSpanMs)
      expect(spanOf(zoomed, nowMs).endMs).toBeLessThanOrEqual(Math.max(nowMs, spanOf(one, nowMs).endMs) + leastSpanMs)
    }),
  )
})
