import { describe, expect, test } from 'bun:test'
import { MemoryGuard } from './memory-guard.ts'

const told: string[] = []
const guard = (): MemoryGuard => {
  told.length = 0
  return new MemoryGuard(
    (stance, _, isNews) => told.push(isNews ? stance : `still ${stance}`),
    () => told.push('calm'),
  )
}
const short = { pressure: 0.3, groupUse: undefined }
const calm = { pressure: 0.01, groupUse: 0.5 }

describe('want of memory', () => {
  test('V3: caches go first, then ticks come less often', () => {
    const one = guard()
    for (let i = 0; i < 5; i++) one.look(short)
    expect(told).toEqual(['lean', 'still lean', 'still lean', 'slow', 'still slow'])
    expect(one.stance).toBe('slow')
  })

  test('a limit of its own group counts like pressure', () => {
    const one = guard()
    one.look({ pressure: undefined, groupUse: 0.95 })
    expect(told).toEqual(['lean'])
  })

  test('it is over when it has been calm for a while, not at the first good look', () => {
    const one = guard()
    one.look(short)
    for (let i = 0; i < 5; i++) one.look(calm)
    expect(one.stance).toBe('lean')
    one.look(calm)
    expect(one.stance).toBe('usual')
    expect(told.at(-1)).toBe('calm')
  })

  test('a calm moment in between does not bring the usual ticks back', () => {
    const one = guard()
    for (let i = 0; i < 4; i++) one.look(short)
    one.look(calm)
    one.look(short)
    expect(one.stance).toBe('slow')
  })

  test('what is not known is no want', () => {
    const one = guard()
    one.look({ pressure: undefined, groupUse: undefined })
    expect(told).toEqual([])
  })
})
