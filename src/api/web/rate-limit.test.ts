import { expect, test } from 'bun:test'
import { manualClock } from '../../../test/manual-clock.ts'
import { addressKey, RateLimiter } from './rate-limit.ts'

test('V4: so many at once, then one every so often, never saved up beyond that', () => {
  const clock = manualClock()
  const limiter = new RateLimiter(clock, 6)
  const taken = (): number => Array.from({ length: 20 }, () => limiter.take('a')).filter((wait) => wait === 0).length
  expect(taken()).toBe(6)
  expect(limiter.take('a')).toBe(10)
  clock.advance(9000)
  expect(limiter.take('a')).toBe(1)
  clock.advance(1000)
  expect(taken()).toBe(1)
  clock.advance(3_600_000)
  expect(taken()).toBe(6)
})

test('V4: keys do not count for each other, and there are only so many', () => {
  const limiter = new RateLimiter(manualClock(), 1, 3)
  for (const key of ['a', 'b', 'c']) expect(limiter.take(key)).toBe(0)
  // Heard of again, `a` is no longer the oldest: `d` takes the place of `b`.
  expect(limiter.take('a')).toBeGreaterThan(0)
  expect(limiter.take('d')).toBe(0)
  expect(limiter.size).toBe(3)
  expect(limiter.take('a')).toBeGreaterThan(0)
  expect(limiter.take('b')).toBe(0)
})

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('%s counts for %s', (address, key) => expect(addressKey(address)).toBe(key))
