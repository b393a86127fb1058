import { expect, test } from 'bun:test'
import { type ClockReading, timeTick } from './timekeeping.ts'

const at = (wallMs: number, monotonicMs: number, sinceBootMs?: number): ClockReading => ({
  wallMs,
  monotonicMs,
  sinceBootMs,
})
const first = at(1_000_000, 5_000, 9_000)

test('the first tick has nothing to compare with', () => {
  expect(timeTick(undefined, first, 1000)).toEqual({
    elapsedMs: 0,
    gap: 'start',
    missed: 0,
    suspendedMs: 0,
    clockStepMs: 0,
  })
})

test('an ordinary tick carries its true length', () => {
  expect(timeTick(first, at(1_001_003, 6_003, 10_000), 1000)).toMatchObject({ elapsedMs: 1003, gap: 'none', missed: 0 })
})

test('T1: a wall clock set back two hours is a step; elapsed time stays true and positive', () => {
  expect(timeTick(first, at(1_001_000 - 7_200_000, 6_000, 10_000), 1000)).toMatchObject({
    elapsedMs: 1000,
    gap: 'clock_step',
    clockStepMs: -7_200_000,
    missed: 0,
  })
})

test('T1: a wall clock set forward two hours makes no missed ticks', () => {
  expect(timeTick(first, at(1_001_000 + 7_200_000, 6_000, 10_000), 1000)).toMatchObject({
    elapsedMs: 1000,
    gap: 'clock_step',
    clockStepMs: 7_200_000,
    missed: 0,
  })
})

test('T2: suspend is the boot clock running on while the monotonic one stood; elapsed includes it', () => {
  expect(timeTick(first, at(1_000_000 + 3_601_000, 6_000, 9_000 + 3_601_000), 1000)).toMatchObject({
    elapsedMs: 3_601_000,
    gap: 'suspend',
    suspendedMs: 3_600_000,
    clockStepMs: 0,
  })
})

test('T4: a stall of ten seconds is nine missed ticks, not a burst', () => {
  expect(timeTick(first, at(1_010_000, 15_000, 19_000), 1000)).toMatchObject({
    elapsedMs: 10_000,
    gap: 'missed',
    missed: 9,
  })
})

test('without a boot clock a suspend looks like a clock step, never like a negative time', () => {
  expect(timeTick(at(1_000_000, 5_000), at(1_000_000 + 3_601_000, 6_000), 1000)).toMatchObject({
    elapsedMs: 1000,
    gap: 'clock_step',
  })
})
