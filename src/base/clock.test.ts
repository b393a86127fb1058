import { expect, test } from 'bun:test'
import { manualClock } from '../../test/manual-clock.ts'
import { sleep, systemClock } from './clock.ts'

test('the system clock tells Unix milliseconds and never runs backwards', () => {
  expect(new Date(systemClock.wallMs()).getUTCFullYear()).toBeGreaterThan(2024)
  const before = systemClock.monotonicMs()
  expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(before)
})

test('a cancelled timer of the system clock does not run', async () => {
  const ran: string[] = []
  systemClock.after(0, () => ran.push('cancelled')).cancel()
  await new Promise<void>((resolve) => {
    systemClock.after(1, () => {
      ran.push('kept')
      resolve()
    })
  })
  expect(ran).toEqual(['kept'])
})

test('sleep ends when its time has come', async () => {
  const clock = manualClock()
  let isAwake = false
  const slept = sleep(clock, 1000).then(() => {
    isAwake = true
  })
  clock.advance(999)
  await Promise.resolve()
  expect(isAwake).toBe(false)
  clock.advance(1)
  await slept
  expect(isAwake).toBe(true)
})

test('sleep ends at once when aborted, and leaves no timer behind', async () => {
  const clock = manualClock()
  const abort = new AbortController()
  const slept = sleep(clock, 1000, abort.signal)
  abort.abort()
  await slept
  expect(clock.pendingTimers).toBe(0)
  await sleep(clock, 1000, abort.signal)
})

test('the manual clock runs timers in order of their time, also those set by timers', () => {
  const clock = manualClock()
  const ran: string[] = []
  clock.after(20, () => ran.push('late'))
  clock.after(10, () => {
    ran.push('early')
    clock.after(5, () => ran.push('nested'))
  })
  clock.advance(30)
  expect(ran).toEqual(['early', 'nested', 'late'])
  clock.stepWall(-5000)
  expect(clock.wallMs()).toBe(1_700_000_000_000 + 30 - 5000)
})
