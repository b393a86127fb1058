import { expect, test } from 'bun:test'
import { manualClock } from '../../test/manual-clock.ts'
import { createLogger } from '../base/log.ts'
import { SpareMemory } from './spare-memory.ts'

function spare(releaseMemory: () => Promise<number>) {
  const clock = manualClock()
  const lines: string[] = []
  const logger = createLogger({ level: 'debug', clock, sink: { write: (line) => lines.push(line) } })
  const state = { collections: 0 }
  const memory = new SpareMemory(clock, { releaseMemory }, logger, () => state.collections++)
  const tick = (): void => {
    memory.afterTick()
    clock.advance(1000)
  }
  return { memory, lines, state, tick }
}

test('garbage is collected once a minute, between two ticks', () => {
  const { state, tick } = spare(() => Promise.resolve(0))
  for (let i = 0; i < 60; i++) tick()
  expect(state.collections).toBe(0)
  for (let i = 0; i < 121; i++) tick()
  expect(state.collections).toBe(3)
})

test('not again when housekeeping has just collected', async () => {
  const { memory, state, tick } = spare(() => Promise.resolve(0))
  for (let i = 0; i < 59; i++) tick()
  await memory.giveBack()
  for (let i = 0; i < 59; i++) tick()
  expect(state.collections).toBe(1)
})

test('memory that cannot be given back is told and ends nothing', async () => {
  const { memory, lines } = spare(() => Promise.reject(new Error('no libc')))
  await memory.giveBack()
  expect(lines.join('')).toContain('no libc')
})
