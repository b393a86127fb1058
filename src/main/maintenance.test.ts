import { expect, test } from 'bun:test'
import { type ManualClock, manualClock } from '../../test/manual-clock.ts'
import { Maintenance } from './maintenance.ts'

/** A store with so many slices to do, each taking its time on the clock. */
function maintained(clock: ManualClock, takesMs = 4) {
  const state = {
    slices: 0,
    /** When each slice began, since the start. */
    beganMs: [] as number[],
    budgets: [] as number[],
    asked: 0,
    done: 0,
    errors: [] as unknown[],
    failure: undefined as Error | undefined,
  }
  const maintenance = new Maintenance(
    clock,
    {
      maintain: (_, budgetMs) => {
        state.asked++
        state.budgets.push(budgetMs)
        if (state.failure !== undefined) throw state.failure
        if (state.slices === 0) return false
        state.beganMs.push(clock.monotonicMs())
        clock.advance(takesMs)
        return --state.slices > 0
      },
    },
    () => state.done++,
    (error) => state.errors.push(error),
  )
  const tick = (): void => {
    maintenance.afterTick()
    clock.advance(1000)
  }
  return { state, maintenance, tick }
}

test('without work the store is asked once in ten ticks', () => {
  const { state, tick } = maintained(manualClock())
  for (let i = 0; i < 30; i++) tick()
  expect([state.asked, state.done]).toEqual([3, 0])
})

test('work is done in small slices with pauses for everything else, and reported once when it is done', () => {
  const { state, tick } = maintained(manualClock())
  state.slices = 5
  tick()
  expect(state.slices).toBe(0)
  expect(state.beganMs).toEqual([12, 28, 44, 60, 76])
  expect(new Set(state.budgets)).toEqual(new Set([4]))
  for (let i = 0; i < 5; i++) tick()
  expect(state.done).toBe(1)
})

test('T4: nothing is begun in the last tenth of the second; the rest goes on after the next tick', () => {
  const { state, tick } = maintained(manualClock(), 100)
  state.slices = 20
  tick()
  expect(Math.max(...state.beganMs)).toBeLessThanOrEqual(912)
  const inFirst = state.beganMs.length
  expect([inFirst > 1, inFirst < 20]).toEqual([true, true])
  tick()
  expect(state.beganMs.length).toBeGreaterThan(inFirst)
  for (let i = 0; i < 4; i++) tick()
  expect([state.slices, state.done]).toEqual([0, 1])
  for (const began of state.beganMs) expect(began % 1000).toBeLessThanOrEqual(912)
})

test('an error is told and ends nothing: it is tried again', () => {
  const { state, tick } = maintained(manualClock())
  state.failure = new Error('disk full')
  for (let i = 0; i < 10; i++) tick()
  expect(state.errors).toEqual([state.failure])
  state.failure = undefined
  state.slices = 2
  for (let i = 0; i < 10; i++) tick()
  expect([state.slices, state.errors.length]).toEqual([0, 1])
})

test('an error amid work does not leave it lying for ten ticks more than needed', () => {
  const { state, tick } = maintained(manualClock(), 500)
  state.slices = 6
  tick()
  state.failure = new Error('locked')
  tick()
  state.failure = undefined
  for (let i = 0; i < 20; i++) tick()
  expect(state.slices).toBe(0)
})

test('once stopped it begins nothing and leaves no timer', () => {
  const clock = manualClock()
  const { state, maintenance, tick } = maintained(clock)
  state.slices = 100
  maintenance.afterTick()
  maintenance.stop()
  expect(clock.pendingTimers).toBe(0)
  tick()
  expect(state.asked).toBe(0)
})

test('stopped in the middle of a slice it plans no other', () => {
  const clock = manualClock()
  const maintenance: Maintenance = new Maintenance(
    clock,
    {
      maintain: () => {
        maintenance.stop()
        return true
      },
    },
    () => undefined,
    () => undefined,
  )
  maintenance.afterTick()
  clock.advance(5000)
  expect(clock.pendingTimers).toBe(0)
})
