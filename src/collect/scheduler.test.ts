import { expect, test } from 'bun:test'
import type { Clock, Timer } from '../base/clock.ts'
import { Scheduler } from './scheduler.ts'

/** A clock that stalls: time passes in jumps, and a timer that came due within one fires at its end, late. */
class StallingClock implements Clock {
  #monotonic = 0
  #timer: { atMs: number; call: () => void } | undefined
  constructor(public wall: number) {}
  wallMs = (): number => this.wall
  monotonicMs = (): number => this.#monotonic
  after = (delayMs: number, call: () => void): Timer => {
    this.#timer = { atMs: this.#monotonic + delayMs, call }
    return {
      cancel: () => {
        this.#timer = undefined
      },
    }
  }
  get pending(): boolean {
    return this.#timer !== undefined
  }
  pass(ms: number): void {
    this.wall += ms
    this.#monotonic += ms
    const timer = this.#timer
    if (timer !== undefined && this.#monotonic >= timer.atMs) {
      this.#timer = undefined
      timer.call()
    }
  }
}

function started(wallMs: number): { clock: StallingClock; ticks: { wall: number; lateness: number }[] } {
  const clock = new StallingClock(wallMs)
  const ticks: { wall: number; lateness: number }[] = []
  new Scheduler(clock, 1000, (lateness) => ticks.push({ wall: clock.wall, lateness })).start()
  return { clock, ticks }
}

test('the first tick is at once, the next at the full second', () => {
  const { clock, ticks } = started(10_250)
  clock.pass(749)
  expect(ticks).toEqual([{ wall: 10_250, lateness: 0 }])
  clock.pass(1)
  expect(ticks[1]).toEqual({ wall: 11_000, lateness: 0 })
})

test('T4: a tick that comes late tells by how much, and the next is aligned again', () => {
  const { clock, ticks } = started(10_000)
  clock.pass(1_030)
  clock.pass(970)
  expect(ticks.slice(1)).toEqual([
    { wall: 11_030, lateness: 30 },
    { wall: 12_000, lateness: 0 },
  ])
})

test('T4: ten seconds of stall give one late tick, never a burst', () => {
  const { clock, ticks } = started(10_000)
  clock.pass(10_400)
  clock.pass(600)
  expect(ticks.slice(1)).toEqual([
    { wall: 20_400, lateness: 9_400 },
    { wall: 21_000, lateness: 0 },
  ])
})

test('T1: lateness is of the monotonic clock; a wall clock set forward is no lateness', () => {
  const { clock, ticks } = started(10_000)
  clock.wall += 7_200_000
  clock.pass(1000)
  expect(ticks[1]?.lateness).toBe(0)
})

test('stop leaves no timer', () => {
  const clock = new StallingClock(0)
  const scheduler = new Scheduler(clock, 1000, () => undefined)
  scheduler.start()
  scheduler.stop()
  expect(clock.pending).toBe(false)
})
