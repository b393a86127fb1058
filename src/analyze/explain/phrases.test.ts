import { expect, test } from 'bun:test'
import { count, duration, latency, listed, percent, quantity } from './phrases.ts'

test.each([
  [quantity(0.371, '1'), '37 %'],
  [quantity(0.004, '1'), '0.4 %'],
  [quantity(0, '1'), '0 %'],
  [quantity(1536, 'By'), '1.5 KiB'],
  [quantity(512, 'By'), '512 B'],
  [quantity(4.1 * 1024 ** 3, 'By/s'), '4.1 GiB/s'],
  [quantity(1.84, '{cpu}'), '1.8 CPUs'],
  [quantity(12_345, '{packet}/s'), '12k packet/s'],
  [quantity(2.4e9, 'Hz'), '2.4 GHz'],
  [count(1000), '1k'],
  [count(3), '3'],
  [count(0.4), '0.4'],
  [percent(1), '100 %'],
  [duration(3), '3 s'],
  [duration(59.7), '1 min'],
  [duration(200), '3 min 20 s'],
  [duration(7500), '2 h 5 min'],
  [duration(90_000), '1 d 1 h'],
  [latency(0.00035), '350 µs'],
  [latency(0.0042), '4.2 ms'],
  [latency(0.12), '120 ms'],
  [latency(2), '2 s'],
  [listed(['a', 'b', 'c']), 'a, b and c'],
])('%s', (told, expected) => {
  expect(told).toBe(expected)
})
