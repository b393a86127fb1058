import { expect, test } from 'bun:test'
import { manualClock } from '../../test/manual-clock.ts'
import { createLogger } from '../base/log.ts'
import { guarded } from './outward.ts'

test('sending that throws is ended and told once; the tick goes on', () => {
  const lines: string[] = []
  const logger = createLogger({ level: 'info', clock: manualClock(), sink: { write: (line) => lines.push(line) } })
  const calls = { ticks: 0, closed: 0 }
  const outward = guarded(
    {
      onTick: () => {
        calls.ticks++
        throw new Error('no room')
      },
      figures: () => ({}),
      close: () => void calls.closed++,
    },
    logger,
  )
  outward.onTick()
  outward.onTick()
  expect(calls).toEqual({ ticks: 1, closed: 1 })
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain('no room')
})
